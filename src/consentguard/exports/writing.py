"""Writes a copy as it is sent: row by row from the tables into the zip, with a manifest that says what is in it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.exports import layout
from consentguard.exports.contents import Part, Row, gathered
from consentguard.exports.layout import Contents, Held, Left, Packed
from consentguard.exports.parcel import AT_ONCE, Parcel
from consentguard.exports.redactions import Redactions
from consentguard.exports.schemas import schema
from consentguard.exports.values import csv_header, csv_lines, json_line, json_lines
from consentguard.plan.export import Extract, Why
from consentguard.ports import Dataset, Files, FilesError

PORTION = 1000
"""How many rows are written at once."""
HELD = 8 * 1024 * 1024
"""How many bytes of CSV are kept in memory, so that rows are read once for both of their files. A zip file has one
member after the other, and nothing is kept on a disk: a large table comes in several pairs of files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Which rows a copy holds, what is withheld of it, and the version of the policy that the information is of."""

    extracts: tuple[Extract, ...]
    redactions: Redactions
    language: str
    policy: str
    made_at: dt.datetime


@dataclass(slots=True, kw_only=True)
class Sum:
    """What was written, once all of it is: rows by table, and the SHA-256 of the manifest in hex."""

    rows: dict[str, int] = field(default_factory=dict)
    manifest: str = ""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One copy. `pieces` gives it once, from the first byte to the last; `sum` says what it was.

    `texts` gives the members that are written first, told which categories there are and whether a proof is left out;
    `lists` those of lines, written last, each with what could not be read of it.
    """

    ask: Ask
    data_map: DataMap
    dataset: Dataset
    files: Files
    texts: Callable[[Collection[str], bool], Mapping[str, bytes]]
    lists: Callable[[], Iterable[tuple[str, Sequence[Row], Sequence[str]]]]
    sum: Sum = field(default_factory=Sum)

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the zip file."""
        return _Writer(self, Parcel(self.ask.made_at)).pieces()


@dataclass
class _Writer:
    copy: Copy
    parcel: Parcel
    counts: dict[str, int] = field(default_factory=dict)
    tables: list[Held] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def pieces(self) -> Iterator[bytes]:
        """Every member in order, and the manifest last."""
        held = gathered(self.copy.ask.extracts, self.copy.ask.redactions)
        left = tuple(self._left(held))
        for name, text in self.copy.texts(self._categories(held), any(each.why == "proof" for each in left)).items():
            yield from self.parcel.add(name, (text,))
        for part in held:
            yield from self._table(part)
        for name, rows, unreadable in self.copy.lists():
            self.unreadable += unreadable
            if rows:
                self.counts[name] = len(rows)
                yield from self.parcel.add(name, map(json_line, rows))
        manifest = msgspec.json.format(msgspec.json.encode(self._manifest(left)))
        yield from self.parcel.add(layout.MANIFEST, (manifest,))
        self.copy.sum.manifest = hashlib.sha256(manifest).hexdigest()
        yield from self.parcel.end()

    def _table(self, part: Part) -> Iterator[bytes]:
        """The rows, their schema, and the files that they name; nothing of a table without a row."""
        portions = _portions(part.rows(self.copy.dataset))
        number = rows = 0
        while (first := next(portions, None)) is not None:
            number += 1
            pair = _Pair(part, first, portions)
            yield from self.parcel.add(layout.data(part.label, number), pair.json())
            yield from self.parcel.add(layout.table(part.label, number), pair.csv())
            rows += pair.count
            self.counts |= dict.fromkeys(
                (layout.data(part.label, number), layout.table(part.label, number)), pair.count
            )
        if not rows:
            return
        about = dict.fromkeys(subject for extract in part.extracts for subject in extract.subjects)
        self.tables.append(Held(label=part.label, rows=rows, about=tuple(about), files=number))
        self.copy.sum.rows[part.label] = rows
        shape = msgspec.json.format(msgspec.json.encode(schema(self.copy.data_map, part)))
        yield from self.parcel.add(layout.schema(part.label), (shape,))
        for extract in part.extracts:
            yield from self._files(extract)

    def _files(self, extract: Extract) -> Iterator[bytes]:
        """The files that rows name; one that cannot be read is listed, and keeps nobody from the rest."""
        table = self.copy.data_map.schema[extract.label]
        named = [column.name for column in table.columns if column.type == "file" and column.name in extract.columns]
        if not named:
            return
        keys = [column.name for column in table.columns if column.primary and column.name in extract.shown]
        rows = self.copy.dataset.rows(extract.selection, [*dict.fromkeys([*keys, *named])])
        for number, row in enumerate(rows, 1):
            key = "-".join(str(row[name]) for name in keys) or f"row-{number}"
            for column in named:
                if name := str(row[column] or ""):
                    yield from self._file(extract.label, column, key, name)

    def _file(self, label: str, column: str, key: str, name: str) -> Iterator[bytes]:
        member = layout.file(label, column, key, name)
        try:
            with self.copy.files.open(label, column, name) as file:
                pieces = iter(lambda: file.read(AT_ONCE), b"")
                first = next(pieces, b"")
                yield from self.parcel.add(member, self._whole(member, first, pieces))
        except FilesError:
            self.unreadable.append(member)

    def _whole(self, member: str, first: bytes, more: Iterator[bytes]) -> Iterator[bytes]:
        """A file to its end; one that breaks off in the middle is there in part, and listed."""
        yield first
        try:
            yield from more
        except (FilesError, OSError):
            self.unreadable.append(member)

    def _left(self, held: Iterable[Part]) -> Iterator[Left]:
        for part in held:
            found: dict[Why, list[str]] = {}
            for each in part.withheld:
                if each.why != "reviewed":
                    found.setdefault(each.why, []).append(each.column)
            for why, columns in found.items():
                yield Left(table=part.label, why=why, columns=tuple(columns))
        for redaction in self.copy.ask.redactions.withheld:
            yield Left(table=redaction.table, why="reviewed", columns=redaction.columns, reason=redaction.reason)

    def _categories(self, held: Iterable[Part]) -> frozenset[str]:
        shown = {(part.label, name) for part in held for extract in part.extracts for name in extract.columns}
        entries = self.copy.data_map.entries
        return frozenset(e.category for e in entries if e.category and (e.table, e.column) in shown)

    def _manifest(self, left: tuple[Left, ...]) -> Contents:
        ask = self.copy.ask
        members = self.parcel.members
        return Contents(
            format=layout.FORMAT,
            version=layout.VERSION,
            made_at=ask.made_at,
            policy=ask.policy,
            language=ask.language,
            tables=tuple(self.tables),
            withheld=left,
            unreadable=tuple(self.unreadable),
            members=tuple(
                Packed(name=each.name, size=each.size, sha256=each.sha256, rows=self.counts.get(each.name))
                for each in members
            ),
        )


@dataclass
class _Pair:
    """Two files of the same rows: the CSV is kept in memory while the JSON Lines go out."""

    part: Part
    first: Sequence[Row]
    more: Iterator[Sequence[Row]]
    count: int = 0
    held: list[bytes] = field(default_factory=list)

    def json(self) -> Iterator[bytes]:
        """The rows as JSON Lines, until enough of them are held for the other file."""
        columns = self.part.columns
        self.held.append(csv_header(columns))
        size = 0
        for portion in chain((self.first,), self.more):
            self.count += len(portion)
            yield json_lines(portion)
            self.held.append(csv_lines(portion, columns))
            size += len(self.held[-1])
            if size >= HELD:
                return

    def csv(self) -> Iterator[bytes]:
        """The same rows as CSV."""
        for number, lines in enumerate(self.held):
            yield lines
            self.held[number] = b""


def _portions(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while portion := list(islice(rows, PORTION)):
        yield portion
