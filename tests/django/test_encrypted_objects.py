"""Objects with encrypted values: what they hold, what leaves them, and how they are written to a fixture and back."""

from __future__ import annotations

import copy
import datetime as dt
import io
import json
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connections
from django.db.models import QuerySet, Value
from django.forms import modelform_factory
from django.forms.models import model_to_dict

import consentguard
import consentguard_django
from consentguard.crypto.errors import DecryptionError
from consentguard_django.fields import EncryptedFieldError
from tests.django.sealed.kit import alias, ring, stored, tables  # noqa: F401 - fixtures
from tests.django.sealed.models import Letter, Owner, Sheet, Ticket

VALUES: dict[str, Any] = {"a": "Lovelace", "b": None, "number": 1815, "day": dt.date(1815, 12, 10), "data": ["Byron"]}
SECRETS = ("Lovelace", "1815", "Byron")


@pytest.fixture
def sheets(alias: str) -> QuerySet[Sheet]:  # noqa: F811 - a fixture
    """One row."""
    Sheet(plain="p", shown="s", **VALUES).save(using=alias)
    return Sheet.objects.using(alias)


def _states(sheets: QuerySet[Sheet]) -> dict[str, Sheet]:
    """The same row as it was loaded, read and assigned."""
    read, assigned = sheets.get(), sheets.get()
    assert {name: getattr(read, name) for name in VALUES} == VALUES
    for name, value in VALUES.items():
        setattr(assigned, name, value)
    return {"loaded": sheets.get(), "read": read, "assigned": assigned}


@pytest.mark.parametrize("state", ["loaded", "read", "assigned"])
def test_what_is_pickled_is_sealed(sheets: QuerySet[Sheet], state: str) -> None:
    """An object in a cache, a session or a queue is worth as much as a row of the table."""
    row = _states(sheets)[state]
    pickled = pickle.dumps(row)
    assert not [secret for secret in SECRETS if secret.encode() in pickled]
    again = pickle.loads(pickled)  # noqa: S301 - dumped a line above
    assert {name: getattr(again, name) for name in VALUES} == VALUES
    assert again == row


@pytest.mark.parametrize("state", ["loaded", "read", "assigned"])
def test_nothing_that_prints_an_object_shows_a_value(sheets: QuerySet[Sheet], state: str) -> None:
    """Not even what prints all that an object holds, as error pages do."""
    from rich.pretty import pretty_repr

    row = _states(sheets)[state]
    shown = repr(vars(row)) + str(vars(row)) + pretty_repr(vars(row))
    assert not [secret for secret in SECRETS if secret in shown]


@pytest.mark.parametrize("state", ["loaded", "read", "assigned"])
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copies_hold_what_the_object_does(sheets: QuerySet[Sheet], state: str, how: Any) -> None:
    """And a deep one nothing that changes with it."""
    row = _states(sheets)[state]
    again = how(row)
    assert {name: getattr(again, name) for name in VALUES} == VALUES
    if how is copy.deepcopy:
        again.data.append("Byron")
        assert row.data == ["Byron"]


def test_an_object_can_be_made_of_what_another_holds(sheets: QuerySet[Sheet]) -> None:
    """With a change: what was loaded takes no other value's place."""
    held = {name: value for name, value in vars(sheets.get()).items() if name not in ("_state", "id", "shown")}
    for given in ({"b": "new", **held, "a": "new"}, {**held, "a": "new"}, {"a": "new", **held} | {"a": "new"}):
        made = Sheet(**given)
        made.save(using=sheets.db)
        assert (sheets.get(pk=made.pk).a, sheets.get(pk=made.pk).data) == ("new", ["Byron"])


def test_a_cached_result_is_sealed(sheets: QuerySet[Sheet]) -> None:
    """With all its rows."""
    pickled = pickle.dumps(sheets.all())
    assert b"Lovelace" not in pickled
    assert [row.a for row in pickle.loads(pickled)] == ["Lovelace"]  # noqa: S301 - dumped above


def test_an_expression_is_not_pickled(sheets: QuerySet[Sheet]) -> None:
    """It may hold a value, and nobody has sealed it yet."""
    with pytest.raises(EncryptedFieldError):
        pickle.dumps(Sheet(a=Value("Lovelace")))


