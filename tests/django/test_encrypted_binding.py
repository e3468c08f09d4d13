"""Values that are bound to their row or sealed for a data subject: who opens them, by which keys, loaded when."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.core import checks
from django.db import connections, models
from django.db.models import Case, F, QuerySet, Value, When

from consentguard.crypto import installed
from consentguard.crypto.erased import ERASED
from consentguard.crypto.errors import ErasedError, KeysNotLoadedError, TamperedError, UnboundError
from consentguard.crypto.keyring import Keyring
from consentguard.memory.stores import MemoryStores
from consentguard.records import DataKey, NewDataKey, Selection, SubjectRef
from consentguard_django.fields import Encrypted, EncryptedFieldError, aprefetch, prefetch, sealed_for
from consentguard_django.fields.held import held_in
from consentguard_django.stores import DjangoStores
from tests.django.sealed.kit import alias, leave, ring, stored, tables  # noqa: F401 - fixtures
from tests.django.sealed.models import Letter, Owner, Ticket

Letters = QuerySet[Letter]


class Counting:
    """Data keys in memory that tell how often they were asked."""

    def __init__(self) -> None:
        self._keys = MemoryStores().data_keys
        self.asked: list[str] = []

    def put(self, keys: Sequence[NewDataKey]) -> Any:
        self.asked.append("put")
        return self._keys.put(keys)

    def of(self, subjects: Sequence[str]) -> Sequence[DataKey]:
        self.asked.append("of")
        return self._keys.of(subjects)

    def find(self, ids: Sequence[int]) -> Sequence[DataKey]:
        self.asked.append("find")
        return self._keys.find(ids)

    def destroy(self, subjects: Sequence[str], on: Any) -> Sequence[int]:
        return self._keys.destroy(subjects, on)


@pytest.fixture
def keys(ring: Keyring) -> Counting:  # noqa: F811 - a fixture
    """The data keys of the process."""
    found = Counting()
    installed.install_data_keys(lambda: found)
    return found


@pytest.fixture
def letters(alias: str, keys: Counting) -> Letters:  # noqa: F811 - a fixture
    """A letter of each of two owners."""
    for name in ("ada", "ben"):
        owner = Owner(name=name)
        owner.save(using=alias)
        Letter(owner=owner, text=f"by {name}", mark={"of": name}).save(using=alias)
    keys.asked.clear()
    return Letter.objects.using(alias).order_by("id")


@pytest.fixture
def tickets(alias: str) -> QuerySet[Ticket]:  # noqa: F811 - a fixture
    """Two rows."""
    for number in (1, 2):
        Ticket(number=number, note=f"no {number}").save(using=alias)
    return Ticket.objects.using(alias).order_by("number")


def _swap(rows: QuerySet[Any], column: str) -> None:
    """Give the first row what is sealed in the second."""
    first, second = rows
    held = held_in(second, column)
    assert held is not None
    with connections[rows.db].cursor() as cursor:
        key = first.pk.hex if isinstance(first.pk, uuid.UUID) and rows.db == "sqlite" else first.pk
        cursor.execute(f"UPDATE {rows.model._meta.db_table} SET {column} = %s WHERE id = %s", [held.stored, key])  # noqa: S608


def test_a_value_opens_in_its_own_row_alone(tickets: QuerySet[Ticket], letters: Letters) -> None:
    """One that was copied to another row or data subject is taken for tampered with."""
    assert [row.note for row in tickets] == ["no 1", "no 2"]
    assert [(row.text, row.mark) for row in letters] == [("by ada", {"of": "ada"}), ("by ben", {"of": "ben"})]
    for rows, column in ((tickets, "note"), (letters, "text")):
        _swap(rows.all(), column)
        first, second = rows.all()
        with pytest.raises(TamperedError):
            getattr(first, column)
        assert getattr(second, column)


READS: dict[str, Callable[[Letters], Any]] = {
    "values": lambda rows: rows.values("text"),
    "values_list": lambda rows: rows.values_list("owner_id", "text"),
    "flat": lambda rows: rows.values_list("mark", flat=True),
    "annotate": lambda rows: rows.annotate(x=F("text")),
    "over a join": lambda rows: Owner.objects.using(rows.db).values("letter__text"),
}


@pytest.mark.parametrize("name", READS)
def test_a_query_for_values_alone_is_refused(letters: Letters, name: str) -> None:
    """A value by itself does not say whose it is; the error says what to ask for instead."""
    with pytest.raises(UnboundError) as caught:
        list(READS[name](letters))
    assert "only()" in caught.value.hint


OBJECTS: dict[str, Callable[[Letters], Any]] = {
    "all": lambda rows: list(rows),
    "only the value": lambda rows: list(rows.only("text")),
    "only another": lambda rows: list(rows.only("number")),
    "deferred": lambda rows: list(rows.defer("text", "owner")),
    "iterator": lambda rows: list(rows.iterator(chunk_size=1)),
    "raw": lambda rows: list(Letter.objects.using(rows.db).raw("SELECT * FROM sealed_letter ORDER BY id")),
    "in_bulk": lambda rows: [rows.in_bulk()[pk] for pk in rows.values_list("pk", flat=True)],
    "select_related": lambda rows: list(rows.select_related("owner")),
    "prefetch_related": lambda rows: [
        letter
        for owner in Owner.objects.using(rows.db).prefetch_related("letter_set").order_by("id")
        for letter in owner.letter_set.all()
    ],
    "distinct": lambda rows: list(rows.distinct()),
    "union": lambda rows: sorted(rows.order_by().union(rows.order_by()), key=lambda row: row.pk),
    "refreshed": lambda rows: [_refreshed(row) for row in rows],
}


def _refreshed(row: Letter) -> Letter:
    row.text, row.mark = "x", None
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_know_whose_their_values_are(letters: Letters, name: str) -> None:
    """However they were loaded."""
    assert [row.text for row in OBJECTS[name](letters)] == ["by ada", "by ben"]


UNBOUND: dict[str, Callable[[Letters], Any]] = {
    "update": lambda rows: rows.update(text="x"),
    "a Value": lambda rows: rows.update(text=Value("x")),
    "a Case": lambda rows: rows.update(text=Case(When(pk=1, then=Value("x")), default=Value("y"))),
    "bulk_update": lambda rows: _bulk_updated(rows, "x"),
    "an upsert by another column": lambda rows: rows.bulk_create(
        [Letter(owner=Owner.objects.using(rows.db).get(name="ben"), number=1, text="x")],
        update_conflicts=True,
        update_fields=["text"],
        unique_fields=["number"] if connections[rows.db].features.supports_update_conflicts_with_target else None,
    ),
    "no owner": lambda rows: Letter(text="x").save(using=rows.db),
}


def _bulk_updated(rows: Letters, value: Any) -> None:
    found = rows.get(owner__name="ada")
    found.text = value
    rows.bulk_update([found], ["text"])


@pytest.mark.parametrize("name", UNBOUND)
def test_a_write_that_does_not_say_whose_is_refused(letters: Letters, name: str) -> None:
    """And nothing is written."""
    letters.filter(owner__name="ada").update(number=1)
    with pytest.raises(UnboundError) as caught:
        UNBOUND[name](letters)
    assert caught.value.hint
    assert [row.text for row in letters.all()] == ["by ada", "by ben"]


def test_a_value_that_says_whose_it_is_is_sealed_for_them(letters: Letters, tickets: QuerySet[Ticket]) -> None:
    """In an update, in a bulk update, and NULL needs nobody."""
    ada = Owner.objects.using(letters.db).get(name="ada")
    letters.filter(owner=ada).update(text=sealed_for(ada.pk, "new"), mark=Value(sealed_for(str(ada.pk), [1])))
    assert [(row.text, row.mark) for row in letters.all()] == [("new", [1]), ("by ben", {"of": "ben"})]
    _bulk_updated(letters, sealed_for(ada.pk, "newer"))
    assert letters[0].text == "newer"
    ticket = tickets[0]
    tickets.filter(pk=ticket.pk).update(note=sealed_for(ticket.pk, "new"))
    assert tickets[0].note == "new"
    letters.update(mark=None)
    tickets.update(note=None)
    assert letters.filter(mark=None).count() == tickets.filter(note=None).count() == 2
    assert "new" not in repr(sealed_for(1, "new"))


def test_an_object_takes_no_value_for_another(letters: Letters) -> None:
    """What was said for one key is not saved under another."""
    row = letters[0]
    row.text = sealed_for(row.owner_id + 1, "x")
    with pytest.raises(UnboundError):
        row.save()
    row.text = sealed_for(row.owner_id, "x")
    row.save()
    assert row.text == letters[0].text == "x"


def test_an_upsert_by_what_names_the_row_seals(letters: Letters, tickets: QuerySet[Ticket]) -> None:
    """Then the row that is updated is bound to what the object is."""
    ben = Owner.objects.using(letters.db).get(name="ben")
    letters.filter(owner__name="ada").update(number=1)
    by_target = connections[letters.db].features.supports_update_conflicts_with_target
    letters.bulk_create(
        [Letter(owner=ben, number=1, text="ben's", mark=None)],
        update_conflicts=True,
        update_fields=["text", "owner", "mark"],
        unique_fields=["number"] if by_target else None,
    )
    assert letters.get(number=1).text == "ben's"
    ticket = tickets[0]
    upsert: Callable[[], Any] = lambda: tickets.bulk_create(  # noqa: E731 - done twice
        [Ticket(pk=ticket.pk, note="new")],
        update_conflicts=True,
        update_fields=["note"],
        unique_fields=["id"] if by_target else None,
    )
    if by_target:
        upsert()
        assert tickets[0].note == "new"
    else:
        with pytest.raises(UnboundError):
            upsert()


@pytest.mark.parametrize("was_read", [True, False])
def test_a_value_goes_with_its_row_to_another_owner(letters: Letters, was_read: bool) -> None:
    """It is sealed anew for them, whether or not anybody has read it."""
    row = letters[0]
    if was_read:
        assert row.text == "by ada"
    row.owner = Owner.objects.using(letters.db).get(name="ben")
    row.save()
    first = letters.all()[0]
    assert (first.text, first.mark) == ("by ada", {"of": "ada"})
    assert row.text == "by ada"


@pytest.mark.parametrize("was_read", [True, False])
def test_a_value_goes_with_a_copy_of_its_row(tickets: QuerySet[Ticket], was_read: bool) -> None:
    """Under another primary key."""
    row = tickets[0]
    if was_read:
        assert row.note == "no 1"
    row.pk, row.number, row._state.adding = uuid.uuid4(), 3, True
    row.save()
    assert [each.note for each in tickets.all()] == ["no 1", "no 2", "no 1"]


def test_no_value_is_left_to_an_owner_who_cannot_open_it(letters: Letters) -> None:
    """A save that changes the owner alone is refused, and one that cannot know what it was."""
    ben = Owner.objects.using(letters.db).get(name="ben")
    row = letters[0]
    row.owner = ben
    with pytest.raises(UnboundError, match="owner_id"):
        row.save(update_fields=["owner"])
    deferred = letters.defer("text", "mark")[0]
    deferred.owner = ben
    with pytest.raises(UnboundError):
        deferred.save()
    (raw,) = Letter.objects.using(letters.db).raw("SELECT * FROM sealed_letter WHERE owner_id <> %s", [ben.pk])
    raw.owner = ben
    with pytest.raises(UnboundError):
        raw.save()
    deferred = letters.defer("text", "mark")[0]
    deferred.number = 9
    deferred.save()
    assert [each.text for each in letters.all()] == ["by ada", "by ben"]


@pytest.fixture
def hundred(letters: Letters, keys: Counting) -> Letters:
    """A hundred letters of a hundred owners, written by one statement."""
    owners = Owner.objects.using(letters.db).bulk_create([Owner(pk=1000 + each, name=str(each)) for each in range(100)])
    letters.all().delete()
    keys.asked.clear()
    letters.bulk_create([Letter(owner=owner, text=f"by {owner.name}", mark=[1]) for owner in owners])
    assert keys.asked == ["of", "put"], "one query to look, and one to make them"
    keys.asked.clear()
    return letters


RESULTS: dict[str, Callable[[Letters], Any]] = {
    "all": lambda rows: rows.all(),
    "iterator": lambda rows: rows.iterator(chunk_size=10),
    "only": lambda rows: rows.only("text", "owner"),
    "select_related": lambda rows: rows.select_related("owner"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_one_query_loads_the_keys_of_a_whole_result(hundred: Letters, keys: Counting, name: str) -> None:
    """When the first value is read."""
    rows = RESULTS[name](hundred)
    assert keys.asked == []
    assert [row.text for row in rows] == [f"by {each}" for each in range(100)]
    assert keys.asked == ["find"]


def test_objects_from_elsewhere_load_their_keys_together(hundred: Letters, keys: Counting) -> None:
    """Those of several results, or of raw SQL."""
    rows = [*Letter.objects.using(hundred.db).raw("SELECT * FROM sealed_letter"), *hundred.all()]
    prefetch(rows)
    assert keys.asked == ["find"]
    assert len({row.text for row in rows}) == 100
    assert keys.asked == ["find"]


def test_an_event_loop_never_waits_for_a_key(hundred: Letters, keys: Counting) -> None:
    """It is told to load them before, which it can."""

    async def read() -> set[str]:
        try:
            rows = [row async for row in hundred]
            with pytest.raises(KeysNotLoadedError) as caught:
                assert rows[0].text
            assert "aprefetch" in caught.value.hint
            await aprefetch(rows)
            return {row.text for row in rows}
        finally:
            await leave(hundred.db)

    assert len(asyncio.run(read())) == 100


def test_an_event_loop_writes(letters: Letters) -> None:
    """In Django's own thread."""

    async def write() -> None:
        try:
            owner = await Owner.objects.using(letters.db).aget(name="ada")
            await Letter(owner=owner, text="a").asave(using=letters.db)
            await letters.abulk_create([Letter(owner=owner, text="b")])
        finally:
            await leave(letters.db)

    asyncio.run(write())
    assert [row.text for row in letters.all()] == ["by ada", "by ben", "a", "b"]


