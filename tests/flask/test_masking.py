"""Flask-Admin over sealed values: masks wherever they stand, forms that leave them, and who is shown them and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_admin.contrib.sqla import ModelView
from lxml import html
from werkzeug.test import TestResponse

from consentguard.errors import SettingsError
from consentguard.masking import MASK
from consentguard.records import SubjectRef
from consentguard.roles import Role
from consentguard_flask.admin import SealedModelView
from tests.flask.masked_office import (
    SEALED,
    SECRETS,
    Office,
    Patient,
    PatientView,
    Remark,
    holds,
    make_office,
    sent,
)

EDIT, DETAILS, UNMASK = "patient/edit/?id=1", "patient/details/?id=1", "patient/unmask/?id=1"
TICKET = {"reason": "support", "reference": "T-1234"}
NEW = "+1 202 555 0100"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The app, without rows."""
    return make_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(app: Office) -> Iterator[Office]:
    """The app, with one patient."""
    with app.app.app_context():
        app.begin()
        yield app
        app.db.session.remove()


def torn(office: Office, column: str) -> None:
    """Let a value be none that opens."""
    office.db.session.execute(sa.text(f"UPDATE patient SET {column} = X'00'"))  # noqa: S608 - a column of these tests
    office.db.session.commit()


def links(answer: TestResponse) -> list[str]:
    """Where values can be asked for."""
    found: list[str] = html.document_fromstring(answer.text).xpath("//a[text()='Show…']/@href")
    return found


@pytest.mark.parametrize(
    "path",
    ["patient/", EDIT, DETAILS, "patient/export/csv/", "remark/", "remark/edit/?id=1", "remark/export/csv/"],
)
@pytest.mark.parametrize("allowed", [set(), {"unmask"}], ids=["may not unmask", "may"])
def test_no_page_shows_a_value(office: Office, path: str, allowed: set[str]) -> None:
    """Lists, forms with their inline models, details and files, and columns of another table."""
    office.allowed |= allowed
    answer = office.get(path)
    assert holds(answer) == []
    assert MASK in answer.text


def test_a_mask_costs_no_decryption(office: Office) -> None:
    """Values that do not open at all are masked like any other."""
    for column in SEALED:
        torn(office, column)
    for path in ("patient/", EDIT, DETAILS, "patient/export/csv/"):
        assert MASK in office.get(path).text


def test_what_is_null_is_seen_to_be(office: Office) -> None:
    """In a list and a file it is left empty, and in a form it is an ordinary field."""
    office.patient().email = None
    office.db.session.commit()
    cells = html.document_fromstring(office.get("patient/").text).xpath("//td[contains(@class, 'col-email')]")
    assert [cell.text_content().strip() for cell in cells] == [""]
    assert "email-replace" not in office.get(EDIT).text
    office.post(EDIT, {**sent(office.get(EDIT)), "email": "ben@example.org"})
    assert office.patient().email == "ben@example.org"


def test_a_form_that_is_saved_leaves_what_it_masks(office: Office) -> None:
    """Sent as a browser sends it: the very bytes stay, in the row and in its inline models."""
    before = office.stored(), office.stored("remark")
    answer = office.post(EDIT, {**sent(office.get(EDIT)), "ward": "South"})
    assert answer.status_code == 302
    assert (office.stored(), office.stored("remark")) == ({**before[0], "ward": "South"}, before[1])


def test_a_value_is_replaced_by_whoever_cannot_see_it(office: Office) -> None:
    """Where the box is ticked; the others stay."""
    before, fields = office.stored(), sent(office.get(EDIT))
    told = {"phone": NEW, "email": "", "smokes": "y", "born_on": "2026-01-02", "blood": "0", "remarks-0-text": "new"}
    ticked = {f"{name}-replace": "on" for name in told}
    assert office.post(EDIT, {**fields, **told, **ticked}).status_code == 302
    found = office.patient()
    assert (found.phone, found.email, found.smokes, str(found.born_on)) == (NEW, None, True, "2026-01-02")
    assert (found.blood, found.remarks[0].text) == ("0", "new")
    same = [name for name, value in office.stored().items() if name in SEALED and value == before[name]]
    assert same == ["weight", "findings"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"phone": NEW}, "Tick the box"),
        ({"blood": "ab"}, "Tick the box"),
        ({"smokes": "y"}, "Tick the box"),
        ({"findings": "[]"}, "Tick the box"),
        ({"phone": "", "phone-replace": "on"}, "required"),
        ({"phone": "9" * 41, "phone-replace": "on"}, "longer than 40"),
        ({"remarks-0-text": "new"}, "Tick the box"),
    ],
)
def test_what_is_typed_is_never_passed_over(office: Office, told: dict[str, str], words: str) -> None:
    """Without the tick nothing is saved, and what was typed stands there still; nor is a value that is none."""
    before, fields = office.stored(), sent(office.get(EDIT))
    answer = office.post(EDIT, {**fields, **told})
    assert words in answer.text
    assert (holds(answer), office.stored()) == ([], before)
    assert {name: value for name, value in sent(answer).items() if name in told} == told


