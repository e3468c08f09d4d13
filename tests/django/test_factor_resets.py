"""Django's admin takes a second factor away, and counts how many of the staff have one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pyotp
import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from lxml import html

from consentguard.guard import Guard
from consentguard.records import EvidenceEntry, SubjectRef
from consentguard.testing.keys import keyring
from consentguard_django import conf
from tests import factor_holders
from tests.django import settings
from tests.django.admin_site import ADDRESS, browser, path, secrets
from tests.web_doors import SECTIONS

OURS = {"HTTP_SEC_FETCH_SITE": "same-origin"}
SETUP = "/privacy/en/second-factor/setup"
RESET = path("authenticator", "begin/")


@pytest.fixture
def guard(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic with second factors, and one member with ADDRESS."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    get_user_model().objects.create(username="ada", email=ADDRESS)
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()


@pytest.fixture
def ada(guard: Guard) -> SubjectRef:
    """The member, signed in somewhere, with a second factor."""
    user = get_user_model().objects.get(username="ada")
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    set_up(client)
    mail.outbox.clear()
    return SubjectRef("member", str(user.pk))


def set_up(client: Client) -> None:
    """Set a second factor up, as whoever is signed in does it."""
    client.post(SETUP, {"answer": "start"}, **OURS)
    page = html.document_fromstring(client.get(SETUP).content)
    key = re.sub(r"\s", "", page.xpath("//dl//dd")[0].text_content())
    answer = client.post(SETUP, {"answer": "activate", "code": pyotp.TOTP(key).now()}, **OURS)
    assert "Your recovery codes" in answer.content.decode()


def send(client: Client, **fields: str) -> str:
    """Send the form that takes one away, and read where it leads."""
    given = {"whose": ADDRESS, "reason": "lost", **fields}
    return client.post(RESET, given, follow=True).content.decode()


def taken_down(guard: Guard, act: str) -> list[EvidenceEntry]:
    """What the evidence has of an act."""
    return [entry for entry in guard.stores.entries.unsealed(None, 1_000) if entry.act == act]


def test_a_lost_factor_is_taken_away(guard: Guard, ada: SubjectRef) -> None:
    """By whoever may and has just given their own: sessions end, a mail tells its owner, and the evidence has it."""
    officer = browser("view_authenticator", "reset_authenticator")
    set_up(officer)
    before = Session.objects.count()
    assert "It is taken away. Sessions that ended: 1. A mail tells them." in send(officer)
    assert (guard.twofactor.state(ada), Session.objects.count()) == (None, before - 1)
    assert [each.to for each in mail.outbox if "taken away" in each.subject] == [[ADDRESS]]
    [entry] = taken_down(guard, "factor.reset")
    by = guard.pseudonyms.of(SubjectRef("member", officer.session["_auth_user_id"]))
    assert entry.subject == guard.pseudonyms.of(ada)
    assert json.loads(entry.details) == {"by": by, "factors": 1, "reason": "lost"}


def test_a_wrong_code_is_counted_though_the_page_fails(guard: Guard, ada: SubjectRef) -> None:
    """Under ATOMIC_REQUESTS too: nothing that comes after takes the count back."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(username="ada"))
    fails = patch("consentguard.web.twofactor.factor_sheet", side_effect=RuntimeError)
    with patch.dict(connection.settings_dict, ATOMIC_REQUESTS=True), fails, pytest.raises(RuntimeError):
        client.post("/privacy/en/second-factor", {"answer": "verify", "code": "000000"}, **OURS)
    [row] = guard.stores.authenticators.of(guard.pseudonyms.of(ada))
    assert row.failures == 1


def test_without_a_factor_of_ones_own_nothing_is_taken_away(guard: Guard, ada: SubjectRef) -> None:
    """The page says what is missing."""
    assert "your own second factor was not given" in send(browser("view_authenticator", "reset_authenticator"))
    assert guard.twofactor.state(ada)


