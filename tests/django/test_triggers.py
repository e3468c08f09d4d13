"""Triggers that a host installs keep proof from every statement but our own purges, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner
from django.db import Error, connections

from consentguard import triggers
from consentguard.cli import group
from consentguard.ports import StoreError
from consentguard.records import Checkpoint, Seal, Selection
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import ENTRY
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores

CHECKPOINT = Checkpoint(sequence=0, hash="h", at=MOMENT, removed=1, key_id=1, mac="m")


def command(stores: DjangoStores, verb: str) -> None:
    """`consentguard triggers install` or `remove`."""
    done = CliRunner().invoke(group, ["triggers", verb, "--database", stores.name], obj=DjangoHost())
    assert done.exit_code == 0, done.output


def act(stores: DjangoStores, statement: str) -> None:
    """A statement of somebody's."""
    with connections[stores.name].cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def proof(stores: DjangoStores) -> Iterator[DjangoStores]:
    """Two entries, the first sealed; with triggers."""
    for number in range(2):
        stores.entries.add(replace(ENTRY, id=str(number)))
    stores.seals.extend([Seal(sequence=0, entry="0", previous="", hash="h", at=MOMENT)])
    command(stores, "install")
    yield stores
    command(stores, "remove")


@pytest.mark.parametrize("table", triggers.TABLES)
def test_no_statement_changes_or_removes_proof(proof: DjangoStores, table: str) -> None:
    """Whoever sends it."""
    for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):  # noqa: S608 - tables of ours
        with pytest.raises(Error, match="append-only"):
            act(proof, statement)
    assert proof.entries.waiting() == 1
    assert proof.entries.find("0") == replace(ENTRY, id="0")


def test_what_is_new_is_still_taken_down(proof: DjangoStores) -> None:
    """Only the past is kept as it is."""
    proof.entries.add(replace(ENTRY, id="2"))
    assert proof.seals.extend([Seal(sequence=1, entry="1", previous="h", hash="i", at=MOMENT)])


def test_our_purges_go_on_and_leave_the_triggers(proof: DjangoStores) -> None:
    """The pruning of a sealed prefix, and retention of old rows."""
    proof.entries.add(replace(ENTRY, id="2"))
    assert proof.seals.prune(CHECKPOINT) == 1
    assert proof.dataset.delete(Selection(label="consentguard_django.EvidenceEntry", keys=("1",))) == 1
    assert proof.seals.checkpoint() == CHECKPOINT
    with pytest.raises(Error, match="append-only"):
        act(proof, "DELETE FROM consentguard_evidence_entry")


def test_a_purge_that_fails_leaves_the_triggers(proof: DjangoStores) -> None:
    """Also where it fails halfway, inside a transaction that goes on."""
    with proof.transactions.atomic():
        with pytest.raises(StoreError):
            proof.seals.prune(replace(CHECKPOINT, hash="another"))
        proof.entries.add(replace(ENTRY, id="3"))
    with pytest.raises(Error, match="append-only"):
        act(proof, "DELETE FROM consentguard_evidence_entry")
    assert proof.entries.waiting() == 2


def test_installing_twice_and_removing_twice_is_once(stores: DjangoStores) -> None:
    """A deployment may do either each time."""
    for verb in ("install", "install", "remove", "remove"):
        command(stores, verb)
    stores.entries.add(ENTRY)
    act(stores, "DELETE FROM consentguard_evidence_entry")
    assert stores.entries.waiting() == 0


def test_a_database_that_the_site_has_not_is_a_mistake_in_words() -> None:
    """No traceback."""
    done = CliRunner().invoke(group, ["triggers", "install", "--database", "nowhere"], obj=DjangoHost())
    assert done.exit_code == 2
    assert "nowhere" in done.output