def test_a_row_is_added_as_ever(office: Office) -> None:
    """With the fields of what is inside, and inline models on a page that masks the others."""
    fields = sent(office.get("patient/new/"))
    assert set(SEALED) - {"smokes"} <= fields.keys()
    office.post(EDIT, {**sent(office.get(EDIT)), "remarks-1-id": "", "remarks-1-text": "second"})
    assert [each.text for each in office.patient().remarks] == [SECRETS[5], "second"]


def test_the_last_characters_are_shown_where_the_site_asks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """On pages and in files, of a value that opens."""
    monkeypatch.setattr(PatientView, "shown_last", {"phone": 4})
    for path in ("patient/", EDIT, DETAILS, "patient/export/csv/"):
        answer = office.get(path)
        assert (f"{MASK[:4]}0188" in answer.text, holds(answer)) == (True, [])
    torn(office, "phone")
    assert MASK in office.get("patient/").text


def test_who_may_not_is_not_asked(office: Office) -> None:
    """There is no link, and no way round it."""
    assert links(office.get(DETAILS)) == links(office.get(EDIT)) == []
    for answer in (office.get(UNMASK), office.post(UNMASK, {"column": "phone", **TICKET})):
        assert answer.status_code == 403
    assert office.taken_down() == []
    refusals = [json.loads(each.details) for each in office.guard.stores.entries.unsealed(None, 100)]
    assert refusals == [{"role": "unmask", "tried": "unmask"}] * 2


def test_nobody_may_until_the_site_says_who(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """As nobody sees our screens: a view of its own may say it, or the setting for roles."""
    view = SealedModelView(Patient, office.db, endpoint="other")
    with office.app.test_request_context():
        assert not view.may_unmask(office.patient())
        site = office.guard.site
        monkeypatch.setattr(site, "settings", replace(site.settings, may=lambda _, role: role is Role.UNMASK))
        assert view.may_unmask(office.patient())


def test_a_link_shows_nothing(office: Office) -> None:
    """It leads to the question, in which its own column is chosen; those of inline models lead to their own view."""
    office.allowed.add("unmask")
    found = links(office.get(EDIT))
    assert found == [
        *(f"/admin/patient/unmask/?id=1&column={name}" for name in SEALED),
        "/admin/remark/unmask/?id=1&column=text",
    ]
    asked = html.document_fromstring(office.client.get(found[1]).text)
    assert asked.xpath("//input[@name='column'][@checked]/@value") == ["email"]
    assert SECRETS[1] not in asked.text_content()
    assert office.taken_down() == []


@pytest.mark.parametrize("can_edit", [True, False])
def test_values_are_shown_once_to_who_says_why(office: Office, can_edit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were asked for and no other, on a page that nobody keeps; the next shows masks again."""
    monkeypatch.setattr(PatientView, "can_edit", can_edit)
    office.allowed.add("unmask")
    answer = office.post(UNMASK, {"column": ["phone", "findings"], **TICKET})
    assert holds(answer) == [SECRETS[0], SECRETS[4]]
    assert MASK in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert ("<form action" in answer.text) is can_edit
    assert holds(office.get(EDIT if can_edit else DETAILS)) == []


def test_the_evidence_says_who_looked_at_what_and_why(office: Office) -> None:
    """Of whom, by pseudonyms, and never a value; of a remark it is whom its patient's foreign key leads to."""
    office.allowed.add("unmask")
    office.post(UNMASK, {"column": ["email", "phone", "nonsense"], **TICKET})
    office.post("remark/unmask/?id=1", {"column": "text", **TICKET})
    of = office.guard.pseudonyms.of
    staff = of(SubjectRef("user", "2"))
    assert office.taken_down() == [
        (of(SubjectRef("user", "1")), {"table": "Patient", "columns": "phone, email", "staff": staff, **TICKET}),
        (of(SubjectRef("user", "1")), {"table": "Remark", "columns": "text", "staff": staff, **TICKET}),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"column": ["ward"]}, "Choose what"),
        ({"reason": "because"}, "Choose why"),
        ({"reference": SECRETS[1]}, "letters, digits"),
    ],
)
def test_without_an_answer_nothing_is_shown(office: Office, given: dict[str, Any], words: str) -> None:
    """Nor taken down."""
    office.allowed.add("unmask")
    answer = office.post(UNMASK, {"column": ["phone"], **TICKET, **given})
    assert (answer.status_code, office.taken_down()) == (422, [])
    assert words in html.document_fromstring(answer.text).xpath("string(//div[@role='alert'])")
    assert SECRETS[0] not in answer.text


