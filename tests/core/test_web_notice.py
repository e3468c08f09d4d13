"""The words beside a form: the just-in-time notice, the box that asks for consent, and what is taken down of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from consentguard.consent import ConsentError, PreTickedError
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.consent.given import CHANGED, Agreed, agreed, check_unticked, mark_of, take_down, words_to_agree
from consentguard.web.notice import notice
from tests.core.letters_kit import ADA, LETTERS, TEXT
from tests.core.visits import ANA, acts, shop
from tests.web_policy import url_for

NEWS = Agreed("newsletter", TEXT, "en")
TEXTS = (("en", TEXT), ("es", "Acepto recibir el boletín."))


@dataclass(frozen=True)
class Sender:
    """Who sends a form, as an adapter would know it."""

    of: Guard
    who: SubjectRef | None = None
    sent: Mapping[str, str] = field(default_factory=dict)

    def guard(self) -> Guard:
        return self.of

    def headers(self) -> Mapping[str, str]:
        return self.sent

    def cookies(self) -> Mapping[str, str]:
        return {}

    def address(self) -> str:
        return "203.0.113.9"

    def vary(self) -> None:
        return None

    def subject(self) -> SubjectRef | None:
        return self.who


def test_a_notice_says_what_a_form_is_for(tmp_path: Path) -> None:
    """What for, on which basis, who gets it, for how long, and how to end it; with links to both."""
    told = notice(shop(tmp_path, LETTERS).site, "newsletter", "en", url_for)
    assert told.sentences == (
        "What we use it for: Our <newsletter>.",
        "Once a month we write what is new.",
        "Legal basis: your consent.",
        "Who receives it: “Example Post, which sends our mails”.",
        "How long we keep it: E-mail address. Up to 2 years from the time of creation.",
        "You can take back your consent at any time.",
    )
    assert [link.url for link in told.links] == ["/privacy/policy/en", "/privacy/agreements/en"]


def test_a_notice_of_another_purpose_leads_to_where_that_is_ended(tmp_path: Path) -> None:
    """What the banner asks leads to the preferences; marketing can be objected to; the rest leads to the policy."""
    site = shop(tmp_path, LETTERS).site
    assert notice(site, "statistics", "en", url_for).links[1].url == "/privacy/preferences/en"
    assert notice(site, "offers", "en", url_for).sentences[-1] == "You can object to it at any time."
    assert len(notice(site, "service", "en", url_for).links) == 1


def test_a_notice_is_made_once_a_day_for_each_language(tmp_path: Path) -> None:
    """The same object until the day ends, and another in another language or place."""
    guard = shop(tmp_path, LETTERS)
    first = notice(guard.site, "newsletter", "en", url_for)
    assert notice(guard.site, "newsletter", "en", url_for) is first
    spanish = notice(guard.site, "newsletter", "es", url_for)
    assert (spanish.language, spanish.sentences[1]) == ("es", "Una vez al mes contamos las novedades.")
    guard.clock.tick(dt.timedelta(days=1))  # type: ignore[attr-defined]
    assert notice(guard.site, "newsletter", "en", url_for) is not first


def test_a_notice_of_no_purpose_is_a_mistake(tmp_path: Path) -> None:
    """A slip in a template is told, with the purposes that there are."""
    with pytest.raises(ConsentError, match="'newsleter'") as caught:
        notice(shop(tmp_path, LETTERS).site, "newsleter", "en", url_for)
    assert "newsletter" in caught.value.hint


def test_a_box_has_words_of_the_policy(tmp_path: Path) -> None:
    """Who, what for, and that it can be taken back, in the language of the page."""
    site = shop(tmp_path, LETTERS).site
    assert words_to_agree(site, "newsletter", "en") == (
        "I agree that Example <Shop> & Co uses my data for this: Our <newsletter>. "
        "Once a month we write what is new. I can take this back at any time."
    )
    assert "Nuestro boletín" in words_to_agree(site, "newsletter", "es")
    nobody = shop(tmp_path, 'manifest = 1\n[purposes.news]\nbasis = "consent"\nask = "form"\n').site
    assert words_to_agree(nobody, "news", "en").startswith("I agree that my data is used for this: News.")


@pytest.mark.parametrize("purpose", ["offers", "service", "newsleter"])
def test_no_box_asks_for_what_waits_for_no_consent(tmp_path: Path, purpose: str) -> None:
    """Consent that changes nothing is none: the error names what can be asked for."""
    with pytest.raises(ConsentError, match="nobody is asked") as caught:
        words_to_agree(shop(tmp_path, LETTERS).site, purpose, "en")
    assert "newsletter" in caught.value.hint


def test_what_is_recorded_are_the_words_that_were_read() -> None:
    """A box tells by a hash which words it stood beside, in whatever language; one of the host's own tells none."""
    assert agreed("newsletter", mark_of(TEXT), TEXTS) == NEWS
    assert agreed("newsletter", mark_of("Acepto recibir el boletín."), TEXTS) == Agreed("newsletter", *TEXTS[1][::-1])
    assert agreed("newsletter", "on", TEXTS) == NEWS
    assert agreed("newsletter", mark_of("I agree to more than that."), TEXTS) is None
    assert CHANGED


