"""What a store owes for work on personal data that goes on until it is done, and for what stops that work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from consentguard.records import (
    ArchivedRow,
    Bookmark,
    Errand,
    Hand,
    Happening,
    Hold,
    Mark,
    MarkKind,
    Run,
    RunKind,
    SubjectRef,
)


class Runs(Protocol):
    """Plans that are carried out, each with its checkpoint."""

    def add(self, run: Run) -> None:
        """Joined. Keep a new run."""

    def find(self, id: str) -> Run | None:  # noqa: A002 - the record's own word
        """The run with this id, or None."""

    def advance(self, run: Run, was: Run) -> bool:
        """Joined. Replace the `state`, `plan`, `step`, `last_key`, `counts`, `beat_at` and `ended_at` of a run, if
        `state`, `step` and `last_key` still are as in `was`; the verdict. Locks the run's row until the transaction
        ends, so that of two workers one waits and then loses.
        """

    def open(self, kind: RunKind) -> Sequence[Run]:
        """The runs of a kind that have not ended, the oldest first: by `(started_at, id)`."""

    def about(self, about: str) -> Sequence[Run]:
        """The runs about a request or a run, the oldest first: by `(started_at, id)`."""

    def last(self, kind: RunKind) -> Run | None:
        """The newest run of a kind by `(started_at, id)`, or None."""


class Holds(Protocol):
    """Legal holds. What deletes asks for those in force inside its own transaction."""

    def place(self, hold: Hold) -> None:
        """Joined. Keep a hold; once this has returned outside of a transaction, nothing that it covers goes.

        It waits for the transactions that have called `in_force`, and they for it.
        """

    def release(self, id: str, at: dt.datetime, by: str) -> bool:  # noqa: A002 - the record's own word
        """Joined. End a hold; False, with nothing changed, where there is none in force with this id."""

    def find(self, id: str) -> Hold | None:  # noqa: A002 - the record's own word
        """The hold with this id, in force or not, or None."""

    def in_force(self) -> Sequence[Hold]:
        """The holds that are not released, the oldest first: by `(placed_at, id)`.

        Inside a transaction no other process places one until it ends; several may hold that at once.
        """


class Marks(Protocol):
    """Restrictions and objections."""

    def add(self, mark: Mark) -> None:
        """Joined. Keep a mark."""

    def lift(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        """Joined. End a mark; False, with nothing changed, where there is none in force with this id."""

    def find(self, id: str) -> Mark | None:  # noqa: A002 - the record's own word
        """The mark with this id, in force or not, or None."""

    def of(self, subject: SubjectRef) -> Sequence[Mark]:
        """The marks of a data subject that are not lifted, the oldest first: by `(at, id)`."""

    def of_kind(self, kind: MarkKind) -> Sequence[Mark]:
        """The marks of a kind that are not lifted, the oldest first: by `(at, id)`."""

    def in_force(self, now: dt.datetime) -> Sequence[Mark]:
        """The marks that hold at a moment (`now < until`), the oldest first: by `(at, id)`."""

    def ending(self, before: dt.datetime) -> Sequence[Mark]:
        """The marks that are not lifted and end by themselves before a moment, the next first: by `(until, id)`."""

    def forget(self, subjects: Sequence[SubjectRef]) -> int:
        """Joined. Remove the marks of data subjects who were erased; how many went."""


class Errands(Protocol):
    """What is to be done in other places, until each has answered."""

    def add(self, errands: Sequence[Errand]) -> None:
        """Joined. Keep new errands, all or none."""

    def find(self, id: str) -> Errand | None:  # noqa: A002 - the record's own word
        """The errand with this id, or None."""

    def due(self, now: dt.datetime, hands: Sequence[Hand], limit: int) -> Sequence[Errand]:
        """Open errands for these hands whose `next_at` is reached, the longest waiting first: by `(next_at, id)`."""

    def about(self, about: str) -> Sequence[Errand]:
        """The errands of a request or run, in the order of their ids."""

    def change(self, errand: Errand, was: Errand) -> bool:
        """Joined. Replace the `state`, `payload`, `tries`, `next_at`, `done_at`, `by` and `proof` of an errand if its
        `state` and `tries` still are as in `was`; the verdict.
        """


class Happenings(Protocol):
    """Events on which data goes."""

    def add(self, happening: Happening) -> None:
        """Joined. Keep an event."""

    def open(self) -> Sequence[Happening]:
        """The events whose data is not gone, the most urgent first: by `(due_at, id)`."""

    def finish(self, id: str, at: dt.datetime) -> bool:  # noqa: A002 - the record's own word
        """Joined. Say that the data of an event is gone; False where it was said before."""


class Archive(Protocol):
    """Rows that left their tables, sealed."""

    def add(self, rows: Sequence[ArchivedRow]) -> None:
        """Joined. Keep rows, all or none."""

    def of(self, subject: str) -> Sequence[ArchivedRow]:
        """The rows about a pseudonym, in the order of their ids."""

    def remove(self, ids: Sequence[str]) -> int:
        """Joined. Remove rows; how many went."""

    def forget(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the rows about these pseudonyms, whoever else they are about; how many went."""

    def over(self, now: dt.datetime, after: ArchivedRow | None, limit: int) -> Sequence[ArchivedRow]:
        """The first so many rows behind another whose `until` is reached, the longest past first: by `(until, id)`."""


class Bookmarks(Protocol):
    """Facts of which there is one each."""

    def find(self, name: str) -> Bookmark | None:
        """The bookmark of this name, or None."""

    def put(self, bookmark: Bookmark, was: Bookmark | None) -> bool:
        """Joined. Keep a bookmark in place of the one of its name if that still is `was`; None: if there is none.

        The verdict.
        """
