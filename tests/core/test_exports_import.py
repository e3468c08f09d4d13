"""An archive that comes back: verified against its manifest, and read into tables that were empty."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.exports import ArchiveError, Redaction, Redactions, writing
from consentguard.exports.importing import Imported, import_archive
from consentguard.exports.reading import archive
from consentguard.memory import MemoryTable
from consentguard.ports import StoreError
from consentguard.testing.keys import keyring
from tests.core import exports_kit
from tests.core.exports_kit import Messenger, filled, messenger, tables

Members = dict[str, bytes]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The copy of one user's data, in a file."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    guard, people = _site(tmp_path, filled()).people()
    path = tmp_path / "copy.zip"
    path.write_bytes(b"".join(guard.exports.copy(people, language="en").pieces()))
    return path


def _site(folder: Path, rows: dict[str, MemoryTable]) -> Messenger:
    home = folder / f"site-{len(list(folder.iterdir()))}"
    home.mkdir()
    return messenger(home, rows)


def _imported(site: Messenger, path: Path) -> Imported:
    guard = site.guard()
    return import_archive(path, guard.site.data_map, guard.stores)


def _changed(path: Path, change: Callable[[Members], object]) -> Path:
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as written:
        for name, content in members.items():
            written.writestr(name, content)
    return path


def _manifest(**facts: Any) -> Callable[[Members], object]:
    def change(members: Members) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **facts}).encode()

    return change


def test_an_archive_brings_the_same_rows_into_empty_tables(tmp_path: Path, file: Path) -> None:
    """With their keys and what refers to what, a reply before its question too; what was withheld is empty."""
    empty = _site(tmp_path, tables())
    done = _imported(empty, file)
    assert done.rows == {"User": 1, "Contact": 1, "Message": 2}
    was = {label: [row for row in table.rows if row.get("user", row["id"]) == 1] for label, table in filled().items()}
    hidden: dict[str, dict[str, object]] = {
        "User": {"password": "", "score": None},
        "Contact": {"email": ""},
        "Message": {"contact_name": None},
    }
    for label, table in empty.rows.items():
        expected = [_filled({**row, **hidden[label]}) for row in was[label]]
        assert [*map(_filled, table.rows)] == expected
    assert done.loosened == {}


def _filled(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value is not None}


def test_a_large_table_is_read_from_all_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order: a reply comes in another file than its question."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.setattr(writing, "PORTION", 1)
    monkeypatch.setattr(writing, "HELD", 1)
    guard, people = _site(tmp_path, filled()).people()
    path = tmp_path / "copy.zip"
    path.write_bytes(b"".join(guard.exports.copy(people, language="en").pieces()))
    with archive(path) as opened:
        assert [held.files for held in opened.contents.tables] == [1, 1, 2]
    empty = _site(tmp_path, tables())
    assert _imported(empty, path).rows["Message"] == 2
    assert [(row["id"], row["parent"]) for row in empty.rows["Message"].rows] == [(10, 11), (11, None)]


def test_a_row_that_is_there_already_stops_the_whole_import(tmp_path: Path, file: Path) -> None:
    """Nothing is half read in."""
    rows = tables()
    rows["Message"].rows.append({"id": 11, "user": 1, "text": "mine", "sent": None, "position": 1, "parent": None})
    site = _site(tmp_path, rows)
    with pytest.raises(StoreError):
        _imported(site, file)
    assert {label: len(table.rows) for label, table in site.rows.items()} == {"User": 0, "Contact": 0, "Message": 1}


def test_a_reference_to_what_is_not_there_is_emptied_where_it_may_be(tmp_path: Path, file: Path) -> None:
    """And said; where it may not be, nothing is read in, and what is missing is named."""
    without = _copy_without(tmp_path, "Contact")
    site = _site(tmp_path, tables())
    done = _imported(site, without)
    assert done.loosened == {"Message.contact": 2}
    assert [row["contact"] for row in site.rows["Message"].rows] == [None, None]
    with pytest.raises(ArchiveError, match="belong to rows of User that are neither"):
        _imported(_site(tmp_path, tables()), _copy_without(tmp_path, "User"))


def _copy_without(tmp_path: Path, label: str) -> Path:
    guard, people = _site(tmp_path, filled()).people()
    withheld = Redactions((Redaction(label, "others"),))
    path = tmp_path / f"without-{label}.zip"
    path.write_bytes(b"".join(guard.exports.copy(people, language="en", redactions=withheld).pieces()))
    return path


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda members: members.update({"data/User.jsonl": b'{"id":1,"email":"eve@example.com"}\n'}), "was changed"),
        (lambda members: members.update({"data/Other.jsonl": b"{}\n"}), "has others besides"),
        (lambda members: members.pop("README.txt"), "lacks members"),
        (lambda members: members.pop("manifest.json"), "no manifest.json"),
        (_manifest(version=2), "version 2"),
        (_manifest(format="other"), "'other'"),
        (lambda members: members.update({"manifest.json": b"[]"}), "not one of consentguard's"),
    ],
)
def test_an_archive_that_was_changed_is_refused(
    tmp_path: Path, file: Path, change: Callable[[Members], object], told: str
) -> None:
    """Before a row of it is read in."""
    site = _site(tmp_path, tables())
    with pytest.raises(ArchiveError, match=told):
        _imported(site, _changed(file, change))
    assert all(not table.rows for table in site.rows.values())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_an_archive_that_was_cut_short_is_refused(tmp_path: Path, file: Path, share: float) -> None:
    """As a download leaves it that broke off."""
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    with pytest.raises(ArchiveError, match="cut short"):
        _imported(_site(tmp_path, tables()), file)


def test_no_flipped_bit_is_believed(tmp_path: Path, file: Path) -> None:
    """Wherever it stands: what is read is what was written, or nothing is."""
    whole = file.read_bytes()
    with archive(file) as opened:
        right = [*opened.rows("Message")]
    for place in range(0, len(whole), 97):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            with archive(file) as opened:
                opened.verify()
                assert [*opened.rows("Message")] == right
        except ArchiveError:
            continue


def test_an_archive_of_other_tables_is_refused(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the table, or of the column."""
    rest = tuple(each for each in exports_kit.TABLES if each.label != "Message")
    narrow = tuple(replace(each, columns=each.columns[:3]) for each in exports_kit.TABLES)
    for left, told in ((rest, "Message, which is no table"), (narrow, "columns that the table of this site does not")):
        monkeypatch.setattr(exports_kit, "TABLES", left)
        monkeypatch.setattr(exports_kit, "TAGS", {})
        site = _site(tmp_path, tables())
        with pytest.raises(ArchiveError, match=told):
            _imported(site, file)


