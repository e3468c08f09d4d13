"""Django's admin where something is done: by permission, in the name of who is signed in, outside of transactions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from lxml import html

from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.screens import DESKS
from consentguard.testing.keys import keyring
from consentguard_django import conf
from consentguard_django.admin.base import MODELS
from tests.django import settings
from tests.django.admin_site import ADDRESS, browser, path, request, secrets
from tests.web_doors import SECTIONS

ALL = tuple(
    f"{act.may.partition('.')[2]}_{MODELS[act.may.partition('.')[0]]}"
    for desk in DESKS.values()
    for act in (*desk.acts, *([desk.begin] if desk.begin else []))
)
VIEWS = tuple(f"view_{model}" for model in ("rightsrequest", "hold", "errand", "mark", "run", "retention"))


@pytest.fixture
def guard(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic with every section, where one person approves an erasure, and one member with ADDRESS."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    policy = policy.replace("[rights.erasure]", '[rights.erasure]\napproval = "one"')
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    get_user_model().objects.create(username="ada", email=ADDRESS)
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()


@pytest.fixture
def officer(guard: Guard) -> Client:
    """Somebody who may do everything."""
    return browser(*VIEWS, *ALL)


def page(client: Client, address: str, status: int = 200) -> html.HtmlElement:
    """A page, as a document."""
    answer = client.get(address)
    assert answer.status_code == status
    return html.document_fromstring(answer.content)


def press(client: Client, address: str, act: str, **fields: str) -> str:
    """Send a form of a page with everything that goes along unseen, and read where it leads."""
    (form, *_) = [each for each in page(client, address).forms if (each.get("action") or "").endswith(act)]
    sent = {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"} | fields
    return client.post(str(form.get("action")), sent, follow=True).content.decode()


def of(made: str) -> str:
    """The page of a request."""
    return path("rightsrequest", f"{made}/change/")


def enter(client: Client) -> str:
    """Take a request down; its id."""
    answer = client.post(
        path("rightsrequest", "begin/"), {"right": "erasure", "address": ADDRESS, "channel": "staff", "language": "en"}
    )
    return str(answer["Location"].split("/")[-3])


ACTS = [
    ("rightsrequest", "approve"), ("rightsrequest", "carry_out"), ("rightsrequest", "assign"),
    ("rightsrequest", "verify"), ("rightsrequest", "ask_proof"), ("rightsrequest", "extend"),
    ("rightsrequest", "refuse"), ("rightsrequest", "revoke"), ("rightsrequest", "settle"),
    ("rightsrequest", "withhold"), ("rightsrequest", "give_back"), ("hold", "release"), ("errand", "show"),
    ("errand", "settle"), ("mark", "lift"), ("retention", "accept"), ("retention", "run"),
]  # fmt: skip


def address(guard: Guard, model: str, act: str) -> str:
    """Where an act goes, on a record that is there where it is one of a request."""
    if model == "retention":
        return path("retention", f"act/{act}/")
    return path(model, f"{request(guard).id if model == 'rightsrequest' else '0' * 32}/act/{act}/")


@pytest.mark.parametrize(("model", "act"), ACTS)
def test_an_act_needs_a_permission_of_its_own(guard: Guard, officer: Client, model: str, act: str) -> None:
    """403 without it, for staff who may do everything else; strangers are sent to sign in; a link does nothing."""
    where = address(guard, model, act)
    desk = next(desk for name, desk in DESKS.items() if MODELS.get(name) == model)
    known = desk.act(act)
    assert known
    screen, _, verb = known.may.partition(".")
    but = browser(*VIEWS, *(each for each in ALL if each != f"{verb}_{MODELS[screen]}"))
    assert but.post(where).status_code == 403
    assert browser(*ALL).post(where).status_code == 403
    assert browser(staff=False).post(where).status_code == 302
    assert officer.get(where).status_code == 405
    assert Client(SERVER_NAME="localhost", enforce_csrf_checks=True).post(where).status_code in (302, 403)


@pytest.mark.parametrize("model", ["rightsrequest", "hold"])
def test_beginning_needs_a_permission_too(guard: Guard, officer: Client, model: str) -> None:
    """There is no way to it in the list, and the page and its form are closed."""
    begin = path(model, "begin/")
    assert page(officer, path(model)).xpath(f"//a[@href='{begin}']")
    looking = browser(*VIEWS)
    assert not page(looking, path(model)).xpath(f"//a[@href='{begin}']")
    assert [looking.get(begin).status_code, looking.post(begin).status_code] == [403, 403]


def test_a_form_without_its_token_is_refused(guard: Guard, officer: Client) -> None:
    """As every form of the admin is."""
    made = request(guard)
    officer.handler.enforce_csrf_checks = True
    assert officer.post(path("rightsrequest", f"{made.id}/act/revoke/")).status_code == 403
    assert guard.rights.find(made.id).state == "confirmed"


def test_there_is_no_other_act(guard: Guard, officer: Client) -> None:
    """Nor a record of that id, and runs are begun by nobody here."""
    assert officer.post(path("rightsrequest", f"{'0' * 32}/act/destroy/")).status_code == 404
    assert officer.get(path("run", "begin/")).status_code == 404
    answer = officer.get(of("0" * 32), follow=True)
    assert "no such request" in answer.content.decode()


def test_a_request_goes_its_way_with_two_pairs_of_eyes(guard: Guard, officer: Client) -> None:
    """From the telephone to the deed; whoever took it down cannot approve it, and the admin's history says who did."""
    made = enter(officer)
    assert mail.outbox[-1].to == [ADDRESS]
    assert "Confirmed." in press(officer, of(made), "/verify/")
    assert "somebody else approves it" in page(officer, of(made)).text_content()
    other = browser(*VIEWS, *ALL)
    digest = page(other, of(made)).xpath("//input[@name='digest']/@value")[0]
    refused = officer.post(path("rightsrequest", f"{made}/act/approve/"), {"digest": digest})
    assert refused.status_code == 409
    assert "does not approve it" in refused.content.decode()
    assert "It can be carried out now" in press(other, of(made), "/approve/")
    assert "The request is done" in press(officer, of(made), "/carry_out/")
    assert not get_user_model().objects.filter(email=ADDRESS).exists()
    by = {entry.user.get_username() for entry in LogEntry.objects.filter(object_id=made)}
    assert by == {client.get("/admin/").wsgi_request.user.get_username() for client in (officer, other)}


