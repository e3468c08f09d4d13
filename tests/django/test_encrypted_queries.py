"""Queries over encrypted columns: each gives plaintext or is refused, and none hands out or compares what is sealed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.db import connections, models, transaction
from django.db.models import (
    Avg,
    BinaryField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Max,
    Min,
    Model,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Concat, Length, Lower, Rank, TruncYear, Upper
from django.test.utils import CaptureQueriesContext

from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.errors import ConsentGuardError
from consentguard_django.fields import EncryptedFieldError
from consentguard_django.fields.held import Row
from tests.django.sealed.kit import leave, tables  # noqa: F401 - a fixture
from tests.django.sealed.models import Appendix, Copy, Line, Owner, Sheet

DAY = dt.date(1815, 12, 10)
Rows = QuerySet[Sheet]


@pytest.fixture(scope="module")
def sheets(tables: str) -> Iterator[Rows]:  # noqa: F811 - a fixture
    """One row, which is a child's too, with lines; no test changes them."""
    installed.install(Keyring.generate())
    made = Appendix(plain="p", a="Ada", b=None, number=0, day=DAY, data={"k": [1]}, extra="more")
    made.save(using=tables)
    for text in ("one", "two"):
        Line(sheet_id=made.pk, text=text).save(using=tables)
    yield Sheet.objects.using(tables)
    installed.uninstall()


def _lines(sheets: Rows) -> QuerySet[Line]:
    return Line.objects.using(sheets.db)


