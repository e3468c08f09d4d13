"""Triggers that keep a copy of a column from growing stale, as SQL for each kind of database.

Whatever changes the column alone, such as an UPDATE of many rows or code that does not know of the copy, empties the
copy, so that it is made anew. Strict ones refuse such a change instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from consentguard.changing import SAME, mark

NAME = "consentguard_copy"
_EVENTS = ("insert", "update")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A column that holds a copy of another: the names of the database. `table` may begin with a schema and a dot."""

    table: str
    key: tuple[str, ...]
    source: str
    target: str

    @property
    def name(self) -> str:
        """The name of its triggers, short enough for every database, without the event."""
        return f"{NAME}_{sha256(f'{self.table}.{self.source}>{self.target}'.encode()).hexdigest()[:16]}"


def install(kind: str, copy: Copy, *, strict: bool = False) -> Sequence[str]:
    """The statements that install the triggers, whether or not others of the copy are there."""
    return [*remove(kind, copy), *(_strict if strict else _lenient)(kind, copy)]


def remove(kind: str, copy: Copy) -> Sequence[str]:
    """The statements that take the triggers away, whether or not they are there."""
    if kind == "postgresql":
        return [
            *(f"DROP TRIGGER IF EXISTS {copy.name}_{event} ON {_quoted(kind, copy.table)}" for event in _EVENTS),
            f"DROP FUNCTION IF EXISTS {copy.name}()",
        ]
    return [f"DROP TRIGGER IF EXISTS {copy.name}_{event}" for event in _EVENTS]


def _lenient(kind: str, copy: Copy) -> Iterator[str]:
    source, target = (_quoted(kind, name) for name in (copy.source, copy.target))
    if kind == "sqlite":  # whose triggers cannot change the row before it is written
        row = " AND ".join(f"{_quoted(kind, key)} IS NEW.{_quoted(kind, key)}" for key in copy.key)
        empty = f"UPDATE {_quoted(kind, copy.table)} SET {target} = NULL WHERE {row}"  # noqa: S608 - names alone
        stale = f"{_changed(kind, source)} AND {_unchanged(kind, target)} AND NEW.{target} IS NOT NULL"
        yield _sqlite(copy, "update", stale, empty, "AFTER")
    elif kind == "postgresql":
        stale = f"{_changed(kind, source)} AND {_unchanged(kind, target)}"
        yield from _postgresql(copy, ["update"], f"IF {stale} THEN NEW.{target} := NULL; END IF; RETURN NEW;")
    else:
        stale = f"{_changed(kind, source)} AND {_unchanged(kind, target)}"
        yield _mysql(copy, "update", f"IF {stale} THEN SET NEW.{target} = NULL; END IF")


def _strict(kind: str, copy: Copy) -> Iterator[str]:
    source, target = (_quoted(kind, name) for name in (copy.source, copy.target))
    missing = f"NEW.{source} IS NOT NULL AND NEW.{target} IS NULL"
    stale = f"{_changed(kind, source)} AND {_unchanged(kind, target)} OR {missing}"
    message = f"consentguard: {copy.table}.{copy.target} has to be written with {copy.source}".replace("'", "''")
    if kind == "sqlite":
        for event, wrong in (("insert", missing), ("update", stale)):
            yield _sqlite(copy, event, wrong, f"SELECT RAISE(ABORT, '{message}')", "BEFORE")
    elif kind == "postgresql":
        refuse = f"RAISE EXCEPTION USING MESSAGE = '{message}';"
        update = f"IF TG_OP = 'UPDATE' THEN IF {stale} THEN {refuse} END IF;"
        yield from _postgresql(copy, _EVENTS, f"{update} ELSIF {missing} THEN {refuse} END IF; RETURN NEW;")
    else:
        for event, wrong in (("insert", missing), ("update", stale)):
            refuse = f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{message[:128]}'"
            yield _mysql(copy, event, f"IF {wrong} THEN {refuse}; END IF")


def _sqlite(copy: Copy, event: str, when: str, then: str, moment: str) -> str:
    on = f"{moment} {event.upper()} ON {_quoted('sqlite', copy.table)} FOR EACH ROW WHEN {when}"
    return f"CREATE TRIGGER {copy.name}_{event} {on} BEGIN {then}; END"


def _mysql(copy: Copy, event: str, body: str) -> str:
    on = f"BEFORE {event.upper()} ON {_quoted('mysql', copy.table)} FOR EACH ROW"
    return f"CREATE TRIGGER {copy.name}_{event} {on} BEGIN {body}; END"


def _postgresql(copy: Copy, events: Sequence[str], body: str) -> Iterator[str]:
    yield f"CREATE FUNCTION {copy.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    for event in events:
        on = f"BEFORE {event.upper()} ON {_quoted('postgresql', copy.table)} FOR EACH ROW"
        yield f"CREATE TRIGGER {copy.name}_{event} {on} EXECUTE FUNCTION {copy.name}()"


def _changed(kind: str, column: str) -> str:
    return f"NOT ({_unchanged(kind, column)})"


def _unchanged(kind: str, column: str) -> str:
    """To the byte: a collation may take two values for the same of which a copy is not."""
    return f"{mark(kind, f'NEW.{column}')} {SAME[kind]} {mark(kind, f'OLD.{column}')}"


def _quoted(kind: str, name: str) -> str:
    mark_ = "`" if kind == "mysql" else '"'
    return ".".join(f"{mark_}{part.replace(mark_, mark_ * 2)}{mark_}" for part in name.split("."))
