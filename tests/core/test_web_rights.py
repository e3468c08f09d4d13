"""The pages of a rights request: what each shows, what it changes, and what it never tells."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from consentguard.web import copies
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights import ROUTES as REQUESTS
from tests.core.rights_kit import POLICY, Shop, shop
from tests.web_policy import url_for

ROUTES = (*REQUESTS, *copies.ROUTES)
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
    assert b"".join(answer.file.content)[:2] == b"PK"
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
