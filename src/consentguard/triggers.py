"""Triggers that refuse to change or remove proof, as SQL for each kind of database; a host installs them if it likes.

They keep slips and stray code from the tables, not the database's owner, who may drop them. A purge of ours lifts them
for the length of its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

TABLES = ("consentguard_evidence_entry", "consentguard_evidence_seal")
NAME = "consentguard_append_only"
MESSAGE = "consentguard: this table is append-only"

_FUNCTION = f"""CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('consentguard.purge', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '{MESSAGE}';
END $$"""


def install(database: str) -> Sequence[str]:
    """The statements that install the triggers on a kind of database, whether or not they are there already."""
    made = [
        statement for table in TABLES for event in ("UPDATE", "DELETE") for statement in _make(database, table, event)
    ]
    return [_FUNCTION, *made] if database == "postgresql" else made


def remove(database: str) -> Sequence[str]:
    """The statements that take the triggers away, whether or not they are there."""
    gone = [_drop(database, table, event) for table in TABLES for event in ("UPDATE", "DELETE")]
    return [*gone, f"DROP FUNCTION IF EXISTS {NAME}()"] if database == "postgresql" else gone


def installed(database: str) -> str:
    """The query of how many triggers there are."""
    if database == "postgresql":
        return f"SELECT count(*) FROM pg_trigger WHERE starts_with(tgname, '{NAME}')"  # noqa: S608 - a constant
    if database == "sqlite":
        return f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND instr(name, '{NAME}') = 1"  # noqa: S608
    where = f"trigger_schema = DATABASE() AND LOCATE('{NAME}', trigger_name) = 1"
    return f"SELECT count(*) FROM information_schema.triggers WHERE {where}"  # noqa: S608 - a constant


@contextmanager
def purging(database: str, run: Callable[[str], object], count: Callable[[str], int]) -> Iterator[None]:
    """Lift the triggers for a block that removes rows. The block is part of a transaction, and rolled back if it fails.

    `run` executes a statement, `count` a query of one number.
    """
    if not count(installed(database)):
        yield
        return
    for statement in _lift(database):
        run(statement)
    try:
        yield
    except BaseException:
        if database not in ("postgresql", "sqlite"):  # they roll this back too
            run(_LOWER)
        raise
    for statement in _lower(database):
        run(statement)


_LOWER = "SET @consentguard_purge = NULL"


def _lift(database: str) -> Sequence[str]:
    if database == "sqlite":
        return [_drop(database, table, "DELETE") for table in TABLES]
    return ["SET LOCAL consentguard.purge = 'on'" if database == "postgresql" else "SET @consentguard_purge = 1"]


def _lower(database: str) -> Sequence[str]:
    if database == "sqlite":
        return [statement for table in TABLES for statement in _make(database, table, "DELETE")]
    return ["SET LOCAL consentguard.purge = 'off'" if database == "postgresql" else _LOWER]


def _make(database: str, table: str, event: str) -> Sequence[str]:
    return (
        _drop(database, table, event),
        f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} {_body(database, event)}",
    )


def _body(database: str, event: str) -> str:
    if database == "postgresql":
        return f"FOR EACH ROW EXECUTE FUNCTION {NAME}()"
    if database == "sqlite":
        return f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    refuse = f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{MESSAGE}'"
    unless = f"BEGIN IF @consentguard_purge IS NULL THEN {refuse}; END IF; END"
    return f"FOR EACH ROW {refuse if event == 'UPDATE' else unless}"


def _drop(database: str, table: str, event: str) -> str:
    on = f" ON {table}" if database == "postgresql" else ""
    return f"DROP TRIGGER IF EXISTS {_name(table, event)}{on}"


def _name(table: str, event: str) -> str:
    return f"{NAME}_{table.removeprefix('consentguard_')}_{event.lower()}"
