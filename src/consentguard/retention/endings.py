"""What becomes of a table's rows when the rules of its categories have run out: which go, and what of others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Match
from consentguard.plan.exceptions import Least
from consentguard.plan.steps import Action
from consentguard.plan.ways import clearable, holding
from consentguard.records import Selection, Test
from consentguard.retention.rules import Case, Rule

WITH_COLUMNS = ("delete", "redact", "anonymise")
"""Ends that empty the columns of a category whose row stays for another's sake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What becomes of some rows of a table once one of the `cases` is theirs and each least time has passed."""

    label: str
    categories: tuple[str, ...]
    action: Action
    columns: tuple[str, ...] = ()
    cases: tuple[Case, ...]
    least: tuple[Least, ...] = ()

    def selections(self, now: dt.datetime, besides: tuple[Selection, ...] = ()) -> Iterator[tuple[Case, Selection]]:
        """The rows that are due now, case by case; what is emptied already is not due again."""
        filled = (Test(",".join(self.columns), "filled"),) if self.columns else ()
        kept = tuple(each.rows(now) for each in self.least)
        for case in self.cases:
            where = (*case.where(now), *filled)
            yield case, Selection(label=self.label, where=where, besides=(*kept, *besides))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """All that becomes of the rows of one table: `row` of a whole one, `parts` of columns of one that stays.

    `reasons` say why a category of the table has no end here.
    """

    label: str
    rules: tuple[Rule, ...]
    row: Ending | None
    parts: tuple[Ending, ...]
    reasons: tuple[tuple[str, str], ...]

    @property
    def endings(self) -> tuple[Ending, ...]:
        """Whole rows first."""
        return (*((self.row,) if self.row else ()), *self.parts)


def fate(data_map: DataMap, table: Table, rules: Sequence[Rule]) -> Fate:
    """What becomes of the rows of a table by the rules of its categories.

    A row goes when the time of all its categories is over, and one of them ends with that. Until then the columns of
    those whose time is over are emptied.
    """
    reasons = [(rule.category, why) for rule in rules for why in filter(None, (rule.why, *rule.gaps))]
    row: Ending | None = None
    try:
        row = _row(data_map, table, rules)
    except _CannotEndError as error:
        reasons.append((error.category, str(error)))
    parts = []
    for rule in rules:
        if not rule.cases or (row is not None and set(row.cases) == set(rule.cases)):
            continue
        columns = _emptied(data_map, table, rule.columns) if rule.then in WITH_COLUMNS else ()
        if columns:
            parts.append(_ending(table, "clear", (rule,), rule.cases, columns))
        elif rule.category not in dict(reasons) and (why := _waits(data_map, table, rule)):
            reasons.append((rule.category, why))
    return Fate(label=table.label, rules=tuple(rules), row=row, parts=tuple(parts), reasons=tuple(reasons))


def _waits(data_map: DataMap, table: Table, rule: Rule) -> str:
    """Why data whose time is over stays until the whole row goes; empty for moments, which the others count from."""
    if set(rule.columns) <= _needed(data_map, table):
        return ""
    if rule.then in WITH_COLUMNS:
        return f"no column of {rule.category} can be emptied while the row stays"
    return f"the end of {rule.category} is to {rule.then}, which whole rows do, and other data keeps them"


class _CannotEndError(Exception):
    """Whole rows cannot end as the policy says; `category` is whose end that would be."""

    def __init__(self, category: str, why: str) -> None:
        super().__init__(why)
        self.category = category


def _row(data_map: DataMap, table: Table, rules: Sequence[Rule]) -> Ending | None:
    """What becomes of a whole row; None where some category has no end, or all leave the row where it is."""
    if not all(rule.cases for rule in rules):
        return None
    cases = _together(rules)
    by_end = {rule.then: rule.category for rule in reversed(rules)}
    if "delete" in by_end and "archive" not in by_end:
        return _ending(table, "delete", rules, cases)
    if "shred" in by_end:
        if SELF not in data_map.tags[table.label].subjects.values():
            why = f"the end of {by_end['shred']} is to shred, and these rows are no data subject whose key could go"
            raise _CannotEndError(by_end["shred"], why)
        return _ending(table, "shred", rules, cases)
    if "archive" in by_end:
        if path := _far_path(data_map, table):
            why = f"the end of {by_end['archive']} is to archive, and these rows lead to their person by {path}"
            raise _CannotEndError(by_end["archive"], why)
        return _ending(table, "archive", rules, _without(cases, _gone_first(data_map, table, rules)))
    if "anonymise" in by_end:
        return _ending(table, "clear", rules, cases, _nameless(data_map, table, by_end["anonymise"]))
    return None


