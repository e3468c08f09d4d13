"""Who is shown sealed values in the admin: whoever may and says why, once, with an entry in the evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from lxml import html

from consentguard.crypto import installed
from consentguard.guard import Guard
from consentguard.masking import MASK
from consentguard.records import SubjectRef
from tests.django import settings
from tests.django.masked import office
from tests.django.masked.models import Patient, Remark
from tests.django.masked.office import SEALED, editor, page, patient, sent, staff, stored, viewer
from tests.django.masked.office import clinic as clinic

pytestmark = pytest.mark.urls("tests.django.masked.office")
UNMASK = "unmask_patient"
TICKET = {"reason": "support", "reference": "T-1234"}


def taken_down(guard: Guard) -> list[tuple[str, dict[str, Any]]]:
    """Of whom values were shown, and what is on record of it."""
    found = guard.stores.entries.unsealed(None, 100)
    return [(each.subject, json.loads(each.details)) for each in found if each.act == "value.unmasked"]


def looked(client: Client, row: Patient, *columns: str, **more: str) -> HttpResponse:
    """What comes of asking for columns."""
    answer: Any = client.post(page("patient", row, "unmask"), {"column": columns, **TICKET, **more})
    return answer


def text(answer: HttpResponse) -> str:
    """A page as it reads, with what stands in its fields."""
    assert answer.status_code == 200
    found = html.document_fromstring(answer.content.decode())
    return " ".join([found.text_content(), *found.xpath("//input/@value")])


@pytest.mark.parametrize("permissions", [(), ("change_patient",), ("view_patient",), ("view_patient", "unmask_remark")])
def test_who_may_not_is_not_asked(clinic: Guard, permissions: tuple[str, ...]) -> None:
    """Without the model's own permission there is no link, and no way round it."""
    row, client = patient(), staff(*permissions)
    if permissions:
        assert "unmask" not in client.get(page("patient", row)).content.decode()
    for answer in (client.get(page("patient", row, "unmask")), looked(client, row, "phone")):
        assert answer.status_code == 403
    assert taken_down(clinic) == []
    refusals = [json.loads(each.details) for each in clinic.stores.entries.unsealed(None, 100)]
    assert refusals == [{"role": "unmask", "tried": "unmask"}] * 2


def test_the_role_to_unmask_is_worth_the_permission(clinic: Guard) -> None:
    """On every model with sealed values that somebody may see."""
    row, client = patient(), staff("view_patient", "unmask_privacy")
    assert client.get(page("patient", row, "unmask")).status_code == 200
    assert looked(client, row, "phone").status_code == 200
    assert len(taken_down(clinic)) == 1


def test_who_may_not_view_may_not_unmask(clinic: Guard) -> None:
    """The one permission is worth nothing without the other."""
    row, client = patient(), staff(UNMASK)
    assert looked(client, row, "phone").status_code == 403
    assert taken_down(clinic) == []


def test_a_link_shows_nothing(clinic: Guard) -> None:
    """It leads to the question, in which its own column is chosen; a value is shown to a form alone."""
    row, client = patient(), viewer(UNMASK)
    links = html.document_fromstring(client.get(page("patient", row)).content.decode()).xpath(
        "//a[text()='Show…']/@href"
    )
    assert links == [f"{page('patient', row, 'unmask')}?column={name}" for name in SEALED if name != "operated_at"]
    asked = html.document_fromstring(client.get(links[1]).content.decode())
    assert asked.xpath("//input[@name='column'][@checked]/@value") == ["email"]
    assert "ada@example.org" not in asked.text_content()
    assert taken_down(clinic) == []


def test_values_are_shown_once_to_who_says_why(clinic: Guard) -> None:
    """Those that were asked for and no other, on a page that nobody keeps; the next shows masks again."""
    row, client = patient(), viewer(UNMASK)
    answer = looked(client, row, "phone", "blood", "findings")
    assert "+44 1224 555 0188" in text(answer)
    assert "AB" in text(answer)
    assert "penicillin" in text(answer)
    assert "ada@example.org" not in text(answer)
    assert MASK in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert "+44 1224 555 0188" not in text(client.get(page("patient", row)))


