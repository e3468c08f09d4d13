"""Writes to encrypted columns: each form seals what it is given or is refused, and none stores anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, models
from django.db.models import Case, CharField, F, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Lower, Now
from django.test.utils import CaptureQueriesContext

from consentguard.crypto.errors import DecryptionError
from consentguard_django.fields import EncryptedFieldError
from consentguard_django.fields.held import held_in
from tests.django.sealed.kit import alias, ring, stored, tables  # noqa: F401 - fixtures
from tests.django.sealed.models import Appendix, Copy, Sheet

Rows = QuerySet[Sheet]


@pytest.fixture
def sheets(alias: str) -> Rows:  # noqa: F811 - a fixture
    """One row."""
    Sheet(plain="p", shown="s", a="Ada", b="Byron").save(using=alias)
    return Sheet.objects.using(alias)


def _saved(rows: Rows, **changes: Any) -> None:
    found = rows.get(shown="s")
    for name, value in changes.items():
        setattr(found, name, value)
    found.save()


def _upsert(rows: Rows) -> None:
    unique = ["shown"] if connections[rows.db].features.supports_update_conflicts_with_target else None
    rows.bulk_create([Sheet(shown="s", a="new")], update_conflicts=True, update_fields=["a"], unique_fields=unique)


def _bulk_updated(rows: Rows, value: Any) -> None:
    found = rows.get()
    found.a = value
    rows.bulk_update([found], ["a"])


FIELD: Any = Sheet._meta.get_field("a")
WRITES: dict[str, Callable[[Rows], Any]] = {
    "save": lambda rows: _saved(rows, a="new"),
    "save of some": lambda rows: Sheet(pk=rows.get().pk, a="new").save(using=rows.db, update_fields=["a"]),
    "save a Value": lambda rows: _saved(rows, a=Value("new")),
    "update": lambda rows: rows.update(a="new"),
    "update with a Value": lambda rows: rows.update(a=Value("new")),
    "update with a Case": lambda rows: rows.update(a=Case(When(plain="p", then=Value("new")), default=Value("x"))),
    "update with a Case and its own": lambda rows: rows.update(
        a=Case(When(plain="p", then=Value("new")), default=F("a"), output_field=FIELD)
    ),
    "bulk_update": lambda rows: _bulk_updated(rows, "new"),
    "bulk_update with a Value": lambda rows: _bulk_updated(rows, Value("new")),
    "upsert": _upsert,
    "update_or_create": lambda rows: rows.update_or_create(shown="s", defaults={"a": "new"}),
    "proxy": lambda rows: Copy.objects.using(rows.db).update(a="new"),
    "through a child": lambda rows: _child(rows).update(a="new"),
}


def _child(rows: Rows) -> QuerySet[Appendix]:
    Appendix(sheet_ptr_id=rows.get().pk).save_base(raw=True, using=rows.db)
    return Appendix.objects.using(rows.db)


@pytest.mark.parametrize("name", WRITES)
def test_a_write_seals(sheets: Rows, name: str) -> None:
    """What it was given comes back, and the database holds none of it."""
    WRITES[name](sheets)
    assert sheets.get().a == "new"
    assert b"new" not in (stored(sheets.db, "sealed_sheet", "a") or b"")
    assert sheets.get().b == "Byron"


INSERTS: dict[str, Callable[[Rows], Any]] = {
    "create": lambda rows: rows.create(a="new"),
    "save": lambda rows: Sheet(a="new").save(using=rows.db),
    "save a Value": lambda rows: Sheet(a=Value("new")).save(using=rows.db),
    "bulk_create": lambda rows: rows.bulk_create([Sheet(a="new"), Sheet(a="new", b="c")]),
    "bulk_create with a key": lambda rows: rows.bulk_create([Sheet(pk=2**40, a="new")]),
    "bulk_create that ignores conflicts": lambda rows: rows.bulk_create([Sheet(a="new")], ignore_conflicts=True),
    "get_or_create": lambda rows: rows.get_or_create(plain="other", defaults={"a": "new"}),
    "update_or_create": lambda rows: rows.update_or_create(plain="other", defaults={"a": "new"}),
    "child": lambda rows: Appendix(a="new", extra="more").save(using=rows.db),
    "a copy of a row": lambda rows: Sheet(a=rows.create(a="new").a).save(using=rows.db),
}


@pytest.mark.parametrize("name", INSERTS)
def test_an_insert_seals(sheets: Rows, name: str) -> None:
    """One row, several, or a child's with its parent's."""
    INSERTS[name](sheets)
    assert {row.a for row in sheets.exclude(shown="s")} == {"new"}


REFUSED: dict[str, Callable[[Rows], Any]] = {
    "another encrypted column": lambda rows: rows.update(a=F("b")),
    "a plain column": lambda rows: rows.update(a=F("plain")),
    "into a plain column": lambda rows: rows.update(plain=F("a")),
    "into a plain column by a function": lambda rows: rows.update(plain=Lower("a", output_field=CharField())),
    "into a plain column by a Case": lambda rows: rows.update(plain=Case(When(pk__gt=0, then=F("a")))),
    "into a plain column by a query": lambda rows: rows.update(plain=Subquery(rows.values("a")[:1])),
    "a function": lambda rows: rows.update(a=Lower(Value("X"))),
    "a function of itself": lambda rows: rows.update(a=Concat("a", Value("x"), output_field=CharField())),
    "a query": lambda rows: rows.update(a=Subquery(rows.values("plain")[:1])),
    "a query of its own": lambda rows: rows.update(a=Subquery(rows.values("a")[:1])),
    "a Case of a column": lambda rows: rows.update(a=Case(When(plain="p", then=F("plain")), default=Value("x"))),
    "a Cast": lambda rows: rows.update(a=Cast(F("plain"), FIELD)),
    "a Coalesce": lambda rows: rows.update(a=Coalesce(F("b"), Value("x"))),
    "the time of the database": lambda rows: rows.update(a=Now()),
    "saved another column": lambda rows: _saved(rows, a=F("b")),
    "bulk_update by a column": lambda rows: _bulk_updated(rows, F("b")),
    "a sealed value of another column": lambda rows: rows.update(a=held_in(rows.get(), "b")),
    "a value of another type": lambda rows: rows.update(number="seven"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_write_of_anything_else_is_refused(sheets: Rows, name: str) -> None:
    """Neither what the database holds in plain nor what is sealed for another column; nothing is written."""
    with pytest.raises(EncryptedFieldError) as caught:
        REFUSED[name](sheets)
    assert "seven" not in str(caught.value)
    found = sheets.get()
    assert (found.plain, found.a, found.b) == ("p", "Ada", "Byron")


def test_an_update_may_give_a_column_what_it_has(sheets: Rows) -> None:
    """The very bytes."""
    before = stored(sheets.db, "sealed_sheet", "a")
    sheets.update(a=F("a"))
    assert stored(sheets.db, "sealed_sheet", "a") == before


def test_nothing_becomes_null(sheets: Rows) -> None:
    """An empty text, zero and an empty list are values."""
    sheets.update(a="", b="", number=0, data=[])
    assert sheets.filter(b=None).count() == 0
    found = sheets.get()
    assert (found.a, found.b, found.number, found.data) == ("", "", 0, [])
    sheets.update(b=None, number=Value(None), data=None)
    assert stored(sheets.db, "sealed_sheet", "b") is None
    assert sheets.filter(b=None, number=None, data=None).count() == 1


def test_a_value_that_nobody_read_or_changed_is_written_back_as_it_stands(sheets: Rows) -> None:
    """Nothing is opened to save a row."""
    before = stored(sheets.db, "sealed_sheet", "a")
    _saved(sheets, plain="q")
    assert stored(sheets.db, "sealed_sheet", "a") == before
    found = sheets.get()
    assert found.a == "Ada"
    found.save()
    assert stored(sheets.db, "sealed_sheet", "a") == before


def test_a_value_that_was_changed_in_place_is_sealed_anew(sheets: Rows) -> None:
    """A list, for one, has no assignment to tell by."""
    sheets.update(data=[1])
    found = sheets.get()
    found.data.append(2)
    found.save()
    assert sheets.get().data == [1, 2]
    before = stored(sheets.db, "sealed_sheet", "data")
    again = sheets.get()
    assert again.data == [1, 2]
    again.save()
    assert stored(sheets.db, "sealed_sheet", "data") == before


def test_a_value_of_another_column_in_an_object_is_refused(sheets: Rows) -> None:
    """Where it is read, and where it is saved."""
    found = sheets.get()
    found.a = held_in(found, "b")
    with pytest.raises(EncryptedFieldError):
        assert found.a
    with pytest.raises(EncryptedFieldError):
        found.save()
    assert sheets.get().a == "Ada"


def test_a_deferred_value_is_not_written(sheets: Rows) -> None:
    """It stays what it is in the database, and can be read all the same."""
    found = sheets.defer("a", "b").get()
    sheets.update(a="other")
    found.plain = "q"
    found.save()
    assert "a" in found.get_deferred_fields()
    assert found.a == "other"
    assert "a" not in found.get_deferred_fields()
    del found.a
    assert "a" in found.get_deferred_fields()


def test_a_constraint_may_ask_for_null(alias: str) -> None:  # noqa: F811 - a fixture
    """A check in the database, and in `validate_constraints`."""
    constraint = models.CheckConstraint(condition=models.Q(b__isnull=False), name="sealed_b_is_there")
    sheet = Sheet(a="x", b="y")
    with connections[alias].schema_editor() as editor:
        assert "IS NOT NULL" in str(constraint.create_sql(Sheet, editor))
    constraint.validate(Sheet, sheet, using=alias)


def test_many_rows_are_written_by_one_statement(sheets: Rows) -> None:
    """As plain ones are."""
    with CaptureQueriesContext(connections[sheets.db]) as queries:
        sheets.bulk_create([Sheet(a=str(number)) for number in range(50)])
    assert len([each for each in queries if "INSERT" in each["sql"]]) == 1
    assert {row.a for row in sheets.filter(shown=None)} == {str(number) for number in range(50)}


def test_no_sql_that_is_logged_shows_a_value(sheets: Rows) -> None:
    """The parameters are sealed by then."""
    with CaptureQueriesContext(connections[sheets.db]) as queries:
        sheets.create(a="Lovelace")
        sheets.update(a="Lovelace")
    assert queries.captured_queries
    assert not [each for each in queries if "Lovelace" in each["sql"]]


def test_what_was_stored_in_plain_is_not_taken_for_a_value(sheets: Rows) -> None:
    """Whoever writes beside the field has written something that does not open."""
    with connections[sheets.db].cursor() as cursor:
        cursor.execute("UPDATE sealed_sheet SET a = %s", [b"Ada"])
    with pytest.raises(DecryptionError):
        assert sheets.get().a
