"""Ordinary lookups of a searched column: each finds what equality means there, by its digests, or is refused."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin, site
from django.db import IntegrityError, connections, transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from consentguard.crypto import installed
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.keyring import Keyring
from consentguard_django.fields import EncryptedFieldError
from tests.django.searched.kit import alias, migrated, ring  # noqa: F401 - fixtures
from tests.django.searched.models import Company, Customer, Letter, Regular, Supplier, Ticket

Rows = QuerySet[Customer]
BORN = dt.date(1815, 12, 10)


@pytest.fixture
def rows(alias: str) -> Rows:  # noqa: F811
    """Ada, Bob, and somebody of whom nothing is known."""
    company = Company.objects.using(alias).create(name="Analytical")
    Customer.objects.using(alias).create(
        name="ada",
        company=company,
        email="Ada@Example.com",
        phone="5555 1234",
        surname="Lovelace",
        born=BORN,
        owed=Decimal("1.50"),
    )
    Customer.objects.using(alias).create(name="bob", email="bob@example.org", phone="+502 5555-0000", surname="Bobson")
    Customer.objects.using(alias).create(name="nobody")
    return Customer.objects.using(alias).order_by("id")


def names(rows: Any) -> list[str]:
    """Who was found."""
    return [each.name for each in rows]


FOUND: dict[str, tuple[Callable[[Rows], Any], list[str]]] = {
    "exact": (lambda rows: rows.filter(email="ada@example.com"), ["ada"]),
    "exact, written so": (lambda rows: rows.filter(email__exact=" ADA@EXAMPLE.COM"), ["ada"]),
    "iexact": (lambda rows: rows.filter(email__iexact="aDA@example.com"), ["ada"]),
    "nobody has it": (lambda rows: rows.filter(email="eve@example.com"), []),
    "in": (lambda rows: rows.filter(email__in=["bob@example.org", "ada@example.com", None]), ["ada", "bob"]),
    "in a generator": (lambda rows: rows.filter(email__in=(each for each in ["bob@example.org"])), ["bob"]),
    "in nothing": (lambda rows: rows.filter(email__in=[]), []),
    "in NULL alone": (lambda rows: rows.filter(email__in=[None]), []),
    "NULL": (lambda rows: rows.filter(email=None), ["nobody"]),
    "iexact NULL": (lambda rows: rows.filter(email__iexact=None), ["nobody"]),
    "isnull": (lambda rows: rows.filter(email__isnull=False), ["ada", "bob"]),
    "exclude": (lambda rows: rows.exclude(email="ada@example.com"), ["bob", "nobody"]),
    "exclude several": (lambda rows: rows.exclude(email__in=["ada@example.com", "bob@example.org"]), ["nobody"]),
    "exclude nothing": (lambda rows: rows.exclude(email__in=[]), ["ada", "bob", "nobody"]),
    "not": (lambda rows: rows.filter(~Q(phone="55551234")), ["bob", "nobody"]),
    "or": (lambda rows: rows.filter(Q(email="ada@example.com") | Q(phone="55550000")), ["ada", "bob"]),
    "and": (lambda rows: rows.filter(email="ada@example.com", phone="55550000"), []),
    "empty text": (lambda rows: rows.filter(phone=""), ["nobody"]),
    "telephone": (lambda rows: rows.filter(phone="(502) 55551234"), ["ada"]),
    "date": (lambda rows: rows.filter(born=BORN), ["ada"]),
    "date as text": (lambda rows: rows.filter(born="1815-12-10"), ["ada"]),
    "number": (lambda rows: rows.filter(owed=Decimal("1.5")), ["ada"]),
    "number as text": (lambda rows: rows.filter(owed="1.500"), ["ada"]),
    "annotation": (lambda rows: rows.annotate(known=F("email")).filter(known="ada@example.com"), ["ada"]),
    "condition": (lambda rows: rows.annotate(is_ada=Q(email="ada@example.com")).filter(is_ada=True), ["ada"]),
    "exists": (
        lambda rows: rows.filter(Exists(rows.filter(pk=OuterRef("pk"), email="ada@example.com"))),
        ["ada"],
    ),
    "subquery": (lambda rows: rows.filter(pk__in=rows.filter(email="ada@example.com").values("pk")), ["ada"]),
    "union": (
        lambda rows: (
            rows.order_by()
            .filter(email="ada@example.com")
            .union(rows.order_by().filter(email="bob@example.org"))
            .order_by("id")
        ),
        ["ada", "bob"],
    ),
    "slice": (lambda rows: rows.filter(phone__in=["55551234", "55550000"])[1:], ["bob"]),
    "iterator": (lambda rows: rows.filter(email="ada@example.com").iterator(), ["ada"]),
    "a proxy": (lambda rows: Regular.objects.using(rows.db).filter(email="ada@example.com"), ["ada"]),
}


@pytest.mark.parametrize("case", FOUND)
def test_equal_values_are_found(rows: Rows, case: str) -> None:
    """By what the index takes for equal; rows of NULL are where they would be if the column were in plain."""
    ask, expected = FOUND[case]
    assert names(ask(rows)) == expected


def test_rows_are_found_counted_changed_and_deleted_through_relations(rows: Rows) -> None:
    """The digests tell any two values apart, so that the database may decide by them."""
    companies = Company.objects.using(rows.db)
    assert companies.get(customers__email="ada@example.com").name == "Analytical"
    assert companies.exclude(customers__email="ada@example.com").count() == 0
    assert companies.annotate(n=Count("customers", filter=Q(customers__email="ada@example.com"))).get().n == 1
    assert rows.filter(company__customers__email__in=["ada@example.com"]).count() == 1
    by = Case(When(email="ada@example.com", then=Value("a")), default=Value("b"))
    counted = rows.order_by().annotate(group=by).values("group").annotate(n=Count("pk"))
    assert {each["group"]: each["n"] for each in counted} == {"a": 1, "b": 2}
    assert rows.filter(email="ada@example.com").update(name="Ada") == 1
    assert rows.filter(email="bob@example.org").delete()[0] == 1
    assert names(rows.all()) == ["Ada", "nobody"]


REFUSED: dict[str, Callable[[Rows], Any]] = {
    "contains": lambda rows: rows.filter(email__contains="ada"),
    "icontains": lambda rows: rows.filter(email__icontains="ada"),
    "startswith": lambda rows: rows.filter(surname__startswith="Love"),
    "less": lambda rows: rows.filter(owed__lt=2),
    "range": lambda rows: rows.filter(born__range=(BORN, BORN)),
    "year": lambda rows: rows.filter(born__year=1815),
    "regex": lambda rows: rows.filter(email__regex="a"),
    "an index that is not exact": lambda rows: rows.filter(surname="Lovelace"),
    "several, not exact": lambda rows: rows.filter(surname__in=["Lovelace"]),
    "iexact of what tells case apart": lambda rows: rows.filter(born__iexact="1815-12-10"),
    "another column": lambda rows: rows.filter(email=F("surname")),
    "a plain column": lambda rows: rows.filter(email=F("name")),
    "a plain column, folded": lambda rows: rows.filter(email__iexact=F("name")),
    "one of a plain column": lambda rows: rows.filter(email__in=[F("name")]),
    "the outer column": lambda rows: rows.filter(Exists(rows.filter(email=OuterRef("email")))),
    "a subquery": lambda rows: rows.filter(email=Subquery(rows.values("name")[:1])),
    "in a subquery": lambda rows: rows.filter(email__in=rows.values("name")),
    "what a plain column holds": lambda rows: rows.filter(name=F("email")).first(),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_database_cannot_answer_is_refused(rows: Rows, case: str) -> None:
    """As the query is built, and with what to do instead."""
    with pytest.raises(EncryptedFieldError, match="encrypted") as caught:
        REFUSED[case](rows)
    assert caught.value.hint


def test_a_value_without_a_text_is_refused_and_not_shown(rows: Rows) -> None:
    """Neither in the error nor in the frames that it keeps."""
    with pytest.raises(SearchError) as caught:
        list(rows.filter(email="half of \ud800"))
    frames, trace = [], caught.value.__traceback__
    while trace is not None:
        if "consentguard" in trace.tb_frame.f_code.co_filename:
            frames.append(repr(trace.tb_frame.f_locals))
        trace = trace.tb_next
    assert "half of" not in str(caught.value) + "".join(frames)


def test_a_query_shows_digests_alone(rows: Rows) -> None:
    """In its text, its repr, what the database logs, and in a pickle."""
    query = rows.filter(Q(email="ada@example.com") | Q(email__in=["eve@example.com"]))
    with CaptureQueriesContext(connections[rows.db]) as captured:
        assert names(query) == ["ada"]
    (sent,) = captured.captured_queries
    shown = f"{query.query} {query.query.where!r} {sent['sql']} {pickle.dumps(query)!r} {pickle.dumps(query.query)!r}"
    assert "email_exact_email_a" in shown
    assert "@example" not in shown.lower()


def test_a_pickled_query_finds_by_the_keyring_of_whoever_runs_it(rows: Rows, ring: Keyring) -> None:  # noqa: F811
    """A digest that was pickled would find nothing once the indexes have moved."""
    dumped = pickle.dumps(rows.filter(email__in=["ada@example.com"], owed="1.5").query)
    moved = ring.with_new_key()
    installed.install(moved.with_slots(moved.slots.begun(2).switched()))
    for row in rows:
        row.email, row.owed = row.email, row.owed  # read, and so sealed with the digests of now
        row.save()
    asked: Rows = rows.all()
    asked.query = pickle.loads(dumped)  # noqa: S301 - dumped above
    with CaptureQueriesContext(connections[rows.db]) as captured:
        assert names(asked) == ["ada"]
    assert "email_exact_email_b" in captured.captured_queries[0]["sql"]


def test_no_two_rows_have_one_unique_value(rows: Rows) -> None:
    """However it is written, and by whatever statement."""
    with pytest.raises(IntegrityError), transaction.atomic(rows.db):
        rows.create(email="ADA@example.com")
    with pytest.raises(IntegrityError), transaction.atomic(rows.db):
        rows.filter(name="bob").update(email="ada@example.com")
    with pytest.raises(IntegrityError), transaction.atomic(rows.db):
        rows.bulk_create([Customer(email="new@example.com"), Customer(email="New@example.com")])
    rows.bulk_create([Customer(email="ADA@example.com", name="ignored")], ignore_conflicts=True)
    assert rows.create(email=None).email is None, "NULL equals nothing"
    assert names(rows.filter(email__isnull=False)) == ["ada", "bob"]


def test_a_row_is_got_or_made(rows: Rows) -> None:
    """By the equality of the index."""
    found, made = rows.get_or_create(email="ADA@example.com", defaults={"name": "other"})
    assert (found.name, made) == ("ada", False)
    found, made = rows.get_or_create(email="eve@example.com", defaults={"name": "eve"})
    assert (found.name, made) == ("eve", True)
    found, made = rows.update_or_create(email="Eve@example.com", defaults={"name": "Eve"})
    assert (rows.get(email="eve@example.com").name, made) == ("Eve", False)
    assert rows.in_bulk(["eve@example.com"], field_name="email") == {"eve@example.com": found}


def test_a_child_is_found_by_its_parent_s_column_and_its_own(rows: Rows) -> None:
    """Each in the table in which it stands."""
    suppliers = Supplier.objects.using(rows.db)
    suppliers.create(name="s", email="s@example.com", code="Ab-1")
    assert suppliers.get(email="S@example.com", code="ab-1").name == "s"
    assert names(suppliers.exclude(email="s@example.com")) == []
    assert rows.get(supplier__code="AB-1").name == "s"


FOUND_BY = {"sqlite": "USING INDEX", "postgres": "Index Cond", "mariadb": "const"}


def test_a_value_is_found_by_an_index_of_the_database(rows: Rows) -> None:
    """No table is read from end to end for it, however large."""
    asked = rows.order_by().filter(email="ada@example.com")
    with connections[rows.db].cursor() as cursor:
        if rows.db == "postgres":  # which reads a table of three rows as it is
            cursor.execute("SET enable_seqscan = off")
        plan = asked.explain()
        if rows.db == "postgres":
            cursor.execute("RESET enable_seqscan")
    assert "email_exact_email_a" in plan
    assert FOUND_BY[rows.db] in plan


@pytest.mark.parametrize(
    ("term", "expected"),
    [("ADA@example.com", ["ada"]), ("+50255550000", ["bob"]), ('"5555 1234"', ["ada"]), ("bob", ["bob"]), ("o", [])],
)
def test_the_admin_searches_whole_values(rows: Rows, term: str, expected: list[str]) -> None:
    """By the fields that are named with "=", beside plain ones; a value with blanks stands in quotation marks."""
    kind = type("CustomerAdmin", (ModelAdmin,), {"search_fields": ["=email", "=phone", "=name"]})
    found, _ = kind(Customer, site).get_search_results(RequestFactory().get("/"), rows, term)
    assert names(found) == expected


def test_bound_values_are_found(alias: str, ring: Keyring) -> None:  # noqa: F811
    """A digest is made under the column's key, whatever the value is bound to."""
    ticket = Ticket(note="seen")
    ticket.save(using=alias)
    assert Ticket.objects.using(alias).get(note="seen").note == "seen"
    assert Ticket.objects.using(alias).get(day=ticket.day) == ticket
    Letter.objects.using(alias).bulk_create([Letter(user=1, text="Hello"), Letter(user=2, text="hello")])
    assert [each.user for each in Letter.objects.using(alias).filter(text="HELLO").order_by("user")] == [1, 2]
