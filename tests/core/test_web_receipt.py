"""The receipt of a choice, the page that takes it back by its number, and what the site says of browsers' signals."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from consentguard.consent import Decision
from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.publish.versions import Version, Versions
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.testing.clock import FrozenClock
from consentguard.web.answer import answer
from consentguard.web.consent import page as preferences
from consentguard.web.consent import receipt as receipts
from consentguard.web.consent import withdraw as withdrawals
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import Route
from consentguard.web.sheet import Sheet
from consentguard.web.wellknown import ROUTES as WELL_KNOWN
from tests.core.visits import ANA, CHOICES, RIGHTS, Browser, acts, shop
from tests.web_policy import CONTROLLER, url_for

PAGE, FILE = receipts.ROUTES
[WITHDRAW] = withdrawals.ROUTES
[GPC] = WELL_KNOWN
UNKNOWN = "0123456789abcdef" * 2
ON_A_FORM = CHOICES.replace('basis = { EEA = "consent"', 'ask = "form"\nbasis = { EEA = "consent"')


def chosen(guard: Guard, *accepted: str, subject: SubjectRef | None = None) -> tuple[ConsentRecord, dict[str, str]]:
    """A choice, and the cookies of the browser that made it."""
    asked = guard.site.consent_policy.id
    said = Decision(accepted=accepted, policy=asked, method="save", component="banner", language="en")
    record = guard.consent.decide(said, subject)
    return record, {CHOICE: guard.cookies.keep_choice(record).value}


def browser(guard: Guard, route: Route, cookies: dict[str, str] | None = None, **rest: Any) -> Browser:
    return Browser(guard, route, cookies=dict(cookies or {}), **rest)


def sheet(outbound: Outbound) -> Sheet:
    assert isinstance(outbound.page, Sheet)
    return outbound.page


def facts(outbound: Outbound) -> dict[str, str]:
    return {fact.label: fact.value for fact in sheet(outbound).facts}


def withdrawn(guard: Guard) -> list[ConsentRecord]:
    """The records that take something back."""
    found = (guard.consent.find(entry.id) for entry in acts(guard))
    return [record for record in found if record and record.method == "withdraw"]


def test_the_receipt_says_what_the_browser_chose(tmp_path: Path) -> None:
    """The number, what was agreed to and refused in words, when, until when and under which version: to nobody else."""
    guard = shop(tmp_path)
    record, cookies = chosen(guard, "analytics")
    page = browser(guard, PAGE, cookies).get(language="es")
    assert page.private
    assert list(facts(page).values()) == [
        record.id,
        "Contar visitas",
        "Enviar el boletín",
        "21 de noviembre de 2026, 10:30 UTC",
        "22 de mayo de 2027",
        guard.site.consent_policy.id,
    ]
    [form] = sheet(page).forms
    assert (form.action, form.hidden) == ("/privacy/withdraw/es", {"receipt": record.id})
    assert [link.url for link in sheet(page).onward] == ["/privacy/receipt_file", "/privacy/preferences/es"]


def test_the_preferences_lead_to_the_receipt(tmp_path: Path) -> None:
    """Once there is a choice on record."""
    guard = shop(tmp_path)
    _, cookies = chosen(guard)
    [route] = preferences.ROUTES
    assert sheet(browser(guard, route).get()).onward == ()
    [link] = sheet(browser(guard, route, cookies).get(language="es")).onward
    assert link.url == "/privacy/receipt/es"


def test_a_refusal_has_a_receipt_and_nothing_to_take_back(tmp_path: Path) -> None:
    """The record proves that nothing was agreed to."""
    guard = shop(tmp_path)
    _, cookies = chosen(guard)
    page = browser(guard, PAGE, cookies).get()
    assert facts(page)["You agreed to"] == "Nothing"
    assert sheet(page).forms == ()


@pytest.mark.parametrize("cookie", [None, "nonsense", "x" * 5000])
def test_without_a_choice_the_page_says_what_to_do(tmp_path: Path, cookie: str | None) -> None:
    """It leads to where the choice is made; there is no file."""
    guard = shop(tmp_path)
    visitor = browser(guard, PAGE, {CHOICE: cookie} if cookie else {})
    page = visitor.get()
    assert (page.status, sheet(page).facts, sheet(page).forms) == (200, (), ())
    assert sheet(page).lead == ("This browser keeps no choice yet, so there is no receipt of one.",)
    assert [link.url for link in sheet(page).onward] == ["/privacy/preferences"]
    assert browser(guard, FILE, visitor.cookies).get().status == 404


def test_a_record_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    """As after the period that the evidence is kept for: the page does not claim that nothing was chosen."""
    _, cookies = chosen(shop(tmp_path), "analytics")
    with_an_empty_database = shop(tmp_path)
    page = browser(with_an_empty_database, PAGE, cookies).get()
    assert sheet(page).lead == ("The record of this browser's choice is not kept any more.",)


def test_a_choice_that_has_been_refused_since_counts_no_more(tmp_path: Path) -> None:
    """What our script refused by itself outranks what is on record, and the page says so."""
    guard = shop(tmp_path)
    _, cookies = chosen(guard, "analytics")
    page = browser(guard, PAGE, {**cookies, "cg_refused": "junk"}).get()
    assert "This choice counts no more in this browser." in sheet(page).lead


def test_the_receipt_is_downloaded_as_json_ld(tmp_path: Path) -> None:
    """A file by its day, whose links begin with the site's own address."""
    guard = shop(tmp_path, CHOICES + RIGHTS)
    record, cookies = chosen(guard, "analytics")
    sent = browser(guard, FILE, cookies).get()
    assert sent.file is not None
    assert (sent.private, sent.file.media_type, sent.file.name) == (
        True,
        "application/ld+json",
        "consent-receipt-2026-11-21.jsonld",
    )
    found = json.loads(sent.file.content)
    assert found["receipt_id"] == record.id
    assert found["record"]["withdrawal_method"]["exercised_at"] == "https://shop.example.com/privacy/withdraw"
    assert found["record"]["privacy_notice"][0]["@id"] == "https://shop.example.com/privacy/cookies"


