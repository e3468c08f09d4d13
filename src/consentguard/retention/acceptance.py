"""The rules that a schedule goes by, as somebody accepts them: facts to keep and compare, without moments or counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from consentguard.periods import Period, parse_period
from consentguard.plan.digest import digest_of
from consentguard.plan.exceptions import Least
from consentguard.records import Test
from consentguard.retention.effects import Effect
from consentguard.retention.endings import Ending
from consentguard.retention.rules import Case, Clock

PRUNE = "prune"
"""What becomes of evidence: it goes from its oldest end, so that what is left is still a chain."""


class Runs(msgspec.Struct, frozen=True):
    """A clock: the column and the policy's word for the moment, and the period in ISO 8601."""

    column: str
    anchor: str
    period: str


class Held(msgspec.Struct, frozen=True):
    """What holds of a row, whatever the time."""

    column: str
    how: str
    texts: tuple[str, ...] = ()


class When(msgspec.Struct, frozen=True):
    """A case: what has run out, what has not yet, and what holds besides."""

    over: tuple[Runs, ...]
    within: tuple[Runs, ...] = ()
    given: tuple[Held, ...] = ()
    plan: str = ""
    place: str = ""


class Floor(msgspec.Struct, frozen=True):
    """A least time: whose rows have it, and the clock."""

    clock: Runs
    column: str = ""
    places: tuple[str, ...] | None = None


class Fact(msgspec.Struct, frozen=True):
    """What becomes of rows of a table, and when: with an `event` to a `scope`, or once a time is over.

    `archived` is how long the archive keeps them; empty for always.
    """

    table: str
    action: str
    categories: tuple[str, ...]
    columns: tuple[str, ...] = ()
    cases: tuple[When, ...] = ()
    least: tuple[Floor, ...] = ()
    archived: str = ""
    event: str = ""
    scope: str = ""


class Accepted(msgspec.Struct, frozen=True):
    """The rules as somebody accepted them: by whom, and their digest. Without a name they followed by themselves."""

    digest: str
    by: str
    rules: tuple[Fact, ...]


def fact(ending: Ending, action: str = "", archived: str = "") -> Fact:
    """An ending as a fact."""
    return Fact(
        table=ending.label,
        action=action or ending.action,
        categories=ending.categories,
        columns=tuple(sorted(ending.columns)),
        cases=tuple(map(_case, ending.cases)),
        least=tuple(map(_least, ending.least)),
        archived=archived,
    )


def event_fact(label: str, event: str, scope: str, effect: Effect, least: Iterable[Least]) -> Fact:
    """What an event does to a table as a fact; `least` are the least times that go before it."""
    return Fact(
        table=label,
        action=effect.action,
        categories=effect.categories,
        columns=tuple(sorted(effect.columns)),
        cases=(When(()),),
        least=tuple(map(_least, least)),
        event=event,
        scope=scope,
    )


def digest(rules: Sequence[Fact]) -> str:
    """SHA-256 in hex over the rules: another wherever they differ."""
    return digest_of({"rules": msgspec.to_builtins(rules)})


def sooner(rules: Sequence[Fact], accepted: Sequence[Fact]) -> tuple[Fact, ...]:
    """The rules by which some row goes, or is emptied, that no accepted rule would have taken by the same moment."""
    return tuple(rule for rule in rules if any(not _known(rule, case, accepted) for case in _one_by_one(rule)))


def _known(rule: Fact, case: When, accepted: Iterable[Fact]) -> bool:
    return any(
        _does_no_more(rule, old) and _keeps_no_less(rule, case, old) and any(_is_in(case, each) for each in old.cases)
        for old in accepted
        if (old.table, old.event, old.scope) == (rule.table, rule.event, rule.scope)
    )


def _does_no_more(rule: Fact, old: Fact) -> bool:
    if old.action == "delete" and rule.action == "clear":
        return True
    return old.action == rule.action and set(rule.columns) <= set(old.columns) and _keeps_archived(rule, old)


def _keeps_archived(rule: Fact, old: Fact) -> bool:
    """Whether the archive of a rule keeps rows no shorter than that of an old one."""
    if not rule.archived:
        return True
    return bool(old.archived) and not parse_period(old.archived).may_outlast(parse_period(rule.archived))


def _keeps_no_less(rule: Fact, case: When, old: Fact) -> bool:
    """Whether every least time of the old rule still holds of the rows of a case."""
    return all(
        any(_covers(each, floor) for each in rule.least) or any(_outlasts(clock, floor.clock) for clock in case.over)
        for floor in old.least
    )


def _covers(floor: Floor, old: Floor) -> bool:
    everywhere = floor.places is None
    same = floor.column == old.column and old.places is not None and set(old.places) <= set(floor.places or ())
    if floor.places is not None and not (floor.places or old.places):
        same = floor.column == old.column and old.places is not None
    return (everywhere or same) and _outlasts(floor.clock, old.clock)


def _is_in(case: When, old: When) -> bool:
    """Whether every row of a case would have been in an old one by the same moment."""
    return (
        all(any(_outlasts(clock, each) for clock in case.over) for each in old.over)
        and all(any(_outlasts(each, clock) for clock in case.within) for each in old.within)
        and all(any(_implies(held, each) for held in case.given) for each in old.given)
    )


def _outlasts(clock: Runs, other: Runs) -> bool:
    """Whether a clock never runs out before another."""
    return clock.column == other.column and not _period(other).may_outlast(_period(clock))


def _implies(held: Held, other: Held) -> bool:
    if held.column != other.column:
        return False
    texts, others = set(held.texts), set(other.texts)
    if other.how == "outside":
        return texts >= others if held.how == "outside" else held.how == "among" and texts.isdisjoint(others)
    if other.how == "filled" and held.how == "among":
        return True
    return held.how == other.how and texts <= others


def _one_by_one(rule: Fact) -> Iterator[When]:
    """The cases of a rule, those that hold for several plans or places once for each."""
    for case in rule.cases:
        yield from _split(case)


def _split(case: When) -> Iterator[When]:
    several = next((held for held in case.given if held.how == "among" and len(held.texts) > 1), None)
    if several is None:
        yield case
        return
    for text in several.texts:
        one = Held(several.column, several.how, (text,))
        given = tuple(one if held == several else held for held in case.given)
        yield from _split(When(case.over, case.within, given, case.plan, case.place))


def _case(case: Case) -> When:
    over, within = (tuple(map(_runs, clocks)) for clocks in (case.over, case.within))
    return When(over, within, tuple(map(_held, case.given)), case.plan, case.place)


def _runs(clock: Clock) -> Runs:
    return Runs(clock.column, clock.anchor, str(clock.period))


def _held(test: Test) -> Held:
    return Held(test.column, test.how, test.value if isinstance(test.value, tuple) else ())


def _least(least: Least) -> Floor:
    return Floor(Runs(least.anchor or "", "", str(least.period)), least.place, least.places)


def _period(clock: Runs) -> Period:
    return parse_period(clock.period)
