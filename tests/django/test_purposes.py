"""Queries in a purpose: whoever restricted or objected to it is left out, wherever and however the query was built."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import Count, QuerySet

import consentguard
from consentguard import Match, OutsidePurposeError, PurposeLimitationError, SubjectRef
from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Tag
from consentguard.records import Happening, Mark, Selection, new_id
from consentguard.restriction import purposes
from consentguard.restriction.purposes import Purposes, current_purpose
from consentguard.testing.clock import FrozenClock
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores
from tests.core.neutral import policy
from tests.django.people.models import Label, Note, Person, Reply, Ticket

MANIFEST = policy(
    purposes={"analytics": {}, "service": {}, "inbox": {}},
    subjects={"person": {}, "sender": {}, "holder": {}},
    categories={
        "contact": {"subjects": ["person"]},
        "content": {
            "subjects": ["person"],
            "retention": {"ends_on": [{"event": "person.left", "scope": "person", "hide": "at_once"}]},
        },
        "labels": {"subjects": ["person"], "only_purposes": ["inbox"]},
        "tickets": {"subjects": ["holder"]},
    },
)
TAGS = {
    "people.Person": Tag(category="contact", subjects={"person": "self", "sender": "self"}),
    "people.Note": Tag(
        category="content", columns={"remark": "contact"}, subjects={"person": "person"}, scopes={"person": "person"}
    ),
    "people.Reply": Tag(
        category="contact",
        subjects={"person": "note.person", "sender": Match("email", "people.Person.email")},
        scopes={"person": "note.person"},
    ),
    "people.Label": Tag(category="labels", subjects={"person": "notes.person"}),
    "people.Ticket": Tag(category="tickets", subjects={"holder": "self"}),
}
NOW = FrozenClock().now()


def installed(monkeypatch: pytest.MonkeyPatch, **options: Any) -> FrozenClock:
    """The purposes of a policy over the tables of `people`, for the length of a test."""
    clock = FrozenClock()
    data_map = DataMap.build(DjangoHost().tables(), TAGS, MANIFEST)
    monkeypatch.setattr(purposes._Installed, "purposes", None)
    monkeypatch.setattr(purposes._Installed, "outside", None)
    purposes.install(Purposes([MANIFEST], lambda: [data_map], now=clock.now, **options))
    return clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """The policy's purposes are those of the process."""
    return installed(monkeypatch)


@pytest.fixture
def anna(stores: DjangoStores, clock: FrozenClock) -> Iterator[Person]:
    """Anna and Ben wrote a note each, which were answered and labelled."""
    alias = stores.name
    anna, ben = (
        Person.objects.using(alias).create(name=name, email=f"{name}@example.com".lower(), joined=NOW)
        for name in ("Anna", "Ben")
    )
    notes = [Note.objects.using(alias).create(person=person, text=person.name, written=NOW) for person in (anna, ben)]
    for note, writer in zip(notes, (ben, anna), strict=True):
        Reply.objects.using(alias).create(note=note, email=writer.email)
        Label.objects.using(alias).create().notes.add(note)
    return anna


def mark(stores: DjangoStores, of: Person | None, **about: Any) -> str:
    """A restriction of somebody."""
    subject = of and SubjectRef("person", str(of.pk))
    made = Mark(**{"id": new_id(NOW), "kind": "restriction", "at": NOW, "subject": subject, **about})
    stores.marks.add(made)
    return made.id


def names(rows: QuerySet[Any]) -> list[str]:
    """The names that some people or notes show."""
    return sorted(row.name if isinstance(row, Person) else row.text for row in rows.all())


@pytest.mark.parametrize("kind", ["restriction", "quarantine"])
def test_a_queryset_that_was_built_outside_is_limited_where_it_is_executed(
    stores: DjangoStores, anna: Person, kind: str
) -> None:
    """Rows of the restricted subject are left out by every way to execute it, and are there again outside."""
    mark(stores, anna, kind=kind)
    people = Person.objects.using(stores.name)
    notes = Note.objects.using(stores.name)
    built = notes.filter(text__contains="n").order_by("text")
    with consentguard.purpose("analytics"):
        assert names(built) == ["Ben"]
        assert names(people.all()) == ["Ben"]
        assert (built.count(), built.exists(), built.filter(person=anna).exists()) == (1, True, False)
        assert built.aggregate(n=Count("pk")) == {"n": 1}
        assert notes.aggregate(n=Count("person", distinct=True)) == {"n": 1}
        assert list(built.values_list("text", flat=True)) == ["Ben"]
        assert [note.text for note in built.iterator()] == ["Ben"]
        assert [row["n"] for row in notes.values("person").annotate(n=Count("pk"))] == [1]
        assert names(notes.filter(text="Anna") | notes.filter(text="Ben")) == ["Ben"]
        assert [each["text"] for each in notes.values("text").union(notes.values("text"))] == ["Ben"]
        assert built.none().count() == 0
        assert people.filter(pk=anna.pk).first() is None
    assert names(built.all()) == ["Anna", "Ben"]


