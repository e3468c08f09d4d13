"""Consent that is given on a form: who agreed to which words, who still does, and what is no consent at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from consentguard import ConsentMissingError
from consentguard.consent import ConsentError, Decision, MethodError
from consentguard.consent.record import ACT, parse
from consentguard.guard import Guard
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.web.api import ROUTES
from consentguard.web.messages import Outbound
from tests.core.letters_kit import ADA, BOB, LETTERS, TEXT
from tests.core.visits import ANA, CHOICES, Browser, acts, shop

MOMENT = dt.timedelta(microseconds=1)
NONCE = "0123456789abcdef0123456789abcdef"


def letters(folder: Path) -> Guard:
    return shop(folder, LETTERS)


def give(guard: Guard, who: SubjectRef | str | None, purpose: str = "newsletter", **rest: Any) -> ConsentRecord:
    return guard.consent.give([purpose], who, **{"text": TEXT, "component": "SignUp", "language": "en", **rest})


def tick(guard: Guard) -> None:
    guard.clock.tick(MOMENT)  # type: ignore[attr-defined]


def test_consent_is_kept_with_the_words_agreed_to(tmp_path: Path) -> None:
    """Who, by pseudonym; what for; the hash of the words; the form, the language, the version: in one entry."""
    guard = letters(tmp_path)
    record = give(guard, ANA, language="es", jurisdiction="ES", gpc=True)
    assert guard.consent.find(record.id) == record
    assert (record.subject, record.accepted, record.refused) == (guard.pseudonyms.of(ANA), ("newsletter",), ())
    assert record.text == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (record.component, record.language, record.jurisdiction) == ("SignUp", "es", "ES")
    assert (record.method, record.gpc, record.until, record.version) == ("accept", True, None, guard.site.version)
    assert [entry.id for entry in acts(guard)] == [record.id]
    assert ADA not in acts(guard)[0].details


def test_nobody_may_be_written_to_without_consent(tmp_path: Path) -> None:
    """Code that asks first stops for whoever never agreed, and goes on for whoever did."""
    guard = letters(tmp_path)
    give(guard, ANA)
    guard.consent.require("newsletter", ANA)
    with pytest.raises(ConsentMissingError, match="newsletter") as caught:
        guard.consent.require("newsletter", BOB)
    assert BOB not in str(caught.value)


def test_the_history_of_consent_is_kept(tmp_path: Path) -> None:
    """To agree again adds a record, and leaves the ones before it as they were."""
    guard = letters(tmp_path)
    first = give(guard, ADA)
    tick(guard)
    guard.consent.withdraw(["newsletter"], ADA)
    tick(guard)
    second = give(guard, ADA, text="Other words")
    assert [parse(entry) for entry in acts(guard)][::2] == [first, second]
    assert guard.consent.agreed_by(ADA) == {"newsletter": second}


def test_a_withdrawal_counts_at_once(tmp_path: Path) -> None:
    """Whoever takes it back is left out from the next question on, whatever they agreed to before."""
    guard = letters(tmp_path)
    give(guard, ANA)
    give(guard, ADA)
    tick(guard)
    guard.consent.withdraw(["newsletter"], ANA, component="account")
    assert guard.consent.consenting("newsletter", [ANA, ADA, BOB]) == {ADA}


def test_a_thousand_withdrawals_at_once_leave_nobody_in(tmp_path: Path) -> None:
    """Each counts for the very next question of whoever sends, however many others are at work."""
    guard = letters(tmp_path)
    people = [SubjectRef("user", str(number)) for number in range(1000)]
    for person in people:
        give(guard, person)
    tick(guard)

    def withdrawn(person: SubjectRef) -> bool:
        guard.consent.withdraw(["newsletter"], person)
        return person not in guard.consent.consenting("newsletter", [person])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(withdrawn, people))
    assert guard.consent.consenting("newsletter", people) == frozenset()


def test_a_withdrawal_that_is_rolled_back_is_none(tmp_path: Path) -> None:
    """It is part of the caller's transaction, and stands or falls with it."""
    guard = letters(tmp_path)
    give(guard, ANA)
    tick(guard)

    def broken_off() -> None:
        with guard.stores.transactions.atomic():
            guard.consent.withdraw(["newsletter"], ANA)
            raise LookupError

    with pytest.raises(LookupError):
        broken_off()
    assert guard.consent.consenting("newsletter", [ANA]) == {ANA}


def test_of_two_decisions_of_one_moment_the_refusal_counts(tmp_path: Path) -> None:
    """Where nobody can tell which came last, nobody's data is used."""
    guard = letters(tmp_path)
    people = [SubjectRef("user", str(number)) for number in range(20)]
    for who in people:
        give(guard, who)
        guard.consent.withdraw(["newsletter"], who)
    assert guard.consent.consenting("newsletter", people) == frozenset()


def test_an_address_is_one_however_it_is_written(tmp_path: Path) -> None:
    """Upper and lower case are alike, and each way in which somebody writes it is answered."""
    guard = letters(tmp_path)
    give(guard, "Ada@Example.org")
    assert guard.consent.consenting("newsletter", [ADA, "ADA@example.org"]) == {ADA, "ADA@example.org"}


