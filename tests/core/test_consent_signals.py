"""Global Privacy Control of somebody who signs in: on record once, never over what they said, and never in the way."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from consentguard.consent import Decision
from consentguard.consent.signals import refuse_by_signal
from consentguard.guard import Guard
from consentguard.ports import StoreError
from consentguard.records import EvidenceEntry, SubjectRef
from consentguard.web.consent.signals import signed_in
from tests.core.visits import ANA, CHOICES, acts, shop

SENDS = {"Sec-GPC": "1"}
PURPOSES = ("analytics", "newsletter")


def sign_in(guard: Guard, who: SubjectRef | None = ANA, headers: dict[str, str] | None = None) -> None:
    signed_in(lambda: guard, SENDS if headers is None else headers, "192.0.2.1", lambda _: who)


def test_the_signal_is_taken_down_once(tmp_path: Path) -> None:
    """Which purposes it refuses, for whom, and that it was the browser that said so; the next sign-in adds nothing."""
    guard = shop(tmp_path)
    for _ in range(3):
        sign_in(guard)
    [entry] = acts(guard)
    record = guard.consent.find(entry.id)
    assert record is not None
    assert (record.refused, record.accepted, record.method, record.gpc) == (PURPOSES, (), "gpc", True)
    assert (record.subject, record.component, record.until) == (guard.pseudonyms.of(ANA), "signin", None)
    assert guard.consent.consenting("newsletter", [ANA]) == frozenset()


def test_an_explicit_choice_outranks_the_signal(tmp_path: Path) -> None:
    """What somebody accepted stays accepted, and their record the newest."""
    guard = shop(tmp_path)
    asked = guard.site.consent_policy.id
    said = Decision(accepted=("newsletter",), policy=asked, method="save", component="banner", language="en")
    guard.consent.decide(said, ANA)
    sign_in(guard)
    assert len(acts(guard)) == 1
    assert guard.consent.consenting("newsletter", [ANA]) == {ANA}


def test_what_was_never_decided_about_is_refused_beside_what_was(tmp_path: Path) -> None:
    """Consent that was given on a form says nothing of the banner's purposes, and loses nothing to them."""
    guard = shop(tmp_path, CHOICES.replace('basis = { EEA = "consent"', 'ask = "form"\nbasis = { EEA = "consent"'))
    guard.consent.give(["newsletter"], ANA, text="Send me news.", component="join", language="en")
    made = refuse_by_signal(guard.consent, ANA, PURPOSES)
    assert made is not None
    assert made.refused == ("analytics",)
    assert guard.consent.consenting("newsletter", [ANA]) == {ANA}


@pytest.mark.parametrize("sent", ["", "0", "1 ", "true", "11"])
def test_only_the_exact_signal_counts(tmp_path: Path, sent: str) -> None:
    """`1` and nothing else (W3C GPC): without it the site is not even asked for."""
    guard = shop(tmp_path)
    sign_in(guard, headers={"Sec-GPC": sent})
    signed_in(lambda: pytest.fail("asked for"), {}, "", lambda _: ANA)
    assert acts(guard) == []


def test_a_policy_that_exempts_every_purpose_takes_nothing_down(tmp_path: Path) -> None:
    """And whoever signs in is not looked up."""
    exempt = CHOICES.replace("basis = {", "gpc = false\nbasis = {")
    signed_in(lambda: shop(tmp_path, exempt), SENDS, "", lambda _: pytest.fail("looked up"))
    assert acts(shop(tmp_path, exempt)) == []


def test_somebody_who_is_no_data_subject_is_passed_over(tmp_path: Path) -> None:
    """The setting `subject` may say that an account is nobody the policy is about."""
    guard = shop(tmp_path)
    sign_in(guard, None)
    assert acts(guard) == []


def test_two_sign_ins_at_once_leave_one_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds the same id there, and leaves it."""
    guard = shop(tmp_path)
    refuse_by_signal(guard.consent, ANA, PURPOSES)
    monkeypatch.setattr(
        type(guard.consent), "standing", lambda *_: {}
    )  # what the second one saw before the first wrote
    assert refuse_by_signal(guard.consent, ANA, PURPOSES) is None
    assert len(acts(guard)) == 1


def test_a_database_that_is_away_keeps_nobody_from_signing_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the sign-in goes on."""
    guard = shop(tmp_path)

    def refuse(_: object, __: EvidenceEntry) -> None:
        raise StoreError("the database is away")

    monkeypatch.setattr(type(guard.stores.entries), "add", refuse)
    with caplog.at_level(logging.ERROR, "consentguard"):
        sign_in(guard)
    assert "the database is away" in caplog.text


def test_a_site_that_lost_its_keys_keeps_nobody_from_signing_in(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without keys nobody has a pseudonym, and the log says so."""
    sign_in(shop(tmp_path, keys=False))
    assert "could not be taken down" in caplog.text