def _ending(
    table: Table, action: Action, rules: Sequence[Rule], cases: tuple[Case, ...], columns: tuple[str, ...] = ()
) -> Ending:
    least = tuple(dict.fromkeys(each for rule in rules for each in rule.least))
    categories = tuple(rule.category for rule in rules)
    return Ending(label=table.label, categories=categories, action=action, columns=columns, cases=cases, least=least)


def _far_path(data_map: DataMap, table: Table) -> str:
    """How rows lead to a person where no foreign key of theirs does: then the archive could not say whose they are."""
    for path in data_map.tags[table.label].subjects.values():
        way = None if isinstance(path, Match) else table.ways.get(path)
        if path != SELF and not (way and way.kind == "foreign_key" and len(holding(way)) == 1):
            return f"a match of {path.column}" if isinstance(path, Match) else path
    return ""


def _gone_first(data_map: DataMap, table: Table, rules: Sequence[Rule]) -> tuple[str, ...]:
    """The columns that are emptied before a row is archived: the policy says that they are deleted."""
    columns = [column for rule in rules if rule.then != "archive" for column in rule.columns]
    return _emptied(data_map, table, columns)


def _without(cases: Iterable[Case], columns: Iterable[str]) -> tuple[Case, ...]:
    empty = tuple(Test(column, "empty") for column in columns)
    return tuple(replace(case, given=(*case.given, *empty)) for case in cases)


def _emptied(data_map: DataMap, table: Table, columns: Iterable[str]) -> tuple[str, ...]:
    """Those of some columns that can be emptied: not what tells when, or by which period, the rest of the row goes."""
    needed = _needed(data_map, table)
    return tuple(name for name in columns if name not in needed and clearable(table, name))


def _needed(data_map: DataMap, table: Table) -> set[str]:
    tag = data_map.tags[table.label]
    return {*tag.anchors.values(), tag.plan, tag.place}


def _nameless(data_map: DataMap, table: Table, category: str) -> tuple[str, ...]:
    """Every personal column of a table, and what leads from a row to a person."""
    tag = data_map.tags[table.label]
    personal = [entry.column for entry in data_map.entries if entry.table == table.label and entry.category]
    personal = [name for name in personal if name not in tag.anchors.values()]
    links = [column for path in tag.subjects.values() for column in _link(table, path)]
    names = dict.fromkeys((*personal, *links))
    fast = [name for name in names if name not in table.by_name or not clearable(table, name)]
    if fast:
        why = f"the end of {category} is to anonymise, and {', '.join(fast)} cannot be emptied"
        raise _CannotEndError(category, why)
    return tuple(names)


def _link(table: Table, path: str | Match) -> Sequence[str]:
    """The columns of a row by which it leads to a person; none where the row is that person."""
    if path == SELF:
        return ()
    first = (path.column if isinstance(path, Match) else path).partition(".")[0]
    relation = table.ways.get(first)
    if relation is None:
        return (first,)
    return holding(relation) if relation.kind == "foreign_key" else (first,)


def _together(rules: Sequence[Rule]) -> tuple[Case, ...]:
    """The cases in which the time of all these categories is over: each of one with each of the others."""
    found = [Case(over=())]
    for cases in dict.fromkeys(rule.cases for rule in rules):
        found = [both for one in found for other in cases if (both := _both(one, other)) is not None]
    return tuple(dict.fromkeys(found))


def _both(one: Case, other: Case) -> Case | None:
    """The case in which both are; None where no row is ever in both."""
    over = {(clock.column, clock.period): clock for clock in (*one.over, *other.over)}
    given = tuple(dict.fromkeys((*one.given, *other.given)))
    within = tuple(dict.fromkeys((*one.within, *other.within)))
    timed = {column for column, _ in over}
    if set(within) & set(over.values()) or any(test.how == "empty" and test.column in timed for test in given):
        return None
    if any(_contradict(test, against) for test in given for against in given):
        return None
    names = {"plan": one.plan or other.plan, "place": one.place or other.place}
    return Case(over=tuple(over.values()), given=given, within=within, **names)


def _contradict(one: Test, other: Test) -> bool:
    """Whether no row ever passes both tests."""
    if one.column != other.column:
        return False
    if one.how == "empty":
        return other.how in ("filled", "among")
    texts, against = _texts(one), _texts(other)
    if (one.how, other.how) == ("among", "among"):
        return texts.isdisjoint(against)
    return (one.how, other.how) == ("among", "outside") and texts <= against


def _texts(test: Test) -> frozenset[str]:
    return frozenset(test.value) if isinstance(test.value, tuple) else frozenset()