def _shred(name: str, rows: Letters) -> None:
    owner = Owner.objects.using(rows.db).get(name=name)
    installed.subject_keys().destroy([SubjectRef("user", str(owner.pk))])


def test_what_was_erased_says_so_and_stays_as_it_is(letters: Letters) -> None:
    """By error or by mark, as declared; a row that is saved keeps the bytes, and others can be read."""
    before = [stored(letters.db, "sealed_letter", column, letters[0].pk) for column in ("text", "mark")]
    _shred("ada", letters)
    row, other = letters.all()
    with pytest.raises(ErasedError):
        assert row.text
    assert row.mark is ERASED
    assert not row.mark
    assert other.text == "by ben"
    row.number = 5
    row.save()
    row.refresh_from_db(fields=["mark", "number"])
    assert row.mark is ERASED
    row.save()
    assert [stored(letters.db, "sealed_letter", column, row.pk) for column in ("text", "mark")] == before
    with pytest.raises(EncryptedFieldError):
        letters.filter(pk=row.pk).update(mark=sealed_for(row.owner_id, ERASED))


def test_a_new_value_of_who_was_erased_is_under_a_new_key(letters: Letters) -> None:
    """Somebody who comes back begins anew."""
    _shred("ada", letters)
    row = letters[0]
    row.text = "again"
    row.save()
    assert letters[0].text == "again"
    assert letters[0].mark is ERASED


