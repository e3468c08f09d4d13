"""Reads the file of the manifest and its TOML: every way in which that can fail is one clear message."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from consentguard.errors import ManifestError
from consentguard.findings import Finding

MOST_BYTES = 1024 * 1024
BOM = "\ufeff"
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_LONG_KEY = re.compile(
    r"""(?:^|[\[{,])[ \t]*+(?:(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){99}""", re.MULTILINE
)
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot redefine", "Cannot mutate", "Duplicate inline table key")


def read(path: Path) -> str:
    """The text of the file. Raises ManifestError when it is missing, unreadable, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _refused(path, "M-FILE-MISSING", "there is no such file", _WHERE_IT_GOES) from None
    except IsADirectoryError:
        raise _refused(path, "M-FILE-UNREADABLE", "this is a folder", "name the file in it") from None
    except PermissionError:
        raise _refused(path, "M-FILE-UNREADABLE", "it may not be read", "give this user the right to read it") from None
    except (OSError, ValueError) as error:
        raise _refused(path, "M-FILE-UNREADABLE", f"it cannot be read: {error}", "check the path") from None
    _check_size(path, len(data))
    return _decoded(path, data)


def parse(source: str, path: Path) -> dict[str, Any]:
    """The tables of a TOML source; dates are `datetime.date`. Raises ManifestError with the line of the mistake."""
    _check_text(path, source)
    _check_keys(path, source)
    try:
        return tomllib.loads(source)
    except RecursionError:
        raise _refused(path, "M-TOO-DEEP", "values are nested too deeply to read", _DEEPEST) from None
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{path} is not valid TOML", [_syntax_mistake(source, str(error))]) from None
    except ValueError:
        hint = "no key of the manifest takes a number of more than three digits"
        raise _refused(path, "M-SYNTAX", "a number has thousands of digits", hint) from None


_DEEPEST = "no key of the manifest is nested deeper than a handful of tables"
_WHERE_IT_GOES = "write one with `consentguard init`, or set the path of the manifest in your settings"


def _refused(path: Path, kind: str, message: str, hint: str, line: int | None = None) -> ManifestError:
    finding = Finding(id=kind, severity="error", message=message, line=line, hint=hint)
    return ManifestError(f"{path} cannot be used", [finding])


def _check_size(path: Path, size: int) -> None:
    if size > MOST_BYTES:
        hint = "a policy is some hundred lines; is this the right file?"
        raise _refused(path, "M-FILE-TOO-LARGE", "it is larger than 1 MiB", hint)


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8"
        raise _refused(path, "M-ENCODING", message, "save the file as UTF-8", line) from None


def _check_text(path: Path, source: str) -> None:
    """Hold a source that did not come from a file to the same rules as one that did."""
    try:
        _check_size(path, len(source.encode()))
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        message = f"character {error.start} is half of a surrogate pair"
        raise _refused(path, "M-ENCODING", message, "save the file as UTF-8", line) from None
    if source.startswith(BOM):
        hint = "save the file as UTF-8 without BOM"
        raise _refused(path, "M-BOM", "it begins with a byte order mark", hint, line=1)
    if not source.strip():
        raise _refused(path, "M-EMPTY", "it is empty", "begin with `manifest = 1`")


def _check_keys(path: Path, source: str) -> None:
    """Stop before a key of thousands of parts: the time and memory that TOML's parser takes grow with their square."""
    if key := _LONG_KEY.search(source):
        line = source.count("\n", 0, key.end()) + 1
        raise _refused(path, "M-TOO-DEEP", "a key has a hundred parts or more", _DEEPEST, line)


def _syntax_mistake(source: str, error: str) -> Finding:
    """What the TOML parser said, with its line and column where it names them."""
    place = _PLACE.search(error)
    if place is None:
        return Finding(id="M-SYNTAX", severity="error", message=error, hint=_SYNTAX_HINT)
    line = int(place["line"] or source.count("\n") + 1)
    message = error[: place.start()] + (f" at column {place['column']}" if place["column"] else " at the end")
    if error.startswith(_TWICE):
        return _duplicate(source, line, message)
    return Finding(id="M-SYNTAX", severity="error", message=message, line=line, hint=_SYNTAX_HINT)


_SYNTAX_HINT = "see https://toml.io for how TOML is written"


def _duplicate(source: str, line: int, message: str) -> Finding:
    from consentguard.manifest.positions import Positions

    where, first = Positions.of(source).repeated(line)
    if first is not None:
        message = f"the key was given before, in line {first}"
    return Finding(
        id="M-DUPLICATE-KEY", severity="error", message=message, where=where, line=line, hint="keep one of the two"
    )
