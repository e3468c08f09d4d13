"""Legal holds, and marks of restriction and objection, in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from consentguard.memory.journal import Journal, Shelf
from consentguard.records import Hold, Mark, MarkKind, SubjectRef


class MemoryHolds:
    """`consentguard.ports.Holds` in memory, where a transaction keeps everybody else waiting anyway."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._holds = Shelf[str, Hold](journal)

    def place(self, hold: Hold) -> None:
        """Keep a hold."""
        self._holds.add(hold.id, hold)

    def release(self, id: str, at: dt.datetime, by: str) -> bool:  # noqa: A002 - the port's own word
        """End a hold; False where there is none in force with this id."""
        with self._journal.atomic():
            hold = self._holds.get(id)
            if hold is None or hold.released_at is not None:
                return False
            self._holds.put(id, replace(hold, released_at=at, released_by=by))
            return True

    def find(self, id: str) -> Hold | None:  # noqa: A002 - the port's own word
        """The hold with this id, in force or not."""
        return self._holds.get(id)

    def in_force(self) -> Sequence[Hold]:
        """The holds that are not released, the oldest first."""
        found = [hold for hold in self._holds.all() if hold.released_at is None]
        return sorted(found, key=lambda hold: (hold.placed_at, hold.id))


class MemoryMarks:
    """`consentguard.ports.Marks` in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._marks = Shelf[str, Mark](journal)

    def add(self, mark: Mark) -> None:
        """Keep a mark."""
        self._marks.add(mark.id, mark)

    def lift(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the port's own word
        """End a mark; False where there is none in force with this id."""
        with self._journal.atomic():
            mark = self._marks.get(id)
            if mark is None or mark.lifted_at is not None:
                return False
            self._marks.put(id, replace(mark, lifted_at=at))
            return True

    def find(self, id: str) -> Mark | None:  # noqa: A002 - the port's own word
        """The mark with this id, in force or not."""
        return self._marks.get(id)

    def of(self, subject: SubjectRef) -> Sequence[Mark]:
        """The marks of a data subject that are not lifted, the oldest first."""
        return sorted((mark for mark in self._standing() if mark.subject == subject), key=_age)

    def of_kind(self, kind: MarkKind) -> Sequence[Mark]:
        """The marks of a kind that are not lifted, the oldest first."""
        return sorted((mark for mark in self._standing() if mark.kind == kind), key=_age)

    def in_force(self, now: dt.datetime) -> Sequence[Mark]:
        """The marks that hold at a moment, the oldest first."""
        return sorted((mark for mark in self._standing() if mark.until is None or now < mark.until), key=_age)

    def ending(self, before: dt.datetime) -> Sequence[Mark]:
        """The marks that end by themselves before a moment, the next first."""
        found = [(mark.until, mark.id, mark) for mark in self._standing() if mark.until and mark.until < before]
        return [mark for *_, mark in sorted(found, key=lambda each: each[:2])]

    def forget(self, subjects: Sequence[SubjectRef]) -> int:
        """Remove the marks of data subjects."""
        return self._marks.drop_where(lambda mark: mark.id, lambda mark: mark.subject in subjects)

    def _standing(self) -> list[Mark]:
        return [mark for mark in self._marks.all() if mark.lifted_at is None]


def _age(mark: Mark) -> tuple[dt.datetime, str]:
    return mark.at, mark.id
