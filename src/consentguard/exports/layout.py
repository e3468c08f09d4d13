"""Where things stand in an archive, and what its manifest says: the format, version 1."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from consentguard.plan.export import Why

FORMAT = "consentguard-export"
VERSION = 1
MANIFEST = "manifest.json"
README = "README.txt"
INFORMATION, FACTS = "information.txt", "information.json"
CONSENTS = "record/consents.jsonl"
REQUESTS = "record/requests.jsonl"
REPORTS = "record/minor_reports.jsonl"
PASSKEYS = "record/passkeys.jsonl"
_UNSAFE = re.compile(r"[^\w.@+-]|^\.+", re.ASCII)
MOST_LETTERS = 120


class Packed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member of the archive: its length in bytes, its SHA-256 in hex, and how many rows it has, where it has rows."""

    name: str
    size: int
    sha256: str
    rows: int | None = None


class Left(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is not in the archive, and why: columns of a table, or (with none) rows of it or all of it."""

    table: str
    why: Why
    columns: tuple[str, ...] = ()
    reason: str = ""


class Held(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A table of the archive: how many rows, in how many files, and the parts that the person plays in them."""

    label: str
    rows: int
    about: tuple[str, ...]
    files: int = 1


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json`: the last member, which says what the others are.

    `policy` is the version of the policy that the information was written by. `unreadable` are files that the rows
    name and that could not be read, and archived rows that could not be opened.
    """

    format: str
    version: int
    made_at: dt.datetime
    policy: str
    language: str
    tables: tuple[Held, ...]
    withheld: tuple[Left, ...]
    unreadable: tuple[str, ...]
    members: tuple[Packed, ...]


def data(label: str, number: int = 1) -> str:
    """Where the rows of a table stand, as JSON Lines: those of a large one in several files."""
    return f"data/{_numbered(label, number)}.jsonl"


def table(label: str, number: int = 1) -> str:
    """Where the same rows stand, as CSV."""
    return f"data/{_numbered(label, number)}.csv"


def schema(label: str) -> str:
    """Where the JSON Schema of a table's rows stands."""
    return f"schema/{label}.schema.json"


def archived(label: str) -> str:
    """Where the rows stand that left a table for the archive, as JSON Lines."""
    return f"archived/{label}.jsonl"


def file(label: str, column: str, key: str, name: str) -> str:
    """Where a file stands that a row names: its own name, without what could mean a folder to anybody."""
    base = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return f"files/{label}/{column}/{_safe(key)}/{_safe(base) or 'file'}"


def _numbered(label: str, number: int) -> str:
    return label if number == 1 else f"{label}.{number}"


def _safe(text: str) -> str:
    return _UNSAFE.sub("_", text)[-MOST_LETTERS:]
