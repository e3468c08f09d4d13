"""What a browser keeps for us: read back as it was sealed, and nothing else ever read."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.cookies import AGE, CHOICE, FACTOR, LONGEST, CookieError, Cookies
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedSigner
from consentguard.records import EVERYONE, AgeClaim, AgeOutcome, ConsentRecord, new_id
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring

NOW = dt.datetime(2026, 11, 21, 10, 30, 5, 250_000, tzinfo=dt.UTC)
RING = keyring()
HOUR = dt.timedelta(hours=1)
COOKIE_OCTETS = st.sampled_from([chr(n) for n in range(0x21, 0x7F) if chr(n) not in '",;\\'])


def cookies(ring: Keyring = RING, at: dt.datetime = NOW) -> Cookies:
    return Cookies(lambda name: KeyedSigner(ring, f"cookie.{name}"), FrozenClock(at))


def record(*accepted: str) -> ConsentRecord:
    return ConsentRecord(
        id=new_id(NOW),
        at=NOW,
        subject=EVERYONE,
        version="fedcba9876543210",
        policy="0123456789abcdef" * 4,
        accepted=accepted,
        refused=(),
        language="en",
        jurisdiction="",
        method="save",
        component="banner",
        gpc=False,
        until=NOW + dt.timedelta(days=182),
    )


def claim(outcome: AgeOutcome, recheck_on: dt.date | None = None) -> AgeClaim:
    return AgeClaim(
        id=new_id(NOW),
        at=NOW,
        subject=EVERYONE,
        threshold=18,
        outcome=outcome,
        method="screen",
        assurance="self_declared",
        version="0123456789abcdef",
        recheck_on=recheck_on,
    )


def test_a_choice_is_read_as_it_was_made() -> None:
    """Version, record, purposes, and the time to the second come back; the cookie is about 90 characters."""
    made = record("analytics", "newsletter")
    kept = cookies().keep_choice(made)
    choice = cookies().choice(kept.value)
    assert choice is not None
    assert (choice.version, choice.record, choice.accepted) == (made.policy[:16], made.id, {"analytics", "newsletter"})
    assert (choice.at, choice.until) == (NOW.replace(microsecond=0), NOW.replace(microsecond=0) + dt.timedelta(182))
    assert kept.max_age == 182 * 24 * 3600
    assert len(cookies().keep_choice(record("analytics")).value) <= 95


def test_a_choice_of_nothing_is_a_choice() -> None:
    """Who refuses everything is not asked again."""
    choice = cookies().choice(cookies().keep_choice(record()).value)
    assert choice is not None
    assert choice.accepted == frozenset()


def test_the_moment_of_expiry_is_read_at_use() -> None:
    """The last second counts, the next does not, however long the browser keeps the cookie."""
    kept = cookies().seal(FACTOR, "proof", HOUR)
    end = NOW.replace(microsecond=0) + HOUR
    assert cookies(at=end - dt.timedelta(microseconds=1)).read(FACTOR, kept.value) == "proof"
    assert cookies(at=end).read(FACTOR, kept.value) is None


def test_one_cookie_never_passes_for_another() -> None:
    """Each name has a signer of its own: what was sealed for one reads as nothing under another."""
    kept = cookies().seal(FACTOR, "over.18", HOUR)
    assert cookies().age(kept.value) is None
    assert cookies().read(FACTOR, kept.value) == "over.18"


def test_a_retired_key_still_reads_and_a_foreign_one_does_not() -> None:
    """A rotation of keys asks nobody again; another site's keys are worth nothing."""
    kept = cookies().keep_choice(record("analytics"))
    assert cookies(RING.with_new_key()).choice(kept.value) is not None
    assert cookies(keyring()).choice(kept.value) is None


@given(st.integers(0, 200), st.characters(codec="utf-8"))
def test_a_changed_character_makes_it_nothing(position: int, character: str) -> None:
    """Wherever a cookie is changed or cut off, it is never another choice; in what was signed, it is none."""
    value = cookies().keep_choice(record("analytics")).value
    place = position % len(value)
    changed = value[:place] + character + value[place + 1 :]
    assert cookies().choice(changed) in (None, cookies().choice(value))
    assert changed == value or place >= value.rindex(".") or cookies().choice(changed) is None
    assert cookies().choice(value[:place]) is None


@given(st.text(max_size=2 * LONGEST))
def test_whatever_a_browser_sends_is_read_without_an_error(text: str) -> None:
    """Text that we never wrote is nothing."""
    assert cookies().choice(text) is None
    assert cookies().age(text) is None
    assert cookies().open(FACTOR, text) is None


@given(st.text(COOKIE_OCTETS, max_size=200), st.sampled_from([CHOICE, AGE]))
def test_whatever_was_signed_under_a_name_is_read_without_an_error(payload: str, name: str) -> None:
    """Even a payload in our own hand that is no choice and no outcome, as another release may have written, is none."""
    kept = cookies().seal(name, payload, HOUR)
    assert cookies().read(name, kept.value) == payload
    cookies().choice(kept.value)
    cookies().age(kept.value)


def test_what_is_too_long_is_not_even_looked_at() -> None:
    """A huge cookie costs no hash: it is nothing, though the signature were right."""
    value = KeyedSigner(RING, f"cookie.{FACTOR}").sign(f"0.zzzzzzz.{'a' * LONGEST}")
    assert cookies().open(FACTOR, value) is None
    assert cookies().open(FACTOR, None) is None
    assert cookies().open(FACTOR, "") is None


@pytest.mark.parametrize("payload", ["two words", "a;b", "a,b", 'a"b', "a\\b", "ñ", "a\nb", "\x7f"])
def test_what_no_cookie_may_hold_is_refused(payload: str) -> None:
    """A payload that a browser would cut or quote is a mistake of ours, and does not leave."""
    with pytest.raises(CookieError, match="characters"):
        cookies().seal(FACTOR, payload, HOUR)


def test_a_cookie_that_could_not_be_read_again_is_refused() -> None:
    """A choice among very many purposes is too long to keep: better an error than a question on every page."""
    with pytest.raises(CookieError, match="1024") as caught:
        cookies().keep_choice(record(*(f"purpose_with_a_long_name_{n}" for n in range(50))))
    assert "names of the purposes" in caught.value.hint


@pytest.mark.parametrize(
    ("outcome", "recheck_on", "lasts"),
    [
        ("over", None, dt.timedelta(365)),
        ("under", dt.date(2030, 1, 1), dt.timedelta(365)),
        ("under", dt.date(2026, 12, 1), dt.datetime(2026, 12, 1, tzinfo=dt.UTC) - NOW),
    ],
)
def test_an_age_is_kept_until_it_may_be_another(
    outcome: AgeOutcome, recheck_on: dt.date | None, lasts: dt.timedelta
) -> None:
    """The browser forgets an outcome on the day to ask again, and after a year at most."""
    kept = cookies().keep_age(claim(outcome, recheck_on))
    mark = cookies().age(kept.value)
    assert mark is not None
    assert (mark.outcome, mark.threshold, kept.max_age) == (outcome, 18, int(lasts.total_seconds()))
    assert "2030" not in kept.value


def test_a_cookie_is_not_shown_in_logs() -> None:
    """What a browser keeps as a proof is not in the repr of what we hand on."""
    kept = cookies().seal(FACTOR, "proof", HOUR)
    assert "proof" not in repr(kept)
    assert "proof" not in repr(cookies().open(FACTOR, kept.value))