def test_whoever_is_not_known_keeps_a_receipt(tmp_path: Path) -> None:
    """The id of the record is all that they need to take it back."""
    guard = letters(tmp_path)
    record = give(guard, None)
    who = SubjectRef("receipt", record.id)
    guard.consent.require("newsletter", who)
    tick(guard)
    withdrawn = guard.consent.withdraw_receipt(record.id)
    assert withdrawn is not None
    assert (withdrawn.refused, withdrawn.method) == (("newsletter",), "withdraw")
    assert guard.consent.consenting("newsletter", [who]) == frozenset()


def test_a_form_that_is_sent_twice_is_recorded_once(tmp_path: Path) -> None:
    """With a nonce, the second sending gives the record that is there; with other words it is refused."""
    guard = letters(tmp_path)
    assert give(guard, ADA, nonce=NONCE) == give(guard, ADA, nonce=NONCE)
    assert len(acts(guard)) == 1
    with pytest.raises(ConsentError, match="sent before"):
        give(guard, BOB, nonce=NONCE)


@pytest.mark.parametrize(("purposes", "text"), [([], TEXT), (["newsletter"], " "), (["service"], TEXT), (["x"], TEXT)])
def test_what_is_no_consent_is_not_recorded(tmp_path: Path, purposes: list[str], text: str) -> None:
    """Consent is to a purpose that waits for it, by words that say what it is."""
    guard = letters(tmp_path)
    with pytest.raises(ConsentError):
        guard.consent.give(purposes, ADA, text=text, component="SignUp", language="en")
    assert acts(guard) == []


def test_a_slip_in_a_purpose_is_no_refusal(tmp_path: Path) -> None:
    """A purpose of which nobody is asked is a mistake in code."""
    guard = letters(tmp_path)
    for ask in (lambda: guard.consent.require("newsleter", ANA), lambda: guard.consent.consenting("service", [ANA])):
        with pytest.raises(ConsentError, match="nobody is asked"):
            ask()


@pytest.mark.parametrize("method", ["continued_use", "scroll", "dismiss", ""])
def test_to_go_on_using_a_site_is_no_consent(tmp_path: Path, method: str) -> None:
    """No decision is made by it, in code or in JSON; the error says why, and nothing is recorded."""
    guard = shop(tmp_path, CHOICES)
    made: Any = {"method": method, "component": "banner", "language": "en", "policy": guard.site.consent_policy.id}
    with pytest.raises(MethodError, match="no consent"):
        guard.consent.decide(Decision(accepted=("analytics",), **made))
    [route] = [route for route in ROUTES if route.name == "api_choice"]
    sent = json.dumps({"accepted": ["analytics"], "policy": made["policy"], "method": method}).encode()
    answer = Browser(guard, route, headers={"Content-Type": "application/json"}).post(body=sent)
    assert isinstance(answer, Outbound)
    assert (answer.status, answer.cookies) == (400, ())
    assert "method" in str(answer.json)
    assert acts(guard) == []


def test_a_written_record_by_continued_use_is_none(tmp_path: Path) -> None:
    """Whatever somebody writes into the evidence by hand, nobody agrees by it."""
    guard = letters(tmp_path)
    give(guard, ADA)
    facts = json.loads(acts(guard)[0].details) | {"method": "continued_use"}
    tick(guard)
    guard.evidence.record(ACT, guard.pseudonyms.of_address(BOB), **facts)
    assert guard.consent.consenting("newsletter", [ADA, BOB]) == {ADA}


def test_consent_in_the_banner_ends_where_what_was_asked_got_worse(tmp_path: Path) -> None:
    """An account's choice counts as little as the browser's cookie, once a service is new that nobody knew of."""
    guard = shop(tmp_path, CHOICES)
    made: Any = {"method": "accept", "component": "banner", "language": "en"}
    guard.consent.decide(Decision(accepted=("analytics",), policy=guard.site.consent_policy.id, **made), ANA)
    assert guard.consent.consenting("analytics", [ANA]) == {ANA}
    wider = Guard(
        shop(tmp_path, CHOICES + '[cookies.heat]\npurpose = "analytics"\nnames = ["heat"]\n').site, guard.stores
    )
    assert wider.consent.consenting("analytics", [ANA]) == frozenset()


def test_what_a_browser_signals_is_known_of_its_newest_decision(tmp_path: Path) -> None:
    """Whoever sends Global Privacy Control no more is not held to it; a withdrawal says nothing of it."""
    guard = letters(tmp_path)
    give(guard, ANA, gpc=True)
    give(guard, ADA, gpc=True)
    tick(guard)
    give(guard, ADA)
    guard.consent.withdraw(["newsletter"], ANA)
    assert guard.consent.signalling([ANA, ADA, BOB]) == {ANA}


def test_a_link_takes_back_what_is_there_to_take_back(tmp_path: Path) -> None:
    """By pseudonym alone, and once; what nobody is asked about has nothing to take back."""
    guard = letters(tmp_path)
    give(guard, ADA)
    tick(guard)
    name = guard.pseudonyms.of_address(ADA)
    assert guard.consent.withdraw_by(name, ["offers"], component="unsubscribe") is None
    record = guard.consent.withdraw_by(name, ["newsletter"], component="unsubscribe", language="es")
    assert record is not None
    assert (record.method, record.component, record.language) == ("withdraw", "unsubscribe", "es")
    assert guard.consent.withdraw_by(name, ["newsletter"], component="unsubscribe") is None
    assert len(acts(guard)) == 2