GIVEN: dict[str, tuple[Callable[[Rows], Any], Any]] = {
    "get": (lambda rows: (rows.get().a, rows.get().b, rows.get().number), ("Ada", None, 0)),
    "values": (lambda rows: rows.values("a", "number").get(), {"a": "Ada", "number": 0}),
    "values of all": (lambda rows: rows.values().get()["data"], {"k": [1]}),
    "values_list": (lambda rows: rows.values_list("a", "b", "day").get(), ("Ada", None, DAY)),
    "values_list flat": (lambda rows: list(rows.values_list("a", flat=True)), ["Ada"]),
    "values_list named": (lambda rows: rows.values_list("a", named=True).get().a, "Ada"),
    "values over a join": (lambda rows: list(_lines(rows).values_list("sheet__a", flat=True)), ["Ada", "Ada"]),
    "only": (lambda rows: rows.only("a").get().a, "Ada"),
    "only another": (lambda rows: rows.only("plain").get().a, "Ada"),
    "defer": (lambda rows: rows.defer("a").get().a, "Ada"),
    "F in values": (lambda rows: rows.values(x=F("a")).get(), {"x": "Ada"}),
    "annotate": (lambda rows: rows.annotate(x=F("a")).get().x, "Ada"),
    "annotate and read the column": (lambda rows: rows.annotate(x=F("a")).get().a, "Ada"),
    "annotate over a join": (lambda rows: _lines(rows).annotate(x=F("sheet__a")).first().x, "Ada"),
    "alias": (lambda rows: rows.alias(x=F("a")).get().a, "Ada"),
    "is null": (lambda rows: rows.filter(b__isnull=True, a__isnull=False).count(), 1),
    "is None": (lambda rows: rows.filter(b=None).exclude(a=None).count(), 1),
    "is null in a Q": (lambda rows: rows.annotate(x=Q(b__isnull=True)).get().x, True),
    "is null in a condition": (
        lambda rows: rows.annotate(x=Case(When(b__isnull=True, then=Value(1)), default=Value(2))).get().x,
        1,
    ),
    "is null of an annotation": (lambda rows: rows.annotate(x=F("b")).filter(x__isnull=True).count(), 1),
    "a value in the query": (
        lambda rows: rows.annotate(x=Value("c", Sheet._meta.get_field("a"))).get().x,
        "c",
    ),
    "count": (lambda rows: rows.count(), 1),
    "count with a limit": (lambda rows: rows.all()[:5].count(), 1),
    "count distinct": (lambda rows: rows.filter(lines__isnull=False).distinct().count(), 1),
    "exists": (lambda rows: rows.exists(), True),
    "in_bulk": (lambda rows: [each.a for each in rows.in_bulk().values()], ["Ada"]),
    "in_bulk by another": (lambda rows: list(rows.in_bulk(field_name="shown")), [None]),
    "iterator": (lambda rows: [each.a for each in rows.iterator(chunk_size=1)], ["Ada"]),
    "values iterator": (lambda rows: list(rows.values_list("a", flat=True).iterator(chunk_size=1)), ["Ada"]),
    "order by another": (lambda rows: rows.order_by("plain", "-id").first().a, "Ada"),
    "reverse": (lambda rows: rows.reverse().first().a, "Ada"),
    "select_related": (lambda rows: _lines(rows).select_related("sheet").first().sheet.a, "Ada"),
    "select_related of some": (
        lambda rows: _lines(rows).select_related("sheet").only("text", "sheet__a").first().sheet.a,
        "Ada",
    ),
    "select_related of a child": (lambda rows: rows.select_related("appendix").get().appendix.extra, "more"),
    "select_related of a child's parent": (lambda rows: rows.select_related("appendix").get().appendix.a, "Ada"),
    "prefetch_related": (
        lambda rows: sorted(line.text for line in rows.prefetch_related("lines").get().lines.all()),
        ["one", "two"],
    ),
    "Prefetch": (
        lambda rows: len(rows.prefetch_related(Prefetch("lines", _lines(rows).only("sheet_id"))).get().lines.all()),
        2,
    ),
    "FilteredRelation": (
        lambda rows: (
            rows.annotate(x=FilteredRelation("lines", condition=Q(lines__text__isnull=False)))
            .filter(x__isnull=False)
            .count()
        ),
        2,
    ),
    "Exists": (lambda rows: rows.filter(Exists(_lines(rows).filter(sheet=OuterRef("pk")))).get().a, "Ada"),
    "pk in a query": (lambda rows: rows.filter(pk__in=rows.filter(plain="p")).get().a, "Ada"),
    "aggregate of another": (lambda rows: rows.aggregate(x=Max("plain")), {"x": "p"}),
    "group by the key": (lambda rows: rows.annotate(n=Count("lines")).get().n, 2),
    "group by the key and read": (lambda rows: rows.annotate(n=Count("lines")).get().a, "Ada"),
    "group by the key in values": (lambda rows: rows.values("id", "a").annotate(n=Count("lines")).get()["a"], "Ada"),
    "group, then values": (lambda rows: rows.annotate(n=Count("lines")).values("a", "n").get()["a"], "Ada"),
    "distinct objects": (lambda rows: rows.filter(lines__isnull=False).distinct().get().a, "Ada"),
    "distinct with the key": (lambda rows: rows.values("id", "a").distinct().get()["a"], "Ada"),
    "union of objects": (lambda rows: rows.filter(plain="p").union(rows.filter(plain="q")).get().a, "Ada"),
    "union of other values": (lambda rows: list(rows.values_list("plain").union(rows.values_list("plain"))), [("p",)]),
    "raw": (lambda rows: rows.raw("SELECT * FROM sealed_sheet")[0].a, "Ada"),
    "raw of some": (lambda rows: rows.raw("SELECT id, b FROM sealed_sheet")[0].a, "Ada"),
    "proxy": (lambda rows: Copy.objects.using(rows.db).get().a, "Ada"),
    "child": (
        lambda rows: (Appendix.objects.using(rows.db).get().a, Appendix.objects.using(rows.db).get().extra),
        ("Ada", "more"),
    ),
    "child's values": (lambda rows: Appendix.objects.using(rows.db).values_list("a", "extra").get(), ("Ada", "more")),
    "window over another": (
        lambda rows: rows.annotate(x=Window(Rank(), order_by="plain")).get().a,
        "Ada",
    ),
    "refresh_from_db": (lambda rows: _refreshed(rows), "Ada"),
    "get_or_create by another": (lambda rows: rows.get_or_create(plain="p", defaults={"a": "x"})[0].a, "Ada"),
    "first, last, earliest": (lambda rows: {rows.first().a, rows.last().a, rows.earliest("id").a}, {"Ada"}),
    "aggregate count of rows": (lambda rows: rows.aggregate(n=Count("*"))["n"], 1),
    "aggregate over a group": (lambda rows: rows.annotate(n=Count("lines")).aggregate(x=Avg("n"))["x"], 2),
    "select_for_update": (lambda rows: _locked(rows), "Ada"),
    "explain": (lambda rows: bool(rows.explain()), True),
    "contains": (lambda rows: rows.contains(rows.get()), True),
    "slices": (lambda rows: rows.order_by("id")[0:1][0].a, "Ada"),
}


def _refreshed(rows: Rows) -> str:
    found = rows.get()
    found.a = "changed"
    found.refresh_from_db()
    return found.a


def _locked(rows: Rows) -> str:
    with transaction.atomic(using=rows.db):
        return rows.select_for_update().get().a