def test_the_command_makes_verifies_and_imports_a_copy(tmp_path: Path, file: Path) -> None:
    """Into a file that only its owner may read; each is taken down."""
    site, empty, path = _site(tmp_path, filled()), _site(tmp_path, tables()), tmp_path / "out.zip"
    made = CliRunner().invoke(group, ["export", "make", "--subject", "user:1", "-o", str(path)], obj=site)
    assert (made.exit_code, path.stat().st_mode & 0o777) == (0, 0o600), made.output
    assert "export.made" in site.acts()
    again = CliRunner().invoke(group, ["export", "make", "--subject", "user:1", "-o", str(path)], obj=site)
    assert again.exit_code == 2
    verified = CliRunner().invoke(group, ["export", "verify", str(path), "--json"])
    assert json.loads(verified.stdout)["rows"] == {"User": 1, "Contact": 1, "Message": 2}
    imported = CliRunner().invoke(group, ["export", "import", str(path)], obj=empty)
    assert "Message: 2" in imported.stdout
    assert len(empty.rows["Message"].rows) == 2
    assert "export.imported" in empty.acts()
    nobody = CliRunner().invoke(group, ["export", "make", "--subject", "user:77", "-o", str(tmp_path / "no")], obj=site)
    assert (nobody.exit_code, (tmp_path / "no").exists()) == (2, False)
    path.write_bytes(path.read_bytes()[:200])
    assert CliRunner().invoke(group, ["export", "verify", str(path)]).exit_code == 2
