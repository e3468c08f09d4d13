"""`search`: objects by a part of a value, of which none is handed out that was found by chance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from consentguard.crypto import installed
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.keyring import Keyring
from consentguard.errors import ConsentGuardError
from consentguard.records import SubjectRef
from consentguard_django.fields import EncryptedFieldError
from consentguard_django.fields.search import Matches, Searchable, search
from tests.django.searched.kit import alias, migrated, ring  # noqa: F401 - fixtures
from tests.django.searched.models import Company, Customer, Letter, Supplier, Ticket

Rows = QuerySet[Customer]
BORN = dt.date(1815, 12, 10)
MANY = 60
"""Rows enough that those of indexes of 4 to 8 bits share digests."""


@pytest.fixture
def rows(alias: str) -> Rows:  # noqa: F811
    """Lovelace and Lovell, and sixty others."""
    company = Company.objects.using(alias).create(name="Analytical")
    people = [
        Customer(
            name=f"p{n}",
            email=f"p{n}@mail{n}.example",
            phone=f"+502 5555 {n:04}",
            surname=f"{chr(97 + n % 26)}{chr(97 + n // 26)}mson",
            born=BORN,
        )
        for n in range(MANY)
    ]
    found = [
        Customer(
            name="ada", email="Ada@Example.com", phone="5555-9999", surname="Lovelace", born=BORN, company=company
        ),
        Customer(name="bob", email="bob@example.com", phone="+1 650 253 9999", surname="LOVELL"),
    ]
    Customer.objects.using(alias).bulk_create([*people, *found])
    return Customer.objects.using(alias).order_by("id")


def names(found: Any) -> list[str]:
    """Who was found."""
    return [each.name for each in found]


FOUND: dict[str, tuple[dict[str, Any], list[str]]] = {
    "prefix": ({"surname__prefix": "lov"}, ["ada", "bob"]),
    "longer prefix": ({"surname__prefix": "Lovel"}, ["ada", "bob"]),
    "prefix of one": ({"surname__prefix": "lovela"}, ["ada"]),
    "prefix of none": ({"surname__prefix": "lovex"}, []),
    "last": ({"phone__last": "9999"}, ["ada", "bob"]),
    "longer last": ({"phone__last": "55559999"}, ["ada"]),
    "domain": ({"email__domain": "EXAMPLE.com"}, ["ada", "bob"]),
    "domain of an address": ({"email__domain": "eve@example.com"}, ["ada", "bob"]),
    "equal by a short digest": ({"surname": "LOVELACE"}, ["ada"]),
    "equal by a full one": ({"email": "ada@example.com"}, ["ada"]),
    "compound": ({"known_by__compound": {"surname": "lovelace", "born": BORN}}, ["ada"]),
    "compound of texts": ({"known_by__compound": {"born": "1815-12-10", "surname": "Lovelace"}}, ["ada"]),
    "compound of NULL": ({"known_by__compound": {"surname": "lovell", "born": None}}, []),
    "NULL": ({"surname__prefix": None}, []),
    "several": ({"surname__prefix": "lov", "phone__last": "9999", "email": "bob@example.com"}, ["bob"]),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_is_meant_is_found(rows: Rows, case: str) -> None:
    """By each kind of index, and by several at once."""
    questions, expected = FOUND[case]
    assert names(search(rows, **questions)) == expected


def test_a_short_index_finds_others_which_are_left_out(rows: Rows) -> None:
    """The database gives rows of equal digests, which is what their few bits are for."""
    found: Matches[Customer] = search(rows, surname="Lovelace")
    assert len(found._rows) > 1
    assert names(found) == ["ada"]


def test_a_search_keeps_what_its_queryset_says(rows: Rows) -> None:
    """Its conditions, its order, and what it loads besides."""
    assert names(search(rows.order_by("-name"), phone__last="9999")) == ["bob", "ada"]
    assert names(search(rows.exclude(name="ada"), phone__last="9999")) == ["bob"]
    assert names(search(rows.filter(email="ada@example.com"), phone__last="9999")) == ["ada"]
    with CaptureQueriesContext(connections[rows.db]) as captured:
        found = search(rows.select_related("company"), email="ada@example.com").first()
        assert found is not None
        assert found.company.name == "Analytical"
    assert len([each for each in captured if each["sql"].startswith(("SELECT", "DECLARE"))]) == 1


def test_a_search_begins_at_a_manager_or_is_a_method_of_one(rows: Rows) -> None:
    """No class of ours has to be there; a queryset class of ours has the method."""
    manager = Customer.objects.db_manager(rows.db)
    assert set(names(search(manager, phone__last="9999"))) == {"ada", "bob"}
    assert names(Searchable(Customer, using=rows.db).order_by("id").search(phone__last="9999")) == ["ada", "bob"]
    company = Company.objects.using(rows.db).get()
    assert names(search(company.customers, phone__last="9999")) == ["ada"]


def test_a_slice_takes_no_more_than_it_needs(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, each opened as it is taken."""
    rows.filter(name__startswith="p").update(phone="+502 5555 9999")
    opened: list[str] = []
    matches = type(Customer._meta.get_field("phone").indexes[1]).matches
    kind = type(Customer._meta.get_field("phone").indexes[1])
    monkeypatch.setattr(kind, "matches", lambda *given: opened.append("") or matches(*given))
    found = search(rows, phone__last="9999")
    assert names(found[:3]) == ["p0", "p1", "p2"]
    assert len(opened) == 3
    assert names(found[2:4][1:]) == ["p3"]
    assert names(found[:5][4:9]) == ["p4"]
    assert names(found[60:]) == ["ada", "bob"]
    assert found[61].name == "bob"
    with pytest.raises(IndexError):
        found[62]
    with pytest.raises(ValueError, match="counted from the first"):
        found[-1]
    with pytest.raises(ValueError, match="one after the other"):
        found[::2]
    assert bool(found)
    assert not search(rows, surname__prefix="lovex")
    assert search(rows, surname__prefix="lovex").first() is None