def test_nobody_takes_their_own_away(guard: Guard, ada: SubjectRef) -> None:
    """Not in the admin."""
    officer = browser("view_authenticator", "reset_authenticator")
    set_up(officer)
    own = get_user_model().objects.get(pk=officer.session["_auth_user_id"])
    assert "nobody takes their own second factor away here" in send(officer, whose=f"member:{own.pk}")


def test_it_takes_a_permission_of_its_own(guard: Guard, ada: SubjectRef) -> None:
    """Who may look sees no button, and the form is refused, which is evidence."""
    viewer = browser("view_authenticator")
    set_up(viewer)
    assert "Take a second factor away" not in viewer.get(path("authenticator")).content.decode()
    assert viewer.post(RESET, {"whose": ADDRESS, "reason": "lost"}).status_code == 403
    assert guard.twofactor.state(ada)
    assert [json.loads(entry.details)["tried"] for entry in taken_down(guard, "role.refused")] == ["factors.reset"]


def test_the_list_says_what_each_person_has(guard: Guard) -> None:
    """One line for each, apps and passkeys alike; by state, by person and by how a pseudonym begins; page by page."""
    officer = browser("view_authenticator")
    factor_holders.fill(guard)

    def listed(**query: str) -> dict[str, tuple[str, ...]]:
        page = html.document_fromstring(officer.get(path("authenticator"), query).content)
        rows = page.xpath("//table[@id='result_list']/tbody/tr")
        cells = [[cell.text_content() for cell in row.xpath("td")] for row in rows]
        people = [row.xpath("th/a/@href")[0].split("/")[-3] for row in rows]
        return {who: (row[0], row[1], row[3], row[4]) for who, row in zip(people, cells, strict=True)}

    assert listed() == factor_holders.SHOWN
    assert {state: set(listed(state=state)) for state in factor_holders.STATES} == factor_holders.STATES
    assert set(listed(state="nonsense")) == set(factor_holders.SHOWN)
    assert set(listed(subject=factor_holders.BOTH)) == {factor_holders.BOTH}
    assert [entry.subject for entry in taken_down(guard, "records.viewed")] == [factor_holders.BOTH]
    assert (listed(subject="everybody"), set(listed(q=factor_holders.BEGUN[:-1]))) == ({}, set(factor_holders.SHOWN))
    with patch("consentguard_django.admin.factors.PER_PAGE", 3):
        assert [*listed(), *listed(p="2")] == list(factor_holders.SHOWN)
        answers = [officer.get(path("authenticator"), {"p": page}).content.decode() for page in ("1", "2")]
        assert [('rel="next"' in each, 'rel="prev"' in each) for each in answers] == [(True, False), (False, True)]


def test_the_page_of_a_person_says_when_and_where(guard: Guard) -> None:
    """Each passkey and each browser by its days, without the names that are the owner's own, and no secret."""
    factor_holders.fill(guard)
    page = browser("view_authenticator").get(path("authenticator", f"{factor_holders.TWO_KEYS}/change/"))
    text = " ".join(html.document_fromstring(page.content).text_content().split())
    assert all(said in text for said in ("Last used", "never", "Firefox, Linux", "Remembered"))
    assert "a name of their own" not in text
    assert [secret for secret in secrets(guard) if secret in page.content.decode()] == []
    assert [entry.subject for entry in taken_down(guard, "records.viewed")] == [factor_holders.TWO_KEYS]


def test_the_share_of_the_staff_is_shown(guard: Guard) -> None:
    """As a sentence and a small bar; no secret and no picture of one is on the list, nor on the page of a factor."""
    officer = browser("view_authenticator")
    browser()
    set_up(officer)
    text = officer.get(path("authenticator")).content.decode()
    assert "1 of 2 members of the staff have a second factor (50%), kept by consentguard." in text
    assert '<meter value="1" max="2"' in text
    link = html.document_fromstring(text).xpath("//tbody//th/a/@href")[0]
    for page in (text, officer.get(link).content.decode()):
        assert "otpauth" not in page
        assert "secret" not in re.sub(r"Secrets and codes are never shown", "", page).lower()
