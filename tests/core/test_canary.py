"""The canary: it lives where a copy is whole and an erasure complete, and dies where anything is lacking or left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.tags import Match, Tag
from consentguard.memory import MemoryStores
from consentguard.testing.canary_run import Canary
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, TAGS, Shop, shop


@dataclass(frozen=True)
class Tagged(Shop):
    """The shop with tags of a test's own."""

    own: Mapping[str, Tag] = field(default_factory=dict)

    def tags(self) -> Mapping[str, Tag]:
        return {**TAGS, **self.own}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tagged:
    """The shop, whose invoices a law keeps."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    base = shop(tmp_path, POLICY)
    return Tagged(tmp_path, databases=base.databases, rows=base.rows)


def test_a_well_kept_site_has_a_living_canary(site: Tagged) -> None:
    """The order goes; the invoice stays, since a law keeps it, and with it whom it is about, emptied."""
    song = Canary(site.guard()).sing("user")
    assert song.is_well, [*song.lines()]
    assert "Order.note" in song.seeded
    assert "Invoice.total" in song.kept
    assert "Order.note" not in song.kept
    assert [each.place for each in song.residual] == ["memory"]


def test_it_leaves_nothing_behind(site: Tagged) -> None:
    """Whoever was there before is there after it, and nobody else."""
    before = {label: site.names(label) for label in site.rows}
    Canary(site.guard()).sing("user")
    Canary(site.guard()).sing("lead")
    assert {label: site.names(label) for label in site.rows} == before


def test_a_forgotten_copy_kills_it(site: Tagged) -> None:
    """A column that nobody tagged as theirs repeats the address: it is found, by its name."""
    leaky = Leaky(tables=site.rows)
    site = replace(site, databases={"default": leaky})
    song = Canary(site.guard()).sing("user")
    assert not song.is_well
    assert song.found == {"User.email, Lead.email": ("Guest.email",)}


def test_a_table_that_no_row_leads_to_kills_it(site: Tagged) -> None:
    """What could not be made up was not shown, and is not passed over in silence."""
    guest = replace(TAGS["Guest"], subjects={"guest": "self", "user": Match("email", "User.name")})
    site = replace(site, own={"Guest": replace(guest, subjects={"user": Match("id", "User.id")})})
    song = Canary(site.guard()).sing("user")
    assert "Guest" in song.skipped


def test_what_a_column_holds_can_be_said(site: Tagged) -> None:
    """A value of one's own need not hold a canary; then it is not looked for."""
    song = Canary(site.guard(), values={"User.name": lambda canary: "Anna"}).sing("user")
    assert song.is_well
    assert "User.name" not in song.seeded


def test_the_command_tells_and_exits(site: Tagged) -> None:
    """It asks where DEBUG is off, and exits with 1 where a canary died."""
    runner = CliRunner()
    asked = runner.invoke(group, ["canary"], obj=site, input="n\n")
    assert asked.exit_code == 1
    told = runner.invoke(group, ["canary", "--subject", "user", "--yes", "--json"], obj=site)
    assert told.exit_code == 0, told.output
    [song] = json.loads(told.stdout)
    assert song["well"]
    died = replace(site, databases={"default": Leaky(tables=site.rows)})
    assert runner.invoke(group, ["canary", "--subject", "user", "--yes"], obj=died).exit_code == 1
    assert runner.invoke(group, ["canary", "--subject", "nobody", "--yes"], obj=site).exit_code == 2


class Leaky(MemoryStores):
    """A database in which a trigger copies each new user's address to a table that nobody thinks of."""

    def __init__(self, **given: object) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        dataset, insert = self.dataset, self.dataset.insert

        def leaking(label: str, rows: object) -> int:
            if label == "User":
                insert("Guest", [{"email": row["email"]} for row in rows])  # type: ignore[attr-defined]
            return insert(label, rows)  # type: ignore[arg-type]

        dataset.insert = leaking  # type: ignore[method-assign,assignment]
