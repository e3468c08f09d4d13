"""Who somebody is in a site's tables: everybody whom an address leads to, and whom what is known of them leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from consentguard.datamap.map import DataMap
from consentguard.plan.steps import Found
from consentguard.ports import Dataset
from consentguard.records import Selection, SubjectRef

Place = tuple[str, str]
"""A table and one of its columns."""


def known_by(data_map: DataMap) -> dict[str, tuple[Place, ...]]:
    """By what people are known, for each data subject whom we answer to: their address, and what tags call identity.

    Data that is held for somebody else is theirs to answer for.
    """
    subjects, addresses = data_map.manifest.subjects, data_map.addresses
    found: dict[str, tuple[Place, ...]] = {}
    for subject, labels in data_map.roots.items():
        if subjects[subject].role != "processor":
            places = dict.fromkeys([addresses[subject]] if subject in addresses else [])
            places |= {(label, name): None for label in sorted(labels) for name in data_map.tags[label].identity}
            found[subject] = tuple(places)
    return found


def address_of(data_map: DataMap, dataset: Dataset, subject: SubjectRef) -> str:
    """The e-mail address that a data subject's own row has; empty where it has none, or there is no such row."""
    if subject.kind not in data_map.addresses:
        return ""
    label, column = data_map.addresses[subject.kind]
    rows = dataset.rows(Selection.of(label, (subject.key,)), [column])
    return next((str(row[column]) for row in rows if row[column]), "")


def closure(data_map: DataMap, dataset: Dataset, address: str) -> tuple[Found, ...]:
    """Everybody whom an address leads to, by kind.

    What the tags call identity leads on: the phone number of somebody found so finds the row of another kind that has
    it. A value is looked for in columns of its own category alone.
    """
    search = _Search(data_map, dataset)
    places = known_by(data_map)
    for subject, where in places.items():
        for place in where:
            if place == data_map.addresses.get(subject):
                search.look(subject, place, address)
    search.follow()
    return search.found()


def of_subject(data_map: DataMap, dataset: Dataset, subject: SubjectRef) -> tuple[Found, ...]:
    """As `closure`, from one data subject's own row."""
    search = _Search(data_map, dataset)
    for root in sorted(data_map.roots.get(subject.kind, ())):
        if dataset.count(Selection.of(root, (subject.key,))):
            search.add(subject.kind, root, subject.key)
    search.follow()
    return search.found()


@dataclass(slots=True)
class _Search:
    data_map: DataMap
    dataset: Dataset
    keys: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    asked: set[tuple[Place, str]] = field(default_factory=set)

    def look(self, subject: str, place: Place, value: str) -> None:
        """Find those of a kind whose column is this."""
        if (place, value.casefold()) in self.asked:
            return
        self.asked.add((place, value.casefold()))
        for key in self.dataset.match(*place, value):
            self.add(subject, place[0], key)

    def add(self, subject: str, label: str, key: str) -> None:
        """Somebody who was found."""
        known = self.keys.setdefault((subject, label), [])
        if key not in known:
            known.append(key)
            self.waiting.append((subject, label, key))

    def follow(self) -> None:
        """Look for what those who were found are known by, until nobody new is."""
        places = known_by(self.data_map)
        while self.waiting:
            _, label, key = self.waiting.pop()
            own = [name for each in places.values() for table, name in each if table == label]
            for row in self.dataset.rows(Selection.of(label, (key,)), own) if own else ():
                for name in own:
                    if row[name]:
                        self._everywhere((label, name), str(row[name]))

    def found(self) -> tuple[Found, ...]:
        """Who they are, in the order of the policy's subjects."""
        order = list(self.data_map.manifest.subjects)
        kinds = sorted(self.keys, key=lambda each: (order.index(each[0]), each[1]))
        return tuple(Found(subject=kind, root=root, keys=tuple(self.keys[kind, root])) for kind, root in kinds)

    def _everywhere(self, source: Place, value: str) -> None:
        for subject, place in self._alike(source):
            self.look(subject, place, value)

    def _alike(self, source: Place) -> Iterator[tuple[str, Place]]:
        """Where the same sort of value stands: columns of the same type and category."""
        for subject, places in known_by(self.data_map).items():
            for place in places:
                if self._sort(place) == self._sort(source):
                    yield subject, place

    def _sort(self, place: Place) -> tuple[str, str | None]:
        label, name = place
        category = next((e.category for e in self.data_map.entries if (e.table, e.column) == place), None)
        kind = self.data_map.schema[label].by_name[name].type
        return (kind, None) if kind == "email" else (kind, category)