def test_the_evidence_says_who_looked_at_what_and_why(clinic: Guard) -> None:
    """Of whom, by pseudonyms, and never a value."""
    row, client = patient(), viewer(UNMASK)
    looked(client, row, "email", "phone", "nonsense")
    ((subject, facts),) = taken_down(clinic)
    user = get_user_model().objects.get(username__startswith="staff")
    assert subject == clinic.pseudonyms.of(SubjectRef("member", str(row.member.pk)))
    assert facts == {
        "table": "masked.Patient",
        "columns": "phone, email",
        "staff": clinic.pseudonyms.of(SubjectRef("member", str(user.pk))),
        **TICKET,
    }


def test_the_evidence_names_whom_a_foreign_key_leads_to(clinic: Guard) -> None:
    """A row that says itself of nobody is about whom its patient's does."""
    row, client = patient(), viewer("unmask_remark")
    remark = Remark.objects.get()
    answer = client.post(page("remark", remark, "unmask"), {"column": "text", **TICKET})
    assert "a remark that nobody reads" in text(answer)
    assert [subject for subject, _ in taken_down(clinic)] == [
        clinic.pseudonyms.of(SubjectRef("member", str(row.member.pk)))
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"column": []}, "Choose what you want to see"),
        ({"column": ["member", "ward"]}, "Choose what you want to see"),
        ({"reason": ""}, "Choose why"),
        ({"reason": "because"}, "Choose why"),
        ({"reason": "other", "reference": ""}, "Say where"),
        ({"reference": "ada@example.org"}, "letters, digits"),
        ({"reference": "Ada Lovelace"}, "letters, digits"),
        ({"reference": "9" * 41}, "letters, digits"),
    ],
)
def test_without_an_answer_nothing_is_shown(clinic: Guard, given: dict[str, Any], words: str) -> None:
    """Nor taken down; what was chosen already stays chosen. A reference can hold no name and no address."""
    row, client = patient(), viewer(UNMASK)
    answer = client.post(page("patient", row, "unmask"), {"column": ["phone"], **TICKET, **given})
    assert (answer.status_code, taken_down(clinic)) == (422, [])
    found = html.document_fromstring(answer.content.decode())
    assert words in found.xpath("string(//p[@class='errornote'])")
    assert "+44" not in answer.content.decode()
    if given.get("reason") is None:
        assert found.xpath("//option[@selected]/@value") == ["support"]


def test_without_keys_there_is_no_evidence_and_so_no_value(clinic: Guard) -> None:
    """The site can still open values, which were sealed under the process's keyring."""
    row, client = patient(), viewer(UNMASK)
    with override_settings(CONSENTGUARD={"manifest": settings.BASE_DIR / "privacy.toml"}):
        answer = client.post(page("patient", row, "unmask"), {"column": "phone", **TICKET}, follow=True)
        assert answer.redirect_chain == [(page("patient", row), 302)]
        assert "keys new" in text(answer)
        assert "+44" not in text(answer)


def test_a_value_that_does_not_open_is_said_to_be_so(clinic: Guard) -> None:
    """And the others are shown."""
    row, client = patient(), viewer(UNMASK)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE masked_patient SET phone = 'torn'")
    answer = looked(client, row, "phone", "email")
    assert "Phone number: This value cannot be read." in text(answer)
    assert "ada@example.org" in text(answer)


def test_a_value_that_was_shredded_is_said_to_be_so(clinic: Guard) -> None:
    """A mask stands in its place before and after: nothing tells that there is nothing behind it but a look."""
    row, client = patient(), viewer(UNMASK)
    member = SubjectRef("member", str(row.member.pk))
    assert "Example Mutual" in text(looked(client, row, "insurer"))
    installed.subject_keys().destroy([member])
    answer = text(looked(client, row, "insurer", "email"))
    assert "Insurer: This value was erased." in answer
    assert "ada@example.org" in answer
    assert [subject for subject, _ in taken_down(clinic)] == [clinic.pseudonyms.of(member)] * 2


