"""The admin over sealed values: masks wherever they stand, and forms that leave them as they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import localtime
from lxml import html

from consentguard.masking import MASK
from tests.django.masked import office
from tests.django.masked.models import Patient, Remark
from tests.django.masked.office import SEALED, SECRETS, editor, page, patient, sent, stored, viewer
from tests.django.masked.office import clinic as clinic

pytestmark = [pytest.mark.urls("tests.django.masked.office"), pytest.mark.usefixtures("clinic")]


def holds(answer: HttpResponse) -> list[str]:
    """What of a patient an answer gives away."""
    assert answer.status_code == 200
    text = html.document_fromstring(answer.content.decode()).text_content() + answer.content.decode()
    return [each for each in SECRETS if each in text]


@pytest.mark.parametrize("who", [editor, viewer])
def test_no_page_shows_a_value(who: Any) -> None:
    """Lists, an object's page with its inlines, its history, deletion and popups, to whoever may view or edit."""
    row, client = patient(), who()
    remark = Remark.objects.get()
    asked = [page("patient"), page("remark"), page("patient", row), page("remark", remark)]
    asked += [page("patient", row, "history"), f"{page('patient', row)}?_popup=1", f"{page('patient')}?q=North"]
    if who is editor:
        asked += [page("patient", row, "delete"), page("patient", name="add")]
    for address in asked:
        assert (address, holds(client.get(address))) == (address, [])
    assert MASK in client.get(page("patient")).content.decode()


def test_actions_and_choices_show_no_value() -> None:
    """The question before many are deleted, and what is offered for a relation."""
    row, client = patient(), editor()
    chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
    assert holds(client.post(page("patient"), chosen)) == []
    offered = client.get("/office/autocomplete/?app_label=masked&model_name=remark&field_name=patient&term=N")
    assert offered.json()["results"] == [{"id": str(row.pk), "text": f"Patient {row.pk}"}]


def test_a_mask_costs_no_decryption() -> None:
    """Values that do not open at all are masked like any other; one that is NULL is seen to be."""
    row, client = patient(email=None), editor()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE masked_patient SET phone = 'torn', born_on = 'torn'")
    for address in (page("patient"), page("patient", row)):
        assert MASK in client.get(address).content.decode()
    cells = html.document_fromstring(client.get(page("patient")).content.decode()).xpath("//tbody/tr/td/text()")
    assert "-" in cells


def test_a_mask_says_nothing_of_what_it_hides() -> None:
    """Short and long, of each type, and also for a screen reader."""
    first, second = patient(phone="1", email="x" * 9 + "@example.org"), patient(phone="2" * 30, smokes=True, blood="0")
    client = editor()
    pages = [client.get(page("patient", each)).content.decode() for each in (first, second)]
    fields = [html.document_fromstring(each).xpath("//div[@class='consentguard-sealed']") for each in pages]
    shown = [[html.tostring(field) for field in each] for each in fields]
    assert len(shown[0]) == len(SEALED) - 1 + 1  # without the one that is NULL, with that of the inline
    assert shown[0] == shown[1]


def test_a_form_that_is_saved_leaves_what_it_masks() -> None:
    """Sent as a browser sends it: the very bytes stay, in the row and in its inlines, and nothing becomes NULL."""
    row, client = patient(), editor()
    remark = Remark.objects.get()
    before = stored(row), stored(remark)
    fields = sent(client.get(page("patient", row)))
    assert client.post(page("patient", row), {**fields, "ward": "South"}).status_code == 302
    assert Patient.objects.get().ward == "South"
    assert (stored(row), stored(remark)) == before
    assert LogEntry.objects.get().get_change_message() == "Changed Ward."


