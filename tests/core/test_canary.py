"""The canary: it lives where a copy is whole and an erasure complete, and dies where anything is lacking or left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Match, Tag
from consentguard.memory import MemoryStores
from consentguard.ports import FilesError
from consentguard.testing.canary_run import Canary
from consentguard.testing.keys import keyring
from tests.core.neutral import table
from tests.core.rights_kit import POLICY, TABLES, TAGS, Shop, shop
from tests.core.vault_kit import NOTE, column
from tests.web_policy import MemoryFiles

SCANNED = table("Order", "id:key! user:key! note placed:datetime! scan:file", "user>User")
SCAN = "Order.scan (the file)"


class Drawer(MemoryFiles):
    """A storage that takes files."""

    def save(self, label: str, column: str, name: str, content: bytes) -> str:
        self[name] = content
        return name

    def names(self, label: str, column: str) -> Iterator[str]:
        return iter(tuple(self))


class Stuck(Drawer):
    """One that says that a file was deleted, and keeps it."""

    def delete(self, label: str, column: str, name: str) -> None:
        pass


class Tray(Drawer):
    """One in which a page of each scan is kept beside it, of which no column knows."""

    def save(self, label: str, column: str, name: str, content: bytes) -> str:
        self[f"page-of-{len(self)}"] = content
        return super().save(label, column, name, content)


class Unreadable(Drawer):
    """One whose files cannot be read."""

    def open(self, label: str, column: str, name: str) -> BytesIO:
        raise FilesError("the disk is out")


@dataclass(frozen=True)
class Tagged(Shop):
    """The shop with tags of a test's own."""

    own: Mapping[str, Tag] = field(default_factory=dict)
    scanned: bool = False

    def tables(self) -> tuple[Table, ...]:
        return (TABLES[0], SCANNED, *TABLES[2:]) if self.scanned else TABLES

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


def test_a_file_is_copied_and_goes(site: Tagged) -> None:
    """And one that somebody else's row names too stays."""
    site = _scanned(site, Drawer({"shared.png": b"of all"}))
    song = Canary(site.guard()).sing("user")
    assert song.is_well, [*song.lines()]
    assert SCAN in song.seeded
    shared = Canary(site.guard(), values={"Order.scan": lambda _: "shared.png"}).sing("user")
    assert shared.is_well, [*shared.lines()]
    assert site.stored == {"shared.png": b"of all"}
    assert site.guard().errands.open() == []


@pytest.mark.parametrize("drawer", [Stuck(), Tray()], ids=["kept", "derived"])
def test_a_file_that_is_left_kills_it(site: Tagged, drawer: Drawer) -> None:
    """That which was to be deleted, or another one with what stood in it."""
    song = Canary(_scanned(site, drawer).guard()).sing("user")
    assert song.found[SCAN] == ("the files of Order.scan",)


def test_a_storage_that_takes_no_files_is_named(site: Tagged) -> None:
    """Nobody looked there, and no errand for a file that never was is left."""
    site = _scanned(site, MemoryFiles())
    song = Canary(site.guard()).sing("user")
    assert song.is_well
    assert SCAN not in song.seeded
    assert "the files of Order.scan" in [each.place for each in song.residual]
    assert site.guard().errands.open() == []


def test_a_file_that_is_not_in_the_copy_kills_it(site: Tagged) -> None:
    """What could not be read is not in it, though its name is."""
    song = Canary(_scanned(site, Unreadable()).guard()).sing("user")
    assert song.lacking == (SCAN,)


def test_what_is_called_encrypted_and_is_not_kills_it(site: Tagged) -> None:
    """A column that holds the plaintext all the same."""
    plain = replace(column("note", NOTE), label="Order")
    song = Canary(replace(site, sealed=(plain,)).guard()).sing("user")
    assert song.bare == ("Order.note",)


def test_a_cache_of_the_host_is_searched(site: Tagged) -> None:
    """What it was given by a page that somebody saw, and kept; one that fails is named."""
    seen: list[bytes] = []

    def broken() -> list[bytes]:
        raise ConnectionError

    song = Canary(
        site.guard(),
        caches=[lambda: seen, broken],
        visit=lambda person: seen.append(str(site.rows["User"].rows[-2]["email"]).encode()),
    ).sing("user")
    [(columns, [place])] = song.found.items()
    assert columns == "User.email, Lead.email"
    assert place.startswith("a cache")
    assert ["broken" in each.place for each in song.residual] == [False, True]


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


def _scanned(site: Tagged, files: MemoryFiles) -> Tagged:
    """The shop with a scan of each order, of which one has a file."""
    orders = site.rows["Order"]
    rows = [{**row, "scan": "shared.png" if row["id"] == 1 else None} for row in orders.rows]
    orders.rows[:] = rows
    return replace(site, scanned=True, stored=files)


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