def test_a_dataset_reads_and_empties_bound_columns(letters: Letters, tickets: QuerySet[Ticket]) -> None:
    """An export has each person's values, none of what was erased, and an erasure leaves an empty text of theirs."""
    dataset = DjangoStores(letters.db).dataset
    chosen = Selection(label="sealed.Letter", keys=tuple(str(row.pk) for row in letters))
    found = [dict(row) for row in dataset.rows(chosen, ["owner", "text", "mark"])]
    assert [(row["text"], row["mark"]) for row in found] == [("by ada", {"of": "ada"}), ("by ben", {"of": "ben"})]
    assert [row["owner"] for row in found] == [row.owner_id for row in letters]
    assert dataset.clear(chosen, ["text", "mark"]) == 2
    assert [(row.text, row.mark) for row in letters.all()] == [("", None), ("", None)]
    _shred("ada", letters)
    assert [dict(row)["text"] for row in dataset.rows(chosen, ["text"])] == [None, ""]
    notes = Selection(label="sealed.Ticket", keys=tuple(str(row.pk) for row in tickets))
    assert {dict(row)["note"] for row in dataset.rows(notes, ["note"])} == {"no 1", "no 2"}
    assert dataset.clear(notes, ["note"]) == 2
    assert {row.note for row in tickets.all()} == {None}