def test_withdrawing_ones_own_choice_refuses_in_that_browser(tmp_path: Path) -> None:
    """One record, a cookie that accepts nothing, and the cookies of what was refused removed."""
    guard = shop(tmp_path)
    record, cookies = chosen(guard, "analytics")
    visitor = browser(guard, WITHDRAW, {**cookies, "visits": "1"})
    sent = visitor.post({"receipt": [record.id]})
    assert (sent.status, sent.redirect) == (303, "/privacy/withdraw?done=1")
    kept = guard.cookies.choice(visitor.cookies[CHOICE])
    assert kept is not None
    assert (kept.accepted, visitor.cookies["visits"]) == (frozenset(), "")
    [taken_back] = withdrawn(guard)
    assert (taken_back.id, taken_back.refused, taken_back.component) == (
        kept.record,
        ("analytics", "newsletter"),
        "receipt",
    )
    assert "What you agreed to is taken back." in sheet(visitor.get({"done": "1"})).notice


def test_a_form_that_is_sent_twice_takes_back_once(tmp_path: Path) -> None:
    """Somebody clicks twice, with the cookies from before: one record."""
    guard = shop(tmp_path)
    record, cookies = chosen(guard, "analytics")
    for _ in range(2):
        assert browser(guard, WITHDRAW, cookies).post({"receipt": [record.id]}).status == 303
    assert len(withdrawn(guard)) == 1


def test_consent_on_a_form_is_taken_back_by_its_number_alone(tmp_path: Path) -> None:
    """By somebody who has no account, in any browser."""
    clock = FrozenClock()
    guard = shop(tmp_path, ON_A_FORM, clock=clock)
    record = guard.consent.give(["newsletter"], None, text="Send me news.", component="join", language="en")
    who = SubjectRef("receipt", record.id)
    assert guard.consent.consenting("newsletter", [who])
    clock.tick()
    sent = browser(guard, WITHDRAW).post({"receipt": [f" {record.id.upper()} "]})
    assert (sent.status, sent.cookies) == (303, ())
    assert not guard.consent.consenting("newsletter", [who])
    browser(guard, WITHDRAW).post({"receipt": [record.id]})  # once more
    assert [each.refused for each in withdrawn(guard)] == [("newsletter",)]


def test_the_choice_of_an_account_is_taken_back_by_its_number(tmp_path: Path) -> None:
    """Also where nobody is signed in; in the browser that keeps it, it is refused there too."""
    guard = shop(tmp_path)
    record, cookies = chosen(guard, "newsletter", subject=ANA)
    elsewhere = browser(guard, WITHDRAW).post({"receipt": [record.id]})
    assert (elsewhere.status, elsewhere.cookies) == (303, ())
    assert guard.consent.consenting("newsletter", [ANA]) == frozenset()

    record, cookies = chosen(guard, "newsletter", subject=ANA)
    visitor = browser(guard, WITHDRAW, cookies)
    visitor.post({"receipt": [record.id]})
    assert guard.cookies.choice(visitor.cookies[CHOICE]).accepted == frozenset()  # type: ignore[union-attr]


def test_whoever_is_signed_in_takes_their_own_choice_back_with_one_record(tmp_path: Path) -> None:
    """The browser's refusal is the account's."""
    guard = shop(tmp_path)
    record, cookies = chosen(guard, "newsletter", subject=ANA)
    browser(guard, WITHDRAW, cookies, subject=ANA).post({"receipt": [record.id]})
    assert [each.subject for each in withdrawn(guard)] == [guard.pseudonyms.of(ANA)]


