"""Reading privacy.toml: a file that cannot be read, or is no TOML, is one clear message."""

import time
from pathlib import Path

import pytest

from consentguard.errors import ManifestError
from consentguard.findings import Finding
from consentguard.manifest.load import load, loads

PATH = Path("privacy.toml")


def only_mistake(source: str) -> Finding:
    """The one finding with which a source is refused."""
    with pytest.raises(ManifestError) as refusal:
        loads(source, PATH)
    (finding,) = refusal.value.findings
    return finding


SYNTAX = [
    ("a = \n", "M-SYNTAX", 1),
    ("a = 1\nb = [1,\n", "M-SYNTAX", 3),
    ("manifest = 1\ncontact = privacy@example.com\n", "M-SYNTAX", 2),
    ("a = 2027-02-30", "M-SYNTAX", 1),
    ("a = " + "1" * 5000, "M-SYNTAX", None),
    ("manifest = 1\n[site]\n[site]\n", "M-DUPLICATE-KEY", 3),
    ("manifest = 1\n\nmanifest = 1\n", "M-DUPLICATE-KEY", 3),
    ("x = { a = 1, a = 2 }", "M-DUPLICATE-KEY", 1),
    ("[[a]]\n[a]\n", "M-DUPLICATE-KEY", 2),
    ("a = {b = 1}\n[a.c]\n", "M-DUPLICATE-KEY", 2),
    ("a = " + "[" * 5000, "M-TOO-DEEP", None),
    ("", "M-EMPTY", None),
    (" \n\t\n", "M-EMPTY", None),
    ("\ufeffmanifest = 1\n", "M-BOM", 1),
    ("a = '\ud800'", "M-ENCODING", 1),
    ("# " + "x" * (1024 * 1024), "M-FILE-TOO-LARGE", None),
]


@pytest.mark.parametrize(("source", "name", "line"), SYNTAX, ids=lambda value: str(value)[:20])
def test_what_is_no_toml_is_one_clear_message(source: str, name: str, line: int | None) -> None:
    """A syntax error is told with its line and a hint."""
    finding = only_mistake(source)
    assert (finding.id, finding.line) == (name, line)
    assert finding.hint


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    """The message says where the key stood before."""
    finding = only_mistake("manifest = 1\n[age]\nthreshold = 18\nthreshold = 16\n")
    assert (finding.where, finding.line) == ("age.threshold", 4)
    assert "line 3" in finding.message


def refused_file(path: Path) -> Finding:
    """The one finding with which a file is refused."""
    with pytest.raises(ManifestError) as refusal:
        load(path)
    assert str(path) in str(refusal.value)
    (finding,) = refusal.value.findings
    assert finding.hint
    return finding


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A path that leads nowhere is told as that, with what to do."""
    assert refused_file(tmp_path / "privacy.toml").id == "M-FILE-MISSING"
    (tmp_path / "file").write_text("x")
    assert refused_file(tmp_path / "file" / "privacy.toml").id == "M-FILE-UNREADABLE"


def test_a_folder_is_told(tmp_path: Path) -> None:
    """A folder is no manifest."""
    assert refused_file(tmp_path).id == "M-FILE-UNREADABLE"


def test_an_impossible_path_is_told() -> None:
    """A path that the system refuses is no traceback."""
    assert refused_file(Path("privacy\0.toml")).id == "M-FILE-UNREADABLE"


def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    """A file that this user may not read is told as that; root, who may read all, is shown a device instead."""
    path = tmp_path / "privacy.toml"
    path.write_text("manifest = 1\n")
    path.chmod(0)
    try:
        path.read_text("utf-8")
    except PermissionError:
        assert refused_file(path).id == "M-FILE-UNREADABLE"
    else:
        assert refused_file(Path("/proc/self/mem")).id == "M-FILE-UNREADABLE"


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    """A file over 1 MiB is refused however valid it is; one of 1 MiB is read."""
    path = tmp_path / "privacy.toml"
    head = b"manifest = 1\n#"
    path.write_bytes(head + b"x" * (1024 * 1024 - len(head)))
    assert load(path).manifest.manifest == 1
    path.write_bytes(head + b"x" * (1024 * 1024 - len(head) + 1))
    assert refused_file(path).id == "M-FILE-TOO-LARGE"


def test_a_file_that_is_not_utf_8_is_told_with_byte_and_line(tmp_path: Path) -> None:
    """The byte that is not UTF-8 and its line are named."""
    path = tmp_path / "privacy.toml"
    path.write_bytes("manifest = 1\n# Espa\xf1a\n".encode("latin-1"))
    finding = refused_file(path)
    assert (finding.id, finding.line) == ("M-ENCODING", 2)
    assert "byte 19 (0xf1)" in finding.message


@pytest.mark.parametrize("part", ["a", '"a b"', "'a'", r'"\""'])
@pytest.mark.parametrize("frame", ["{} = 1", "[{}]", "[[{}]]", "x = {{ b = 1, {} = 2 }}"])
def test_a_key_of_thousands_of_parts_is_refused_at_once(part: str, frame: str) -> None:
    """TOML's own parser would take the memory of the machine for it."""
    start = time.perf_counter()
    finding = only_mistake("manifest = 1\n" + frame.format(" . ".join([part] * 20_000)))
    assert (finding.id, finding.line) == ("M-TOO-DEEP", 2)
    assert time.perf_counter() - start < 1


def test_a_long_text_with_dots_is_no_key() -> None:
    """Dots between words of a value are nobody's business."""
    words = ".".join(["word"] * 99)
    loads(f'manifest = 1\nautomated_decisions = "{words}. {words}."\n', PATH)