@pytest.mark.parametrize("initial", [True, "on", 1])
def test_a_box_is_never_ticked_beforehand(initial: object) -> None:
    """Silence is no consent; the error says what to do instead."""
    with pytest.raises(PreTickedError, match="newsletter") as caught:
        check_unticked("newsletter", initial)
    assert "agreements" in caught.value.hint
    check_unticked("newsletter", False)
    check_unticked("newsletter", None)


def test_a_form_is_the_consent_of_who_is_signed_in(tmp_path: Path) -> None:
    """Unless it says of whom: with the words, the form, the language, the place and the browser's signal."""
    guard = shop(tmp_path, LETTERS, jurisdiction=lambda headers, address: "ES")
    sender = Sender(guard, ANA, {"Sec-Gpc": "1"})
    record = take_down(sender, [NEWS], None, component="Account")["newsletter"]
    assert (record.subject, record.component, record.language) == (guard.pseudonyms.of(ANA), "Account", "en")
    assert (record.jurisdiction, record.gpc) == ("ES", True)
    assert record.text == hashlib.sha256(TEXT.encode()).hexdigest()
    other = take_down(sender, [NEWS], SubjectRef("user", "99"), component="Account")["newsletter"]
    assert other.subject == guard.pseudonyms.of(SubjectRef("user", "99"))


def test_a_visitor_without_an_account_gets_a_receipt(tmp_path: Path) -> None:
    """The record's id is the one thing by which it is theirs."""
    guard = shop(tmp_path, LETTERS)
    record = take_down(Sender(guard), [NEWS], None, component="Foot")["newsletter"]
    guard.consent.require("newsletter", SubjectRef("receipt", record.id))


@pytest.mark.parametrize("who", [None, ADA, ANA])
def test_an_address_that_signs_up_again_gets_mails_again(tmp_path: Path, who: SubjectRef | str | None) -> None:
    """Whoever unsubscribed once and ticks the box anew is suppressed no more."""
    guard = shop(tmp_path, LETTERS)
    guard.unsubscribe.suppress(ADA, "newsletter")
    guard.clock.tick(dt.timedelta(seconds=1))  # type: ignore[attr-defined]
    take_down(Sender(guard), [NEWS], who, address="" if who == ADA else ADA, component="Foot")
    account = who if isinstance(who, SubjectRef) else None
    assert guard.unsubscribe.allowed("newsletter", {ADA: account}) == {ADA}


def test_a_box_that_was_not_ticked_leaves_no_record(tmp_path: Path) -> None:
    """Nothing was agreed to, and nothing refused."""
    guard = shop(tmp_path, LETTERS)
    assert take_down(Sender(guard, ANA), [], None, component="Foot") == {}
    assert acts(guard) == []


def test_several_boxes_stand_or_fall_together(tmp_path: Path) -> None:
    """Where one cannot be recorded, none is."""
    guard = shop(tmp_path, LETTERS)
    with pytest.raises(ConsentError):
        take_down(Sender(guard, ANA), [NEWS, Agreed("offers", TEXT, "en")], None, component="Foot")
    assert acts(guard) == []
