"""The ledger of erasures: what is written outlasts a killed writer, and what was changed is refused."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard.crypto.uses import KeyedMacs
from consentguard.errors import SettingsError
from consentguard.ports import Ledger, LedgerError
from consentguard.records import Tombstone, new_id
from consentguard.testing.keys import keyring
from consentguard.tombstones.entries import Book
from consentguard.tombstones.ledger import FileLedger
from consentguard.tombstones.places import ledger_at

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
KINDS = ("file", "objects")
Make = Callable[[], Ledger]


def stone(seconds: int = 0) -> Tombstone:
    """An entry of some moment."""
    at = NOW + dt.timedelta(seconds=seconds)
    return Tombstone(id=new_id(at), act="erase", epoch=at, kind="user", subject="ab" * 16, identities=("cd" * 16,))


def _no_database(database: str, question: object) -> list[list[object]]:
    raise AssertionError("no database is asked")


@pytest.fixture(params=KINDS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """A ledger of each kind, as another process would open it."""
    place = {"file": "file:privacy.ledger.jsonl", "objects": f"local://{tmp_path}/bucket"}[request.param]
    return lambda: ledger_at(place, tmp_path, "default", _no_database)


def test_entries_are_read_by_id_whoever_wrote_them(ledger: Make) -> None:
    """Another process reads what two wrote, in the order of the ids, or what is behind one."""
    first, second, third = stone(0), stone(1), stone(2)
    ledger().append((third,))
    ledger().append((first, second))
    assert [*ledger().read()] == [first, second, third]
    assert [*ledger().read(first.id)] == [second, third]
    assert [*ledger().read(third.id)] == []


def test_an_empty_ledger_is_no_error(ledger: Make) -> None:
    """Nobody was erased yet."""
    assert [*ledger().read()] == []


def test_many_writers_lose_nothing(ledger: Make) -> None:
    """Threads that append at once, each with a handle of its own, leave every entry whole."""
    stones = [stone(number) for number in range(40)]

    def write(some: list[Tombstone]) -> None:
        for each in some:
            ledger().append((each,))

    threads = [threading.Thread(target=write, args=(stones[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [*ledger().read()] == stones


@pytest.mark.parametrize("left", [1, 40, 200])
def test_a_torn_line_is_passed_over_and_mended(tmp_path: Path, left: int) -> None:
    """What a killed writer left of a line counts for nothing, before and after the next entry."""
    path = tmp_path / "ledger.jsonl"
    FileLedger(path).append((stone(0), stone(1)))
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[0][:left])
    assert len([*FileLedger(path).read()]) == 2
    FileLedger(path).append((stone(2),))
    assert len([*FileLedger(path).read()]) == 3
    assert path.read_bytes().startswith(whole)


def test_a_line_that_is_no_entry_is_an_error(tmp_path: Path) -> None:
    """A whole line of something else was not left by a killed writer: it is refused, by its number."""
    path = tmp_path / "ledger.jsonl"
    FileLedger(path).append((stone(),))
    path.write_bytes(path.read_bytes() + b'{"act": "erase"}\n')
    with pytest.raises(LedgerError, match="line 2"):
        [*FileLedger(path).read()]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """References to people are pseudonymous, not anonymous."""
    FileLedger(tmp_path / "ledger.jsonl").append((stone(),))
    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("field", ["subject", "epoch", "identities", "digest", "kind", "id", "mac", "key_id"])
def test_a_changed_entry_is_refused(tmp_path: Path, field: str) -> None:
    """Whoever can write the file cannot have somebody else erased: each field is under the keyed hash."""
    path = tmp_path / "ledger.jsonl"
    book = Book(FileLedger(path), KeyedMacs(keyring(), "ledger"))
    book.write([stone()])
    assert len([*book.read()]) == 1
    facts = json.loads(path.read_text())
    changes = {"identities": ["ef" * 16], "key_id": 9, "epoch": "2027-01-01T00:00:00Z"}
    facts[field] = changes[field] if field in changes else f"{facts[field]}x"
    path.write_text(json.dumps(facts) + "\n")
    with pytest.raises(LedgerError, match="was not written by this site"):
        [*book.read()]


def test_an_entry_under_another_keyring_is_refused(tmp_path: Path) -> None:
    """A forger has no key."""
    ledger = FileLedger(tmp_path / "ledger.jsonl")
    Book(ledger, KeyedMacs(keyring(), "ledger")).write([stone()])
    with pytest.raises(LedgerError, match="was not written by this site"):
        [*Book(ledger, KeyedMacs(keyring(), "ledger")).read()]


def test_a_ledger_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """No folder, no entry: and so nothing is erased."""
    with pytest.raises(LedgerError, match="cannot be written"):
        FileLedger(tmp_path / "missing" / "ledger.jsonl").append((stone(),))


def test_each_database_has_its_own(tmp_path: Path) -> None:
    """One database is restored without the others, so that they share no ledger."""
    for name in ("default", "archive"):
        ledger_at("file:privacy.ledger.jsonl", tmp_path, name, _no_database).append((replace(stone(), digest=name),))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["privacy.ledger.archive.jsonl", "privacy.ledger.jsonl"]


@pytest.mark.parametrize("place", ["privacy.ledger.jsonl", "file:", "s4:bucket", "database:", "database:default"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, place: str) -> None:
    """A slip in the setting is no ledger in some unexpected place."""
    with pytest.raises(SettingsError):
        ledger_at(place, tmp_path, "default", _no_database)
