"""Rotation of a site's models, on each database: values of every type, other writers, and a process that is killed."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from django.db import connections

from consentguard.crypto import installed
from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.errors import DecryptionError
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedRowSealer
from consentguard.records import ArchivedRow, Authenticator, Errand, RightsRequest, Run
from consentguard.reencryption import Rotated
from consentguard.testing.keys import keyring
from consentguard_django.stores import DjangoStores
from tests.django import live
from tests.django.people.models import Secret, Ticket, Vault
from tests.processes import running, wait_for

PHONE = "people.Vault.phone"
ROWS, ROUNDS = 200, 4
OWN_COLUMNS = (
    ("consentguard_rights_request", "contact"),
    ("consentguard_rights_request", "details"),
    ("consentguard_run", "plan"),
    ("consentguard_errand", "payload"),
    ("consentguard_archived_row", "content"),
)
"""Where we seal what is ours, by table."""
FACTOR = ("consentguard_authenticator", "secret")
"""Where we seal secrets for one row alone."""


@pytest.fixture
def ring() -> Iterator[Keyring]:
    """A keyring with one key, the process's own."""
    made = keyring()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture
def keys(stores: DjangoStores, ring: Keyring) -> list[int]:
    """The primary keys of rows under the first key."""
    rows = Vault.objects.using(stores.name).bulk_create([Vault(phone=f"phone {n}", remark="r") for n in range(ROWS)])
    return [row.pk for row in rows if row.pk] or list(Vault.objects.using(stores.name).values_list("pk", flat=True))


@pytest.fixture
def later(ring: Keyring, tmp_path: Path) -> Path:
    """The file of the keyring with a second key, which is enabled."""
    ring.with_new_key().write(tmp_path / "later.keys")
    return tmp_path / "later.keys"


def rotated(stores: DjangoStores, ring: Keyring, column: str, progress: Callable[[int], object] = bool) -> Rotated:
    """What a rotation of the table of a column says."""
    installed.install(ring)
    rotation = live.encryption(stores.name, ring).rotation
    (table,) = rotation.tables(column)
    return rotation.run(table, progress=progress)


def under(stores: DjangoStores, ring: Keyring) -> dict[int | None, int]:
    """How many phones are under each key."""
    rotation = live.encryption(stores.name, ring).rotation
    return dict(rotation.state(*rotation.tables(PHONE))[0].keys)


def phones(stores: DjangoStores, keys: Sequence[int]) -> list[str]:
    """What the phones of these rows are."""
    found = dict(Vault.objects.using(stores.name).values_list("pk", "phone"))
    return [found[key] for key in keys]


def test_values_of_every_type_stay_the_same(stores: DjangoStores, ring: Keyring) -> None:
    """Under the new key; NULL stays NULL."""
    Secret(text="é", integer=-1, decimal="0.5000", json={"a": [1]}, binary=b"\0\xff", boolean=False, kept="k").save(
        using=stores.name
    )
    names = [field.name for field in Secret._meta.fields]
    before = Secret.objects.using(stores.name).values_list(*names).get()
    later = ring.with_new_key()
    installed.install(later)
    rotation = live.encryption(stores.name, later).rotation
    (table,) = (table for table in rotation.tables() if table.label == "people.Secret")
    after = rotation.run(table).after
    assert {key for state in after for key in state.keys} == {2}
    assert Secret.objects.using(stores.name).values_list(*names).get() == before


def test_values_are_bound_to_rows_whose_keys_are_no_numbers(stores: DjangoStores, ring: Keyring, later: Path) -> None:
    """They open in their rows afterwards, and the run goes through all of them in the order of the keys."""
    tickets = Ticket.objects.using(stores.name)
    tickets.bulk_create([Ticket(note=f"note {number}") for number in range(50)])
    done = rotated(stores, Keyring.load(later), "people.Ticket.note")
    assert (dict(done.after[0].keys), done.refusals) == ({2: 50}, 0)
    assert sorted(ticket.note for ticket in tickets.all()) == sorted(f"note {number}" for number in range(50))


def test_what_we_seal_ourselves_comes_along(stores: DjangoStores, ring: Keyring) -> None:
    """What requests, runs, errands and the archive keep, also where nothing is left to be kept."""
    at = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    sealed = {name: Sealer(ring, Context(*name)).seal(b"") for name in OWN_COLUMNS}
    request, plan = ("consentguard_rights_request", "contact"), ("consentguard_run", "plan")
    stores.requests.add(
        RightsRequest(
            id="1" * 32, right="erasure", state="received", received_at=at, due_on=at.date(), language="en",
            jurisdiction="", contact=sealed[request], contact_ref="2" * 32,
            details=sealed[request[0], "details"], owes="",
        )
    )  # fmt: skip
    run = Run(id="3" * 32, kind="erasure", about="", digest="", plan=sealed[plan], started_at=at, beat_at=at)
    stores.runs.add(run)
    payload, content = sealed["consentguard_errand", "payload"], sealed["consentguard_archived_row", "content"]
    errand = Errand(
        id="4" * 32, about="", kind="file", target="", hand="ours", payload=payload, made_at=at, next_at=at
    )  # fmt: skip
    stores.errands.add([errand])
    stores.archive.add(
        [ArchivedRow(id="5" * 32, label="L", key="1", subjects=(), archived_at=at, until=None, content=content)]
    )
    later = ring.with_new_key()
    rotation = live.encryption(stores.name, later).rotation
    names = {name for name, _ in OWN_COLUMNS}
    tables = [table for table in rotation.tables() if table.columns[0].db_table in names]
    done = [state for table in tables for state in rotation.run(table).after]
    assert [key for state in done for key in state.keys] == [2] * len(OWN_COLUMNS)
    kept = stores.runs.find(run.id)
    assert kept
    assert Sealer(later, Context(*plan)).open(kept.plan) == b""