def test_rows_that_are_joined_are_limited_too(stores: DjangoStores, anna: Person) -> None:
    """Over `select_related`, filters, prefetching, related managers and subqueries."""
    mark(stores, anna)
    replies = Reply.objects.using(stores.name)
    people = Person.objects.using(stores.name)
    note = Note.objects.using(stores.name).get(text="Anna")
    with consentguard.purpose("analytics"):
        assert [reply.note.person.name for reply in replies.select_related("note__person")] == ["Ben"]
        assert replies.filter(note__person__joined=NOW).count() == 1
        assert [len(person.note_set.all()) for person in people.prefetch_related("note_set")] == [1]
        assert anna.note_set.count() == 0
        assert replies.filter(note__in=Note.objects.using(stores.name).all()).count() == 1
        with pytest.raises(Person.DoesNotExist):
            _ = note.person


def test_a_row_goes_with_a_marked_one_that_it_is_joined_to(stores: DjangoStores, anna: Person) -> None:
    """The reply is nobody's who is marked: what it is joined to is, by a filter or by `select_related`."""
    note = Note.objects.using(stores.name).get(text="Anna")
    mark(stores, None, label="people.Note", key=str(note.pk))
    replies = Reply.objects.using(stores.name)
    with consentguard.purpose("analytics"):
        assert len(replies.all()) == 2
        assert [reply.note.text for reply in replies.select_related("note")] == ["Ben"]
        assert replies.filter(note__text__contains="n").count() == 1
        assert replies.order_by("note__text").count() == 2
        assert replies.filter(note__text__contains="n").update(email="x@example.com") == 1


def test_nothing_of_theirs_is_changed_or_deleted(stores: DjangoStores, anna: Person) -> None:
    """An update and a delete leave them alone, one that joins too."""
    mark(stores, anna)
    notes = Note.objects.using(stores.name)
    with consentguard.purpose("analytics"):
        assert notes.update(remark="seen") == 1
        assert notes.filter(person__joined=NOW).update(remark="seen") == 1
        assert Reply.objects.using(stores.name).filter(note__text__contains="n").delete()[0] == 1
        assert Reply.objects.using(stores.name).all()._raw_delete(stores.name) == 0
    assert notes.get(text="Anna").remark is None
    assert Reply.objects.using(stores.name).count() == 1


def test_a_mark_limits_what_it_names(stores: DjangoStores, anna: Person) -> None:
    """A purpose, a category, one row; not a subject of another kind with the same key."""
    people, notes = Person.objects.using(stores.name), Note.objects.using(stores.name)
    note = notes.get(text="Ben")
    mark(stores, None, subject=SubjectRef("holder", str(anna.pk)))
    objection = mark(stores, anna, kind="objection", purpose="analytics")
    row = mark(stores, None, label="people.Note", key=str(note.pk))
    with consentguard.purpose("service"):
        assert names(people) == ["Anna", "Ben"]
        assert names(notes) == ["Anna"]
    with consentguard.purpose("analytics"):
        assert (names(people), names(notes)) == (["Ben"], [])
    for each in (objection, row):
        assert stores.marks.lift(each, NOW)
    mark(stores, anna, category="content")
    with consentguard.purpose("analytics"):
        assert (names(people), names(notes)) == (["Anna", "Ben"], ["Ben"])


def test_a_mark_ends_by_itself(stores: DjangoStores, anna: Person, clock: FrozenClock) -> None:
    """On the moment that it names, and not before."""
    mark(stores, anna, until=NOW + dt.timedelta(days=1))
    people = Person.objects.using(stores.name)
    with consentguard.purpose("analytics"):
        clock.tick(dt.timedelta(days=1) - dt.timedelta(seconds=1))
        assert names(people) == ["Ben"]
        clock.tick()
        assert names(people) == ["Anna", "Ben"]


