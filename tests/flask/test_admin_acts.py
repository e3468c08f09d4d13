"""What can be done on the screens for Flask-Admin: each act by its right, in the name of whoever is signed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from lxml import html

from consentguard.consent.record import ACT
from consentguard.screens import DESKS
from consentguard_flask.admin import APPROVE, CARRY_OUT, VERIFY
from tests.flask.office import (
    ADDRESS,
    FROM_OUR_PAGE,
    OURS,
    Office,
    User,
    a_request,
    fill,
    hide,
    make_office,
    opened,
    text_of,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An admin whose staff may do everything, over a database in which Ada has an account."""
    with opened(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("act", "path"), [(CARRY_OUT, "requests/send-owed"), (VERIFY, "evidence/verify")])
def test_an_act_needs_a_right_of_its_own(office: Office, act: str, path: str) -> None:
    """Who may look may not act: there is no button, and the form is refused."""
    name = path.partition("/")[0]
    assert path in office.get(f"{name}/").text
    assert office.post(path).status_code == 200
    office.allowed.discard(act)
    assert path not in office.get(f"{name}/").text
    assert office.post(path).status_code == 403


def test_evidence_tells_what_is_sealed_and_verifies(office: Office) -> None:
    """The seal of each entry; an audit that says so when something was changed behind our back."""
    fill(office.guard)
    assert "not sealed yet" in text_of(office.get("evidence/"))
    office.guard.evidence.seal()
    page = html.document_fromstring(office.get("evidence/").data)
    assert [cell.text_content() for cell in page.xpath("//tbody/tr/td[6]")] == ["sealed as 1"]
    assert "alert-success" in office.post("evidence/verify").text
    office.db.session.execute(sa.text("UPDATE consentguard_evidence_entry SET act = 'consent.forged'"))
    office.db.session.commit()
    broken = office.post("evidence/verify")
    assert "alert-danger" in broken.text
    assert "changed entry" in text_of(broken)


def test_owed_mails_are_sent_again(office: Office) -> None:
    """Those that could not be sent; how many were is said."""
    earlier = office.guard.clock.now() - dt.timedelta(hours=1)
    a_request(office.guard, state="received", confirmed_at=None, owes="confirmation", received_at=earlier)
    assert "the mail to confirm it" in text_of(office.get("requests/"))
    assert "Sent: 1. Still owed: 0." in text_of(office.post("requests/send-owed"))
    assert len(office.app.extensions["mailman"].outbox) == 1


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}])
def test_forms_of_other_sites_are_refused(office: Office, headers: dict[str, str]) -> None:
    """403 without an extension's help, and nothing is done."""
    request = a_request(office.guard)
    for path in (
        f"requests/record/{request.id}/act/carry_out",
        "requests/send-owed",
        "evidence/verify",
        "consents/search",
    ):
        answer = office.post(path, headers)
        assert answer.status_code == 403
        assert "was not sent from a page of this site" in text_of(answer)
    assert office.db.session.get(User, 1) is not None


def test_the_forms_carry_the_token_that_the_site_asks_for(tmp_path: Path) -> None:
    """With Flask-WTF's CSRFProtect each form has its token, and is refused without it."""
    made = make_office(tmp_path)
    made.app.config["WTF_CSRF_ENABLED"] = True
    with made.app.app_context():
        page = html.document_fromstring(made.get("evidence/").data)
        forms = page.xpath("//form[@method='post']")
        (token, *_) = [form.fields["csrf_token"] for form in forms]
        assert len(forms) == 2
        assert made.post("evidence/verify").status_code == 400
        headers = {**FROM_OUR_PAGE, "Referer": f"{OURS}/admin/"}
        assert made.post("evidence/verify", headers, csrf_token=token).status_code == 200


def press(office: Office, path: str, act: str, **fields: str) -> str:
    """Send a form of a page with everything that goes along unseen, and read where it leads."""
    page = html.document_fromstring(office.get(path).text)
    form = next(each for each in page.forms if (each.get("action") or "").endswith(f"/{act}"))
    sent = dict(form.form_values()) | fields
    answer = office.client.post(
        form.get("action"), base_url=OURS, headers=FROM_OUR_PAGE, data=sent, follow_redirects=True
    )
    return text_of(answer)


def enter(office: Office) -> str:
    """Take a request down; the path of its page."""
    answer = office.post("requests/begin/", right="erasure", address=ADDRESS, channel="staff", language="en")
    assert answer.status_code == 303
    return str(answer.location.removeprefix("/admin/privacy/"))


