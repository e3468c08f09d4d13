"""Second factors in eight processes at once, at each level of isolation: what is asked of a database's stores."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pyotp
import pytest

from consentguard.crypto.keyring import VARIABLE, Keyring
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms, row_sealer
from consentguard.evidence import Evidence
from consentguard.ports import Stores
from consentguard.records import SubjectRef, Token
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.keys import keyring
from consentguard.testing.races import RACERS, Race
from consentguard.twofactor import TwoFactor, otp
from consentguard.twofactor.attempts import MOST_FAILURES

ANA = SubjectRef("user", "12")
LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
NEXT = MOMENT + dt.timedelta(seconds=otp.PERIOD)
Isolate = Callable[[Stores, str], object]
"""Gives the connection of some stores a level of isolation."""


def feature(stores: Stores, ring: Keyring, now: dt.datetime = NEXT) -> TwoFactor:
    """The feature as a site wires it, at a moment that stands still."""
    clock = FrozenClock(now)
    return TwoFactor(
        issuer="Example Shop",
        stores=stores,
        witness=Evidence(stores=stores, macs=KeyedMacs(ring, "evidence"), clock=clock, version=lambda: "0" * 16),
        pseudonyms=KeyedPseudonyms(ring),
        sealer=row_sealer(ring, "consentguard_authenticator", "secret"),
        macs=KeyedMacs(ring, "recovery_code"),
        clock=clock,
        tell=lambda *_, **__: True,
    )


def verify(isolate: Isolate, level: str, ring: str, method: str, code: str, stores: Stores, _: int) -> str:
    """One racer's verdict on a code. Whatever is raised fails the race: no visitor gets a 500."""
    isolate(stores, level)
    verdict: str = getattr(feature(stores, Keyring.from_environment({VARIABLE: ring})), method)(ANA, code).verdict
    return verdict


def attempt(isolate: Isolate, level: str, id_: str, stores: Stores, _: int) -> str:
    """One racer's attempt, after which nobody has to wait."""
    isolate(stores, level)
    return "ok" if stores.authenticators.begin_attempt(id_, NEXT, MOMENT, MOST_FAILURES) else "bad"


def claim(isolate: Isolate, level: str, digest: str, stores: Stores, _: int) -> str:
    """One racer's claim of a mailed link."""
    isolate(stores, level)
    return "ok" if stores.tokens.claim(digest, "confirm", NEXT) else "bad"


class Races:
    """On the fixtures `stores`, empty, and `race`, of processes; `isolate` is a module's own function."""

    isolate: Isolate

    @pytest.fixture
    def ring(self) -> Keyring:
        """The keyring that all of them have."""
        return keyring()

    @pytest.fixture
    def set_up(self, stores: Stores, ring: Keyring) -> tuple[str, tuple[str, ...]]:
        """The key of Ana's app, and her recovery codes."""
        made = feature(stores, ring, MOMENT)
        key = made.enrol(ANA).key.replace(" ", "")
        return key, made.activate(ANA, pyotp.HOTP(key).generate_otp(otp.step_at(MOMENT))).recovery_codes

    @pytest.mark.parametrize("level", LEVELS)
    def test_of_one_code_at_once_one_counts(
        self, stores: Stores, race: Race, ring: Keyring, set_up: tuple[str, tuple[str, ...]], level: str
    ) -> None:
        """Exactly one of eight; to the others it is a replay, or they have to wait."""
        code = pyotp.HOTP(set_up[0]).generate_otp(otp.step_at(NEXT))
        verdicts = self._verdicts(race, partial(verify, type(self).isolate, level, ring.dumps(), "verify", code))
        assert verdicts["ok"] == 1, verdicts
        assert verdicts["replay"] + verdicts["throttled"] == RACERS - 1, verdicts

    @pytest.mark.parametrize("level", LEVELS)
    def test_of_one_recovery_code_at_once_one_counts(
        self, stores: Stores, race: Race, ring: Keyring, set_up: tuple[str, tuple[str, ...]], level: str
    ) -> None:
        """Exactly one of eight, and one code is gone."""
        act = partial(verify, type(self).isolate, level, ring.dumps(), "recover", set_up[1][0])
        verdicts = self._verdicts(race, act)
        assert verdicts["ok"] == 1, verdicts
        assert verdicts["bad"] + verdicts["throttled"] == RACERS - 1, verdicts
        assert feature(stores, ring).codes_left(ANA) == 9

    @pytest.mark.parametrize("level", LEVELS)
    def test_every_wrong_code_at_once_is_counted(
        self, stores: Stores, race: Race, ring: Keyring, set_up: tuple[str, tuple[str, ...]], level: str
    ) -> None:
        """As many failures as codes that were compared: none slips through uncounted."""
        key, _ = set_up
        near = {pyotp.HOTP(key).generate_otp(otp.step_at(NEXT) + away) for away in range(-2, 3)}
        wrong = next(code for code in (f"{number:06}" for number in range(10)) if code not in near)
        verdicts = self._verdicts(race, partial(verify, type(self).isolate, level, ring.dumps(), "verify", wrong))
        [row] = stores.authenticators.of(KeyedPseudonyms(ring).of(ANA))
        assert row.failures == verdicts["bad"] >= 3, verdicts
        assert verdicts["bad"] + verdicts["throttled"] == RACERS, verdicts

    @pytest.mark.parametrize("level", LEVELS)
    def test_eight_attempts_at_once_are_eight(
        self, stores: Stores, race: Race, ring: Keyring, set_up: tuple[str, tuple[str, ...]], level: str
    ) -> None:
        """Where none has to wait for another, each is allowed and each is counted."""
        [row] = stores.authenticators.of(KeyedPseudonyms(ring).of(ANA))
        assert self._verdicts(race, partial(attempt, type(self).isolate, level, row.id)) == {"ok": RACERS}
        [row] = stores.authenticators.of(row.subject)
        assert row.failures == RACERS

    @pytest.mark.parametrize("level", LEVELS)
    def test_of_one_link_at_once_one_counts(self, stores: Stores, race: Race, level: str) -> None:
        """Exactly one of eight."""
        _, token = Token.new("confirm", "1" * 32, NEXT + dt.timedelta(days=1))
        stores.tokens.add(token)
        verdicts = self._verdicts(race, partial(claim, type(self).isolate, level, token.digest))
        assert verdicts == {"ok": 1, "bad": RACERS - 1}

    def _verdicts(self, race: Race, act: Any) -> Counter[str]:
        return Counter(str(verdict) for verdict in race(act))