@pytest.fixture
def declare() -> Iterator[Callable[..., list[checks.CheckMessage]]]:
    """The messages of a model's check that has these columns beside an encrypted one."""
    from django.apps import apps

    def declared(bound_to: Any, options: Any = None, **columns: models.Field[Any, Any]) -> list[checks.CheckMessage]:
        meta = type("Meta", (), {"app_label": "sealed", **(options or {})})
        text = Encrypted(models.TextField(), bound_to=bound_to)
        model: Any = type("Made", (models.Model,), {"__module__": __name__, "Meta": meta, "text": text, **columns})
        return list(model._meta.get_field("text").check())

    yield declared
    apps.all_models["sealed"].pop("made", None)
    apps.clear_cache()


CHECKED: dict[str, tuple[Any, dict[str, Callable[[], Any]], list[str]]] = {
    "the column alone": ("column", {}, []),
    "a key that the database gives": ("row", {}, ["E009"]),
    "one by default": ("row", {"id": lambda: models.IntegerField(primary_key=True, db_default=7)}, ["E009"]),
    "a key that is there before": ("row", {"id": lambda: models.UUIDField(primary_key=True, default=uuid.uuid4)}, []),
    "no such column": ({"user": "owner_id"}, {}, ["E008"]),
    "the key itself": ({"user": "id"}, {}, ["E009"]),
    "a relation's column": (
        {"user": "owner_id"},
        {"owner": lambda: models.ForeignKey(Owner, models.CASCADE, related_name="+")},
        [],
    ),
    "a relation": (
        {"user": "owner"},
        {"owner": lambda: models.ForeignKey(Owner, models.CASCADE, related_name="+")},
        [],
    ),
    "what may be NULL": ({"user": "owner"}, {"owner": lambda: models.BigIntegerField(null=True)}, ["W010"]),
    "several": ({"user": "owner"}, {"owner": lambda: models.ManyToManyField(Owner, related_name="+")}, ["E008"]),
    "what is sealed": ({"user": "text"}, {}, ["E008"]),
}