def test_forms_and_dicts_have_the_values(sheets: QuerySet[Sheet]) -> None:
    """As with the fields inside."""
    row = sheets.get()
    assert {name: value for name, value in model_to_dict(row).items() if name in VALUES} == VALUES
    assert row.serializable_value("number") == 1815
    form = modelform_factory(Sheet, fields=["a", "number", "day"])(
        {"a": "new", "number": "7", "day": "2026-01-02"}, instance=row
    )
    assert form.initial["day"] == VALUES["day"]
    assert form.is_valid()
    form.instance.save(using=sheets.db)
    found = sheets.get()
    assert (found.a, found.number, found.day) == ("new", 7, dt.date(2026, 1, 2))


def test_validation_leaves_what_it_read_as_it_was(sheets: QuerySet[Sheet]) -> None:
    """`full_clean` sets what it has read, which is no change."""
    before = stored(sheets.db, "sealed_sheet", "a")
    row = sheets.get()
    row.clean_fields()
    row.save()
    assert stored(sheets.db, "sealed_sheet", "a") == before
    row.a = "x" * 21
    with pytest.raises(ValidationError, match="at most 20"):
        row.clean_fields()


def test_objects_are_equal_by_their_keys(sheets: QuerySet[Sheet]) -> None:
    """Whatever was read of them."""
    states = _states(sheets)
    assert states["loaded"] == states["read"] == states["assigned"]
    assert len(set(states.values())) == 1


@pytest.mark.parametrize("form", ["json", "jsonl", "xml", "python"])
def test_a_fixture_holds_sealed_texts_and_gives_the_very_bytes_back(sheets: QuerySet[Sheet], form: str) -> None:
    """Of every type, also of those that Django would write as they are."""
    before = {name: stored(sheets.db, "sealed_sheet", name) for name in VALUES}
    dumped = serializers.serialize(form, sheets)
    assert str(dumped).count("sealed:") == 4
    assert not [secret for secret in SECRETS if secret in str(dumped)]
    sheets.delete()
    for each in serializers.deserialize(form, dumped):
        each.save(using=sheets.db)
        assert each.object.data == ["Byron"]
    assert {name: stored(sheets.db, "sealed_sheet", name) for name in VALUES} == before


def test_loaddata_takes_what_dumpdata_gave(sheets: QuerySet[Sheet], tmp_path: Path) -> None:
    """By the commands themselves."""
    before, out = stored(sheets.db, "sealed_sheet", "a"), tmp_path / "sheets.json"
    call_command("dumpdata", "sealed.Sheet", database=sheets.db, output=str(out))
    sheets.delete()
    call_command("loaddata", str(out), database=sheets.db, verbosity=0)
    assert stored(sheets.db, "sealed_sheet", "a") == before


def test_a_fixture_that_somebody_wrote_is_sealed_as_it_is_loaded(sheets: QuerySet[Sheet]) -> None:
    """It holds plaintext, and the table does not."""
    written = [{"model": "sealed.sheet", "pk": 7, "fields": {"plain": "q", "a": "Lovelace", "number": 7}}]
    for each in serializers.deserialize("json", json.dumps(written)):
        each.save(using=sheets.db)
    assert b"Lovelace" not in (stored(sheets.db, "sealed_sheet", "a", 7) or b"")
    assert sheets.values_list("a", "number", "b").get(pk=7) == ("Lovelace", 7, None)


def test_a_fixture_whose_text_is_no_sealed_value_is_refused(sheets: QuerySet[Sheet]) -> None:
    """Rather than loaded as what nobody can open."""
    written = [{"model": "sealed.sheet", "pk": 7, "fields": {"a": "sealed:§"}}]
    (each,) = serializers.deserialize("json", json.dumps(written))
    with pytest.raises(EncryptedFieldError, match="fixture"):
        each.save(using=sheets.db)


