"""Whom a request is about: those that we answer to, and the clients in whose name we hold data of the same person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from consentguard.plan.erasure import leads
from consentguard.plan.people import closure, of_subject
from consentguard.plan.steps import Found
from consentguard.records import RightsRequest, Selection, SubjectRef
from consentguard.rights.details import subjects
from consentguard.rights.means import Means

RECEIPT = "receipt"
"""The kind of data subject that is known by nothing but the id of their own record of consent."""


@dataclass(frozen=True)
class About:
    """Whom a request is about, looked up once. Nobody is before it is confirmed: see to that before asking."""

    means: Means
    request: RightsRequest

    @cached_property
    def people(self) -> tuple[Found, ...]:
        """Those of the site's own data subjects who were found, by kind, or found before the rows went."""
        if known := self.means.details(self.request).found:
            return known
        if who := self.subject():
            if self._is_others(who.kind):
                return ()
            if self.request.identity == "session":
                return self._alone(who)
            return of_subject(self.means.data_map, self.means.stores.dataset, who)
        return closure(self.means.data_map, self.means.stores.dataset, self.address())

    def _alone(self, who: SubjectRef) -> tuple[Found, ...]:
        """Somebody who signed in, and nobody who has the same address: nobody has seen that theirs is their own."""
        rows, dataset = self.means.data_map.roots.get(who.kind, ()), self.means.stores.dataset
        own = (root for root in sorted(rows) if dataset.count(Selection.of(root, (who.key,))))
        return tuple(Found(subject=who.kind, root=root, keys=(who.key,)) for root in own)

    def subjects(self) -> tuple[SubjectRef, ...]:
        """A reference to each person that is meant; to the record of consent of somebody known by nothing else."""
        who = self.subject()
        return (who,) if who and who.kind == RECEIPT else subjects(self.people)

    def subject(self) -> SubjectRef | None:
        """The data subject where they are known by more than an address."""
        return SubjectRef.parse(self.request.subject) if self.request.subject else None

    def address(self) -> str:
        """The address of the data subject, which is not that of whoever speaks for them."""
        return self.means.details(self.request).person or self.means.address(self.request)

    def addresses(self) -> Iterator[tuple[str, SubjectRef | None]]:
        """The addresses that are known to be theirs, each with their account: the one that confirmed, those of rows."""
        if self.subject() is None:
            yield self.address(), None
        for found in self.people:
            yield from self._own(found)

    @property
    def is_quarantined(self) -> bool:
        """Whether somebody has reported one of them as a minor, and nobody has decided yet."""
        return self.means.restrictions.is_quarantined(subjects(self.people))

    def controllers(self) -> tuple[str, ...]:
        """The clients in whose name we hold data of this person: to them their requests are forwarded."""
        return tuple(dict.fromkeys(self._controllers()))

    def categories(self) -> frozenset[str]:
        """The categories of the rows about those who were found."""
        data_map, people = self.means.data_map, self.people
        labels = {table.label for table in data_map.tables for each in people if leads(data_map, table, each)}
        return frozenset(entry.category for entry in data_map.entries if entry.table in labels and entry.category)

    def _controllers(self) -> Iterator[str]:
        who, kinds = self.subject(), self.means.manifest.subjects
        if who is not None:
            if self._is_others(who.kind):
                yield kinds[who.kind].controller or who.kind
            return
        for kind, (label, column) in self.means.data_map.addresses.items():
            if self._is_others(kind) and self.means.stores.dataset.match(label, column, self.address()):
                yield kinds[kind].controller or kind

    def _own(self, found: Found) -> Iterator[tuple[str, SubjectRef]]:
        label, column = self.means.data_map.addresses.get(found.subject, ("", ""))
        for key in found.keys if label == found.root else ():
            for row in self.means.stores.dataset.rows(Selection.of(label, (key,)), [column]):
                if row[column]:
                    yield str(row[column]), SubjectRef(found.subject, key)

    def _is_others(self, kind: str) -> bool:
        subject = self.means.manifest.subjects.get(kind)
        return subject is not None and subject.role == "processor"


def number(people: tuple[Found, ...]) -> int:
    """How many they are."""
    return sum(len(found.keys) for found in people)
