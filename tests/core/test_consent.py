"""Consent: what waits for a choice, where; what a choice allows; and the record that proves it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from consentguard.consent import CHOICE_LASTS, ConsentError, allows, needs_consent
from consentguard.cookies import Choice
from consentguard.guard import Guard
from consentguard.manifest.schema import Manifest, Purpose
from consentguard.ports import StoreError
from consentguard.records import EVERYONE, ConsentRecord
from tests.core.visits import ANA, CHOICES, NOW, acts, shop

SECOND = dt.timedelta(seconds=1)


def choose(guard: Guard, *accepted: str, jurisdiction: str | None = None) -> ConsentRecord:
    return guard.consent.choose(accepted, subject=None, language="es", jurisdiction=jurisdiction, method="form")


def choice_of(guard: Guard, record: ConsentRecord) -> Choice | None:
    return guard.cookies.choice(guard.cookies.keep_choice(record).value)


def allowed(guard: Guard, choice: Choice | None, purpose: str, jurisdiction: str | None = None) -> bool:
    """Whether a visitor from there, whose browser keeps this choice, allows a purpose."""
    to_choose = guard.consent.purposes(jurisdiction)
    return allows(guard.site.policy.manifest, to_choose, purpose, lambda: guard.consent.in_force(choice))


@pytest.mark.parametrize(
    ("jurisdiction", "expected"),
    [
        (None, ("analytics", "newsletter")),
        ("ES", ("analytics", "newsletter")),
        ("GT", ("analytics",)),
        ("US-CA", ("analytics", "newsletter")),
        ("US-NY", ("analytics",)),
        ("US", ("analytics", "newsletter")),
    ],
)
def test_what_waits_for_consent_depends_on_the_place(
    tmp_path: Path, jurisdiction: str | None, expected: tuple[str, ...]
) -> None:
    """The basis of the narrowest region holds; a place told less closely than the policy speaks, or not at all, gets
    the most protective answer; a purpose that a cookie serves which is not needed waits everywhere.
    """
    assert shop(tmp_path).consent.purposes(jurisdiction) == expected


def test_a_region_that_the_policy_does_not_speak_of_is_not_asked() -> None:
    """Where no basis is stated, consent is not, and no form can ask for it."""
    manifest = Manifest(manifest=1, purposes={"mail": Purpose(basis={"EEA": "consent"})})
    assert needs_consent(manifest, "mail", "GT", NOW.date()) is False
    assert needs_consent(manifest, "mail", "ES", NOW.date()) is True
    assert needs_consent(manifest, "mail", None, NOW.date()) is True


def test_a_choice_is_recorded_with_its_evidence(tmp_path: Path) -> None:
    """What was accepted and refused, in which language and version, how, and until when; the evidence holds counts."""
    guard = shop(tmp_path)
    record = choose(guard, "newsletter", jurisdiction="ES")
    assert guard.stores.consents.find(record.id) == record
    assert (record.accepted, record.refused) == (("newsletter",), ("analytics",))
    assert (record.version, record.language, record.jurisdiction) == (guard.site.version, "es", "ES")
    assert (record.at, record.until, record.subject) == (NOW, NOW + CHOICE_LASTS, EVERYONE)
    (act,) = acts(guard)
    assert (act.act, act.subject) == ("consent.recorded", EVERYONE)
    assert json.loads(act.details) == {"accepted": 1, "refused": 1, "method": "form"}


def test_who_is_signed_in_is_a_pseudonym(tmp_path: Path) -> None:
    """Record and evidence name nobody, and the newest record of a person is found."""
    guard = shop(tmp_path)
    record = guard.consent.choose((), subject=ANA, language="en", jurisdiction=None, method="api")
    assert record.subject == guard.pseudonyms.of(ANA) == acts(guard)[0].subject
    assert guard.stores.consents.latest(guard.pseudonyms.of(ANA)) == record
    assert ANA.key not in record.subject.split(":")


@pytest.mark.parametrize("purpose", ["service", "advertising", "", "Analytics"])
def test_what_nobody_chooses_about_cannot_be_accepted(tmp_path: Path, purpose: str) -> None:
    """A forged purpose is refused as a whole, nothing is written, and the error does not repeat what was sent."""
    guard = shop(tmp_path)
    with pytest.raises(ConsentError, match="do not choose") as caught:
        choose(guard, "analytics", purpose)
    assert not purpose or purpose not in caught.value.message
    assert acts(guard) == []


def test_what_is_chosen_about_elsewhere_may_be_accepted(tmp_path: Path) -> None:
    """Somebody who crosses a border between reading and sending loses no choice."""
    record = choose(shop(tmp_path), "newsletter", jurisdiction="GT")
    assert (record.accepted, record.refused) == (("newsletter",), ("analytics",))


def test_a_choice_and_its_evidence_stand_or_fall_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the evidence cannot be kept, neither is the choice."""
    guard = shop(tmp_path)

    def full(entry: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(guard.stores.entries, "add", full)
    with pytest.raises(StoreError):
        guard.consent.choose(["analytics"], subject=ANA, language="en", jurisdiction=None, method="form")
    assert guard.stores.consents.latest(guard.pseudonyms.of(ANA)) is None


def test_only_what_was_accepted_is_allowed(tmp_path: Path) -> None:
    """Without a choice, what waits is not allowed and what does not wait is; a choice allows what it accepts."""
    guard = shop(tmp_path)
    consent, choice = guard.consent, choice_of(guard, choose(guard, "analytics"))
    assert consent.needs_choice(None)
    assert [allowed(guard, None, name) for name in ("service", "analytics", "newsletter")] == [True, False, False]
    assert not consent.needs_choice(choice)
    assert [allowed(guard, choice, name) for name in ("service", "analytics", "newsletter")] == [True, True, False]
    assert allowed(guard, None, "newsletter", "GT")


def test_a_choice_is_not_looked_for_where_nobody_is_asked(tmp_path: Path) -> None:
    """What waits for nobody is the same for all, so that a page that asks no more may be cached for all."""
    asked: list[None] = []
    guard = shop(tmp_path)
    assert allows(guard.site.policy.manifest, guard.consent.purposes(), "service", lambda: asked.append(None))
    assert not allows(guard.site.policy.manifest, guard.consent.purposes(), "analytics", lambda: asked.append(None))
    assert asked == [None]


def test_to_withdraw_is_to_accept_nothing(tmp_path: Path) -> None:
    """The newer record refuses everything, and its cookie allows nothing."""
    guard = shop(tmp_path)
    choose(guard, "analytics")
    record = choose(guard)
    assert record.refused == ("analytics", "newsletter")
    assert not allowed(guard, choice_of(guard, record), "analytics")


def test_a_choice_runs_out(tmp_path: Path) -> None:
    """After half a year the visitor is asked again, and until then nothing more is allowed."""
    guard = shop(tmp_path)
    record = choose(guard, "analytics")
    choice = choice_of(guard, record)
    assert choice is not None
    guard.clock.tick(CHOICE_LASTS - SECOND)  # type: ignore[attr-defined]
    assert allowed(guard, choice, "analytics")
    guard.clock.tick(SECOND)  # type: ignore[attr-defined]
    assert guard.consent.needs_choice(choice)
    assert not allowed(guard, choice, "analytics")


def test_a_choice_under_another_version_does_not_count(tmp_path: Path) -> None:
    """When the policy says something else, the visitor is asked again."""
    old = shop(tmp_path)
    choice = choice_of(old, choose(old, "analytics"))
    new = shop(tmp_path, CHOICES.replace("How many people read what.", "Who reads what."))
    assert new.site.version != old.site.version
    assert new.consent.needs_choice(choice)
    assert not allowed(new, choice, "analytics")


def test_a_slip_in_a_purpose_is_an_error(tmp_path: Path) -> None:
    """A purpose that the policy does not name is a mistake in code, and not a refusal."""
    with pytest.raises(ConsentError, match="'analitics'") as caught:
        allowed(shop(tmp_path), None, "analitics")
    assert "analytics" in caught.value.hint


def test_a_site_with_nothing_to_choose_asks_nobody(tmp_path: Path) -> None:
    """Where no purpose waits for consent there is no choice to make, even for somebody whose place is unknown."""
    service = CHOICES[: CHOICES.index("[purposes.analytics]")]
    consent = shop(tmp_path, service).consent
    assert consent.purposes() == ()
    assert not consent.needs_choice(None)
