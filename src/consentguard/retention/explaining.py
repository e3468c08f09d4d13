"""Why a row is still there, and until when: the rules of its categories, as they come to for this very row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from consentguard.periods import Period
from consentguard.plan.exceptions import Least
from consentguard.records import Selection, Test
from consentguard.retention.endings import Fate
from consentguard.retention.outlook import Looking
from consentguard.retention.rules import Case, Clock, Rule
from consentguard.retention.values import PORTION, Row, Values, moment, passes

Reason = Literal["least", "period", "inactive", "fallback", "grace", "active", "waiting", "unstated", "open"]
"""Why data stays: a least time; the category's period; one that runs since the account ended, or since what would end
it earlier never came; a grace after a change of plan; the account is active; the moment that a period counts from has
not come; the policy does not say how long; it gives no longest period."""
FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Until when one category of a row is kept, and why; `until` is None where nobody can say.

    `anchor` is what the policy calls the moment that `period` (ISO 8601) counts from, `since` that moment. `plan` and
    `place` say whose period it is, where the policy has several.
    """

    category: str
    ground: Reason
    until: dt.datetime | None = None
    anchor: str = ""
    since: dt.datetime | None = field(default=None, repr=False)
    period: str = ""
    plan: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Until when a row is kept, and why: by the category that keeps it longest. `held` by a legal hold besides."""

    label: str
    key: str = field(repr=False)
    terms: tuple[Term, ...]
    held: bool = False

    @property
    def last(self) -> Term:
        """The term that keeps the row longest: the first without an end, where there is one."""
        endless = (term for term in self.terms if term.until is None)
        return next(endless, None) or max(self.terms, key=_end)

    @property
    def until(self) -> dt.datetime | None:
        """When the time of all its categories is over; None where nobody can say."""
        return self.last.until


def _end(term: Term) -> dt.datetime:
    return term.until or FAR


def needed(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The columns of a row that its terms depend on."""
    return tuple(dict.fromkeys(column for rule in rules for column in _columns(rule)))


def _columns(rule: Rule) -> Iterator[str]:
    for case in rule.cases:
        yield from (clock.column for clock in case.over)
        yield from (column for test in case.given for column in test.column.split(","))
    for least in rule.least:
        yield from filter(None, (least.anchor, least.place if least.places is not None else ""))


def term(rule: Rule, row: Row, anchors: Mapping[str, str]) -> Term:
    """Until when one category of a row is kept; `anchors` tell what the policy calls the moment in a column."""
    found = _ending(rule, row)
    for least in rule.least:
        if _concerns(least, row):
            found = _later(found, _least(rule, least, row, anchors))
    return found


def _ending(rule: Rule, row: Row) -> Term:
    if not rule.cases:
        return Term(category=rule.category, ground="open" if rule.stated else "unstated")
    ended = [found for case in rule.cases for found in _case(rule, case, row)]
    if ended:
        return min(ended, key=_end)
    clock = rule.cases[0].over[0]
    ground: Reason = "active" if clock.ground == "inactive" else "waiting"
    return Term(category=rule.category, ground=ground, anchor=clock.anchor)


def _case(rule: Rule, case: Case, row: Row) -> Iterator[Term]:
    """The term of a case that a row is in, once all its clocks run."""
    starts = [moment(row.get(clock.column)) for clock in case.over]
    if not all(passes(test, row) for test in case.given):
        return
    running = [(clock.period.end(start), clock, start) for clock, start in zip(case.over, starts, strict=True) if start]
    if len(running) == len(case.over):
        until, clock, start = max(running, key=lambda each: each[0])
        yield _term(rule.category, clock, until, start, case)


def _term(category: str, clock: Clock, until: dt.datetime, start: dt.datetime, case: Case) -> Term:
    return Term(
        category=category,
        ground=clock.ground,
        until=until,
        anchor=clock.anchor,
        since=start,
        period=str(clock.period),
        plan=case.plan,
        place=case.place,
    )


def _concerns(least: Least, row: Row) -> bool:
    if least.places is None:
        return True
    test = Test(least.place, "among", least.places) if least.places else Test(least.place, "empty")
    return passes(test, row)


def _least(rule: Rule, least: Least, row: Row, anchors: Mapping[str, str]) -> Term:
    """The term of a least time; `places` begin with the region that the policy names."""
    start = moment(row.get(least.anchor or ""))
    return Term(
        category=rule.category,
        ground="least",
        until=_runs_out(least.period, start),
        anchor=anchors.get(least.anchor or "", ""),
        since=start,
        period=str(least.period),
        place=least.places[0] if least.places else "",
    )


def _runs_out(period: Period, start: dt.datetime | None) -> dt.datetime | None:
    return period.end(start) if start else None


def _later(one: Term, other: Term) -> Term:
    """The one that keeps longer; what has no end keeps longest, a least time the reason of all."""
    if other.until is None or (one.until is not None and other.until > one.until):
        return other
    return one


def explained(looking: Looking, fate: Fate, keys: Sequence[str]) -> dict[str, Kept]:
    """Until when the rows of a table with these primary keys are kept; one that is not there is left out."""
    data_map, dataset = looking.data_map, looking.stores.dataset
    anchors = {column: name for name, column in data_map.tags[fate.label].anchors.items()}
    rows = Values(data_map.schema, dataset).of(fate.label, keys, needed(fate.rules))
    under = _held(looking, fate.label, keys)
    return {
        key: Kept(
            label=fate.label,
            key=key,
            terms=tuple(term(rule, row, anchors) for rule in fate.rules),
            held=key in under,
        )
        for key, row in rows.items()
    }


def _held(looking: Looking, label: str, keys: Sequence[str]) -> frozenset[str]:
    """Those of some rows that a legal hold covers."""
    holds = looking.exceptions.held(label)
    found: set[str] = set()
    for start in range(0, len(keys) if holds else 0, PORTION):
        some = Selection.of(label, keys[start : start + PORTION])
        free = replace(some, besides=tuple(holds))
        dataset = looking.stores.dataset
        found |= {*dataset.keys(some, "", PORTION)} - {*dataset.keys(free, "", PORTION)}
    return frozenset(found)
