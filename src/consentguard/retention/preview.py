"""What rules come to before anybody accepts them, and what an admin looks at: rows, the oldest, bytes, the next run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from consentguard.datamap.schema import Table
from consentguard.periods import Period, parse_period
from consentguard.plan.steps import Step
from consentguard.ports import Dataset
from consentguard.records import Selection, Weight
from consentguard.retention.acceptance import PRUNE, Fact, event_fact, fact, sooner
from consentguard.retention.effects import effect, events_in
from consentguard.retention.endings import Ending
from consentguard.retention.outlook import Looking, Outlook, is_evidence
from consentguard.retention.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What the rules do to one table now: how many rows are due, the oldest of them, and about how many bytes.

    `old` and `new` are the rules in words, as accepted and as they are; `sooner` whether somebody has to accept them.
    """

    label: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    sooner: bool
    weight: Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The rules of a policy as they are, what they come to, and whether a schedule may go by them."""

    digest: str
    accepted: bool
    impacts: tuple[Impact, ...]

    @property
    def rows(self) -> int:
        """How many rows are due by the rules that somebody has to accept."""
        return sum(each.weight.rows for each in self.impacts if each.sooner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One table for an admin: its rules in words, what is due, what is held, and when it was and will be looked at.

    `why` says why a category of it has no end here.
    """

    label: str
    rules: tuple[str, ...]
    why: tuple[str, ...]
    due: Weight
    held: int
    last_run: dt.datetime | None
    next_run: dt.datetime | None


def facts(looking: Looking) -> tuple[Fact, ...]:
    """The rules of every table, as somebody accepts them."""
    schema = looking.data_map.schema
    timed = (
        fact(ending, PRUNE if is_evidence(schema[each.label]) else "", _archived(looking, ending))
        for each in looking.fates
        for ending in each.endings
    )
    return (*timed, *(found for each in looking.fates for found in _with_events(looking, schema[each.label])))


def _with_events(looking: Looking, table: Table) -> Iterator[Fact]:
    """What events do to a table."""
    data_map, label = looking.data_map, table.label
    for event, scope in () if is_evidence(table) else events_in(data_map, label):
        if found := effect(data_map, table, event, scope):
            least = (each for each in looking.exceptions.terms(label) if each.category in found.categories)
            yield event_fact(label, event, scope, found, least)


def _archived(looking: Looking, ending: Ending) -> str:
    """How long the archive keeps the rows of an ending; empty for always, and where there is none."""
    if ending.action != "archive":
        return ""
    rules = (looking.data_map.manifest.categories[name].retention for name in ending.categories)
    stated = [rule.archive.at_most for rule in rules if not isinstance(rule, str) and rule.archive]
    periods = [parse_period(period) for period in stated if period != "unstated"]
    return str(max(periods, key=Period.longest_days)) if periods else ""


def impacts(
    looking: Looking, outlook: Outlook, accepted: Sequence[Fact], wording: Wording, dataset: Dataset
) -> Iterator[Impact]:
    """Each table that has or had a rule, in the order of the site's tables."""
    rules = facts(looking)
    earlier = set(sooner(rules, accepted))
    for label in dict.fromkeys(rule.table for rule in (*rules, *accepted)):
        mine = [rule for rule in rules if rule.table == label]
        yield Impact(
            label=label,
            old=_said(wording, (rule for rule in accepted if rule.table == label)),
            new=_said(wording, mine),
            sooner=any(rule in earlier for rule in mine),
            weight=weigh(dataset, outlook, label),
        )


def _said(wording: Wording, rules: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(wording.rule(rule) for rule in rules)


def overviews(
    looking: Looking,
    outlook: Outlook,
    wording: Wording,
    dataset: Dataset,
    last: dt.datetime | None,
    every: dt.timedelta,
) -> Iterator[Overview]:
    """Each table that holds a category, in the order of the site's tables."""
    for each in looking.fates:
        yield Overview(
            label=each.label,
            rules=_said(wording, (fact(ending) for ending in each.endings)),
            why=tuple(found.why for found in outlook.skipped if found.label == each.label),
            due=weigh(dataset, outlook, each.label),
            held=_held(dataset, looking.exceptions.held(each.label), each.label),
            last_run=last,
            next_run=last + every if last else None,
        )


def weigh(dataset: Dataset, outlook: Outlook, label: str) -> Weight:
    """What is due of a table."""
    found = [_weight(dataset, step) for step in outlook.plan.acts if step.label == label and step.ground != "link"]
    oldest = min((each.oldest for each in found if each.oldest), default=None)
    return Weight(sum(each.rows for each in found), sum(each.bytes for each in found), oldest)


def _weight(dataset: Dataset, step: Step) -> Weight:
    column = next((test.column for test in step.selection.where if test.how == "before"), "")
    return dataset.weigh(step.selection, column)


def _held(dataset: Dataset, rows: Sequence[Selection], label: str) -> int:
    if not rows:
        return 0
    whole = dataset.count(Selection(label=label, whole=True))
    return whole - dataset.count(Selection(label=label, whole=True, besides=tuple(rows)))
