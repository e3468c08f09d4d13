"""Looks for canaries in every row, in the files of the database as far as it lets them be read, and in caches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from consentguard.datamap.schema import ColumnType, Table
from consentguard.errors import ConsentGuardError
from consentguard.ports import Dataset, StoreError
from consentguard.records import Selection

SPEAKING: tuple[ColumnType, ...] = ("text", "email", "json", "binary", "file", "other")
"""Types of columns that a canary could stand in."""
PORTION = 1 << 20
SEGMENT = 1 << 30
"""How large a file of a table of PostgreSQL becomes before the next one begins."""
IN_MEMORY = "a database in memory has no file"
NO_HEAP = "VACUUM FULL and pg_read_binary_file need a superuser whom no transaction keeps waiting"
NO_INNODB = "no statement of MariaDB reads them: rows alone were looked at"
WAL = "what was written until {now} UTC stands there until it is recycled, and in its archive as long as that is kept"
NO_READER = "nothing reads all that stands in such a cache"
Cache = Callable[[], Iterable[bytes]]
"""What reads everything that stands in a cache of the host's."""
Trace = tuple[str, str]
"""A canary, and where it was found."""


class Asked(Protocol):
    """`consentguard.host.Host`, as far as it is asked here."""

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        """The rows of one statement."""


@dataclass(frozen=True, slots=True)
class Residual:
    """A place that was not read: what it is, and until when what was deleted may stand there."""

    place: str
    why: str


class Search:
    """Finds everything that begins with the marks of some made-up data subjects."""

    def __init__(self, marks: Iterable[str]) -> None:
        self._text = re.compile(f"(?:{'|'.join(marks)})[0-9]{{4}}")
        self._bytes = re.compile(self._text.pattern.encode())

    def rows(self, dataset: Dataset, tables: Iterable[Table]) -> Iterator[Trace]:
        """In every row of every table, as its columns give it: an encrypted value is opened."""
        for table in tables:
            columns = [column.name for column in table.columns if column.type in SPEAKING]
            try:
                for row in dataset.rows(Selection(label=table.label, whole=True), columns) if columns else ():
                    yield from self._of_row(table.label, row.items())
            except StoreError:
                continue  # a table of another database, or one that is not there yet

    def content(self, content: bytes, where: str) -> Iterator[Trace]:
        """In bytes."""
        return ((each.decode(), where) for each in sorted(set(self._bytes.findall(content))))

    def _of_row(self, label: str, row: Iterable[tuple[str, object]]) -> Iterator[Trace]:
        for column, value in row:
            text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
            yield from ((canary, f"{label}.{column}") for canary in self._text.findall(text))


def kind_of(host: Asked, database: str) -> str:
    """`sqlite`, `postgresql` or `mysql`; empty for a database that takes no SQL."""
    try:
        return str(host.ask(database, lambda kind: f"SELECT '{kind}'")[0][0])
    except ConsentGuardError:
        return ""


def cached(caches: Mapping[str, Cache | None], search: Search) -> Iterator[Trace | Residual]:
    """Canaries in the caches that can be read, by what these are called; the others are named."""
    for name, read in caches.items():
        if read is None:
            yield Residual(name, NO_READER)
            continue
        try:
            for content in read():
                yield from search.content(content, name)
        except Exception as error:  # noqa: BLE001 - a cache, or a host's own code, raises what it likes
            yield Residual(name, f"it could not be read ({type(error).__name__})")


def pages(host: Asked, database: str, tables: Sequence[Table], search: Search) -> Iterator[Trace | Residual]:
    """What stands in the files of a database, once it has given up what it need not keep; and what was not read."""
    kind, files = kind_of(host, database), _Files(host, database, search)
    names = [table.db_table for table in tables]
    if kind == "sqlite":
        yield from files.sqlite()
    elif kind == "postgresql":
        yield from files.postgresql([_quoted(name, '"') for name in names])
    elif kind == "mysql":
        yield from files.mariadb([_quoted(name, "`") for name in names])
    else:
        yield Residual("memory", IN_MEMORY)


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of one database."""

    host: Asked
    database: str
    search: Search

    def sqlite(self) -> Iterator[Trace | Residual]:
        """The file and the write-ahead log, after that was written back and cut."""
        self._ask("PRAGMA wal_checkpoint(TRUNCATE)")
        name = next((str(row[2]) for row in self._ask("PRAGMA database_list") if row[1] == "main"), "")
        if not Path(name).is_file():
            yield Residual("memory", IN_MEMORY)
        for path in (Path(name), Path(f"{name}-wal"), Path(f"{name}-journal")):
            if path.is_file():
                yield from self.search.content(path.read_bytes(), f"the file {path.name}")

    def postgresql(self, tables: Sequence[str]) -> Iterator[Trace | Residual]:
        """The files of each table and its indexes, written anew: what plain VACUUM leaves would be read again."""
        try:
            for table in tables:
                self._ask(f"VACUUM (FULL) {table}")
            self._ask("CHECKPOINT")
            for table in tables:
                for path, size in self._ask(_FILES.format(table=table)):
                    content = self._content(str(path), int(str(size)))
                    yield from self.search.content(content, f"the files of {table}")
        except StoreError:
            yield Residual("the heap of PostgreSQL", NO_HEAP)
        [[now]] = self._ask("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')")
        yield Residual("the write-ahead log of PostgreSQL", WAL.format(now=now))

    def mariadb(self, tables: Sequence[str]) -> Iterator[Residual]:
        """Nothing: tables are written anew, and then no statement reads their files."""
        for table in tables:
            self._ask(f"OPTIMIZE TABLE {table}")
        yield Residual("the files and the redo and binary logs of InnoDB", NO_INNODB)

    def _content(self, path: str, size: int) -> bytes:
        """A relation's bytes, in portions."""
        found = []
        for start in range(0, size, PORTION):
            segment, offset = divmod(start, SEGMENT)
            file = f"{path}.{segment}" if segment else path
            [[content]] = self._ask(f"SELECT pg_read_binary_file('{file}', {offset}, {PORTION}, true)")
            found.append(bytes(content) if isinstance(content, (bytes, memoryview)) else b"")
        return b"".join(found)

    def _ask(self, sql: str) -> Sequence[Sequence[object]]:
        return self.host.ask(self.database, lambda _: sql)


_FILES = """SELECT pg_relation_filepath(c.oid), pg_relation_size(c.oid) FROM pg_class c
    WHERE c.oid = '{table}'::regclass
    OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = '{table}'::regclass)
    OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE oid = '{table}'::regclass)"""


def _quoted(name: str, sign: str) -> str:
    """A table's name, behind its schema where it has one."""
    return ".".join(f"{sign}{part}{sign}" for part in name.split("."))