def test_a_text_that_looks_sealed_is_nothing_but_a_text(sheets: QuerySet[Sheet]) -> None:
    """Whoever may type one would otherwise have another's value opened for them."""
    (dumped,) = serializers.serialize("python", sheets)
    copied = dumped["fields"]["a"]
    field = Sheet._meta.get_field("a")
    inner = field.inner.__class__(max_length=500)
    assert field.to_python(copied) == copied
    assert inner.to_python(copied) == copied
    assert modelform_factory(Sheet, fields=["plain"])({"plain": copied}).is_valid()
    for row in (Sheet(a=field.to_python(copied)), Sheet(b=copied)):
        row.save(using=sheets.db)
        assert copied in (sheets.get(pk=row.pk).a, sheets.get(pk=row.pk).b)
    sheets.filter(a__isnull=False).update(a=copied)
    assert set(sheets.values_list("a", flat=True)) == {copied}
    with pytest.raises(ValidationError):
        Sheet._meta.get_field("number").clean(copied, None)


def test_an_error_keeps_no_value_in_its_traceback(sheets: QuerySet[Sheet]) -> None:
    """The variables of our own functions go to error pages and logs."""
    sheets.update(a="Lovelace")
    with connections[sheets.db].cursor() as cursor:
        cursor.execute("UPDATE sealed_sheet SET b = a")
    row = sheets.get()
    assert row.a == "Lovelace"
    for act in (lambda: row.b, row.full_clean, lambda: sheets.values_list("a", "b").get(), lambda: _set(row)):
        with pytest.raises((DecryptionError, EncryptedFieldError)) as caught:
            act()
        assert "Lovelace" not in "".join(traceback.format_exception(caught.value))
        assert _ours(caught.value)
        assert not [frame for frame in _ours(caught.value) if "Lovelace" in repr(frame)]


def _set(row: Sheet) -> None:
    row.number = "Lovelace"
    row.save()


def _ours(error: BaseException) -> list[dict[str, Any]]:
    """The variables of our functions that a traceback holds."""
    folders = [str(Path(str(package.__file__)).parent) for package in (consentguard, consentguard_django)]
    found = []
    while error:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if any(frame.f_code.co_filename.startswith(folder) for folder in folders):
                found.append(dict(frame.f_locals))
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return found


def test_a_value_of_another_type_is_not_shown_by_its_error() -> None:
    """Neither one that cannot be sealed, nor one that was sealed as another type."""
    for name, value in (("number", "Lovelace"), ("day", "Lovelace"), ("data", {"Lovelace"}), ("a", "\ud800Lovelace")):
        field = Sheet._meta.get_field(name)
        with pytest.raises(EncryptedFieldError) as caught:
            field.form.dump(value)
        assert "Lovelace" not in repr(caught.value) + repr(_ours(caught.value))
    for name in ("number", "day", "data"):
        with pytest.raises(EncryptedFieldError, match="cannot hold") as caught:
            Sheet._meta.get_field(name).form.load(b"\xffLovelace")
        assert "Lovelace" not in repr(caught.value) + repr(_ours(caught.value))


def test_bound_values_are_pickled_and_dumped_sealed(alias: str) -> None:  # noqa: F811 - a fixture
    """With what they are bound to, whether or not they were saved."""
    owner = Owner(name="o")
    owner.save(using=alias)
    for row in (Ticket(note="Lovelace"), Letter(text="Lovelace", owner=owner, mark=["Lovelace"])):
        unsaved = pickle.dumps(row)
        row.save(using=alias)
        kind = type(row)
        saved, dumped = pickle.dumps(kind.objects.using(alias).get()), serializers.serialize("json", [row])
        assert b"Lovelace" not in unsaved + saved + dumped.encode()
        kind.objects.using(alias).all().delete()
        (each,) = serializers.deserialize("json", dumped)
        each.save(using=alias)
        attname = "note" if kind is Ticket else "text"
        loaded = [pickle.loads(unsaved), pickle.loads(saved), kind.objects.using(alias).get()]  # noqa: S301 - ours
        assert [getattr(found, attname) for found in loaded] == ["Lovelace"] * 3


def test_dumpdata_to_a_stream(sheets: QuerySet[Sheet]) -> None:
    """With the base manager as well."""
    out = io.StringIO()
    call_command("dumpdata", "sealed.Sheet", "--all", database=sheets.db, stdout=out)
    assert "sealed:" in out.getvalue()
    assert "Lovelace" not in out.getvalue()