@pytest.mark.parametrize("name", CHECKED)
def test_a_check_says_what_a_value_cannot_be_bound_to(
    declare: Callable[..., list[checks.CheckMessage]], name: str
) -> None:
    """Before a row is written that nobody can save or open."""
    bound_to, columns, expected = CHECKED[name]
    found = declare(bound_to, **{column: make() for column, make in columns.items()})
    assert [message.id for message in found] == [f"consentguard.{each}" for each in expected]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(
    "options",
    [
        {"ordering": ["-text"]},
        {"ordering": [F("text").desc()]},
        {"get_latest_by": "text"},
        {"unique_together": [("number", "text")]},
        {"indexes": [models.Index(fields=["text"], name="by_text")]},
        {"constraints": [models.UniqueConstraint(fields=["text"], name="one_text")]},
    ],
    ids=str,
)
def test_a_check_says_what_a_table_cannot_compare(
    declare: Callable[..., list[checks.CheckMessage]], options: dict[str, Any]
) -> None:
    """It would be sorted by, or unique in, what is sealed."""
    (found,) = declare("column", options, number=models.IntegerField())
    assert found.id == "consentguard.E012"
    assert f"`{next(iter(options))}`" in found.msg


@pytest.mark.parametrize(
    "bound_to", ["table", {}, {"user": ""}, {"user": "a.b"}, {"user": "a__b"}, {"a": "b", "c": "d"}], ids=str
)
def test_a_binding_is_one_of_three(bound_to: Any) -> None:
    """A slip is an error where the model is written."""
    with pytest.raises(TypeError, match="bound_to"):
        Encrypted(models.TextField(), bound_to=bound_to)