@pytest.mark.parametrize(
    "act",
    ["count", "exists", "update", "delete", "exclude", "aggregate", "values", "filter", "order_by", "union", "query"],
)
def test_what_the_database_would_do_with_the_others_too_is_refused(rows: Rows, act: str) -> None:
    """An index of eight bits under `delete()` would take twenty people along."""
    with pytest.raises(EncryptedFieldError, match=f"`{act}`") as caught:
        getattr(search(rows, phone__last="9999"), act)
    assert "primary keys" in str(caught.value.hint)


REFUSED: dict[str, Callable[[Rows], Any]] = {
    "too short": lambda rows: search(rows, surname__prefix="l"),
    "too few digits": lambda rows: search(rows, phone__last="999"),
    "no such index": lambda rows: search(rows, email__last="1234"),
    "no such kind": lambda rows: search(rows, email__contains="ada"),
    "a plain field": lambda rows: search(rows, name="ada"),
    "no field": lambda rows: search(rows, nothing="ada"),
    "another's field": lambda rows: search(rows, company__name="ada"),
    "a part of a compound": lambda rows: search(rows, known_by__compound={"surname": "lovelace"}),
    "no part of a compound": lambda rows: search(rows, known_by__compound="lovelace"),
    "values": lambda rows: search(rows.values("email"), phone__last="9999"),
    "nothing": lambda rows: search(rows),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_index_answers_is_refused(rows: Rows, case: str) -> None:
    """At once, with what to do instead, and not a word of what was looked for in the frames of the error."""
    with pytest.raises(ConsentGuardError) as caught:
        REFUSED[case](rows)
    assert isinstance(caught.value, (EncryptedFieldError, SearchError))
    assert caught.value.hint
    shown, trace = str(caught.value), caught.value.__traceback__
    while trace is not None:
        if "consentguard_django" in trace.tb_frame.f_code.co_filename:
            shown += repr(trace.tb_frame.f_locals)
        trace = trace.tb_next
    assert "ada" not in shown
    assert "lovelace" not in shown


def test_a_child_is_searched_by_its_parent_s_column(rows: Rows) -> None:
    """Which stands in another table."""
    Supplier.objects.using(rows.db).create(name="s", phone="5555 9999", code="c")
    assert names(search(Supplier.objects.using(rows.db), phone__last="9999", code="C")) == ["s"]


def test_bound_values_are_opened_by_their_own_keys(alias: str, ring: Keyring) -> None:  # noqa: F811
    """And what was erased is nothing that anybody finds."""
    tickets = Ticket.objects.using(alias)
    tickets.bulk_create([Ticket(note="seen"), Ticket(note="Seldom"), Ticket(note="open")])
    assert {each.note for each in search(tickets, note__prefix="se")} == {"seen", "Seldom"}
    letters = Letter.objects.using(alias)
    letters.bulk_create([Letter(user=1, text="Hello"), Letter(user=2, text="help"), Letter(user=1, text="bye")])
    assert {each.text for each in search(letters, text__prefix="HEL")} == {"Hello", "help"}
    installed.subject_keys().destroy([SubjectRef("user", "1")])
    assert {each.text for each in search(letters, text__prefix="hel")} == {"help"}


def test_an_object_is_saved_whose_values_were_erased(alias: str, ring: Keyring) -> None:  # noqa: F811
    """With those that are searched together: they stay as they are, and nobody finds them."""
    letters = Letter.objects.using(alias)
    letters.bulk_create([Letter(user=user, text="Hello", mark="x") for user in (1, 2)])
    asked = {"text": "HELLO", "mark": "x"}
    assert {each.user for each in search(letters, both__compound=asked)} == {1, 2}
    installed.subject_keys().destroy([SubjectRef("user", "1")])
    for letter in letters:
        letter.save()
    assert [each.user for each in search(letters, both__compound=asked)] == [2]
