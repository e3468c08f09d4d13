"""Flask-Admin takes a second factor away, as another person who gave theirs just now says; no page tells a secret."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from flask import session
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from consentguard.guard import Guard
from consentguard.records import SubjectRef
from tests import factor_holders
from tests.flask.office import ADA, ADDRESS, FROM_OUR_PAGE, OURS, Office, User, hide, make_office, opened, text_of

USER, SINCE = "_user_id", "since"
FACTOR = "/privacy/en/second-factor"
OFFICER = SubjectRef("user", "2")


@dataclass(frozen=True)
class Desk:
    """An admin in which the officer sits, who may do everything until it is taken from them."""

    office: Office

    @property
    def guard(self) -> Guard:
        return self.office.guard

    def browser(self, key: str, ago: dt.timedelta = dt.timedelta()) -> FlaskClient:
        """A browser in which somebody has signed in, so long ago."""
        client = self.office.app.test_client()
        with client.session_transaction(base_url=OURS) as kept:
            kept[USER], kept[SINCE] = key, (dt.datetime.now(dt.UTC) - ago).timestamp()
        return client

    def reset(self, client: FlaskClient, **fields: str) -> TestResponse:
        """Send the form that takes a factor away."""
        sent = {"whose": ADDRESS, "reason": "lost", **fields}
        return client.post("/admin/privacy/factors/begin/", base_url=OURS, headers=FROM_OUR_PAGE, data=sent)

    def entry(self, act: str) -> dict[str, object]:
        """What the last entry of the evidence for an act says, and of whom."""
        kept = [each for each in self.guard.stores.entries.unsealed(None, 1_000) if each.act == act]
        return {"subject": kept[-1].subject, **json.loads(kept[-1].details)} if kept else {}


def since(_: object) -> dt.datetime | None:
    """When whoever sent a request signed in."""
    return dt.datetime.fromtimestamp(session[SINCE], dt.UTC) if SINCE in session else None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Ada has an account and a second factor; the officer has an account."""
    office = make_office(tmp_path, more="[twofactor]\n", subject=lambda _: session.get(USER), signed_in_at=since)
    with office.app.app_context():
        for key, address in (("1", ADDRESS), ("2", "officer@clinic.example")):
            office.db.session.add(User(id=int(key), email=address, joined_at=office.guard.clock.now()))
        office.db.session.commit()
        made = Desk(office)
        set_up(made.browser("1"))
        office.app.extensions["mailman"].outbox.clear()
        yield made


def set_up(client: FlaskClient) -> str:
    """Set a second factor up in a browser; its secret."""

    def send(**form: str) -> TestResponse:
        return client.post(f"{FACTOR}/setup", base_url=OURS, headers=FROM_OUR_PAGE, data=form)

    assert send(answer="start").status_code == 303
    page = client.get(f"{FACTOR}/setup", base_url=OURS).text
    found = re.search(r"<dd>([A-Z2-7 ]+)</dd>", page)
    assert found
    key = found[1].replace(" ", "")
    assert "Your recovery codes" in send(answer="activate", code=pyotp.TOTP(key).now()).text
    return key


def asked_for(answer: TestResponse) -> str:
    """What has to be done first, of an answer that refuses."""
    assert (answer.status_code, answer.is_json) == (403, True)
    return str(answer.json["action"])  # type: ignore[index]


def test_a_lost_factor_is_taken_away(desk: Desk) -> None:
    """By another who may and gave their own just now: no browser of the owner's counts any more, a mail tells them, and
    the evidence says who did it and why. A session in a cookie, which nobody can end, is told of.
    """
    officer = desk.browser("2")
    set_up(officer)
    desk.office.app.extensions["mailman"].outbox.clear()
    answer = desk.reset(officer, reason="other", reference="HELP-7")
    assert (answer.status_code, answer.location) == (303, "/admin/privacy/factors/")
    said = text_of(officer.get(answer.location, base_url=OURS))
    assert "It is taken away. No session was found to end: one that the site keeps in a cookie goes on." in said
    assert "A mail tells them." in said
    assert (desk.guard.twofactor.state(ADA), desk.guard.twofactor.codes_left(ADA)) == (None, 0)
    assert list(desk.guard.sessions.of(ADA)) == []
    (mail,) = desk.office.app.extensions["mailman"].outbox
    assert (mail.to, mail.subject) == ([ADDRESS], "Your second factor was taken away")
    of = desk.guard.pseudonyms.of
    said_of = {"subject": of(ADA), "by": of(OFFICER), "factors": 1, "reason": "other", "reference": "HELP-7"}
    assert desk.entry("factor.reset") == said_of
    assert desk.guard.twofactor.state(OFFICER)