def test_a_page_that_shows_values_is_saved_without_a_change(clinic: Guard) -> None:
    """Sent back as it is, it leaves every byte; sent with another value, it writes that one and no other."""
    row, client = patient(operated_at="2026-01-02T03:04:05.678+00:00"), editor(UNMASK)
    before = stored(row)
    answer = looked(client, row, *SEALED)
    form = html.document_fromstring(answer.content.decode()).xpath("//form[@id='patient_form']")[0]
    assert form.action == page("patient", row)
    fields = sent(answer)
    assert fields["phone"] == "+44 1224 555 0188"
    assert client.post(page("patient", row), fields).status_code == 302
    assert stored(row) == before
    told = {"phone": "+1 202 555 0100", "blood": "0", "findings": "[]", "smokes": "on"}
    assert client.post(page("patient", row), {**fields, **told}).status_code == 302
    found = Patient.objects.get()
    assert (found.phone, found.blood, found.findings, found.smokes) == ("+1 202 555 0100", "0", [], True)
    same = [name for name, value in stored(row).items() if value == before[name]]
    assert same == ["email", "born_on", "operated_at", "weight", "insurer"]


def test_a_page_that_shows_values_is_corrected_on_a_page_that_shows_them(clinic: Guard) -> None:
    """What was typed stands there still, and what stood there before too."""
    row, client = patient(), editor(UNMASK)
    fields = sent(looked(client, row, "email"))
    answer = client.post(page("patient", row), {**fields, "email": "nobody"})
    assert sent(answer)["email"] == "nobody"
    client.post(page("patient", row), {**sent(answer), "email": "ada@example.org", "ward": "South"})
    assert (Patient.objects.get().email, Patient.objects.get().ward) == ("ada@example.org", "South")


def test_what_stands_on_no_page_cannot_be_asked_for(clinic: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that leaves a field out leaves it out of the question."""
    monkeypatch.setattr(office.PatientAdmin, "fields", ["ward", "phone"])
    row, client = patient(), viewer(UNMASK)
    asked = html.document_fromstring(client.get(page("patient", row, "unmask")).content.decode())
    assert asked.xpath("//input[@name='column']/@value") == ["phone"]
    assert looked(client, row, "email").status_code == 422


def test_a_popup_leads_back_to_a_popup(clinic: Guard) -> None:
    """As does a list that was filtered: the question hands on what it was asked with."""
    row, client = patient(), editor(UNMASK)
    opened = html.document_fromstring(client.get(f"{page('patient', row)}?_popup=1").content.decode())
    link = opened.xpath("//a[text()='Show…']/@href")[0]
    assert link == f"{page('patient', row, 'unmask')}?_popup=1&column=phone"
    shown = client.post(link, {"column": "phone", **TICKET})
    form = html.document_fromstring(shown.content.decode()).xpath("//form[@id='patient_form']")[0]
    assert form.action == f"{page('patient', row)}?_popup=1"
    assert dict(form.form_values())["_popup"] == "1"


def test_an_inline_leads_to_its_own_page(clinic: Guard) -> None:
    """Where its model has one that masks, for who may see its values there."""
    row, client = patient(), editor("unmask_remark")
    links = html.document_fromstring(client.get(page("patient", row)).content.decode()).xpath(
        "//a[text()='Show…']/@href"
    )
    assert links == [f"{page('remark', Remark.objects.get(), 'unmask')}?column=text"]


def test_migrate_makes_the_permission_and_no_migration(clinic: Guard) -> None:
    """For each model with sealed fields, and for no other."""
    found = Permission.objects.filter(codename__startswith="unmask_", content_type__app_label__in=["masked", "clinic"])
    assert sorted(found.values_list("codename", "name")) == [
        ("unmask_named", "Can see sealed values of named"),
        ("unmask_patient", "Can see sealed values of patient"),
        ("unmask_remark", "Can see sealed values of remark"),
    ]
    assert "permissions" not in Patient._meta.original_attrs


def test_the_question_is_asked_in_the_reader_s_language(clinic: Guard) -> None:
    """In Spanish, with what stands beside a mask."""
    row, client = patient(), viewer(UNMASK)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "es"
    assert "¿Por qué?" in text(client.get(page("patient", row, "unmask")))
    assert "Elija un motivo" in text(client.get(page("patient", row, "unmask")))
    assert "Mostrar…" in text(client.get(page("patient", row)))
