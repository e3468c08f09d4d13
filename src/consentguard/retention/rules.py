"""What the policy's rule for a category comes to in one table: the cases in which a row's time is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from consentguard.datamap.map import PLAN_CHANGED, DataMap
from consentguard.law import places_in, regions_of
from consentguard.manifest.schema import Fallback
from consentguard.manifest.schema import Retention as Stated
from consentguard.manifest.vocabulary import RetentionAction
from consentguard.periods import Period, parse_period
from consentguard.plan.exceptions import Least, least_times
from consentguard.records import Test

Ground = Literal["period", "inactive", "fallback", "grace"]
"""Why a clock runs: the category's period; the account has ended; the event never came; the plan was changed."""
AT_ONCE = Period()


@dataclass(frozen=True, slots=True)
class Clock:
    """A period that runs from the moment in a column; `anchor` is what the policy calls that moment."""

    column: str
    anchor: str
    period: Period
    ground: Ground = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Rows whose time is over: all of `given` hold of them, every clock of `over` has run out, none of `within` has.

    `plan` and `place` say whose period it is where the policy has several.
    """

    over: tuple[Clock, ...]
    given: tuple[Test, ...] = ()
    within: tuple[Clock, ...] = ()
    plan: str = ""
    place: str = ""

    def where(self, now: dt.datetime) -> tuple[Test, ...]:
        """What holds of a row whose time is over now; of two clocks in one column the later one to run out counts."""
        lines: dict[str, dt.datetime] = {}
        for clock in self.over:
            line = clock.period.line(now)
            lines[clock.column] = min(line, lines.get(clock.column, line))
        older = (Test(column, "before", line) for column, line in lines.items())
        younger = (Test(clock.column, "since", clock.period.line(now)) for clock in self.within)
        return (*older, *self.given, *younger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A category's rule in one table: its `cases`, none of which overlap, and the least times that go before them.

    `why` says why there is no case, `gaps` of which rows the policy states no end. `unknown` finds rows that keep the
    whole table from going: those whose plan the policy does not know, where it calls that an error.
    """

    category: str
    then: RetentionAction = "delete"
    columns: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    least: tuple[Least, ...] = ()
    why: str = ""
    stated: bool = True
    gaps: tuple[str, ...] = ()
    unknown: Test | None = None


def rules(data_map: DataMap, label: str, on: dt.date) -> tuple[Rule, ...]:
    """The rule of each category that a column of the table has, on a day: who belongs to which region may change."""
    held: dict[str, list[str]] = {}
    for entry in data_map.entries:
        if entry.table == label and entry.category is not None:
            held.setdefault(entry.category, []).append(entry.column)
    least = least_times(data_map, label, on)
    found = []
    for name, columns in held.items():
        rule = _Reading(data_map, label, name, on).rule()
        kept = tuple(each for each in least if each.category == name)
        found.append(replace(rule, columns=tuple(columns), least=kept))
    return tuple(found)


class _Missing(Exception):  # noqa: N818 - a verdict that becomes the reason of a rule
    """Why no row of a table ever goes by a rule."""


@dataclass(frozen=True, slots=True)
class _Class:
    """Rows that have one period by their plan, or by their place: how they are told, and whose they are called."""

    given: tuple[Test, ...] = ()
    period: Period | None = None
    name: str = ""