def test_nobody_takes_their_own_away(desk: Desk) -> None:
    """Whatever they may, and however fresh it is."""
    officer = desk.browser("2")
    set_up(officer)
    refused = desk.reset(officer, whose="user:2")
    assert refused.status_code == 409
    assert "nobody takes their own second factor away here" in text_of(refused)
    assert desk.guard.twofactor.state(OFFICER)


def test_who_gave_none_of_their_own_takes_none_away(desk: Desk) -> None:
    """Nor who signed in just now and has none, nor who gave it in another browser; nothing is done."""
    assert asked_for(desk.reset(desk.browser("2", dt.timedelta(hours=1)))) == "sign_in"
    officer = desk.browser("2")
    assert "your own second factor was not given" in text_of(desk.reset(officer))
    set_up(officer)
    assert asked_for(desk.reset(desk.browser("2"))) == "verify"
    assert desk.guard.twofactor.state(ADA)
    assert len(desk.guard.sessions.of(ADA)) == 1


def test_without_a_reason_none_is_taken_away(desk: Desk) -> None:
    """Nor for one that is none, nor by `other` alone; the page says what is missing, and keeps what was typed."""
    officer = desk.browser("2")
    set_up(officer)
    for reason, said in (("", "no reason was chosen"), ("bored", "no reason was chosen"), ("other", "written down")):
        refused = desk.reset(officer, reason=reason)
        assert refused.status_code == 409
        assert said in text_of(refused)
        assert f'value="{ADDRESS}"' in refused.text
    assert desk.guard.twofactor.state(ADA)


def test_it_takes_a_right_of_its_own(desk: Desk) -> None:
    """Who may look alone sees no way to it; page and form are 403, and that they tried is in the evidence."""
    officer = desk.browser("2")
    set_up(officer)
    desk.office.allowed.discard("factors.reset")
    assert "Take a second factor away" not in officer.get("/admin/privacy/factors/", base_url=OURS).text
    assert officer.get("/admin/privacy/factors/begin/", base_url=OURS).status_code == 403
    assert desk.reset(officer).status_code == 403
    assert desk.guard.twofactor.state(ADA)
    tried = desk.entry("role.refused")
    assert (tried["subject"], tried["tried"]) == (desk.guard.pseudonyms.of(OFFICER), "factors.reset")


def test_the_list_says_what_each_person_has(tmp_path: Path) -> None:
    """One line for each, apps and passkeys alike; by state, by person and by how a pseudonym begins."""
    with opened(tmp_path, "[twofactor]\n") as office:
        factor_holders.fill(office.guard)

        def listed(query: str = "") -> dict[str, tuple[str, ...]]:
            page = html.document_fromstring(office.get(f"factors/{query}").data)
            cells = [row.xpath("td") for row in page.xpath("//tbody/tr[td[2]]")]
            rows = {row[0].xpath("span/@title")[0]: [cell.text_content().strip() for cell in row] for row in cells}
            return {who: (row[1], row[2], row[4], row[5]) for who, row in rows.items()}

        assert listed() == factor_holders.SHOWN
        assert {state: set(listed(f"?state={state}")) for state in factor_holders.STATES} == factor_holders.STATES
        assert set(listed(f"?subject={factor_holders.BOTH}")) == {factor_holders.BOTH}
        assert office.acts("records.viewed") == [factor_holders.BOTH]
        assert set(listed(f"?q={factor_holders.BEGUN[:-1]}")) == set(factor_holders.SHOWN)


def test_the_page_of_a_person_says_when_and_where(tmp_path: Path) -> None:
    """Each passkey and each browser by its days, without the names that are the owner's own, and no secret."""
    with opened(tmp_path, "[twofactor]\n") as office:
        factor_holders.fill(office.guard)
        page = office.get(f"factors/record/{factor_holders.TWO_KEYS}")
        text = text_of(page)
        assert all(said in text for said in ("Last used", "never", "Firefox, Linux", "Remembered"))
        assert "a name of their own" not in text
        hide(office, page)
        assert office.acts("records.viewed") == [factor_holders.TWO_KEYS]


def test_no_page_of_the_admin_has_a_secret(desk: Desk) -> None:
    """Neither the list nor the page of a factor nor that of the reset: no key, no code, no picture of one."""
    officer = desk.browser("2")
    key = set_up(officer)
    listed = officer.get("/admin/privacy/factors/", base_url=OURS).text
    links = re.findall(r'href="(/admin/privacy/factors/record/[^"]+)"', listed)
    assert len(links) == 2
    pages = [listed, *(officer.get(each, base_url=OURS).text for each in links)]
    pages.append(officer.get("/admin/privacy/factors/begin/", base_url=OURS).text)
    for page in pages:
        assert key not in page.replace(" ", "")
        assert "otpauth" not in page
        assert "<svg" not in page
        assert "secret" not in page.replace("Secrets and codes are never shown", "").lower()
