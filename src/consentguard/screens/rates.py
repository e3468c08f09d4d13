"""The page of consent rates: how recorded decisions went, by purpose, version, language and day; drawn, and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentguard.consent.rates import Rate, rates
from consentguard.consent.record import ACT
from consentguard.screens.chart import MOST_LINES, Chart, Series, bars, lines

if TYPE_CHECKING:
    from consentguard.guard import Guard

PERIODS = (7, 30, 90, 365)
"""How many days back the page can look, today among them."""
USUAL = 30
DAYS = "days"
"""The name of the form's field."""
MOST_GROUPS = 12
"""How many groups a chart of bars has: the largest. The table has all of them."""
_SHARES = ("Decisions", "Accepted", "In part", "Refused")
_METHODS = {
    "accept": "accepted all with one button",
    "reject": "refused all with one button",
    "save": "chose in detail",
    "withdraw": "withdrew",
    "gpc": "the browser's signal (GPC)",
    "re-ask": "asked again after a change",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the page: its chart as SVG, or none, and the numbers; `folded` where they are many."""

    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    chart: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """A choice of how far back to look."""

    days: int
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class RatesPage:
    """The page: what it is about in a sentence, and its parts; without decisions there are none."""

    sentence: str
    periods: tuple[Period, ...]
    parts: tuple[Part, ...]


def rates_page(guard: Guard, days: str) -> RatesPage:
    """The page over the last `days`, as they were sent; the usual period for what is none of ours. One statement.

    Raises StoreError.
    """
    period = int(days) if days in map(str, PERIODS) else USUAL
    today = guard.site.today()
    first = today - dt.timedelta(days=period - 1)
    tallies = guard.stores.entries.tally(ACT, dt.datetime(first.year, first.month, first.day, tzinfo=dt.UTC))
    whole = rates(tallies, "day", "method", "component")
    total = sum(rate.total for rate in whole)
    span = tuple((first + dt.timedelta(days=day)).isoformat() for day in range(period))
    periods = tuple(Period(each, f"{each} days", each == period) for each in PERIODS)
    if not total:
        return RatesPage(f"No decisions yet: none was recorded in the last {period} days.", periods, ())
    said = f"Decisions recorded in the last {period} days (UTC): {total}. What was imported is not among them."
    by_purpose = rates(tallies, "purpose", "version", "language", "day")
    return RatesPage(said, periods, tuple(_parts(by_purpose, whole, span)))


def _parts(by_purpose: Sequence[Rate], whole: Sequence[Rate], span: tuple[str, ...]) -> Iterable[Part]:
    purposes = _folded(by_purpose, lambda group: (group[0],))
    yield _shares("Decisions by purpose", "purposes", ("Purpose",), purposes, ("accepted", "partly", "refused"))
    yield _days(_folded(by_purpose, lambda group: (group[0], group[3])), purposes, span)
    yield _activity(whole, span)
    yield _shares(
        "Accepted by version and purpose",
        "versions",
        ("Version", "Purpose"),
        _folded(by_purpose, lambda group: (group[1], group[0])),
    )
    yield _shares(
        "Accepted by language and purpose",
        "languages",
        ("Language", "Purpose"),
        _folded(by_purpose, lambda group: (group[2], group[0])),
    )
    yield _counts("How decisions were made", "Method", _folded(whole, lambda group: (group[1],)), _METHODS)
    yield _counts("Where decisions were made", "Made in", _folded(whole, lambda group: (group[2],)), {})


def _folded(found: Iterable[Rate], to: Callable[[tuple[str, ...]], tuple[str, ...]]) -> list[Rate]:
    """The same decisions in fewer groups."""
    sums: dict[tuple[str, ...], Rate] = {}
    for rate in found:
        group = to(rate.group)
        was = sums.get(group, Rate(group, 0, 0, 0))
        sums[group] = Rate(group, was.accepted + rate.accepted, was.partly + rate.partly, was.refused + rate.refused)
    return [sums[group] for group in sorted(sums)]


def _shares(
    title: str, name: str, headings: tuple[str, ...], found: Sequence[Rate], drawn: tuple[str, ...] = ("accepted",)
) -> Part:
    """How each group decided: bars for the outcomes that are `drawn`, unless nobody had them, and a table of all."""
    shown = sorted(found, key=lambda rate: (-rate.total, rate.group))[:MOST_GROUPS]
    outcomes = [outcome for outcome in drawn if outcome != "partly" or any(rate.partly for rate in shown)]
    chart = Chart(
        name=f"consent-{name}",
        title=f"{title}: shares of recorded decisions",
        about=f"{len(shown)} of {len(found)} groups, the largest first. The table that follows has every number.",
        labels=[", ".join(map(_said, rate.group)) for rate in shown],
        series=[_bars_of(outcome, shown) for outcome in outcomes],
        top=1,
        top_said="100%",
    )
    rows = [(*map(_said, rate.group), *_numbers(rate)) for rate in found]
    return Part(title, (*headings, *_SHARES), rows, bars(chart))


def _bars_of(outcome: str, found: Sequence[Rate]) -> Series:
    counts = [getattr(rate, outcome) for rate in found]
    shares = [count / rate.total for count, rate in zip(counts, found, strict=True)]
    word = "in part" if outcome == "partly" else outcome
    said = [f"{word} {share:.0%} ({count})" for count, share in zip(counts, shares, strict=True)]
    return Series(word, shares, said)


def _days(found: Sequence[Rate], purposes: Sequence[Rate], span: tuple[str, ...]) -> Part:
    """How many of each day's decisions accept each purpose."""
    shown = [rate.group[0] for rate in sorted(purposes, key=lambda rate: (-rate.total, rate.group))[:MOST_LINES]]
    known = {rate.group: rate for rate in found}
    chart = Chart(
        name="consent-days",
        title="Accepted, by day: shares of recorded decisions",
        about=f"A line for each of {len(shown)} purposes, from {span[0]} to {span[-1]}. The table has every number.",
        labels=span,
        series=[
            Series(name, [known[name, day].ratio if (name, day) in known else None for day in span]) for name in shown
        ],
        top=1,
        top_said="100%",
    )
    rows = [(rate.group[1], rate.group[0], *_numbers(rate)) for rate in found]
    rows.sort(key=lambda row: row[0], reverse=True)
    return Part("Accepted by day and purpose", ("Day", "Purpose", *_SHARES), rows, lines(chart), folded=True)


def _activity(whole: Sequence[Rate], span: tuple[str, ...]) -> Part:
    """How many decisions and withdrawals each day has."""
    made = {rate.group[0]: rate.total for rate in _folded(whole, lambda group: (group[0],))}
    methods = {rate.group: rate.total for rate in _folded(whole, lambda group: (group[0], group[1]))}
    taken_back = {day: methods.get((day, "withdraw"), 0) for day in span}
    most = max(made.values())
    chart = Chart(
        name="consent-activity",
        title="Recorded decisions, and withdrawals among them, by day",
        about=f"Two lines from {span[0]} to {span[-1]}, at most {most} a day. The table has every number.",
        labels=span,
        series=[
            Series("decisions", [made.get(day, 0) for day in span]),
            Series("withdrawals", [taken_back[day] for day in span]),
        ],
        top=most,
        top_said=str(most),
    )
    rows = [(day, str(made[day]), str(taken_back.get(day, 0))) for day in sorted(made, reverse=True)]
    return Part("Decisions by day", ("Day", "Decisions", "Withdrawals"), rows, lines(chart), folded=True)


def _counts(title: str, heading: str, found: Sequence[Rate], words: Mapping[str, str]) -> Part:
    """How many decisions were made in each way, the most first."""
    rows = sorted(found, key=lambda rate: (-rate.total, rate.group))
    return Part(title, (heading, "Decisions"), [(_named(rate.group[0], words), str(rate.total)) for rate in rows])


def _named(name: str, words: Mapping[str, str]) -> str:
    return f"{name}: {words[name]}" if name in words else _said(name)


def _said(name: str) -> str:
    return name or "not said"


def _numbers(rate: Rate) -> tuple[str, ...]:
    counts = (rate.accepted, rate.partly, rate.refused)
    return (str(rate.total), *(f"{count} ({count / rate.total:.0%})" for count in counts))
