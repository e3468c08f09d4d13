"""What a guardian's consent opens, for whom, how long, and what becomes of it when the child is erased."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consentguard.age import Verdict
from consentguard.guardians import GuardianError
from consentguard.records import DISCLOSURE, USE, SubjectRef
from consentguard.web.age import ROUTES
from tests.core.guardian_kit import (
    ADDRESS,
    AGE,
    ANSWER,
    ASK,
    DAY,
    KIM,
    MARIA,
    OWN,
    agrees,
    browser,
    code,
    made,
    room,
)
from tests.core.rights_kit import Shop
from tests.core.visits import Browser

(SCREEN,) = ROUTES
SALE = AGE.replace("threshold = 18", 'threshold = "by_jurisdiction"\nbasis = "sale"')
CHILD = {"month": ["3"], "year": ["2012"]}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, which asks guardians."""
    return made(tmp_path, monkeypatch)


def under(site: Shop, subject: SubjectRef | None = KIM) -> Browser:
    """The browser of a child who has answered the screen: eighteen in March 2030, by our calendar."""
    visitor = browser(site, SCREEN, subject)
    visitor.post(CHILD)
    return visitor


def granted(site: Shop, child: SubjectRef | str, *scopes: str, ends_on: dt.date | None = None) -> str:
    """The id of what a guardian has agreed to."""
    asked = room(site).ask(child, MARIA, language="en", ends_on=ends_on)
    assert room(site).grant(code(site), scopes or [USE])
    return asked.id


def standing(site: Shop, subject: SubjectRef | None = KIM) -> str | None:
    return site.guard().age.standing(None, subject)


def test_who_is_too_young_is_let_in_as_long_as_a_guardian_agrees(site: Shop) -> None:
    """Not before they answered, not after they took it back, and nobody else by it."""
    under(site)
    site.guard().age.screen(2012, 3, subject=SubjectRef("user", "2"))
    room(site).ask(KIM, MARIA, language="en")
    assert standing(site) == "under"
    room(site).grant(code(site), [USE])
    assert (standing(site), standing(site, SubjectRef("user", "2"))) == ("guardian", "under")
    room(site).withdraw(code(site))
    assert standing(site) == "under"


def test_a_guardian_ages_nobody(site: Shop) -> None:
    """Who has said nothing is asked, and who is old enough is so by their own word."""
    granted(site, KIM)
    assert standing(site) is None
    site.guard().age.screen(1980, 3, subject=KIM)
    assert standing(site) == "over"


def test_from_their_day_on_the_child_is_asked_anew(site: Shop) -> None:
    """Neither the refusal nor the guardian's consent holds any longer."""
    visitor = under(site)
    visitor.guard, visitor.route = site.guard(), ASK
    visitor.post({"guardian": [MARIA]})
    room(site).grant(code(site), [USE])
    (asked,) = site.stores("default").guardian_consents.of([room(site).pseudonym(KIM)])
    assert asked.ends_on
    site.clock.tick(asked.ends_on - site.clock.now().date() - DAY)
    assert standing(site) == "guardian"
    site.clock.tick(DAY)
    assert (standing(site), room(site).granted(KIM)) == (None, frozenset())


@pytest.mark.parametrize(("scopes", "lets_in"), [(["news", DISCLOSURE], False), ([USE], True)])
def test_only_the_use_of_the_site_lets_in(site: Shop, scopes: list[str], lets_in: bool) -> None:
    """Whoever agrees to a newsletter has not agreed to the rest."""
    granted(site, KIM, *scopes)
    assert room(site).admits(KIM) is lets_in


def test_an_age_for_the_sale_of_data_is_opened_by_the_disclosure_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no age to be let in from, so using the site is not asked for."""
    site = made(tmp_path, monkeypatch, SALE)
    assert room(site).scopes == (DISCLOSURE, "news", "survey")
    granted(site, KIM, "news")
    assert not room(site).admits(KIM)
    granted(site, KIM, DISCLOSURE)
    assert room(site).admits(KIM)


def test_a_policy_that_asks_no_guardian_any_more_lets_nobody_in_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was agreed to while it did."""
    site = made(tmp_path, monkeypatch)
    granted(site, KIM)
    (tmp_path / "privacy.toml").write_text((tmp_path / "privacy.toml").read_text().replace("[age.guardian]\n", ""))
    under(site)
    assert standing(site) == "under"


def test_what_was_agreed_to_for_an_address_follows_its_account(site: Shop) -> None:
    """It is the child's own consent from then on, and its guardian takes it back by the link that they have."""
    asked = granted(site, ADDRESS, USE, "news")
    site.guard().guardians.follow(ADDRESS.upper(), KIM, ends_on=dt.date(2030, 3, 31))
    assert (room(site).granted(KIM), room(site).granted(ADDRESS)) == ({USE, "news"}, frozenset())
    assert (agrees(site, "news", KIM), room(site).find(asked).ends_on) == (True, dt.date(2030, 3, 31))
    assert room(site).withdraw(code(site))
    assert (agrees(site, "news", KIM), room(site).admits(KIM)) == (False, False)
    assert "guardian.linked" in site.acts()