@pytest.mark.parametrize(
    ("headers", "signed_in", "words"),
    [({"Sec-Fetch-Site": "cross-site"}, True, "not sent from a page"), (None, False, "Nobody knows who asks")],
)
def test_a_form_of_another_site_and_of_nobody_shows_nothing(
    office: Office, headers: dict[str, str] | None, signed_in: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nobody to take down."""
    office.allowed.add("unmask")
    if not signed_in:
        monkeypatch.setattr(office, "client", office.app.test_client())
    answer = office.post(UNMASK, {"column": "phone", **TICKET}, **({"headers": headers} if headers else {}))
    assert (SECRETS[0] in answer.text, office.taken_down()) == (False, [])
    assert words in (office.get(EDIT).text if headers else answer.text)


def test_a_value_that_does_not_open_is_said_to_be_so(office: Office) -> None:
    """And the others are shown."""
    office.allowed.add("unmask")
    torn(office, "phone")
    answer = office.post(UNMASK, {"column": ["phone", "email"], **TICKET})
    assert "phone: This value cannot be read." in answer.text
    assert holds(answer) == [SECRETS[1]]


def test_a_page_that_shows_values_is_saved_without_a_change(office: Office) -> None:
    """Sent back as it is, it leaves every byte; sent with another value, it writes that one and no other."""
    office.allowed.add("unmask")
    before = office.stored()
    answer = office.post(UNMASK, {"column": list(SEALED), **TICKET})
    (action,) = html.document_fromstring(answer.text).xpath("//form[@class='admin-form']/@action")
    assert action == f"/admin/{EDIT}"
    fields = sent(answer)
    assert fields["phone"] == SECRETS[0]
    assert office.post(EDIT, fields).status_code == 302
    assert office.stored() == before
    told = {"phone": NEW, "findings": "[]", "smokes": "y", "blood": "0"}
    assert office.post(EDIT, {**fields, **told}).status_code == 302
    found = office.patient()
    assert (found.phone, found.findings, found.smokes, found.blood) == (NEW, [], True, "0")
    same = [name for name, value in office.stored().items() if name in SEALED and value == before[name]]
    assert same == ["email", "born_on", "weight"]


def test_what_stands_on_no_page_cannot_be_asked_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that leaves a column out leaves it out of the question."""
    monkeypatch.setattr(PatientView, "column_details_exclude_list", ("findings",))
    monkeypatch.setattr(PatientView, "form_columns", ("ward", "phone"))
    office.allowed.add("unmask")
    view = PatientView(Patient, office.db, endpoint="narrow")
    view.office = office
    view.create_blueprint(next(iter(office.app.extensions["admin"])))
    assert list(view._on_page() | view._in_form()) == [name for name in SEALED if name != "findings"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("column_editable_list", ["ward", "phone"]),
        ("column_searchable_list", (Patient.phone,)),
        ("column_sortable_list", [("phone", Patient.phone)]),
        ("column_default_sort", "phone"),
        ("column_default_sort", [("phone", True)]),
        ("column_searchable_list", ("user.id", "remarks.text")),
    ],
)
def test_an_option_that_needs_what_is_sealed_is_refused(
    office: Office, option: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the view is made."""
    monkeypatch.setattr(PatientView, option, value)
    with pytest.raises(SettingsError, match=option):
        PatientView(Patient, office.db)


def test_no_list_is_sorted_by_ciphertext(office: Office) -> None:
    """The other columns of the same table sort it."""
    sortable = SealedModelView(Patient, office.db, endpoint="other").scaffold_sortable_columns()
    assert sortable.keys() == {"ward"}


def test_a_form_that_would_not_mask_is_not_shown(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host's form in place of the one that masks."""
    plain = ModelView(Patient, office.db, endpoint="plain").get_edit_form()
    monkeypatch.setattr(PatientView, "get_edit_form", lambda self: plain)
    view = PatientView(Patient, office.db, endpoint="other")
    with office.app.test_request_context(), pytest.raises(SettingsError, match="does not mask"):
        view.edit_form(office.patient())


def test_a_view_that_does_not_mask_is_named(tmp_path: Path) -> None:
    """By `consentguard check`, with what it shows; Flask-Admin's own lists in clear, and writes NULL."""
    office = make_office(tmp_path)
    admin = office.app.extensions["admin"][0]
    assert office.guard.site.host.unmasked() == {}
    admin.add_view(type("Plain", (ModelView,), {})(Patient, office.db, endpoint="plain"))
    listed = type("Listed", (ModelView,), {"column_list": ("patient.phone",)})
    admin.add_view(listed(Remark, office.db, endpoint="listed"))
    found = [each for each in office.guard.site.findings() if each.id == "E-UNMASKED"]
    assert [(each.where, each.severity) for each in found] == [("Plain", "warning"), ("Listed", "warning")]
    assert "Patient.phone" in found[0].message
    assert "Remark.text, patient.phone" in found[1].message
    ran = office.app.test_cli_runner().invoke(args=["consentguard", "check", "--json"])
    assert "E-UNMASKED" in json.dumps(json.loads(ran.output))