def test_a_letter_is_shown_before_it_is_sent(guard: Guard, officer: Client) -> None:
    """In the language of the request; then the very same goes out."""
    made = request(guard, language="es")
    sent = len(mail.outbox)
    where = path("rightsrequest", f"{made.id}/act/refuse/")
    looked = html.document_fromstring(officer.post(where, {"denial": "no_match", "reason": "Nada."}).content.decode())
    (letter, *_) = looked.xpath("//blockquote[@lang='es']")
    assert (len(mail.outbox), guard.rights.find(made.id).state) == (sent, "confirmed")
    seen = looked.xpath("//input[@name='seen']/@value")[0]
    officer.post(where, {"denial": "no_match", "reason": "Nada.", "seen": seen})
    assert guard.rights.find(made.id).state == "denied"
    assert all(line in mail.outbox[-1].body for line in letter.xpath("p/text()"))


def test_pages_name_people_by_pseudonyms_alone(guard: Guard, officer: Client) -> None:
    """No page of the desk holds an address, a key or what is sealed, whatever may be done on it."""
    made = request(guard)
    hold = guard.holds.place("Case 7", "dana", dt.date(2100, 1, 1), subject=SubjectRef("member", "1"))
    mark = guard.restrictions.restrict(SubjectRef("member", str(get_user_model().objects.get(email=ADDRESS).pk)))
    pages = [of(made.id), path("hold", f"{hold.id}/change/"), path("mark", f"{mark}/change/"), path("retention")]
    for each in (*pages, *(path(model) for model in ("hold", "mark", "errand", "run"))):
        body = officer.get(each).content.decode()
        assert not [secret for secret in secrets(guard) if secret in body]


def test_every_act_stands_outside_of_the_transaction_of_a_request(guard: Guard, officer: Client) -> None:
    """Under ATOMIC_REQUESTS too: durable acts are done, and stay."""
    with patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True):
        made = enter(officer)
        press(officer, of(made), "/verify/")
        held = officer.post(
            path("hold", "begin/"), {"label": "clinic.Member", "reason": "Case 7", "review_on": "2100-01-01"}
        )
        assert held.status_code == 302
        press(officer, held["Location"], "/release/")
        press(officer, path("retention"), "/accept/")
        press(officer, path("retention"), "/run/", sure="yes")
        press(officer, of(made), "/revoke/")
    assert guard.rights.find(made).state == "revoked"
    assert guard.retention.last_run()
    assert not guard.holds.in_force()


def test_an_error_of_the_page_itself_leads_back(guard: Guard, officer: Client) -> None:
    """Where a record is gone: to the list, with what was wrong."""
    told = officer.post(path("hold", f"{'0' * 32}/act/release/"), follow=True)
    assert told.redirect_chain == [(path("hold"), 302)]
    assert "no such hold" in told.content.decode()