@pytest.mark.parametrize("name", GIVEN)
def test_a_query_gives_plaintext(sheets: Rows, name: str) -> None:
    """Values, objects and everything that does not look into the column."""
    query, expected = GIVEN[name]
    assert query(sheets) == expected


REFUSED: dict[str, Callable[[Rows], Any]] = {
    "exact": lambda rows: rows.filter(a="Ada"),
    "in": lambda rows: rows.filter(a__in=["Ada"]),
    "icontains": lambda rows: rows.exclude(a__icontains="x"),
    "transform": lambda rows: rows.filter(day__year=1815),
    "json key": lambda rows: rows.filter(data__k=1),
    "the other side": lambda rows: rows.filter(plain=F("a")),
    "two columns": lambda rows: rows.filter(a=F("b")),
    "over a join": lambda rows: _lines(rows).filter(sheet__a="Ada"),
    "an annotation": lambda rows: rows.annotate(x=F("a")).filter(x="Ada"),
    "get_or_create": lambda rows: rows.get_or_create(a="Ada"),
    "Lower": lambda rows: rows.annotate(x=Lower("a")),
    "Lower as text": lambda rows: rows.annotate(x=Lower("a", output_field=CharField())),
    "Length": lambda rows: rows.annotate(x=Length("a")),
    "filter by Lower": lambda rows: rows.alias(x=Lower("a", output_field=CharField())).filter(x="ada"),
    "Cast": lambda rows: rows.annotate(x=Cast("a", CharField())),
    "Cast to bytes": lambda rows: rows.values_list(Cast("a", BinaryField())),
    "Concat": lambda rows: rows.annotate(x=Concat("a", Value("x"), output_field=CharField())),
    "Coalesce": lambda rows: rows.annotate(x=Coalesce("b", "a")),
    "arithmetic": lambda rows: rows.annotate(x=ExpressionWrapper(F("number") + 1, CharField())),
    "ExpressionWrapper": lambda rows: rows.annotate(x=ExpressionWrapper(F("a"), CharField())),
    "Case": lambda rows: rows.annotate(x=Case(When(plain="p", then=F("a")), default=F("b"))),
    "Case as text": lambda rows: rows.annotate(x=Case(When(plain="p", then=F("a")), output_field=CharField())),
    "condition": lambda rows: rows.annotate(x=Case(When(a="Ada", then=Value(1)))),
    "Max": lambda rows: rows.aggregate(Max("a")),
    "Min as text": lambda rows: rows.aggregate(x=Min("a", output_field=CharField())),
    "Sum": lambda rows: rows.aggregate(Sum("number")),
    "Count": lambda rows: rows.aggregate(Count("a")),
    "Count distinct": lambda rows: rows.aggregate(Count("a", distinct=True)),
    "Max of distinct objects": lambda rows: rows.distinct().aggregate(Max("a")),
    "Max of some": lambda rows: rows.all()[:1].aggregate(Max("a")),
    "Max annotated": lambda rows: rows.annotate(x=Max("lines__text")),
    "group by": lambda rows: rows.values("a").annotate(Count("id")),
    "order_by": lambda rows: rows.order_by("a"),
    "order_by descending": lambda rows: rows.order_by("-a"),
    "order_by with values": lambda rows: rows.values_list("a").order_by("a"),
    "order_by an F": lambda rows: rows.values("a").order_by(F("a").desc()),
    "order_by an annotation": lambda rows: rows.annotate(x=F("a")).order_by("-x"),
    "order_by an expression": lambda rows: rows.order_by(Upper("a")),
    "order_by over a join": lambda rows: _lines(rows).order_by("sheet__a"),
    "latest": lambda rows: rows.latest("a"),
    "distinct values": lambda rows: rows.values("a").distinct(),
    "distinct annotation": lambda rows: rows.values(x=F("a")).distinct(),
    "union of values": lambda rows: rows.values_list("a").union(rows.values_list("a")),
    "union all of values": lambda rows: rows.values_list("a").union(rows.values_list("a"), all=True),
    "union behind plain values": lambda rows: rows.values_list("plain").union(rows.values_list("a")),
    "union before plain values": lambda rows: rows.values_list("a").union(rows.values_list("plain")),
    "intersection": lambda rows: rows.values_list("a").intersection(rows.values_list("a")),
    "difference": lambda rows: rows.values_list("a").difference(rows.values_list("b")),
    "union of another table": lambda rows: _lines(rows).union(rows.only("id", "plain", "shown")),
    "union behind another table": lambda rows: Owner.objects.using(rows.db).union(rows.only("id", "a")),
    "Subquery": lambda rows: rows.annotate(x=Subquery(_lines(rows).values("text")[:1])),
    "Subquery as text": lambda rows: rows.annotate(x=Lower(Subquery(_lines(rows).values("text")[:1]))),
    "Subquery as bytes": lambda rows: rows.annotate(x=Cast(Subquery(_lines(rows).values("text")[:1]), BinaryField())),
    "in a query": lambda rows: rows.filter(plain__in=_lines(rows).values("text")),
    "OuterRef": lambda rows: rows.filter(Exists(_lines(rows).filter(text=OuterRef("plain")))),
    "OuterRef of the column": lambda rows: rows.annotate(x=Subquery(_lines(rows).values(x=OuterRef("a"))[:1])),
    "OuterRef compared": lambda rows: _lines(rows).filter(Exists(rows.filter(plain=OuterRef("text")))),
    "Window": lambda rows: rows.annotate(x=Window(Max("a"))),
    "Window order": lambda rows: rows.annotate(x=Window(Rank(), order_by="a")),
    "Window partition": lambda rows: rows.annotate(x=Window(Rank(), partition_by="a", order_by="id")),
    "delete by value": lambda rows: rows.filter(a="Ada").delete(),
}
DATES: dict[str, Callable[[Rows], Any]] = {
    "dates": lambda rows: rows.dates("day", "year"),
    "datetimes": lambda rows: rows.datetimes("day", "year"),
    "TruncYear": lambda rows: rows.annotate(x=TruncYear("day")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_query_that_works_with_what_is_sealed_is_refused(sheets: Rows, name: str) -> None:
    """As it is built or compiled, before the database is asked; the error says what to do and shows no value."""
    with pytest.raises(EncryptedFieldError) as caught:
        list(REFUSED[name](sheets))
    assert caught.value.hint
    assert "Ada" not in str(caught.value)


@pytest.mark.parametrize("name", DATES)
def test_the_parts_of_an_encrypted_date_are_refused_by_django_itself(sheets: Rows, name: str) -> None:
    """It takes no column of bytes for one of dates."""
    with pytest.raises((TypeError, ValueError, FieldError)):
        list(DATES[name](sheets))


def test_an_event_loop_reads_as_everything_else(sheets: Rows) -> None:
    """Values under the column's key need no query to be opened."""

    async def read() -> list[Any]:
        try:
            values = [each async for each in sheets.values_list("a", flat=True)]
            return [(await sheets.aget()).a, [each.a async for each in sheets], values, await sheets.acount()]
        finally:
            await leave(sheets.db)

    assert asyncio.run(read()) == ["Ada", ["Ada"], ["Ada"], 1]


def test_deferred_values_are_loaded_as_the_query_says(sheets: Rows) -> None:
    """One by one, or from Django 6.1 on for all objects of a result at once; they stay sealed until they are read."""
    lines = _lines(sheets).defer("text").order_by("id")
    modes = {lines: 2}
    if hasattr(models, "FETCH_PEERS"):
        modes[lines.fetch_mode(models.FETCH_PEERS)] = 1
    for rows, expected in modes.items():
        found = list(rows)
        with CaptureQueriesContext(connections[sheets.db]) as queries:
            assert [line.text for line in found] == ["one", "two"]
        assert len(queries) == expected


def test_a_from_db_of_a_model_s_own_has_every_value(sheets: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though still sealed."""

    def from_db(cls: Any, db: str, names: Any, values: Any, **given: Any) -> Any:
        found = Model.from_db.__func__(cls, db, names, values, **given)  # type: ignore[attr-defined]
        found.was = dict(zip(names, values, strict=True))
        return found

    monkeypatch.setattr(Sheet, "from_db", classmethod(from_db))
    found = sheets.get()
    assert (found.was["plain"], repr(found.was["a"]), found.a, found.data) == ("p", "<sealed>", "Ada", {"k": [1]})


def test_loading_opens_nothing(sheets: Rows) -> None:
    """What nobody reads stays as it is stored."""
    found = sheets.select_related("appendix").get()
    assert all(isinstance(found.__dict__[name], Row) for name in ("a", "b", "number", "day", "data"))
    assert found.a == "Ada"
    assert isinstance(found.__dict__["data"], Row)


def test_every_refusal_is_an_error_of_both(sheets: Rows) -> None:
    """Whoever catches Django's or ours catches it."""
    with pytest.raises(EncryptedFieldError) as caught:
        sheets.filter(a="x")
    assert isinstance(caught.value, FieldError)
    assert isinstance(caught.value, ConsentGuardError)