def test_soft_references_and_ways_over_many_rows_are_followed(stores: DjangoStores, anna: Person) -> None:
    """By an address that is the same, and over a many-to-many table; a key that is no number is compared as text."""
    ticket = Ticket.objects.using(stores.name).create()
    mark(stores, None, subject=SubjectRef("sender", str(anna.pk)))
    mark(stores, anna, purpose="inbox")
    mark(stores, None, subject=SubjectRef("holder", str(ticket.pk)))
    with consentguard.purpose("analytics"):
        assert [reply.email for reply in Reply.objects.using(stores.name)] == ["ben@example.com"]
        assert Ticket.objects.using(stores.name).count() == 0
        assert Reply.objects.using(stores.name).update(email="x@example.com") == 1
    with consentguard.purpose("inbox"):
        assert Label.objects.using(stores.name).count() == 1
        assert Label.objects.using(stores.name).update(day=NOW.date()) == 1


def test_data_that_is_for_one_purpose_is_used_for_no_other(stores: DjangoStores, anna: Person) -> None:
    """Read, counted, joined, added: each is refused, with the purposes that are allowed."""
    labels = Label.objects.using(stores.name)
    with consentguard.purpose("inbox"):
        assert labels.count() == 2
    asked = [labels.count, lambda: list(labels.all()), labels.create, lambda: labels.update(day=None), labels.delete]
    asked.append(lambda: list(Note.objects.using(stores.name).filter(labels__day=None)))
    with consentguard.purpose("analytics"):
        for each in asked[:4] + asked[5:]:
            with pytest.raises(PurposeLimitationError, match=r"people\.Label is queried for \"analytics\".*for inbox"):
                each()


def test_what_is_ours_sees_every_row(stores: DjangoStores, anna: Person) -> None:
    """A copy or an erasure that is made in a purpose is of everything, and so are rows that are hidden."""
    mark(stores, anna)
    stores.happenings.add(happening(anna))
    assert stores.dataset.keys(Selection.of("people.Person", [f"0{anna.pk}"]), "", 1) == [str(anna.pk)]
    whole = Selection(label="people.Reply", root="people.Person", path="note.person", keys=(str(anna.pk),))
    with consentguard.purpose("analytics"):
        assert stores.dataset.count(whole) == 1
        assert stores.dataset.delete(whole) == 1


def happening(of: Person) -> Happening:
    """Somebody left, and what is theirs is hidden."""
    return Happening(
        id=new_id(NOW), event="person.left", scope="person", key=str(of.pk), at=NOW, due_at=NOW, hides=True
    )


def test_hidden_rows_are_seen_by_no_query(stores: DjangoStores, anna: Person) -> None:
    """In a purpose or outside of any, until the event is done; they may be deleted."""
    left = happening(anna)
    stores.happenings.add(left)
    people, notes = Person.objects.using(stores.name), Note.objects.using(stores.name)
    assert (names(notes), names(people)) == (["Ben"], ["Anna", "Ben"])
    assert notes.update(remark="seen") == 1
    assert people.filter(note__text__contains="n").count() == 1
    with consentguard.purpose("analytics"):
        assert names(notes) == ["Ben"]
    stores.happenings.finish(left.id, NOW)
    assert names(notes) == ["Anna", "Ben"]
    stores.happenings.add(happening(anna))
    Reply.objects.using(stores.name).all()._raw_delete(stores.name)
    Label.notes.through.objects.using(stores.name).all()._raw_delete(stores.name)
    assert notes.all()._raw_delete(stores.name) == 2


def test_outside_of_any_purpose_a_query_passes_is_reported_or_fails(
    stores: DjangoStores, anna: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As the setting says, and for tagged models alone."""
    mark(stores, anna)
    people = Person.objects.using(stores.name)
    assert people.count() == 2
    installed(monkeypatch, outside="report")
    assert [people.count() for _ in range(10)] == [2] * 10
    assert [record.getMessage() for record in caplog.records] == [
        f"people.Person was queried outside of any purpose ({count} times by now)" for count in (1, 10)
    ]
    installed(monkeypatch, outside="raise")
    assert Note.labels.through.objects.using(stores.name).count() == 2
    with pytest.raises(OutsidePurposeError, match=r"people\.Person"):
        people.count()


def test_a_purpose_goes_along_into_async_code(stores: DjangoStores, anna: Person) -> None:
    """A decorated async view reads asynchronously, and in a thread of its own, what it may; its neighbour is free."""
    mark(stores, anna)

    def read() -> list[str]:
        with closing(connections[stores.name]):
            return names(Person.objects.using(stores.name))

    @consentguard.purpose("analytics")
    async def limited() -> tuple[str | None, list[str]]:
        await asyncio.sleep(0)
        return current_purpose(), await sync_to_async(read)()

    async def free() -> str | None:
        await asyncio.sleep(0)
        return current_purpose()

    async def both() -> list[Any]:
        return await asyncio.gather(limited(), free())

    assert asyncio.run(both()) == [("analytics", ["Ben"]), None]