def test_a_form_needs_a_right_of_its_own(office: Office) -> None:
    """403 without it, for staff who may do everything else; 405 for a link; 403 from another site."""
    fill(office.guard)
    for name, desk in DESKS.items():
        links = html.document_fromstring(office.get(f"{name}/").data).xpath("//tbody//a/@href")
        at = f"{links[0].removeprefix('/admin/privacy/')}/" if links else f"{name}/"
        for act in desk.acts:
            where = f"{at}act/{act.name}"
            assert office.get(where).status_code == 405
            assert office.post(where, {}).status_code == 403
            office.allowed.discard(act.may)
            assert office.post(where).status_code == 403
            office.allowed.add(act.may)
    assert {entry.act for entry in office.guard.stores.entries.unsealed(None, 99)} <= {ACT, "records.viewed"}


@pytest.mark.parametrize(("name", "may"), [("requests", "requests.enter"), ("holds", "holds.add")])
def test_beginning_needs_a_right_too(office: Office, name: str, may: str) -> None:
    """There is no way to it in the list, and the page and its form are closed; other screens begin nothing."""
    assert f"/{name}/begin" in office.get(f"{name}/").text
    office.allowed.discard(may)
    assert f"/{name}/begin" not in office.get(f"{name}/").text
    assert [office.get(f"{name}/begin/").status_code, office.post(f"{name}/begin/").status_code] == [403, 403]
    assert office.get("runs/begin/").status_code == 404


def test_there_is_no_other_act(office: Office) -> None:
    """Nor one on what is not there."""
    request = a_request(office.guard)
    paths = (
        f"requests/record/{request.id}/act/destroy",
        "requests/record/nonsense/act/revoke",
        "retention/act/destroy",
    )
    assert [office.post(path).status_code for path in paths] == [404, 404, 404]


def test_a_request_goes_its_way_with_two_pairs_of_eyes(tmp_path: Path) -> None:
    """From the telephone to the deed; whoever took it down cannot approve it."""
    with opened(tmp_path, 'approval = "one"\n') as office:
        path = enter(office)
        assert "Confirmed." in press(office, path, "verify")
        assert "somebody else approves it" in text_of(office.get(path))
        office.name[0] = "ed"
        page = html.document_fromstring(office.get(path).data)
        digest = page.xpath("//input[@name='digest']/@value")[0]
        office.name[0] = "dana"
        refused = office.post(f"{path}/act/approve", digest=digest)
        assert refused.status_code == 409
        assert "does not approve it" in text_of(refused)
        office.name[0] = "ed"
        assert "It can be carried out now" in press(office, path, "approve")
        hide(office, office.get(path))
        assert "delete" in text_of(office.get(path))
        assert "The request is done" in press(office, path, "carry_out")
        assert office.db.session.get(User, 1) is None
        assert len(office.acts("request.approved")) == 1


def test_without_a_name_nothing_is_done(office: Office) -> None:
    """A site that does not say who is signed in has pages to look at, and no acts."""
    request = a_request(office.guard)
    office.name[0] = ""
    refused = office.post(f"requests/record/{request.id}/act/revoke")
    assert refused.status_code == 409
    assert "nobody knows who sent this" in text_of(refused)
    assert office.guard.rights.find(request.id).state == "confirmed"


def test_carrying_out_needs_a_right_of_its_own(office: Office) -> None:
    """Neither the form nor the plan is there for who may only look."""
    request = a_request(office.guard)
    office.allowed.difference_update({CARRY_OUT, APPROVE})
    page = office.get(f"requests/record/{request.id}").text
    assert "Carry out" not in page
    assert "The plan" not in page


def test_a_letter_is_shown_before_it_is_sent(office: Office) -> None:
    """In the language of the request; then the very same goes out."""
    request = a_request(office.guard, language="es")
    where = f"requests/record/{request.id}/act/refuse"
    given: dict[str, Any] = {"denial": "no_match", "reason": "Nada."}
    looked = html.document_fromstring(office.post(where, **given).text)
    letter = looked.xpath("//blockquote[@lang='es']")[0]
    assert office.guard.rights.find(request.id).state == "confirmed"
    seen = looked.xpath("//input[@name='seen']/@value")[0]
    assert office.post(where, **given, seen=seen).status_code == 303
    (mail,) = office.app.extensions["mailman"].outbox
    assert all(line in mail.body for line in letter.xpath("p/text()"))


def test_holds_and_retention_are_looked_after(office: Office) -> None:
    """Placed, released, accepted and run, each from its page."""
    placed = office.post("holds/begin/", label="User", reason="Case 7", review_on="2100-01-01")
    path = placed.location.removeprefix("/admin/privacy/")
    assert "User1" in text_of(office.get(path))
    assert "Released." in press(office, path, "release")
    assert "nothing runs yet" in text_of(office.get("retention/"))
    assert "Accepted." in press(office, "retention/", "accept")
    assert "Rows that went: 1." in press(office, "retention/", "run", sure="yes")
    hide(office, office.get("retention/"))
