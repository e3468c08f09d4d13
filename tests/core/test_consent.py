"""Consent: what waits for a choice, where; what a choice allows; and the entry of the evidence that proves it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard.consent import ConsentError, Decision, OutdatedError, allows, needs_consent
from consentguard.cookies import Choice
from consentguard.guard import Guard
from consentguard.manifest.schema import Manifest, Purpose
from consentguard.ports import StoreError
from consentguard.records import EVERYONE, ConsentMethod, ConsentRecord
from tests.core.visits import ANA, CHOICES, NOW, acts, shop

SECOND = dt.timedelta(seconds=1)
HALF_A_YEAR = dt.timedelta(days=182)
NONCE = "0123456789abcdef0123456789abcdef"
TWO_COUNTERS = CHOICES + '[cookies.heatmap]\npurpose = "analytics"\nnames = ["heat_*"]\n'


def decision(guard: Guard, *accepted: str, method: ConsentMethod = "save", nonce: str = "") -> Decision:
    return Decision(
        accepted=accepted,
        policy=guard.site.consent_policy.id,
        method=method,
        component="banner",
        language="es",
        jurisdiction="ES",
        nonce=nonce,
    )


def decide(guard: Guard, *accepted: str) -> ConsentRecord:
    return guard.consent.decide(decision(guard, *accepted))


def choice_of(guard: Guard, record: ConsentRecord) -> Choice | None:
    return guard.cookies.choice(guard.cookies.keep_choice(record).value)


def allowed(guard: Guard, choice: Choice | None, name: str, jurisdiction: str | None = None) -> bool:
    """Whether a visitor from there, whose browser keeps this choice, allows a purpose or a service."""
    to_choose = guard.site.to_choose(jurisdiction)
    return allows(guard.site.consent_policy, to_choose, name, lambda: guard.consent.in_force(choice))


@pytest.mark.parametrize(
    ("jurisdiction", "expected"),
    [
        (None, {"analytics", "newsletter"}),
        ("ES", {"analytics", "newsletter"}),
        ("GT", {"analytics"}),
        ("US-CA", {"analytics", "newsletter"}),
        ("US-NY", {"analytics"}),
        ("US", {"analytics", "newsletter"}),
    ],
)
def test_what_waits_for_consent_depends_on_the_place(
    tmp_path: Path, jurisdiction: str | None, expected: set[str]
) -> None:
    """The basis of the narrowest region holds; a place told less closely than the policy speaks, or not at all, gets
    the most protective answer; a purpose that a cookie serves which is not needed waits everywhere.
    """
    assert shop(tmp_path).site.to_choose(jurisdiction) == expected


def test_a_region_that_the_policy_does_not_speak_of_is_not_asked() -> None:
    """Where no basis is stated, consent is not, and no form can ask for it."""
    manifest = Manifest(manifest=1, purposes={"mail": Purpose(basis={"EEA": "consent"})})
    assert needs_consent(manifest, "mail", "GT", NOW.date()) is False
    assert needs_consent(manifest, "mail", "ES", NOW.date()) is True
    assert needs_consent(manifest, "mail", None, NOW.date()) is True


def test_what_is_asked_on_a_form_is_not_asked_of_every_visitor(tmp_path: Path) -> None:
    """A purpose with `ask = "form"` waits for consent, and the banner says nothing of it."""
    guard = shop(tmp_path, CHOICES.replace("[purposes.newsletter]", '[purposes.newsletter]\nask = "form"'))
    assert guard.site.consent_policy.purposes == ("analytics",)
    assert guard.consent.purposes == ("analytics", "newsletter")
    with pytest.raises(ConsentError, match="do not choose"):
        decide(guard, "newsletter")


def test_a_decision_is_one_entry_of_the_evidence(tmp_path: Path) -> None:
    """What was accepted and refused, under which words, how, in what, and until when; and there is no second record."""
    guard = shop(tmp_path)
    record = decide(guard, "newsletter")
    (entry,) = acts(guard)
    assert guard.consent.find(record.id) == record
    assert (entry.id, entry.act, entry.subject, entry.version) == (
        record.id,
        "consent.decided",
        EVERYONE,
        guard.site.version,
    )
    assert json.loads(entry.details) == {
        "policy": guard.site.consent_policy.digest,
        "accepted": "newsletter",
        "refused": "analytics",
        "language": "es",
        "jurisdiction": "ES",
        "method": "save",
        "component": "banner",
        "gpc": False,
        "lasts": 182 * 24 * 3600,
    }
    assert (record.at, record.until) == (NOW, NOW + HALF_A_YEAR)


def test_all_who_choose_alike_leave_the_same_details(tmp_path: Path) -> None:
    """Nothing in them tells two visitors apart, so that a database can count them."""
    guard = shop(tmp_path)
    ids = {decide(guard, "analytics").id for _ in range(3)}
    assert len(ids) == 3
    assert len({entry.details for entry in acts(guard)}) == 1


def test_who_is_signed_in_is_a_pseudonym(tmp_path: Path) -> None:
    """The record names nobody, and tells whether that person agrees."""
    guard = shop(tmp_path)
    record = guard.consent.decide(decision(guard, "analytics"), ANA)
    assert record.subject == guard.pseudonyms.of(ANA) == acts(guard)[0].subject
    assert ANA.key not in record.subject.split(":")
    assert guard.consent.consenting("analytics", [ANA]) == {ANA}
    assert guard.consent.consenting("newsletter", [ANA]) == frozenset()


def test_a_withdrawal_counts_though_it_came_to_a_clock_that_is_behind(tmp_path: Path) -> None:
    """Of two machines, the one that took the consent down was ahead; what takes it back is newer all the same."""
    guard = shop(tmp_path)
    given = guard.consent.decide(decision(guard, "analytics"), ANA)
    guard.clock.tick(-HALF_A_YEAR / 1000)  # type: ignore[attr-defined]
    taken = guard.consent.withdraw(["analytics"], ANA)
    assert taken.at > given.at > guard.clock.now()
    assert guard.consent.consenting("analytics", [ANA]) == frozenset()


@pytest.mark.parametrize("purpose", ["service", "advertising", "", "Analytics", "analytics/", "newsletter/counter"])
def test_what_nobody_chooses_about_cannot_be_accepted(tmp_path: Path, purpose: str) -> None:
    """A forged purpose or service is refused as a whole, nothing is written, and the error repeats nothing."""
    guard = shop(tmp_path)
    with pytest.raises(ConsentError, match="do not choose") as caught:
        decide(guard, "analytics", purpose)
    assert not purpose or purpose not in caught.value.message
    assert acts(guard) == []


def test_nobody_agrees_to_what_they_have_not_read(tmp_path: Path) -> None:
    """To accept, a version that still holds has to be named; to refuse, none."""
    guard = shop(tmp_path)
    for policy in ("", "0" * 16):
        with pytest.raises(OutdatedError):
            guard.consent.decide(replace(decision(guard, "analytics"), policy=policy))
    assert acts(guard) == []
    refused = guard.consent.decide(replace(decision(guard, method="reject"), policy="0" * 16))
    assert refused.refused == ("analytics", "newsletter")


@pytest.mark.parametrize("method", ["reject", "withdraw", "gpc"])
def test_who_refuses_accepts_nothing(tmp_path: Path, method: ConsentMethod) -> None:
    """A decision that says both is none."""
    guard = shop(tmp_path)
    with pytest.raises(ConsentError, match="accepts nothing"):
        guard.consent.decide(decision(guard, "analytics", method=method))
    assert acts(guard) == []


def test_a_decision_that_is_sent_again_is_recorded_once(tmp_path: Path) -> None:
    """The same nonce gives the same record, whose id it does not show; with another content it is refused."""
    guard = shop(tmp_path)
    first = guard.consent.decide(decision(guard, "analytics", nonce=NONCE))
    guard.clock.tick(SECOND)  # type: ignore[attr-defined]
    again = guard.consent.decide(decision(guard, "analytics", nonce=NONCE))
    assert again == first
    assert NONCE not in first.id
    with pytest.raises(ConsentError, match="something else"):
        guard.consent.decide(decision(guard, "newsletter", nonce=NONCE))
    with pytest.raises(ConsentError, match="32 hex"):
        guard.consent.decide(decision(guard, "newsletter", nonce="x" * 32))
    assert len(acts(guard)) == 1


def test_a_decision_that_cannot_be_kept_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the evidence cannot be kept, nothing was decided."""
    guard = shop(tmp_path)

    def full(entry: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(guard.stores.entries, "add", full)
    with pytest.raises(StoreError, match="full"):
        guard.consent.decide(decision(guard, "analytics"), ANA)
    assert guard.consent.consenting("analytics", [ANA]) == frozenset()


def test_only_what_was_accepted_is_allowed(tmp_path: Path) -> None:
    """Without a choice, what waits is not allowed and what does not wait is; a choice allows what it accepts."""
    guard = shop(tmp_path)
    choice = choice_of(guard, decide(guard, "analytics"))
    assert [allowed(guard, None, name) for name in ("service", "analytics", "newsletter")] == [True, False, False]
    assert [allowed(guard, choice, name) for name in ("service", "analytics", "newsletter")] == [True, True, False]
    assert [allowed(guard, choice, name) for name in ("session", "counter")] == [True, True]
    assert not allowed(guard, None, "counter")


def test_what_is_asked_elsewhere_is_allowed_until_it_is_refused(tmp_path: Path) -> None:
    """Where no law asks, silence is no refusal; but whoever says no is heard wherever they are."""
    guard = shop(tmp_path)
    assert allowed(guard, None, "newsletter", "GT")
    assert not allowed(guard, choice_of(guard, decide(guard)), "newsletter", "GT")


def test_one_service_of_a_purpose_can_be_accepted_alone(tmp_path: Path) -> None:
    """It runs, its purpose does not as a whole, and the others are refused by name; all of them are the purpose."""
    guard = shop(tmp_path, TWO_COUNTERS)
    record = decide(guard, "analytics/counter")
    assert (record.accepted, record.refused) == (("analytics/counter",), ("analytics/heatmap", "newsletter"))
    choice = choice_of(guard, record)
    assert [allowed(guard, choice, name) for name in ("counter", "heatmap", "analytics")] == [True, False, False]
    assert decide(guard, "analytics/heatmap", "analytics/counter").accepted == ("analytics",)
    assert guard.consent.consenting("analytics", []) == frozenset()


def test_a_choice_is_not_looked_for_where_nobody_is_asked(tmp_path: Path) -> None:
    """What waits for nobody is the same for all, so that a page that asks no more may be cached for all."""
    asked: list[None] = []
    site = shop(tmp_path).site
    assert allows(site.consent_policy, site.to_choose(None), "service", lambda: asked.append(None))
    assert not allows(site.consent_policy, site.to_choose(None), "analytics", lambda: asked.append(None))
    assert asked == [None]


def test_a_choice_runs_out(tmp_path: Path) -> None:
    """After half a year the visitor is asked again, and until then nothing more is allowed."""
    guard = shop(tmp_path)
    choice = choice_of(guard, guard.consent.decide(decision(guard, "analytics"), ANA))
    assert choice is not None
    guard.clock.tick(HALF_A_YEAR - SECOND)  # type: ignore[attr-defined]
    assert allowed(guard, choice, "analytics")
    assert guard.consent.consenting("analytics", [ANA]) == {ANA}
    guard.clock.tick(SECOND)  # type: ignore[attr-defined]
    assert not allowed(guard, choice, "analytics")
    assert guard.consent.consenting("analytics", [ANA]) == frozenset()


def test_the_policy_says_how_long_a_choice_holds(tmp_path: Path) -> None:
    """By the calendar: a month is a month."""
    guard = shop(tmp_path, CHOICES + '[consent]\nlasts = "P1M"\n')
    assert decide(guard, "analytics").until == NOW.replace(month=12)


def test_a_slip_in_a_name_is_an_error(tmp_path: Path) -> None:
    """A name that the policy does not have is a mistake in code, and not a refusal."""
    with pytest.raises(ConsentError, match="'analitics'") as caught:
        allowed(shop(tmp_path), None, "analitics")
    assert "analytics" in caught.value.hint


def test_a_site_with_nothing_to_choose_asks_nobody(tmp_path: Path) -> None:
    """Where no purpose waits for consent there is no choice to make, even for somebody whose place is unknown."""
    service = CHOICES[: CHOICES.index("[purposes.analytics]")]
    site = shop(tmp_path, service).site
    assert site.consent_policy.purposes == ()
    assert site.to_choose(None) == frozenset()
