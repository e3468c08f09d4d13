"""What a host's code reads of a request: lazily, once, and never more than was shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consentguard.consent import ConsentError
from consentguard.cookies import AGE as AGE_COOKIE
from consentguard.cookies import CHOICE, REFUSAL, Kept
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.assurance import Browser
from consentguard.web.circumstances import Circumstances
from consentguard.web.privacy import Claims, Privacy, jurisdiction_of
from tests.core.test_consent import TWO_COUNTERS, decide
from tests.core.visits import AGE, ANA, CHOICES, NOW, shop

EVA = SubjectRef("user", "13")
POLICY = CHOICES + AGE
WITH_FACTORS = CHOICES + "[twofactor]\n"


@dataclass
class Visit:
    """A request that writes down what it was asked for."""

    of: Guard
    sent: dict[str, str] = field(default_factory=dict)
    signed_in: SubjectRef | None = None
    place: str = ""
    signal: str = ""
    told: int = 0
    asked: list[str] = field(default_factory=list)

    def guard(self) -> Guard:
        self.asked.append("guard")
        return self.of

    def headers(self) -> Mapping[str, str]:
        self.asked.append("headers")
        return {"CF-IPCountry": self.place} | ({"Sec-Gpc": self.signal} if self.signal else {})

    def cookies(self) -> Mapping[str, str]:
        self.asked.append("cookies")
        return self.sent

    def address(self) -> str:
        self.asked.append("address")
        return "192.0.2.1"

    def secure(self) -> bool:
        return False

    def subject(self) -> SubjectRef | None:
        self.asked.append("subject")
        return self.signed_in

    def circumstances(self) -> Circumstances:
        return Circumstances()

    def vary(self) -> None:
        self.told += 1


def by_header(headers: Mapping[str, str], address: str) -> str | None:
    return headers["CF-IPCountry"]


def chosen(guard: Guard, *accepted: str) -> dict[str, str]:
    return sent(guard.cookies.keep_choice(decide(guard, *accepted)))


def sent(kept: Kept) -> dict[str, str]:
    return {kept.name: kept.value}


def test_nothing_is_asked_before_it_is_read(tmp_path: Path) -> None:
    """To attach it to a request costs no look at the request."""
    visit = Visit(shop(tmp_path))
    privacy = Privacy(visit)
    assert (visit.asked, privacy.varies) == ([], False)


def test_each_answer_is_kept(tmp_path: Path) -> None:
    """Twenty questions of a view ask the request once."""
    guard = shop(tmp_path, POLICY)
    visit = Visit(guard, chosen(guard, "analytics"), ANA)
    privacy = Privacy(visit)
    for _ in range(20):
        privacy.allows("analytics")
        assert privacy.choice is not None
        assert privacy.subject == ANA
        assert privacy.jurisdiction is None
    assert sorted(visit.asked) == ["cookies", "guard", "subject"]


def test_a_choice_allows_what_it_accepted(tmp_path: Path) -> None:
    """What was accepted is allowed, what was refused is not, and what waits for nobody always is."""
    guard = shop(tmp_path)
    privacy = Privacy(Visit(guard, chosen(guard, "analytics")))
    assert [privacy.allows(name) for name in ("service", "analytics", "newsletter")] == [True, True, False]
    assert not privacy.needs_choice


@pytest.mark.parametrize("cookies", [{}, {CHOICE: ""}, {CHOICE: "x" * 5000}, {CHOICE: "analytics"}])
def test_without_a_choice_that_counts_nothing_is_accepted(tmp_path: Path, cookies: dict[str, str]) -> None:
    """No cookie, or one that is not ours: the visitor is to be asked."""
    privacy = Privacy(Visit(shop(tmp_path), cookies))
    assert privacy.choice is None
    assert privacy.needs_choice
    assert [privacy.allows(name) for name in ("service", "analytics")] == [True, False]


def test_a_choice_under_another_version_does_not_count(tmp_path: Path) -> None:
    """It is as if there were none."""
    old = shop(tmp_path)
    cookies = chosen(old, "analytics")
    privacy = Privacy(Visit(shop(tmp_path, CHOICES.replace("How many", "Which")), cookies))
    assert privacy.choice is None
    assert not privacy.allows("analytics")


def test_a_service_is_allowed_alone_or_with_its_purpose(tmp_path: Path) -> None:
    """Whoever accepts one of two counters allows that one, and not their purpose as a whole."""
    guard = shop(tmp_path, TWO_COUNTERS)
    one = Privacy(Visit(guard, chosen(guard, "analytics/heatmap")))
    assert [one.allows(name) for name in ("heatmap", "counter", "analytics", "session")] == [True, False, False, True]
    both = Privacy(Visit(guard, chosen(guard, "analytics")))
    assert [both.allows(name) for name in ("heatmap", "counter", "analytics")] == [True, True, True]


def test_the_scripts_mark_refuses_what_was_accepted_before(tmp_path: Path) -> None:
    """Until a server takes the refusal down; whatever the mark holds, it never accepts."""
    guard = shop(tmp_path)
    for mark in ("analytics", f"{guard.site.consent_policy.id}.{int(NOW.timestamp()):x}"):
        privacy = Privacy(Visit(guard, chosen(guard, "analytics") | {REFUSAL: mark}))
        assert not privacy.allows("analytics")


@pytest.mark.parametrize(("signal", "allowed"), [("1", False), ("0", True), ("true", True), ("", True)])
def test_global_privacy_control_refuses_where_nobody_is_asked(tmp_path: Path, signal: str, allowed: bool) -> None:
    """A purpose that is asked about elsewhere only is refused by exactly `1`."""
    guard = shop(tmp_path, jurisdiction=by_header)
    privacy = Privacy(Visit(guard, place="GT", signal=signal))
    assert privacy.allows("newsletter") is allowed
    assert privacy.varies


def test_an_explicit_choice_outranks_the_signal(tmp_path: Path) -> None:
    """For the purpose, and for a single service that was accepted; the other stays refused."""
    guard = shop(tmp_path, TWO_COUNTERS)
    whole = Privacy(Visit(guard, chosen(guard, "analytics"), signal="1"))
    assert whole.allows("analytics")
    assert whole.allows("heatmap")
    one = Privacy(Visit(guard, chosen(guard, "analytics/heatmap"), signal="1"))
    assert [one.allows(name) for name in ("heatmap", "counter")] == [True, False]


def test_what_is_agreed_on_a_form_counts_for_its_services_too(tmp_path: Path) -> None:
    """The records of who is signed in are asked; no browser has that consent, so its cookies stay."""
    form = CHOICES.replace("[purposes.newsletter]", '[purposes.newsletter]\nask = "form"')
    form += '[cookies.letters]\npurpose = "newsletter"\nnames = ["letters"]\n'
    guard = shop(tmp_path, form)
    privacy = Privacy(Visit(guard, signed_in=ANA))
    assert not privacy.allows("letters")
    guard.consent.give(["newsletter"], ANA, text="Yes, send it", component="sign-up", language="en")
    privacy = Privacy(Visit(guard, signed_in=ANA))
    assert privacy.allows("letters")
    assert privacy.allows("newsletter")
    assert not privacy.permits("letters")


def test_what_is_asked_for_a_cookie_is_no_matter_of_caches(tmp_path: Path) -> None:
    """A cookie that leaves or stays changes nothing in the page; what a view reads after that still does."""
    guard = shop(tmp_path)
    privacy = Privacy(Visit(guard, chosen(guard, "analytics")))
    assert privacy.permits("counter")
    assert not privacy.varies
    assert privacy.allows("counter")
    assert privacy.choice is not None
    assert privacy.varies


def test_caches_are_told_when_the_answer_depends_on_our_cookies(tmp_path: Path) -> None:
    """Not for a purpose that nobody is asked about, nor for who is signed in; but for a choice, even a missing one."""
    privacy = Privacy(Visit(shop(tmp_path, POLICY)))
    assert privacy.allows("service")
    assert (privacy.subject, privacy.jurisdiction, privacy.varies) == (None, None, False)
    assert not privacy.allows("analytics")
    assert privacy.varies
    other = Privacy(Visit(shop(tmp_path, POLICY)))
    assert other.claims == Claims()
    assert other.varies


def test_a_slip_in_a_purpose_is_an_error(tmp_path: Path) -> None:
    """A template that asks for a purpose the policy does not name fails in the first test, not silently for ever."""
    with pytest.raises(ConsentError, match="'analitics'"):
        Privacy(Visit(shop(tmp_path))).allows("analitics")


def test_a_site_that_lost_its_keys_allows_nothing_and_goes_on(tmp_path: Path) -> None:
    """Without a keyring no cookie can be read: nobody has chosen or shown anything, and no page breaks."""
    guard = shop(tmp_path, POLICY)
    cookies = chosen(guard, "analytics") | sent(guard.cookies.keep_age(guard.age.screen(1980, 1, subject=None)))
    (tmp_path / "shop.keys").unlink()
    privacy = Privacy(Visit(shop(tmp_path, POLICY, keys=False), cookies, ANA))
    assert (privacy.choice, privacy.claims) == (None, Claims())
    assert [privacy.allows(name) for name in ("service", "analytics")] == [True, False]
    assert privacy.needs_choice


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ("ES", "ES"),
        (" us-ca ", "US-CA"),
        ("EEA", "EEA"),
        ("", None),
        (None, None),
        ("XX", None),
        ("T1", None),
        ("ZZ", None),
        ("Spain", None),
        ("ES\n", "ES"),
        ("ES; DROP", None),
    ],
)
def test_what_is_no_place_is_an_unknown_one(tmp_path: Path, told: str | None, place: str | None) -> None:
    """What a proxy writes that does not know, or anybody who makes a header up, counts as not known."""
    site = shop(tmp_path, jurisdiction=lambda headers, address: told).site
    assert jurisdiction_of(site, {}, "192.0.2.1") == place


@pytest.mark.parametrize(("place", "allowed"), [("GT", True), ("ES", False), ("XX", False)])
def test_what_is_allowed_depends_on_the_place(tmp_path: Path, place: str, allowed: bool) -> None:
    """A purpose that needs consent in one place only waits there, and wherever nobody can tell."""
    privacy = Privacy(Visit(shop(tmp_path, jurisdiction=by_header), place=place))
    assert privacy.allows("newsletter") is allowed


def test_an_age_is_claimed_for_the_policys_threshold(tmp_path: Path) -> None:
    """The outcome of the screen is there; another threshold, or a policy without one, knows none."""
    guard = shop(tmp_path, POLICY)
    cookies = sent(guard.cookies.keep_age(guard.age.screen(1980, 1, subject=None)))
    assert AGE_COOKIE in cookies
    assert Privacy(Visit(guard, cookies)).claims == Claims(age="over")
    assert Privacy(Visit(shop(tmp_path, POLICY.replace("18", "21")), cookies)).claims == Claims()
    assert Privacy(Visit(shop(tmp_path, CHOICES), cookies)).claims == Claims()


def test_an_age_on_record_counts_more_than_a_cookie(tmp_path: Path) -> None:
    """Who was too young when signed in does not answer anew by signing out, nor by a browser that others use too."""
    guard = shop(tmp_path, POLICY)
    guard.age.screen(2015, 1, subject=ANA)
    cookies = sent(guard.cookies.keep_age(guard.age.screen(1980, 1, subject=None)))
    assert Privacy(Visit(guard, cookies, ANA)).claims == Claims(age="under")
    assert Privacy(Visit(guard, {}, ANA)).claims == Claims(age="under")
    assert Privacy(Visit(guard, cookies, EVA)).claims == Claims(age="over")


@pytest.mark.parametrize("place", ["GT", "ES", "XX"])
def test_caches_are_told_when_the_answer_depends_on_the_place(tmp_path: Path, place: str) -> None:
    """Where nobody is asked too: a page without the question is not for those who are to be asked."""
    guard = shop(tmp_path, jurisdiction=by_header)
    allowing, asking = (Privacy(Visit(guard, place=place)) for _ in range(2))
    assert (allowing.allows("newsletter"), allowing.varies) == (place == "GT", True)
    assert (asking.needs_choice, asking.varies) == (True, True)


def test_a_second_factor_is_that_of_who_is_signed_in(tmp_path: Path) -> None:
    """The moment is claimed for the person who gave it, not for the next who signs in at the same machine."""
    guard = shop(tmp_path, WITH_FACTORS)
    cookies = proven(guard, ANA)
    assert Privacy(Visit(guard, cookies, ANA)).claims.factor_at == NOW
    assert Privacy(Visit(guard, cookies, EVA)).claims.factor_at is None
    assert Privacy(Visit(guard, cookies)).claims.factor_at is None
    guard.clock.tick(dt.timedelta(hours=12))  # type: ignore[attr-defined]
    assert Privacy(Visit(guard, cookies, ANA)).claims.factor_at is None


def test_a_second_factor_that_is_gone_was_not_given(tmp_path: Path) -> None:
    """Not even for the minutes in which a page would believe the proof alone."""
    guard = shop(tmp_path, WITH_FACTORS)
    cookies = proven(guard, ANA)
    guard.twofactor.remove(ANA)
    assert Privacy(Visit(guard, cookies, ANA)).claims == Claims()


def proven(guard: Guard, who: SubjectRef) -> dict[str, str]:
    """The cookies of somebody's browser, where a second factor of theirs was given just now."""
    browser = Browser(guard=guard, cookies={}, subject=lambda: who, circumstances=Circumstances())
    given = browser.given(epoch=guard.sessions.epoch(who), factor="0" * 32, method="otp")
    return {cookie.name: cookie.value for cookie in given}
