"""The pages of a rights request: what each shows, what it changes, and what it never tells."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from consentguard.consent import Decision
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from consentguard.web import copies
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights import ROUTES as REQUESTS
from tests.core.rights_kit import POLICY, Shop, shop
from tests.web_policy import url_for

ROUTES = (*REQUESTS, *copies.ROUTES)
OBJECTABLE = """
[purposes.counting]
title = { en = "Count visits", es = "Contar visitas" }
basis = "legitimate_interests"
"""
COOKIES = """
[cookies.counter]
purpose = "counting"
names = ["visits"]
"""
BY_NAME = {route.name: route for route in ROUTES}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path)


def get(site: Shop, name: str, language: str = "en", query: dict[str, str] | None = None, **params: str) -> Outbound:
    """A page as a browser gets it."""
    return _send(site, "GET", name, {"language": language, **params}, query=query or {})


def post(site: Shop, name: str, language: str = "en", form: dict[str, str] | None = None, **params: str) -> Outbound:
    """A form as a browser sends it."""
    fields = {key: [value] for key, value in (form or {}).items()}
    return _send(site, "POST", name, {"language": language, **params}, form=fields)


def test_one_mailbox_is_mailed_three_times_a_day(site: Shop) -> None:
    """However it is written and whoever asks: then nothing is kept or mailed, and the answer is the same."""
    guard, form = site.guard(), {"right": ["erasure"]}

    def send(email: str) -> Outbound:
        fields = form | {"email": [email]}
        inbound = Inbound(method="POST", params={"language": "en"}, form=fields, url_for=url_for)
        return BY_NAME["request"].endpoint(guard, inbound)

    first, *others = [send(email) for email in ("anna@example.com", "Anna@Example.com", "anna@example.com")]
    assert others == [first] * 2
    assert send("ANNA@example.com") == first
    assert (len(site.outbox.messages), len(site.acts())) == (3, 3)
    assert send("ben@example.com") == first
    assert len(site.outbox.messages) == 4


def _send(site: Shop, method: str, name: str, params: dict[str, str], **content: Any) -> Outbound:
    inbound = Inbound(
        method=method, params={key: value for key, value in params.items() if value}, url_for=url_for, **content
    )
    return BY_NAME[name].endpoint(site.guard(), inbound)


def ask(site: Shop, right: str = "erasure", email: str = "anna@example.com", language: str = "en") -> Outbound:
    """The form, filled in and sent."""
    return post(site, "request", language, {"right": right, "email": email})


def code_of(site: Shop, right: str) -> str:
    """The status code that confirming a request leads to."""
    ask(site, right)
    return re.split(r"[/=]", post(site, "confirm", token=site.token()).redirect)[-1]


def test_the_form_offers_what_can_be_done(site: Shop) -> None:
    """Each right with what it means; nothing is chosen before the visitor does."""
    page = get(site, "request").page
    [form] = page.forms
    right, email = form.fields
    assert [(option.value, option.label, option.chosen) for option in right.options] == [
        ("access", "Access", False),
        ("erasure", "Deletion", False),
        ("objection", "Objection", False),
    ]
    assert (email.kind, email.autocomplete, email.value) == ("email", "email", "")
    assert (form.action, page.draft) == ("/privacy/request/en", True)


@pytest.mark.parametrize(
    ("right", "email", "wrong"),
    [
        ("", "anna@example.com", "right"),
        ("portability", "anna@example.com", "right"),
        ("erasure", "anna", "email"),
        ("erasure", "", "email"),
        ("erasure", "x" * 10_000, "email"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_taken_down(site: Shop, right: str, email: str, wrong: str) -> None:
    """The form comes back with what was typed."""
    answer = ask(site, right, email)
    assert answer.status == 422
    assert [(field.id, bool(field.error)) for field in answer.page.errors] == [(wrong, True)]
    assert (site.outbox.messages, site.acts()) == ([], [])


def test_a_request_leads_to_a_page_that_a_reload_does_not_send_again(site: Shop) -> None:
    """The address is in no URL, and the page is the same whether or not anybody has it."""
    first, second = ask(site), ask(site, email="nobody@example.com")
    assert first == second
    assert (first.status, first.redirect, first.private) == (303, "/privacy/request/en?sent=1", True)
    page = get(site, "request", query={"sent": "1"}).page
    assert page.notice == "We have noted your request. Please check your mailbox."
    assert page.forms == ()


def test_a_mail_server_that_is_down_is_nobody_s_concern_but_ours(site: Shop) -> None:
    """The visitor reads the same; the mail goes out later."""
    up = ask(site)
    site.outbox.down = True
    assert ask(site) == up


def test_looking_at_the_mailed_link_changes_nothing(site: Shop) -> None:
    """It shows what would be confirmed, and a button."""
    ask(site)
    page = get(site, "confirm", token=site.token()).page
    assert page.lead == ("Once you confirm, we delete the personal data about you. This cannot be undone.",)
    assert [form.action for form in page.forms] == [f"/privacy/confirm/en/{site.token()}"]
    assert site.acts() == ["request.received"]


def test_confirming_leads_to_the_status_in_the_same_language(site: Shop) -> None:
    """Once: the link is used up then."""
    ask(site, language="es")
    answer = post(site, "confirm", "es", token=site.token())
    assert (answer.status, answer.private) == (303, True)
    assert answer.redirect.startswith("/privacy/status/es/")
    assert post(site, "confirm", "es", token=site.token()).status == 404
    assert get(site, "confirm", "es", token=site.token()).status == 404


@pytest.mark.parametrize("name", ["confirm", "status"])
@pytest.mark.parametrize("send", [get, post])
def test_a_link_that_leads_nowhere_says_what_to_do(site: Shop, name: str, send: Any) -> None:
    """The same page, whatever is wrong with it."""
    params = {"confirm": "token", "status": "code"}
    answer = send(site, name, **{params[name]: "wrong"})
    assert (answer.status, answer.private) == (404, True)
    assert [link.url for link in answer.page.onward] == ["/privacy/request/en"]


def test_the_status_says_how_far_an_erasure_is(site: Shop) -> None:
    """Received, confirmed, done: in words, with the dates."""
    code = code_of(site, "erasure")
    facts = {fact.label: fact.value for fact in get(site, "status", code=code).page.facts}
    assert facts == {
        "Request": "Deletion",
        "Received": "March 28, 2026",
        "Answer no later than": "April 28, 2026",
        "State": "Confirmed; we are working on it",
    }
    guard = site.guard()
    guard.rights.carry_out(guard.rights.waiting()[0].id)
    partial = get(site, "status", code=code).page
    assert partial.facts[-1].value == "Done as far as it can be now; something is still open"
    site.answer()
    page = get(site, "status", code=code).page
    assert page.facts[-1].value == "Done"
    assert page.forms == ()


def test_a_copy_is_downloaded_once_by_its_link(site: Shop) -> None:
    """By a button, since it closes the request: a look at the page changes nothing. After that it is 410 Gone."""
    ask(site, "access")
    link, _, code = post(site, "confirm", token=site.token()).redirect.partition("?request=")
    token = link.rpartition("/")[2]
    page = get(site, "copy", token=token, query={"request": code}).page
    assert page.forms[0].action == f"/privacy/copy/en/{token}?request={code}"
    assert [each.url for each in page.onward] == [f"/privacy/status/en/{code}"]
    assert "export.delivered" not in site.acts()
    answer = post(site, "copy", token=token)
    assert answer.file
    assert (answer.file.name, answer.file.media_type, answer.private) == (
        "personal-data-2026-03-28.zip", "application/zip", True,
    )  # fmt: skip
    assert b"".join(answer.file.content)[:2] == b"PK"  # type: ignore[arg-type]
    assert [send(site, "copy", token=token).status for send in (get, post)] == [410, 410]


def test_a_link_to_a_copy_that_is_too_old_is_gone(site: Shop) -> None:
    """Though nothing has swept it away; and what was written into the address beside it leads nowhere strange."""
    ask(site, "access")
    token = post(site, "confirm", token=site.token()).redirect.partition("?")[0].rpartition("/")[2]
    site.clock.tick(dt.timedelta(days=7))
    answer = get(site, "copy", token=token, query={"request": "../admin"})
    assert (answer.status, answer.file) == (410, None)
    assert [each.url for each in answer.page.onward] == ["/privacy/request/en"]
    assert post(site, "copy", token=token).status == 410


def test_another_link_to_a_copy_is_mailed_and_ends_the_one_before(site: Shop) -> None:
    """From the page of the request, to the mailbox that asked, and no more often than it can bear."""
    ask(site, "access")
    link, _, code = post(site, "confirm", token=site.token()).redirect.partition("?request=")
    page = get(site, "status", code=code).page
    assert (page.facts[-2].value, page.forms[0].action) == ("Ready to download", f"/privacy/status/en/{code}")
    guard, params = site.guard(), {"language": "en", "code": code}
    again = Inbound(method="POST", params=params, url_for=url_for)
    assert len({BY_NAME["status"].endpoint(guard, again).page.notice for _ in range(4)}) == 1
    assert len(site.outbox.messages) == 4, "the confirmation, and three links"
    assert get(site, "copy", token=link.rpartition("/")[2]).status == 410
    mailed = site.outbox.messages[-1].text.split("/privacy/copy/en/")[1].split()[0]
    assert get(site, "copy", token=mailed).status == 200


def test_a_copy_that_nobody_downloaded_is_said_to_have_ended(site: Shop) -> None:
    """Before and after `expire` has run; the day is told in time, and the way to ask again afterwards."""
    code = code_of(site, "access")
    facts = {fact.label: fact.value for fact in get(site, "status", code=code).page.facts}
    assert facts["Download before"] == "April 27, 2026"
    site.clock.tick(dt.timedelta(days=30))
    for _ in range(2):
        page = get(site, "status", code=code).page
        assert (page.facts[-1].value, page.forms) == ("Closed: the copy was not downloaded in time", ())
        assert [link.url for link in page.onward] == ["/privacy/request/en"]
        site.guard().rights.expire()


def test_an_erasure_has_nothing_to_download(site: Shop) -> None:
    """The button is not there, and sending it all the same gives the page and no mail."""
    answer = post(site, "status", code=code_of(site, "erasure"))
    assert (answer.status, answer.file) == (422, None)


def test_the_pages_are_there_where_the_policy_needs_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rights are asked for by mail alone there is no form, but our mails lead to what confirms and shows them."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    statistics = '[purposes.statistics]\nbasis = "consent"\n[cookies.count]\npurpose = "statistics"\nnames = ["c"]\n'
    site = shop(tmp_path, POLICY + statistics).guard().site
    assert [route.name for route in ROUTES if not route.enabled(site)] == []
    by_mail = shop(tmp_path, POLICY.replace('"page"', '"post"')).guard().site
    assert {route.name for route in ROUTES if route.enabled(by_mail)} == {"confirm", "status", "copy"}
    assert all(route.limit for route in ROUTES)


def test_a_language_that_the_site_lacks_is_not_found(site: Shop) -> None:
    """The host answers in its own manner."""
    assert get(site, "request", "fr") == Outbound(status=404)
    assert get(site, "confirm", "fr", token="t") == Outbound(status=404)
    assert get(site, "status", "fr", code="c") == Outbound(status=404)


def test_a_right_that_asks_for_more_has_a_page_of_its_own(site: Shop) -> None:
    """The first page leads there with what was typed, and nothing is taken down before it is filled in."""
    site = _with(site, OBJECTABLE)
    answer = ask(site, "objection")
    [form] = answer.page.forms
    assert (answer.status, form.action) == (200, "/privacy/ask/en/objection")
    assert {field.name: field.value for field in form.fields}["email"] == "anna@example.com"
    assert {link.url for link in answer.page.languages} == {"/privacy/ask/en/objection", "/privacy/ask/es/objection"}
    assert site.acts() == []
    assert post(site, "ask", form={"email": "anna@example.com"}, right="objection").status == 422
    form_ = {"email": "anna@example.com", "purposes": "counting"}
    assert post(site, "ask", form=form_, right="objection") == ask(site)
    assert get(site, "ask", right="rectification").status == 404, "the policy does not offer it"


def test_what_was_asked_for_is_shown_before_it_is_confirmed(site: Shop) -> None:
    """The use that is objected to stands on the page of the mailed link, and on that of the request."""
    site = _with(site, OBJECTABLE)
    post(site, "ask", form={"email": "anna@example.com", "purposes": "counting"}, right="objection")
    facts = {fact.label: fact.value for fact in get(site, "confirm", token=site.token()).page.facts}
    assert facts["Uses"] == "Count visits"


@pytest.mark.parametrize("by", ["agent", "guardian"])
def test_somebody_asks_for_somebody_else(site: Shop, by: str) -> None:
    """They say who they are and by what right; no link confirms it, and nobody else is written to."""
    page = get(site, "request", query={"by": by}).page
    names = [field.name for field in page.forms[0].fields]
    assert names == ["right", "agent", "email", "authority", "person"]
    whole = {"right": "erasure", "agent": "Eva", "email": "eva@example.com", "authority": "mother"}
    assert _post_by(site, by, whole).status == 422
    answer = _post_by(site, by, {**whole, "person": "anna@example.com"})
    assert answer.redirect == f"/privacy/request/en?sent={by}"
    [request] = site.guard().stores.requests.in_state("received", 10)
    assert request.identity == by
    [mail] = site.outbox.messages
    assert mail.to == "eva@example.com"
    assert "/confirm/" not in mail.text
    assert "anna" not in mail.text
    assert "proof" in get(site, "request", query={"sent": by}).page.lead[0]


def test_who_speaks_for_somebody_is_told_the_same_whoever_that_is(site: Shop) -> None:
    """The answer does not tell whether the person is known."""
    whole = {"right": "erasure", "agent": "Eva", "email": "eva@example.com", "authority": "mother"}
    answers = [_post_by(site, "guardian", {**whole, "person": f"{name}@example.com"}) for name in ("anna", "nobody")]
    assert answers[0] == answers[1]


def test_a_request_is_taken_back_until_it_is_begun(site: Shop) -> None:
    """By a button on its page, once; what was begun goes on, and the page says so."""
    code = code_of(site, "erasure")
    assert [form.buttons[0].value for form in get(site, "status", code=code).page.forms] == ["revoke"]
    page = post(site, "status", form={"answer": "revoke"}, code=code).page
    assert (page.facts[-1].value, page.forms) == ("Closed: taken back", ())
    assert post(site, "status", form={"answer": "revoke"}, code=code).status == 409
    begun = code_of(site, "erasure")
    site.guard().rights.carry_out(site.guard().rights.waiting()[0].id)
    late = post(site, "status", form={"answer": "revoke"}, code=begun)
    assert (late.status, late.page.notice_kind) == (409, "problem")


def test_the_status_says_what_stays_and_who_has_not_answered(site: Shop) -> None:
    """In sentences, by what the policy calls data and places; no table, no key and no address."""
    ask(site, email="ben@example.com")
    code = re.split(r"[/=]", post(site, "confirm", token=site.token()).redirect)[-1]
    site.guard().rights.carry_out(site.guard().rights.waiting()[0].id)
    told = " ".join(get(site, "status", code=code).page.lead)
    assert "until March 1, 2031" in told
    assert "Support mailbox" in told
    assert "ben@example.com" not in told


def test_the_status_says_why_a_request_was_refused_or_takes_longer(site: Shop) -> None:
    """The same reasons as the mail gave, and the way to ask again."""
    code = code_of(site, "erasure")
    guard = site.guard()
    guard.rights.extend(guard.rights.waiting()[0].id, "It concerns many systems.", "Dana")
    assert "The reason is: It concerns many systems." in get(site, "status", code=code).page.lead
    guard.rights.deny(guard.rights.waiting()[0].id, "insuf_verification", "Dana", "The proof could not be read.")
    page = get(site, "status", code=code).page
    assert "The reason is: The proof could not be read." in page.lead
    assert page.facts[-1].value == "Refused"
    assert [link.url for link in page.onward] == ["/privacy/request/en"]


def test_a_visitor_without_an_account_asks_by_the_choice_that_their_browser_keeps(site: Shop) -> None:
    """Our signature in the cookie is the proof, so the copy is there at once, and holds the record itself."""
    site = _with(site, OBJECTABLE + COOKIES)
    guard = site.guard()
    decision = Decision(accepted=(), policy="", method="reject", component="banner", language="en")
    record = guard.consent.decide(decision)
    kept = guard.cookies.keep_choice(record)
    assert get(site, "receipt_request").status == 404
    known = {"cookies": {kept.name: kept.value}}
    page = _send(site, "GET", "receipt_request", {"language": "en"}, **known).page
    assert page.facts[0].value == record.id
    answer = _send(site, "POST", "receipt_request", {"language": "en"}, **known)
    token = answer.redirect.partition("?")[0].rpartition("/")[2]
    copy = post(site, "copy", token=token).file
    assert copy
    with ZipFile(BytesIO(b"".join(copy.content))) as archive:  # type: ignore[arg-type]
        assert record.id in archive.read("record/consents.jsonl").decode()
    forged = {"cookies": {kept.name: kept.value[::-1]}}
    assert _send(site, "POST", "receipt_request", {"language": "en"}, **forged).status == 404


def _with(site: Shop, more: str) -> Shop:
    """The shop with a longer policy."""
    return shop(site.folder, POLICY + more)


def _post_by(site: Shop, by: str, form: dict[str, str]) -> Outbound:
    fields = {key: [value] for key, value in form.items()}
    return _send(site, "POST", "request", {"language": "en"}, form=fields, query={"by": by})