@pytest.mark.parametrize(
    "number", ["", "x", UNKNOWN, UNKNOWN + "0", "0" * 5000, "<script>", "../../etc", "'; --", "ñ" * 32, "\uff10" * 32]
)
def test_a_number_that_is_none_is_refused_and_never_told_back(tmp_path: Path, number: str) -> None:
    """422 with what a number looks like; nothing is written."""
    guard = shop(tmp_path)
    refused = browser(guard, WITHDRAW).post({"receipt": [number]})
    [error] = [field.error for field in sheet(refused).errors]
    assert (refused.status, error.startswith("There is no receipt with this number.")) == (422, True)
    assert [field.value for field in sheet(refused).errors] == [""]
    assert acts(guard) == []


def test_the_choice_of_another_browser_is_refused_there(tmp_path: Path) -> None:
    """Nobody can reach into it from here, and the page says what to do."""
    guard = shop(tmp_path)
    record, _ = chosen(guard, "analytics")
    refused = browser(guard, WITHDRAW).post({"receipt": [record.id]})
    assert refused.status == 422
    assert "that browser alone keeps it" in sheet(refused).errors[0].error
    assert withdrawn(guard) == []


def test_a_receipt_that_agrees_to_nothing_has_nothing_to_take_back(tmp_path: Path) -> None:
    """Such as that of a refusal, or of a withdrawal."""
    guard = shop(tmp_path)
    record, cookies = chosen(guard)
    assert browser(guard, WITHDRAW, cookies).post({"receipt": [record.id]}).status == 422
    assert len(acts(guard)) == 1


def test_another_act_of_the_evidence_is_no_receipt(tmp_path: Path) -> None:
    """Its id leads to nothing, and nothing is told of it."""
    guard = shop(tmp_path)
    guard.evidence.record("request.received")
    [other] = acts(guard)
    assert browser(guard, WITHDRAW).post({"receipt": [other.id]}).status == 422


def test_numbers_cannot_be_tried_for_ever(tmp_path: Path) -> None:
    """The sixty-first of an hour waits."""
    guard = shop(tmp_path)
    answers = [through_the_door(guard, WITHDRAW, form=f"receipt={UNKNOWN}".encode()) for _ in range(61)]
    assert [each.status for each in answers] == [422] * 60 + [429]


def test_another_sites_form_takes_nothing_back(tmp_path: Path) -> None:
    """403, whatever number it has."""
    guard = shop(tmp_path, ON_A_FORM)
    record = guard.consent.give(["newsletter"], ANA, text="Send me news.", component="join", language="en")
    refused = through_the_door(guard, WITHDRAW, form=f"receipt={record.id}".encode(), site="cross-site")
    assert (refused.status, withdrawn(guard)) == (403, [])


@pytest.mark.parametrize(
    ("policy", "there"),
    [(CHOICES, (True, True, True)), (CONTROLLER, (False, False, False))],
)
def test_the_pages_exist_where_the_policy_asks(tmp_path: Path, policy: str, there: tuple[bool, ...]) -> None:
    """A policy that asks nobody has no receipts."""
    site = shop(tmp_path, policy).site
    assert tuple(route.enabled(site) for route in (PAGE, FILE, WITHDRAW)) == there


def test_the_site_says_that_it_honours_the_signal_since_the_version_in_force(tmp_path: Path) -> None:
    """As W3C GPC has it: a draft has no date to tell."""
    guard = shop(tmp_path)
    assert through_the_door(guard, GPC).json == {"gpc": True}
    Versions(tmp_path / "privacy.published").add(
        Version(version=guard.site.version, published=dt.date(2026, 5, 3), manifest="0"), {}
    )
    assert through_the_door(shop(tmp_path), GPC).json == {"gpc": True, "lastUpdate": "2026-05-03"}


def test_a_policy_that_exempts_every_purpose_says_nothing(tmp_path: Path) -> None:
    """404: a site that refuses nothing by the signal does not claim to honour it."""
    guard = shop(tmp_path, CHOICES.replace("basis = {", "gpc = false\nbasis = {"))
    assert through_the_door(guard, GPC).status == 404
    assert through_the_door(shop(tmp_path, CONTROLLER), GPC).status == 404


def through_the_door(guard: Guard, route: Route, *, form: bytes = b"", site: str = "same-origin") -> Outbound:
    """What an adapter answers: GET, or POST where there is a form."""
    headers = {"Sec-Fetch-Site": site, "Content-Type": "application/x-www-form-urlencoded"}
    method = "POST" if form else "GET"
    return answer(
        route, guard, Inbound(method=method, headers=headers, body=form, address="192.0.2.1", url_for=url_for)
    )