@dataclass(frozen=True)
class _Reading:
    """One look at one category's rule in one table."""

    data_map: DataMap
    label: str
    category: str
    on: dt.date

    def rule(self) -> Rule:
        """The rule; one without cases says why."""
        stated = self.data_map.manifest.categories[self.category].retention
        if isinstance(stated, str):
            return Rule(category=self.category, why=f"how long {self.category} is kept is not stated", stated=False)
        try:
            cases, gaps = self._cases(stated)
        except _Missing as missing:
            return Rule(category=self.category, then=stated.then, why=str(missing))
        unknown = self._unknown(stated)
        return Rule(category=self.category, then=stated.then, cases=cases, gaps=gaps, unknown=unknown)

    def _cases(self, stated: Stated) -> tuple[tuple[Case, ...], tuple[str, ...]]:
        timed = list(self._timed(stated))
        if not timed and stated.fallback is None:
            raise _Missing(f"{self.category} has no longest period")
        column = self._column(stated)
        cases, gaps = list[Case](), list[str]()
        for plan in self._plans(stated) if timed else ():
            for place in self._places(stated):
                if (period := shortest(*_everywhere(stated), plan.period, place.period)) is None:
                    gaps.append(f"{self.category} has no longest period for people elsewhere")
                    continue
                ground: Ground = "inactive" if stated.while_active else "period"
                clock = Clock(column, stated.from_ or "", period, ground)
                given = (*plan.given, *place.given)
                case = Case(over=(clock,), given=given, plan=plan.name, place=place.name)
                longest = shortest(*_everywhere(stated), self._longest(stated), place.period)
                cases += self._with_grace(stated, case, longest)
        if stated.fallback is not None and not stated.while_active:
            cases += self._fallback(stated.fallback, column, gaps)
        return tuple(cases), tuple(dict.fromkeys(gaps))

    def _timed(self, stated: Stated) -> Iterator[Period]:
        yield from _everywhere(stated)
        yield from map(parse_period, stated.at_most_by_plan.values())
        yield from map(parse_period, stated.at_most_by_jurisdiction.values())

    def _column(self, stated: Stated) -> str:
        """The column of the moment that the period counts from."""
        if stated.from_ is None:
            raise _Missing(f"{self.category} names no moment that its period counts from")
        column = self.data_map.tags[self.label].anchors.get(stated.from_)
        if column is None:
            raise _Missing(f'{self.category} counts from "{stated.from_}", which no tag binds to a column here')
        return column

    def _plans(self, stated: Stated) -> Iterator[_Class]:
        """The rows of each plan, and those of none that the policy knows, which have the shortest period."""
        if not stated.at_most_by_plan:
            yield _Class()
            return
        column = self.data_map.tags[self.label].plan
        if not column:
            raise _Missing(f"the period of {self.category} depends on the plan, and no tag says where that stands")
        periods = {plan: parse_period(period) for plan, period in stated.at_most_by_plan.items()}
        for plan, period in periods.items():
            yield _Class((Test(column, "among", (plan,)),), period, plan)
        if stated.unknown_plan == "shortest":
            yield _Class((Test(column, "outside", tuple(periods)),), shortest(*periods.values()))

    def _unknown(self, stated: Stated) -> Test | None:
        if not stated.at_most_by_plan or stated.unknown_plan == "shortest":
            return None
        return Test(self.data_map.tags[self.label].plan, "outside", tuple(stated.at_most_by_plan))

    def _longest(self, stated: Stated) -> Period | None:
        """The period of the plan that keeps longest: what may still hold for somebody who has just left it."""
        periods = map(parse_period, stated.at_most_by_plan.values())
        return max(periods, key=Period.longest_days, default=None)

    def _places(self, stated: Stated) -> Iterator[_Class]:
        """The rows of each place that has a period of its own, of every other, and of none: that has the shortest."""
        by_region = {region: parse_period(period) for region, period in stated.at_most_by_jurisdiction.items()}
        if not by_region:
            yield _Class()
            return
        column = self.data_map.tags[self.label].place
        if not column:
            raise _Missing(f"the period of {self.category} depends on the place, and no tag says where that stands")
        known = dict.fromkeys(place for region in by_region for place in places_in(region, self.on))
        for region, period in by_region.items():
            own = tuple(place for place in known if self._nearest(place, by_region) == region)
            if own:
                yield _Class((Test(column, "among", own),), period, region)
        yield _Class((Test(column, "outside", tuple(known)), Test(column, "filled")))
        yield _Class((Test(column, "empty"),), shortest(*by_region.values()))

    def _nearest(self, place: str, by_region: Mapping[str, Period]) -> str:
        return next((region for region in regions_of(place, self.on) if region in by_region), "")

    def _with_grace(self, stated: Stated, case: Case, longest: Period | None) -> Iterator[Case]:
        """The case, but for rows whose plan has changed of late: these still have the longest period of all plans."""
        clock = case.over[0]
        if not stated.at_most_by_plan or not stated.downgrade_grace or longest is None or longest == clock.period:
            yield case
            return
        column = self.data_map.tags[self.label].anchors.get(PLAN_CHANGED)
        if column is None:
            reason = f'a shorter plan of {self.category} begins after a grace from "{PLAN_CHANGED}"'
            raise _Missing(f"{reason}, which no tag binds to a column here")
        grace = Clock(column, PLAN_CHANGED, parse_period(stated.downgrade_grace), "grace")
        yield replace(case, over=(clock, grace))
        yield replace(case, given=(*case.given, Test(column, "empty")))
        lately = (*case.given, Test(column, "filled"))
        yield replace(case, over=(replace(clock, period=longest),), given=lately, within=(grace,))

    def _fallback(self, stated: Fallback, column: str, gaps: list[str]) -> Iterator[Case]:
        """The rows for which the event that the period counts from never came."""
        other = self.data_map.tags[self.label].anchors.get(stated.from_)
        if other is None:
            gaps.append(f'{self.category} falls back on "{stated.from_}", which no tag binds to a column here')
        elif other != column:
            clock = Clock(other, stated.from_, parse_period(stated.at_most), "fallback")
            yield Case(over=(clock,), given=(Test(column, "empty"),))


def shortest(*periods: Period | None) -> Period | None:
    """The shortest of these periods, by the days that each takes at most; None where there is none."""
    known = [period for period in periods if period is not None]
    return min(known, key=lambda period: (period.longest_days(), period.shortest_days()), default=None)


def _everywhere(stated: Stated) -> tuple[Period, ...]:
    """The longest periods that hold whatever the plan and the place: data of ended accounts has none unless said."""
    most = (parse_period(stated.at_most),) if stated.at_most not in (None, "unstated") and stated.at_most else ()
    if not stated.while_active:
        return most
    after = (parse_period(stated.grace),) if stated.grace else ()
    return (*after, *most) or (() if stated.at_most else (AT_ONCE,))
