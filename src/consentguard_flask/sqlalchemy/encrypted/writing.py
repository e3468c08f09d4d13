"""What a statement writes to encrypted columns: values, which are sealed as they are sent, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NoReturn

import sqlalchemy as sa

from consentguard.crypto.errors import UnboundError
from consentguard_flask.sqlalchemy.encrypted.errors import EncryptedColumnError, handed_on
from consentguard_flask.sqlalchemy.encrypted.rows import row_column
from consentguard_flask.sqlalchemy.encrypted.types import Encrypted

GIVE_VALUES = "give it a value: the database cannot seal one"
_GIVEN = (sa.BindParameter, sa.Null, sa.TextClause, sa.TypeCoerce)
"""What is sealed as it is sent, and what somebody wrote who knows what the column holds; as literal columns are."""
Pair = tuple[Any, Any]


def check_written(statement: Any, given: Sequence[str]) -> None:
    """Raise EncryptedColumnError where a statement stores what is not sealed, or sealed for another column.

    Raises UnboundError where it gives a row to another data subject, and leaves behind what is bound to the first.
    `given` are the columns that its parameters name.
    """
    pairs = list(_assigned(statement))
    for column, value in (selected := list(_selected(statement))):
        _check_copied(column, value)
    for column, value in chain(pairs, selected):
        _check_value(column, value)
    upserted = [_resolved(statement, pair) for pair in _upserted(statement)]
    for column, value in upserted:
        _check_value(column, value)
    columns = [statement.table.c[key] for key in given if key in statement.table.c]
    written = [*columns, *(column for column, _ in chain(pairs, selected))]
    if isinstance(statement, sa.Update):
        _check_left_behind(statement.table, written)
    _check_parts(statement.table, written)
    if upserted:
        _check_upserted(statement, [column for column, _ in upserted])


def others_of(statement: Any) -> Iterator[Any]:
    """What else is in such a statement: its conditions, what it selects from, and others that it is made with."""
    yield from getattr(statement, "_where_criteria", ())
    yield from getattr(statement, "_independent_ctes", ())
    if getattr(statement, "select", None) is not None:
        yield statement.select
    for clause in _clauses(statement):
        for name in ("update_whereclause", "inferred_target_whereclause"):
            if getattr(clause, name, None) is not None:
                yield getattr(clause, name)
    for _, value in chain(_assigned(statement), _upserted(statement)):
        if isinstance(value, sa.ClauseElement) and not isinstance(getattr(value, "type", None), Encrypted):
            yield value


def _assigned(statement: Any) -> Iterator[Pair]:
    """The columns that an INSERT or UPDATE names, each with what it is given."""
    groups: list[Any] = [getattr(statement, "_values", None), getattr(statement, "_ordered_values", None)]
    for several in getattr(statement, "_multi_values", ()):
        groups += several
    for group in groups:
        for pair in _pairs(group) if isinstance(group, Mapping) or not _is_positional(group) else ():
            yield _resolved(statement, pair)


def _selected(statement: Any) -> Iterator[Pair]:
    """The columns of an INSERT that come from a SELECT."""
    if getattr(statement, "_select_names", None):
        for pair in zip(statement._select_names, statement.select.selected_columns, strict=False):
            yield _resolved(statement, pair)


def _upserted(statement: Any) -> Iterator[Pair]:
    for clause in _clauses(statement):
        yield from _pairs(getattr(clause, "update_values_to_set", None) or getattr(clause, "update", None))


def _clauses(statement: Any) -> list[Any]:
    """ON CONFLICT and ON DUPLICATE KEY."""
    clause = getattr(statement, "_post_values_clause", None)
    return [] if clause is None else [clause, *clause.get_children()]


def _pairs(given: Any) -> Iterator[Pair]:
    yield from given.items() if isinstance(given, Mapping) else given or ()


def _is_positional(group: Any) -> bool:
    return group is not None and not all(isinstance(each, tuple) for each in group)


def _resolved(statement: Any, pair: Pair) -> Pair:
    """The pair with the column itself, where a statement names it, or the attribute of its class."""
    named, value = pair
    if not isinstance(named, str):
        return pair
    mapper = statement._propagate_attrs.get("plugin_subject")
    if mapper is not None and mapper.has_property(named):
        return getattr(mapper.get_property(named), "columns", (None,))[0], value
    return statement.table.c.get(named), value


def _check_value(column: Any, value: Any) -> None:
    kind, given = _kind(column), _kind(value)
    if kind is None and given is not None and not isinstance(value, sa.BindParameter):
        _refuse(column, f'what "{given.name}" holds', "select it and give its value")
    if kind is None or not isinstance(value, sa.ClauseElement) or isinstance(value, _GIVEN):
        return
    if getattr(value, "is_literal", False):
        return
    if given is None or not isinstance(value, (sa.ColumnClause, sa.Label)):
        _refuse(column, "what the database makes", GIVE_VALUES)
    if given.name != kind.name:
        _refuse(column, f'what "{given.name}" holds, which is sealed for that column alone', GIVE_VALUES)


def _check_copied(column: Any, value: Any) -> None:
    kind = _kind(column)
    if kind is not None and kind.bound_to and _kind(value) is not None:
        hint = "read the objects, and save others with their values"
        raise handed_on(UnboundError(f'a value of "{kind.name}" is bound, and cannot be copied to a row', hint=hint))


def _check_parts(table: Any, written: list[Any]) -> None:
    """Raise EncryptedColumnError where what is searched together is changed, and not what holds it all."""
    names = {getattr(column, "key", None) for column in written}
    for column in getattr(table, "columns", ()):
        kind = _kind(column)
        if kind is not None and kind.part_columns and column.key not in names and names & {*kind.part_columns}:
            hint = "save the objects"
            raise EncryptedColumnError(f'"{kind.name}" is searched by what this changes, and would not be', hint=hint)


def _check_left_behind(table: Any, written: list[Any]) -> None:
    names = {getattr(column, "key", None) for column in written}
    for column in getattr(table, "columns", ()):
        kind = _kind(column)
        if kind is not None and kind.bound_to and column.key not in names and row_column(kind, table) in names:
            hint = f'change the objects, or give "{column.name}" its value with the same statement, by `sealed_for`'
            message = f'a statement changes what "{kind.name}" is bound to, and leaves its values behind'
            raise handed_on(UnboundError(message, hint=hint))


def _check_upserted(statement: Any, written: list[Any]) -> None:
    """Where a row is there already, it may be bound to something else than the one that was to be inserted."""
    table = statement.table
    _check_left_behind(table, written)
    _check_parts(table, written)
    known = {getattr(column, "key", None) for column in written}
    for clause in _clauses(statement):
        for target in getattr(clause, "inferred_target_elements", None) or ():
            known.add(target if isinstance(target, str) else target.key)
    for column in written:
        kind = _kind(column)
        if kind is not None and kind.bound_to and row_column(kind, table) not in known:
            hint = "let what it is bound to be among the columns that are in conflict, or that are updated"
            raise handed_on(UnboundError(f'an upsert may give "{kind.name}" to the row of another', hint=hint))


def _kind(element: Any) -> Encrypted[Any] | None:
    found = getattr(element, "type", None)
    return found if isinstance(found, Encrypted) else None


def _refuse(column: Any, given: str, hint: str) -> NoReturn:
    raise EncryptedColumnError(f'"{column}" cannot be given {given}', hint=hint)
