"""What staff may do in the admin: verify the evidence, carry requests out, send owed mails; each by permission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client, override_settings
from lxml import html

from consentguard.guard import Guard
from consentguard.testing.keys import keyring
from consentguard_django import conf
from tests.django import settings
from tests.django.admin_site import ADDRESS, NOW, browser, path, request, rows, viewer
from tests.web_doors import SECTIONS

CARRY_OUT, SEND, VERIFY = (
    path("rightsrequest", "carry-out/"),
    path("rightsrequest", "send-owed/"),
    path("evidenceentry", "verify/"),
)


@pytest.fixture
def guard(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic with every section and keys, and one member whose mail goes to ADDRESS."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    get_user_model().objects.create(username="ada", email=ADDRESS)
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()


@pytest.fixture
def officer(guard: Guard) -> Client:
    """Somebody who answers requests."""
    return browser("view_rightsrequest", "carry_out_rightsrequest")


def people() -> int:
    """How many members have the address."""
    return get_user_model().objects.filter(email=ADDRESS).count()


def text(client: Client, address: str) -> str:
    """A page as it reads."""
    answer = client.get(address)
    assert answer.status_code == 200
    return html.document_fromstring(answer.content).text_content()


@pytest.mark.parametrize("address", [CARRY_OUT, SEND, VERIFY])
def test_who_may_only_look_does_nothing(guard: Guard, address: str) -> None:
    """No button, no action in the list, and no way around them."""
    made, client = request(guard), viewer()
    assert client.post(address, {"id": made.id}).status_code == 403
    assert people() == 1
    page = client.get(address.removesuffix(address.rsplit("/", 2)[1] + "/")).content.decode()
    assert address not in page
    assert 'name="action"' not in page


@pytest.mark.parametrize("address", [SEND, VERIFY])
def test_a_link_does_nothing(guard: Guard, address: str) -> None:
    """What does something is a form."""
    client = browser("view_rightsrequest", "carry_out_rightsrequest", "view_evidenceentry", "verify_evidenceentry")
    assert client.get(address).status_code == 405


def test_a_request_is_carried_out_after_its_plan_was_shown(guard: Guard, officer: Client) -> None:
    """From the list to a page that says whose rows would go where, and only from there on to the deed."""
    made = request(guard)
    chosen = officer.post(path("rightsrequest"), {"action": "carry_out_chosen", "_selected_action": [made.id]})
    assert chosen["Location"] == f"{CARRY_OUT}?id={made.id}"
    plan = text(officer, chosen["Location"])
    assert "1 person has the address" in plan
    assert "of clinic.Member" in plan
    assert (people(), ADDRESS in plan) == (1, False)
    done = officer.post(CARRY_OUT, {"id": made.id}, follow=True)
    assert "The request is done." in done.content.decode()
    assert people() == 0
    assert guard.rights.find(made.id).state == "done"
    assert mail.outbox[-1].to == [ADDRESS]
    assert LogEntry.objects.get().object_id == made.id


def test_the_page_of_a_request_shows_its_plan(guard: Guard, officer: Client) -> None:
    """While there is something to carry out, and for who may."""
    made, closed = request(guard, 1), request(guard, 2, state="received", confirmed_at=None)
    deed = f"{made.id}/act/carry_out/"
    assert path("rightsrequest", deed) in officer.get(path("rightsrequest", f"{made.id}/change/")).content.decode()
    assert deed not in viewer().get(path("rightsrequest", f"{made.id}/change/")).content.decode()
    assert "carry_out" not in officer.get(path("rightsrequest", f"{closed.id}/change/")).content.decode()


def test_a_request_that_cannot_be_carried_out_keeps_no_other_from_it(guard: Guard, officer: Client) -> None:
    """One that nobody confirmed, one that is not there, and one that is done all the same."""
    open_, made = request(guard, 1, state="received", confirmed_at=None), request(guard, 2)
    plan = officer.get(CARRY_OUT, {"id": [open_.id, "none", made.id]}).content
    assert html.document_fromstring(plan).xpath("//input[@name='id']/@value") == [made.id]
    told = officer.post(CARRY_OUT, {"id": [open_.id, "none", made.id]}, follow=True).content.decode()
    assert "the request is received" in told
    assert "there is no such request" in told
    assert guard.rights.find(made.id).state == "done"


def test_a_copy_is_not_the_staff_s_to_carry_out(guard: Guard, officer: Client) -> None:
    """It is made when it is downloaded; what is done is not done again, nor logged."""
    copy, done = request(guard, 1, right="access"), request(guard, 2, state="done", closed_at=NOW)
    plan = html.document_fromstring(officer.get(CARRY_OUT, {"id": [copy.id, done.id]}).content)
    assert "The copy is made when it is downloaded" in plan.text_content()
    assert plan.xpath("//input[@name='id']") == []
    assert CARRY_OUT not in officer.get(path("rightsrequest", f"{copy.id}/change/")).content.decode()
    officer.post(CARRY_OUT, {"id": [copy.id, done.id]})
    assert (guard.rights.find(copy.id).state, LogEntry.objects.count(), people()) == ("confirmed", 0, 1)


def test_a_mail_that_cannot_be_sent_is_owed_and_said(guard: Guard, officer: Client) -> None:
    """The deed is done all the same, and the button sends the mail later."""
    made = request(guard)
    with patch.object(EmailBackend, "send_messages", side_effect=ConnectionRefusedError):
        told = officer.post(CARRY_OUT, {"id": made.id}, follow=True).content.decode()
    assert "is owed" in told
    assert (people(), guard.rights.find(made.id).owes) == (0, "outcome")
    with patch("consentguard.rights.sending.RETRY_AFTER", "PT0S"):
        told = officer.post(SEND, follow=True).content.decode()
    assert "Sent: 1. Still owed: 0." in told
    assert guard.rights.find(made.id).owes == ""


def test_a_site_whose_requests_are_transactions_carries_out_outside_of_them(guard: Guard, officer: Client) -> None:
    """Under ATOMIC_REQUESTS too nothing is undone once the mail has gone."""
    made = request(guard)
    with patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True):
        assert officer.get(CARRY_OUT, {"id": made.id}).status_code == 200
        officer.post(CARRY_OUT, {"id": made.id})
        officer.post(SEND)
    assert guard.rights.find(made.id).state == "done"


def test_the_evidence_is_verified_at_the_press_of_a_button(guard: Guard) -> None:
    """What agrees is said, and what does not by its place; entries say whether they are sealed."""
    rows(guard, 3)
    client = browser("view_evidenceentry", "verify_evidenceentry")
    assert VERIFY in client.get(path("evidenceentry")).content.decode()
    assert text(client, path("evidenceentry")).count("not sealed yet") == 3
    guard.evidence.seal()
    assert "sealed as 3" in text(client, path("evidenceentry"))
    assert "everything agrees" in client.post(VERIFY).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consentguard_evidence_entry SET details = '{}'")
    told = html.document_fromstring(client.post(VERIFY).content).text_content()
    assert "places that do not agree: 3." in told
    assert "seal 2: changed entry" in told
