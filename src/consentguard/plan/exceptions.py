"""Which rows stay for now, whatever a plan says: those under a legal hold, and those the policy keeps a least time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import destinations
from consentguard.law import places_in
from consentguard.manifest.schema import Retention
from consentguard.periods import Period, parse_period
from consentguard.plan.steps import Found
from consentguard.ports import Stores
from consentguard.records import Hold, Selection, SubjectRef, Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """Some rows of a table that are kept a least time: until `period` has passed since the moment in `anchor`.

    `places` are the countries for which that holds: None for everywhere, empty for rows of which no place is known. No
    `anchor` is one that no tag binds: then nobody can say when the time ends.
    """

    label: str
    category: str
    anchor: str | None
    period: Period
    place: str = ""
    places: tuple[str, ...] | None = None

    def rows(self, now: dt.datetime) -> Selection:
        """The rows whose least time has not passed."""
        if self.anchor is None:
            return Selection(label=self.label, whole=True)
        there: tuple[Test, ...] = ()
        if self.places is not None:
            there = (Test(self.place, "among", self.places) if self.places else Test(self.place, "empty"),)
        return Selection(label=self.label, where=(*there, Test(self.anchor, "since", self.period.line(now))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """What stays at one moment, by the policy and by the holds in force.

    `set_aside` are people of whom the retention leaves everything as it is, until somebody has decided about them.
    """

    data_map: DataMap
    holds: Sequence[Hold]
    now: dt.datetime
    set_aside: tuple[Found, ...] = ()

    @classmethod
    def of_retention(cls, data_map: DataMap, stores: Stores, now: dt.datetime) -> Exceptions:
        """What stays whatever the retention says: also what is about people in quarantine."""
        return cls(
            data_map=data_map, holds=stores.holds.in_force(), now=now, set_aside=tuple(_quarantined(data_map, stores))
        )

    def least(self, label: str) -> tuple[Selection, ...]:
        """The rows of a table that the policy keeps a least time which has not passed."""
        return tuple(each.rows(self.now) for each in self.terms(label))

    def terms(self, label: str) -> tuple[Least, ...]:
        """The least times that the policy sets for rows of a table today."""
        return least_times(self.data_map, label, self.now.date())

    def held(self, label: str) -> tuple[Selection, ...]:
        """The rows of a table that a hold covers, whole or in some columns: they cannot be deleted."""
        held = tuple(selection for hold in self.holds for selection in covered(self.data_map, hold, label))
        return (*held, *self._aside(label))

    def frozen(self, label: str, columns: Sequence[str]) -> tuple[Selection, ...]:
        """The rows of a table of which a hold covers one of these columns: they cannot be emptied."""
        holds = [hold for hold in self.holds if not hold.columns or set(hold.columns) & set(columns)]
        held = tuple(selection for hold in holds for selection in covered(self.data_map, hold, label))
        return (*held, *self._aside(label))

    def all(self, label: str) -> tuple[Selection, ...]:
        """The rows of a table that cannot be deleted now."""
        return (*self.least(label), *self.held(label))

    @property
    def people_aside(self) -> Iterator[SubjectRef]:
        """Each of those who are set aside."""
        return (SubjectRef(found.subject, key) for found in self.set_aside for key in found.keys)

    def _aside(self, label: str) -> Iterator[Selection]:
        """The rows of a table that are about those who are set aside."""
        tag = self.data_map.tags.get(label)
        for found in self.set_aside:
            path = tag.subjects.get(found.subject) if tag else None
            if path is not None and found.root in destinations(self.data_map.schema, label, path):
                yield Selection(label=label, path=path, root=found.root, keys=found.keys)


def _quarantined(data_map: DataMap, stores: Stores) -> Iterator[Found]:
    """Those who are in quarantine, by kind and by the table whose rows they may be."""
    keys: dict[str, list[str]] = {}
    for mark in stores.marks.of_kind("quarantine"):
        if mark.subject:
            keys.setdefault(mark.subject.kind, []).append(mark.subject.key)
    for kind, theirs in keys.items():
        for root in sorted(data_map.roots.get(kind, ())):
            yield Found(subject=kind, root=root, keys=tuple(dict.fromkeys(theirs)))


def covered(data_map: DataMap, hold: Hold, label: str) -> Iterator[Selection]:
    """The rows of a table that a hold covers; none where it is about others."""
    if hold.label not in ("", label):
        return
    if hold.subject is None:
        yield Selection.of(label, hold.keys) if hold.keys else Selection(label=label, whole=True)
        return
    path = data_map.tags[label].subjects.get(hold.subject.kind) if label in data_map.tags else None
    if path is not None:
        for root in sorted(data_map.roots[hold.subject.kind] & destinations(data_map.schema, label, path)):
            yield Selection(label=label, path=path, root=root, keys=(hold.subject.key,))


def least_times(data_map: DataMap, label: str, on: dt.date) -> tuple[Least, ...]:
    """The least times that the policy sets for rows of a table, as its columns' categories have them on a day."""
    found: dict[Least, None] = {}
    for entry in data_map.entries:
        if entry.table == label and entry.category is not None:
            found.update(dict.fromkeys(_of_category(data_map, label, entry.category, on)))
    return tuple(found)


def _of_category(data_map: DataMap, label: str, category: str, on: dt.date) -> Iterator[Least]:
    rule = data_map.manifest.categories[category].retention
    if isinstance(rule, str):
        return
    tag = data_map.tags[label]
    anchor = tag.anchors.get(rule.from_ or "")
    for period, places in _periods(rule, bool(tag.place), on):
        yield Least(
            label=label,
            category=category,
            anchor=anchor,
            period=period,
            place=tag.place,
            places=places,
        )


def _periods(rule: Retention, knows_places: bool, on: dt.date) -> Iterator[tuple[Period, tuple[str, ...] | None]]:
    """Each least time with the countries that it is for. Where no place is known, the longest of all holds."""
    if rule.at_least not in (None, "unstated"):
        yield parse_period(str(rule.at_least)), None
    by_place = {region: parse_period(period) for region, period in rule.at_least_by_jurisdiction.items()}
    if by_place:
        longest = max(by_place.values(), key=Period.longest_days)
        if not knows_places:
            yield longest, None
            return
        yield longest, ()
        for region, period in by_place.items():
            yield period, places_in(region, on)