def test_a_value_is_replaced_by_whoever_cannot_see_it() -> None:
    """Where the box is ticked; the others stay, and the log names the field and no value."""
    row, client = patient(), editor()
    before, fields = stored(row), sent(client.get(page("patient", row)))
    told = {"phone": "+1 202 555 0100", "phone-replace": "on", "email": "", "email-replace": "on"}
    told |= {"smokes": "on", "smokes-replace": "on", "operated_at_0": "2026-01-02", "operated_at_1": "03:04:05"}
    told |= {"remark_set-0-text": "new", "remark_set-0-text-replace": "on"}
    assert client.post(page("patient", row), {**fields, **told}).status_code == 302
    found = Patient.objects.get()
    assert (found.phone, found.email, found.smokes) == ("+1 202 555 0100", None, True)
    assert f"{localtime(found.operated_at):%Y-%m-%d %H:%M:%S}" == "2026-01-02 03:04:05"
    assert Remark.objects.get().text == "new"
    same = [name for name, value in stored(row).items() if value == before[name]]
    assert same == ["born_on", "weight", "blood", "findings", "insurer"]
    logged = LogEntry.objects.get()
    assert "Phone number, Email, Operated at and Smokes" in logged.get_change_message()
    assert "0100" not in logged.change_message


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"phone": "+1 202 555 0100"}, "Tick the box"),
        ({"blood": "ab"}, "Tick the box"),
        ({"phone": "", "phone-replace": "on"}, "This field is required"),
        ({"email": "nobody", "email-replace": "on"}, "valid email address"),
        ({"remark_set-0-text": "new"}, "Tick the box"),
    ],
)
def test_what_is_typed_is_never_passed_over(told: dict[str, str], words: str) -> None:
    """Without the tick nothing is saved, and what was typed stands there still; nor is a value that is none."""
    row, client = patient(), editor()
    before, fields = stored(row), sent(client.get(page("patient", row)))
    answer = client.post(page("patient", row), {**fields, **told})
    assert words in answer.content.decode()
    assert (holds(answer), stored(row)) == ([], before)
    assert {name: value for name, value in sent(answer).items() if name in told} == told


def test_an_object_is_added_as_ever() -> None:
    """What is not there yet is not masked, and inlines are added on a page that masks the others."""
    client, member = editor(), patient().member
    fields = sent(client.get(page("patient", name="add")))
    told = {"member": member.pk, "ward": "East", "phone": "+1 202 555 0100", "remark_set-0-text": "first"}
    assert client.post(page("patient", name="add"), {**fields, **told}).status_code == 302
    row = Patient.objects.get(ward="East")
    fields = sent(client.get(page("patient", row)))
    client.post(page("patient", row), {**fields, "remark_set-1-text": "second"})
    assert [each.text for each in row.remark_set.order_by("pk")] == ["first", "second"]
    assert row.phone == "+1 202 555 0100"


def test_the_last_characters_are_shown_where_the_site_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a value that is twice as long, and of none that does not open."""
    monkeypatch.setattr(office.PatientAdmin, "shown_last", {"phone": 4})
    row, client = patient(), editor()
    for address in (page("patient"), page("patient", row)):
        text = client.get(address).content.decode()
        assert f"{MASK[:4]}0188" in text
        assert "55 0188" not in text
    Patient.objects.update(phone="1234567")
    assert "567" not in client.get(page("patient")).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE masked_patient SET phone = 'torn'")
    assert MASK in client.get(page("patient")).content.decode()


def test_what_a_host_writes_over_django_s_methods_is_masked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mask is put on last; a masked column leads to its object, and sorts nothing."""
    names = ["phone", "email", "findings", "blood"]
    host = {
        "get_list_display": lambda *_: ("phone", "email", "ward"),
        "get_list_display_links": lambda *_: ["phone"],
        "get_readonly_fields": lambda *_: names,
        "get_fieldsets": lambda *_: [(None, {"fields": ["ward", tuple(names[:2]), *names[2:]]})],
    }
    for name, method in host.items():
        monkeypatch.setattr(office.PatientAdmin, name, method, raising=False)
    row, client = patient(), editor()
    listed = client.get(page("patient"))
    assert holds(listed) == holds(client.get(page("patient", row))) == []
    assert html.document_fromstring(listed.content.decode()).xpath("//th[@class='field-phone']/a/@href") == [
        page("patient", row)
    ]
    assert client.get(f"{page('patient')}?o=1.2").status_code == 200


def test_a_form_that_would_not_mask_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host's form in place of the one that masks."""
    from django.forms import modelform_factory

    plain = modelform_factory(Patient, fields=["ward", "phone"])
    monkeypatch.setattr(office.PatientAdmin, "get_form", lambda *_, **__: plain, raising=False)
    client: Client = editor()
    with pytest.raises(ImproperlyConfigured, match="does not mask"):
        client.get(page("patient", patient()))


def test_a_list_that_is_edited_writes_no_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a check refuses it."""
    monkeypatch.setattr(office.PatientAdmin, "list_editable", ("phone", "ward"))
    monkeypatch.setattr(office.PatientAdmin, "list_display", ("member", "phone", "ward"))
    row, client = patient(), editor()
    before, listed = stored(row), client.get(page("patient"))
    assert holds(listed) == []
    client.post(page("patient"), {**sent(listed, "changelist-form"), "form-0-ward": "South", "_save": "Save"})
    assert (Patient.objects.get().ward, stored(row)) == ("South", before)