def test_what_is_not_answered_yet_follows_too(site: Shop) -> None:
    """Of two parents the second may answer when the account is there. What has ended stays where it ended."""
    granted(site, ADDRESS)
    room(site).withdraw(code(site))
    room(site).ask(ADDRESS, MARIA, language="en")
    room(site).follow(ADDRESS, KIM)
    assert not room(site).admits(KIM)
    room(site).grant(code(site), [USE])
    assert (room(site).admits(KIM), room(site).admits(ADDRESS)) == (True, False)


def test_what_followed_one_account_follows_no_other(site: Shop) -> None:
    """The second to sign up with an address gets nothing; nor does whoever signs up while it is taken back."""
    granted(site, ADDRESS)
    stores, other = site.stores("default"), SubjectRef("user", "2")
    (before,) = stores.guardian_consents.of([room(site).pseudonym(ADDRESS)])
    room(site).follow(ADDRESS, KIM)
    room(site)._follow(before, other, None)
    assert (room(site).admits(KIM), room(site).admits(other)) == (True, False)


@pytest.mark.parametrize(
    ("subject", "years", "known"), [(KIM, 1, True), (KIM, 3, True), (None, 1, True), (None, 3, False)]
)
def test_the_day_is_known_from_the_screen(site: Shop, subject: SubjectRef | None, years: int, known: bool) -> None:
    """From the claim on record of who is signed in; else from what the browser keeps, which is no day beyond a year."""
    today = site.clock.now().date()
    visitor = browser(site, SCREEN, subject)
    visitor.post({"month": ["1"], "year": [str(today.year - 18 + years)]})
    visitor.route = ASK
    visitor.post({"guardian": [MARIA], "child": [ADDRESS]})
    (asked,) = site.stores("default").guardian_consents.of([room(site).pseudonym(subject or ADDRESS)])
    assert asked.ends_on == (today.replace(year=today.year + years) if known else None)


@pytest.mark.parametrize("section", [AGE.replace('"screen"', '"attest"'), AGE.replace('mode = "screen"', "")])
def test_a_day_that_nobody_knows_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str) -> None:
    """A no beside a statement tells no age, though it is asked for anew in a year; without a question nobody asks."""
    site = made(tmp_path, monkeypatch, section)
    guard = site.guard()
    guard.age.keep(guard.age.affirmed(yes=False), KIM)
    browser(site, ASK, KIM).post({"guardian": [MARIA]})
    (asked,) = site.stores("default").guardian_consents.of([room(site).pseudonym(KIM)])
    assert asked.ends_on is None


def test_an_answer_about_a_lower_age_tells_no_day(site: Shop) -> None:
    """Whoever will be 16 that day is not 18: protection never ends early."""
    age = site.guard().age
    day = dt.date(2028, 1, 1)
    age.keep(Verdict(threshold=16, outcome="under", method="screen", recheck_on=day), KIM)
    assert age.decides_on(None, KIM) is None
    age.keep(Verdict(threshold=18, outcome="under", method="screen", recheck_on=day), SubjectRef("user", "2"))
    assert age.decides_on(None, SubjectRef("user", "2")) == day


def erased(site: Shop, address: str) -> None:
    rights = site.guard().rights
    rights.receive("erasure", address, language="en", jurisdiction=None)
    confirmed = rights.confirm(site.token())
    assert confirmed
    rights.carry_out(confirmed[0].id)


def left(site: Shop) -> set[str]:
    names = {"account": KIM, "own address": OWN, "other address": ADDRESS}
    return {name for name, who in names.items() if site.stores("default").guardian_consents.of([_name(site, who)])}


def _name(site: Shop, who: SubjectRef | str) -> str:
    return room(site).pseudonym(who)


def test_a_child_that_is_erased_takes_it_along(site: Shop) -> None:
    """What was asked for their account, and what was asked for the address in their row; nobody else's goes."""
    for child in (KIM, OWN, ADDRESS):
        room(site).ask(child, MARIA, language="en")
    erased(site, OWN)
    assert left(site) == {"other address"}


def test_a_child_without_an_account_takes_it_along(site: Shop) -> None:
    """Whoever shows that an address is theirs needs no row."""
    for child in (KIM, OWN, ADDRESS):
        room(site).ask(child, MARIA, language="en")
    erased(site, ADDRESS)
    assert left(site) == {"account", "own address"}


def test_a_legal_hold_keeps_it(site: Shop) -> None:
    """Nothing of whoever is held goes, by their address neither."""
    for child in (KIM, OWN):
        room(site).ask(child, MARIA, language="en")
    site.guard().holds.place("a case", "Dana", dt.date(2099, 1, 1), subject=KIM)
    erased(site, OWN)
    assert left(site) == {"account", "own address"}


def test_staff_and_guardian_at_once_is_no_error(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two who decide at once the slower one sees what holds by now."""
    room(site).ask(KIM, MARIA, language="en")

    def beaten(*_: object) -> None:
        raise GuardianError("somebody else has decided meanwhile")

    monkeypatch.setattr(type(room(site)), "decline", beaten)
    answer = browser(site, ANSWER).post({"answer": ["decline"]}, token=code(site))
    assert (answer.status, code(site) in answer.redirect) == (303, True)
