"""Restrictions and objections: data that is kept and not used, for somebody, a category, a row or a purpose."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence

from consentguard import ports
from consentguard.datamap.map import DataMap
from consentguard.datamap.paths import nearest
from consentguard.manifest.schema import Manifest
from consentguard.records import Bookmark, Mark, Selection, SubjectRef, new_id
from consentguard.restriction import objections
from consentguard.restriction.errors import RestrictionError
from consentguard.restriction.purposes import Purposes

__all__ = ["Purposes", "RestrictionError", "Restrictions"]

NOTICE = dt.timedelta(days=7)
"""How long before a restriction ends by itself somebody is told, unless said otherwise."""
FACTS = ("kind", "subject", "category", "label", "key", "purpose", "until", "request")
"""What makes two marks the same."""


class Restrictions:
    """Marks on personal data: `consentguard.ports.Restrictions`, and what is owed before one ends."""

    def __init__(
        self,
        *,
        manifest: Manifest,
        data_map: DataMap,
        stores: ports.Stores,
        witness: ports.Witness,
        pseudonyms: ports.Pseudonyms,
        clock: ports.Clock,
    ) -> None:
        self._manifest = manifest
        self._data_map = data_map
        self._stores = stores
        self._witness = witness
        self._pseudonyms = pseudonyms
        self._clock = clock

    def restrict(
        self,
        subject: SubjectRef | None = None,
        *,
        category: str = "",
        label: str = "",
        key: str = "",
        purpose: str = "",
        until: dt.datetime | None = None,
        request: str = "",
    ) -> str:
        """Joined. Mark a data subject, what is theirs of a category, or one row (Art. 18 GDPR); the mark's id.

        The mark holds for every use or for one purpose, and until a moment or until it is lifted. The same mark of the
        same request is made once. Raises RestrictionError for what names neither a subject nor a row, for one that
        there is not, and for what the policy does not have.
        """
        _known("purpose", purpose, self._manifest.purposes)
        _known("category", category, self._manifest.categories)
        now = self._clock.now()
        if until is not None and until <= now:
            raise RestrictionError("the restriction would end before it begins", hint="give a moment that is to come")
        if subject is not None and not (label or key):
            subject = self._person(subject)
        elif subject is None and label and key and not category:
            key = self._row(label, key)
        else:
            hint = "give a subject, with a category or without, or else a label and a key"
            raise RestrictionError("a restriction marks a data subject, or one row", hint=hint)
        mark = Mark(
            id=new_id(now), kind="restriction", at=now, subject=subject, category=category, label=label, key=key,
            purpose=purpose, until=until, request=request,
        )  # fmt: skip
        return self._place(mark, "restriction.placed")

    def object(self, subject: SubjectRef, purpose: str, *, request: str = "") -> ports.Answer:
        """Joined. Stop one use of somebody's data (Art. 21 GDPR), where the law grants it; the answer.

        A refusal is taken down with its reason. Raises RestrictionError where there is no such data subject.
        """
        subject = self._person(subject)
        answer = self.answer(purpose, subject)
        if not answer.granted:
            stated = {"purpose": purpose} if purpose in self._manifest.purposes else {}
            self._witness.record(
                "objection.refused", self._pseudonyms.of(subject), **stated, reason=answer.reason, request=request
            )
            return answer
        now = self._clock.now()
        mark = Mark(id=new_id(now), kind="objection", at=now, subject=subject, purpose=purpose, request=request)
        self._place(mark, "objection.granted")
        return answer

    def answer(self, purpose: str, subject: SubjectRef | None = None) -> ports.Answer:
        """What `object` would answer: the same for everybody, since nobody's place is known for certain."""
        return objections.answer(self._manifest.purposes.get(purpose))

    def in_force(self) -> Sequence[Mark]:
        """The marks that hold now, the oldest first."""
        return self._stores.marks.in_force(self._clock.now())

    def ending(self, within: dt.timedelta = NOTICE) -> Sequence[Mark]:
        """The restrictions of data subjects that end by themselves within a time, and of which nobody was told yet.

        Whoever obtained a restriction is told before it is lifted (Art. 18(3) GDPR): `told` says that they were.
        """
        now = self._clock.now()
        found = self._stores.marks.ending(now + within)
        return [mark for mark in found if _owes(mark) and not self._is_told(mark) and mark.until and now < mark.until]

    def told(self, mark: str) -> None:
        """Joined. Say that the data subject was told that a restriction is about to end. Raises RestrictionError."""
        found = self._stores.marks.find(mark)
        if found is None or not _owes(found):
            raise RestrictionError("there is no restriction of a data subject with this id")
        with self._stores.transactions.atomic():
            told = Bookmark(name=_notice(mark), value="", at=self._clock.now())
            if self._stores.bookmarks.put(told, None):
                self._witness.record("restriction.told", self._pseudonym(found), mark=mark)

    def quarantine(self, subject: SubjectRef, *, request: str) -> str:
        """Joined. Mark a data subject of whom a report (`request`) says that they are a minor; the mark's id.

        Every purpose leaves their data out, no copy of it is given out, and the retention deletes none of it. The same
        mark of the same report is made once. Raises RestrictionError where there is no such data subject.
        """
        now = self._clock.now()
        subject = self._person(subject)
        mark = Mark(id=new_id(now), kind="quarantine", at=now, subject=subject, request=request)
        return self._place(mark, "quarantine.placed")

    def quarantined(self) -> Sequence[Mark]:
        """The marks of those who are in quarantine, the oldest first."""
        return self._stores.marks.of_kind("quarantine")

    def is_quarantined(self, people: Iterable[SubjectRef]) -> bool:
        """Whether one of these people is in quarantine."""
        marked = {mark.subject for mark in self.quarantined()}
        return bool(marked) and not marked.isdisjoint(people)

    def release(self, request: str) -> int:
        """Joined. End the quarantine of everybody whom a report is about; how many they were."""
        with self._stores.transactions.atomic():
            found = [mark for mark in self.quarantined() if mark.request == request]
            lifted = [mark for mark in found if self._stores.marks.lift(mark.id, self._clock.now())]
            for mark in lifted:
                self._witness.record("quarantine.lifted", self._pseudonym(mark), mark=mark.id, request=request)
        return len(lifted)

    def lift(self, mark: str) -> bool:
        """Joined. End a mark; False where there is none in force with this id.

        Raises RestrictionError for a restriction of whose end the data subject was not told (Art. 18(3) GDPR), and for
        a quarantine, which the decision about its report ends.
        """
        found = self._stores.marks.find(mark)
        if found is None:
            return False
        if found.kind == "quarantine":
            hint = "decide about the report: `consentguard minors list` shows it"
            raise RestrictionError("a quarantine ends with the report that it belongs to", hint=hint)
        if found.lifted_at is None and _owes(found) and not self._is_told(found):
            hint = "tell them, say so (`told`, or `restrict lift --told`), and lift it then"
            raise RestrictionError("the data subject was not told that the restriction ends", hint=hint)
        with self._stores.transactions.atomic():
            lifted = self._stores.marks.lift(mark, self._clock.now())
            if lifted:
                self._witness.record(f"{found.kind}.lifted", self._pseudonym(found), mark=mark)
        return lifted

    def _place(self, mark: Mark, act: str) -> str:
        with self._stores.transactions.atomic():
            if same := next(self._same(mark), None):
                return same.id
            self._stores.marks.add(mark)
            until = mark.until and mark.until.isoformat()
            stated = {"category": mark.category, "table": mark.label, "purpose": mark.purpose, "until": until or ""}
            self._witness.record(
                act, self._pseudonym(mark), mark=mark.id, request=mark.request,
                **{name: value for name, value in stated.items() if value},
            )  # fmt: skip
        return mark.id

    def _same(self, mark: Mark) -> Iterator[Mark]:
        marks = self._stores.marks
        now = self._clock.now()
        placed = marks.of(mark.subject) if mark.subject else marks.in_force(now)
        yield from (each for each in placed if _facts(each) == _facts(mark) and (not each.until or now < each.until))

    def _person(self, subject: SubjectRef) -> SubjectRef:
        """The data subject by the key that the database itself writes. Raises RestrictionError."""
        _known("subject", subject.kind, self._data_map.roots)
        for label in sorted(self._data_map.roots[subject.kind]):
            if found := self._stores.dataset.keys(Selection.of(label, [subject.key]), "", 1):
                return SubjectRef(subject.kind, found[0])
        raise RestrictionError(f'there is no "{subject.kind}" with this key')

    def _row(self, label: str, key: str) -> str:
        """The key of a row as the database itself writes it. Raises RestrictionError."""
        _known("label", label, self._data_map.tags)
        found = self._stores.dataset.keys(Selection.of(label, [key]), "", 1)
        if not found:
            raise RestrictionError(f"{label} has no row with this key")
        return found[0]

    def _pseudonym(self, mark: Mark) -> str:
        return self._pseudonyms.of(mark.subject) if mark.subject else ""

    def _is_told(self, mark: Mark) -> bool:
        return self._stores.bookmarks.find(_notice(mark.id)) is not None


def _owes(mark: Mark) -> bool:
    """Whether somebody is told before this mark ends."""
    return mark.kind == "restriction" and mark.subject is not None


def _notice(mark: str) -> str:
    return f"restriction.told {mark}"


def _facts(mark: Mark) -> tuple[object, ...]:
    return tuple(getattr(mark, name) for name in FACTS)


def _known(what: str, name: str, names: Collection[str]) -> None:
    if name and name not in names:
        raise RestrictionError(f'there is no {what} "{name}"', hint=nearest(name, names, f"{what} names"))
