"""The age screen: who has reached the threshold, from when on to ask again, and that no birth date is left."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.age import Age, AgeError
from consentguard.cookies import AgeMark
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms
from consentguard.evidence import Evidence
from consentguard.manifest import schema
from consentguard.memory import MemoryStores
from consentguard.records import EVERYONE, AgeClaim, AgeOutcome
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from tests.core.visits import AGE, ANA, CHOICES, NOW, acts, shop

RING = keyring()
VERSION = "0123456789abcdef"


TODAY = NOW.date()


def age(on: dt.date = TODAY, threshold: int = 18) -> Age:
    stores, clock = MemoryStores(), FrozenClock(dt.datetime.combine(on, dt.time(12), dt.UTC))
    evidence = Evidence(stores=stores, macs=KeyedMacs(RING, "evidence"), clock=clock, version=lambda: VERSION)
    return Age(
        policy=schema.Age(threshold=threshold, mode="screen"),
        version=VERSION,
        stores=stores,
        witness=evidence,
        pseudonyms=KeyedPseudonyms(RING),
        admits=lambda _: False,
        clock=clock,
    )


def outcome(year: int, month: int, on: dt.date) -> AgeOutcome:
    return age(on).screen(year, month, subject=None).outcome


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (dt.date(2026, 10, 31), "under"),
        (dt.date(2026, 11, 1), "under"),
        (dt.date(2026, 11, 29), "under"),
        (dt.date(2026, 11, 30), "over"),
        (dt.date(2026, 12, 1), "over"),
    ],
)
def test_somebody_counts_as_born_on_the_last_day_of_the_month(on: dt.date, expected: AgeOutcome) -> None:
    """Born in November 2008: of age for certain on 30 November 2026, and not a day before."""
    assert outcome(2008, 11, on) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [(dt.date(2026, 2, 28), "under"), (dt.date(2026, 3, 1), "over")],
)
def test_the_29th_of_february_is_reached_on_the_first_of_march(on: dt.date, expected: AgeOutcome) -> None:
    """Born in February 2008, perhaps on the 29th: in a year without one, protection ends the day after the 28th."""
    assert outcome(2008, 2, on) == expected


DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))


@given(DAYS, st.integers(0, 40), st.integers(1, 12), st.integers(1, 25))
def test_protection_may_run_late_and_never_ends_early(on: dt.date, years: int, month: int, threshold: int) -> None:
    """On the day to ask again the answer is another, and nobody can be asked sooner than they are of age.

    That day is a birthday of the answer, so that it tells the year of birth alone.
    """
    year = on.year - years
    if (year, month) > (on.year, on.month):
        return
    claim = age(on, threshold).screen(year, month, subject=None)
    if claim.outcome == "over":
        assert claim.recheck_on is None
        assert on.year - year >= threshold
        return
    assert claim.recheck_on is not None
    assert age(claim.recheck_on, threshold).screen(year, month, subject=None).outcome == "over"
    assert (claim.recheck_on.month, claim.recheck_on.day) in {(on.month, on.day), (3, 1)}


def test_an_answer_of_the_29th_of_february_is_asked_again_on_the_first_of_march() -> None:
    """The day before would be too early for somebody born on a 29 February themselves."""
    leap_day = dt.date(2028, 2, 29)
    claim = age(leap_day, threshold=13).screen(2016, 2, subject=None)
    assert (claim.outcome, claim.recheck_on) == ("under", dt.date(2029, 3, 1))


@given(st.integers(1, 12), st.integers(1, 12))
def test_the_day_to_ask_again_does_not_tell_the_month(one: int, other: int) -> None:
    """Whatever month somebody says of a year, the claim is the same."""
    days = {age(dt.date(2026, 12, 31)).screen(2010, month, subject=None).recheck_on for month in (one, other)}
    assert days == {dt.date(2028, 12, 31)}


@pytest.mark.parametrize(
    ("year", "month"), [(2026, 12), (2027, 1), (9999, 1), (1905, 12), (1, 1), (0, 1), (-5, 1), (2000, 0), (2000, 13)]
)
def test_what_cannot_be_a_birth_date_is_refused(year: int, month: int) -> None:
    """A month to come, one that nobody remembers and one that there is not: an error that repeats none of it."""
    screen = age()
    with pytest.raises(AgeError) as caught:
        screen.screen(year, month, subject=None)
    assert str(year) not in str(caught.value)
    assert not screen.stores.entries.waiting()


@pytest.mark.parametrize(("year", "month"), [(2026, 11), (1906, 1)])
def test_the_edges_of_what_can_be_are_answered(year: int, month: int) -> None:
    """A child of this month and somebody of 120 years get an outcome."""
    assert outcome(year, month, NOW.date()) == ("under" if year == 2026 else "over")


def test_a_claim_holds_the_outcome_and_no_birth_date(tmp_path: Path) -> None:
    """What is kept says the threshold, the outcome, how and when; neither claim nor evidence holds month or year."""
    guard = shop(tmp_path, CHOICES + AGE)
    claim = guard.age.screen(2011, 4, subject=ANA)
    assert guard.stores.age_claims.latest(guard.pseudonyms.of(ANA)) == claim
    assert (claim.outcome, claim.threshold, claim.method, claim.assurance) == ("under", 18, "screen", "self_declared")
    assert (claim.recheck_on, claim.version) == (dt.date(2029, 11, 21), guard.site.version)
    (act,) = acts(guard)
    assert (act.act, act.subject) == ("age.screened", guard.pseudonyms.of(ANA))
    assert json.loads(act.details) == {"outcome": "under", "threshold": 18, "method": "screen"}
    kept = str(asdict(replace(claim, id="", at=NOW, subject="", version=""))) + act.details
    assert "2011" not in kept
    assert "2029-04" not in kept
    assert "2029, 4" not in kept


def test_a_claim_of_nobody_in_particular(tmp_path: Path) -> None:
    """A visitor who is not signed in leaves an outcome that points to no one."""
    guard = shop(tmp_path, CHOICES + AGE)
    assert guard.age.screen(1980, 4, subject=None).subject == EVERYONE
    assert acts(guard)[0].subject == EVERYONE


def mark(outcome: AgeOutcome, threshold: int = 18) -> AgeMark:
    return AgeMark(outcome=outcome, threshold=threshold, method="screen", at=NOW, until=NOW + dt.timedelta(365))


def test_what_the_browser_keeps_holds_for_the_same_threshold() -> None:
    """An outcome stands; one for another threshold says nothing of this one."""
    assert age().standing(None, None) is None
    assert age().standing(mark("under"), None) == "under"
    assert age().standing(mark("over"), None) == "over"
    assert age().standing(mark("over", 16), None) is None


def test_what_is_on_record_of_a_person_outranks_the_browser() -> None:
    """Who signs in elsewhere is not screened again, and a device that others use does not speak for them."""
    screen = age()
    screen.screen(2012, 5, subject=ANA)
    assert screen.standing(None, ANA) == "under"
    assert screen.standing(mark("over"), ANA) == "under"
    assert screen.standing(mark("over"), None) == "over"


def test_a_record_lapses_on_the_day_to_ask_again() -> None:
    """From that day on the person is asked, and not before."""
    screen = age()
    claim = screen.screen(2012, 5, subject=ANA)
    assert claim.recheck_on is not None
    before = replace(screen, clock=FrozenClock(_morning(claim) - dt.timedelta(microseconds=1)))
    assert before.standing(None, ANA) == "under"
    assert replace(screen, clock=FrozenClock(_morning(claim))).standing(None, ANA) is None


def test_a_refusal_for_a_higher_age_stands_for_a_year() -> None:
    """A policy that asks for less by now gives nobody a second try at once, and keeps nobody out who may be old enough.

    One that asks for more keeps the refusal in its time.
    """
    screen = age()
    claim = screen.screen(2012, 5, subject=ANA)
    assert claim.recheck_on is not None
    year = FrozenClock(dt.datetime(2027, NOW.month, NOW.day, tzinfo=dt.UTC))
    for threshold, later in ((16, None), (18, "under"), (21, "under")):
        asked = replace(screen, policy=schema.Age(threshold=threshold, mode="screen"))
        before = replace(asked, clock=FrozenClock(year.now() - dt.timedelta(microseconds=1)))
        assert before.standing(None, ANA) == "under"
        assert replace(asked, clock=year).standing(None, ANA) == later


def _morning(claim: AgeClaim) -> dt.datetime:
    assert claim.recheck_on is not None
    return dt.datetime.combine(claim.recheck_on, dt.time(), dt.UTC)


def test_a_policy_that_says_nothing_of_age_screens_nobody() -> None:
    """Without `[age]` there is no threshold, and the error says what to add."""
    without = replace(age(), policy=None)
    with pytest.raises(AgeError) as caught:
        without.screen(1980, 1, subject=None)
    assert "[age]" in caught.value.hint
    with pytest.raises(AgeError):
        without.standing(None, None)