def test_the_secrets_of_second_factors_come_along(stores: DjangoStores, ring: Keyring) -> None:
    """Bound to their person and id before and after, so that they open in their own rows alone."""
    at, sealer = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC), KeyedRowSealer(ring, *FACTOR)
    for id_, who in (("1" * 32, "a" * 32), ("2" * 32, "b" * 32)):
        sealed = sealer.seal(id_.encode(), f"{who}.{id_}")
        stores.authenticators.add(Authenticator(id=id_, subject=who, state="pending", secret=sealed, created_at=at))
    later = ring.with_new_key()
    rotation = live.encryption(stores.name, later).rotation
    (table,) = (each for each in rotation.tables() if each.columns[0].db_table == FACTOR[0])
    done = rotation.run(table)
    assert ([state.keys for state in done.after], done.refusals) == ([{2: 2}], 0)
    (row,) = stores.authenticators.of("b" * 32)
    resealed = KeyedRowSealer(later, *FACTOR)
    assert resealed.open(row.secret, f"{'b' * 32}.{row.id}") == row.id.encode()
    with pytest.raises(DecryptionError):
        resealed.open(row.secret, f"{'a' * 32}.{row.id}")


def test_a_row_is_named_by_its_key(stores: DjangoStores, keys: list[int], later: Path) -> None:
    """That does not open; all others are done."""
    with connections[stores.name].cursor() as cursor:
        cursor.execute("UPDATE people_vault SET phone = remark WHERE id = %s", [keys[5]])
    done = rotated(stores, Keyring.load(later), PHONE)
    assert [(each.key, done.refusals) for each in done.refused] == [(str(keys[5]), 1)]
    assert dict(done.after[0].keys) == {1: 1, 2: ROWS - 1}


def test_an_object_from_before_a_rotation_does_not_bring_the_old_key_back(
    stores: DjangoStores, ring: Keyring, later: Path
) -> None:
    """Saving it, with values that nobody has read, leaves them under the new one: also an object from a cache."""
    Vault(phone="phone", remark="r", owner=1).save(using=stores.name)
    kept = pickle.dumps(Vault.objects.using(stores.name).get())
    new = Keyring.load(later)
    rotated(stores, new, PHONE)
    row = pickle.loads(kept)  # noqa: S301 - our own
    row.owner = 2
    row.save(using=stores.name)
    assert under(stores, new) == {2: 1}
    assert Vault.objects.using(stores.name).get().phone == "phone"


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_rotation_that_is_killed_goes_on_where_it_stopped(
    stores: DjangoStores, database: tuple[str, str], keys: list[int], later: Path
) -> None:
    """What it kept of how far it is, is how far it is; nothing is lost, and nothing done twice."""
    with running(live.rotate, *database, later, 100.0):
        wait_for(lambda: any(job.done for job in stores.column_jobs.all()))
    (job,), ring = stores.column_jobs.all(), Keyring.load(later)
    assert under(stores, ring) == {1: ROWS - job.done, 2: job.done}
    seen = list[int]()
    done = rotated(stores, ring, PHONE, seen.append)
    assert (dict(done.after[0].keys), done.refusals, sum(seen)) == ({2: ROWS}, 0, ROWS - job.done)
    assert phones(stores, keys) == [f"phone {number}" for number in range(ROWS)]


@pytest.mark.parametrize(
    "database",
    [pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("mariadb", marks=pytest.mark.mariadb)],
    indirect=True,
)
def test_no_writer_loses_an_update(
    stores: DjangoStores, database: tuple[str, str], keys: list[int], later: Path, tmp_path: Path, ring: Keyring
) -> None:
    """It writes under the new key, and still under the old, while the rows are rotated; what it wrote last stays."""
    ring.write(tmp_path / "before.keys")
    installed.install(Keyring.load(later))
    with running(live.write, *database, (later, tmp_path / "before.keys"), keys, ROUNDS) as writer:
        wait_for(lambda: phones(stores, keys[:1])[0].startswith("round"))
        passes = 0
        while writer.is_alive():
            rotated(stores, Keyring.load(later), PHONE)
            passes += 1
    done = rotated(stores, Keyring.load(later), PHONE)
    assert (writer.exitcode, passes > 0) == (0, True)
    assert phones(stores, keys) == [f"round {ROUNDS - 1} of {key}" for key in keys]
    assert (dict(done.after[0].keys), done.refusals) == ({2: ROWS}, 0)
