"""Benchmarks of second factors: what a code costs, by the side of a peer, and many codes at once on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import time
from functools import partial
from importlib.metadata import version

import pyotp

from benchmarks.databases import POSTGRES, database, django_stores
from benchmarks.harness import Pair, Target, benchmark, child
from consentguard.crypto.keyring import VARIABLE, Keyring
from consentguard.crypto.uses import KeyedMacs, KeyedPseudonyms, row_sealer
from consentguard.errors import ConsentGuardError
from consentguard.evidence import Evidence
from consentguard.ports import Stores
from consentguard.records import SubjectRef
from consentguard.testing import races
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.keys import keyring
from consentguard.twofactor import TwoFactor, otp

NEXT = MOMENT + dt.timedelta(seconds=otp.PERIOD)
PEOPLE, A_SECOND = 50, 20


PEERS = {
    "django": ("django_otp.verify_token of django-otp", "django-otp"),
    "flask": ("Totp.verify_totp of Flask-Security", "Flask-Security-Too"),
}
GATES = {"django": "the site without SecondFactorMiddleware", "flask": "the app where the policy requires no factor"}


def _verify(framework: str) -> Pair:
    """A right code on SQLite in memory; the fastest rounds of both."""
    ours, baseline, _ = child(["-m", "benchmarks.factor_process", framework])
    return Pair(ours, baseline)


def _statements(framework: str) -> Pair:
    """What it takes of the database."""
    *_, count = child(["-m", "benchmarks.factor_process", framework])
    return Pair(count, 0)


def _gate(framework: str) -> Pair:
    """A trivial page, for whoever gave a factor a few minutes ago."""
    ours, baseline, _ = child(["-m", "benchmarks.gate_process", framework])
    return Pair(ours, baseline)


def _queries(framework: str) -> Pair:
    """What the gate asks the database for that page."""
    *_, more = child(["-m", "benchmarks.gate_process", framework])
    return Pair(more, 0)


for framework, (peer, package) in PEERS.items():
    against, at_most = f"{peer} {version(package)}", Target(value=0.15)
    benchmark(f"factor.verify.{framework}", unit="ms", against=against, target=at_most)(partial(_verify, framework))
    count = benchmark(f"factor.statements.{framework}", unit="statements", against="nothing", target=Target(value=3))
    count(partial(_statements, framework))
    gate = benchmark(f"factor.gate.{framework}", unit="µs", against=GATES[framework], target=Target())
    gate(partial(_gate, framework))
    queries = benchmark(f"factor.queries.{framework}", unit="queries", against=GATES[framework], target=Target(value=0))
    queries(partial(_queries, framework))


@benchmark(
    "factor.at_once",
    unit="errors, and codes that counted twice or never",
    against=f"{A_SECOND} a second from {races.RACERS} processes",
    target=Target(value=0),
    needs=POSTGRES,
)
def at_once() -> Pair:
    """Each of so many people's codes is sent by two processes at the same moment."""
    ring = keyring()
    with database() as url, races.Processes(partial(django_stores, url)) as race:
        race(_migrate, 1)
        [codes] = race(partial(_set_up, ring.dumps()), 1)
        found = race(partial(_send, ring.dumps(), codes, time.time() + 2))
    verdicts = [verdict for some in found for verdict in some]  # type: ignore[attr-defined]
    wrong = sum(verdict not in ("ok", "replay", "throttled") for verdict in verdicts)
    return Pair(wrong + abs(verdicts.count("ok") - PEOPLE), 0)


def _feature(stores: Stores, ring: str, now: dt.datetime) -> TwoFactor:
    keys, clock = Keyring.from_environment({VARIABLE: ring}), FrozenClock(now)
    return TwoFactor(
        issuer="Clinic",
        stores=stores,
        witness=Evidence(stores=stores, macs=KeyedMacs(keys, "evidence"), clock=clock, version=str),
        pseudonyms=KeyedPseudonyms(keys),
        sealer=row_sealer(keys, "consentguard_authenticator", "secret"),
        macs=KeyedMacs(keys, "recovery_code"),
        clock=clock,
        tell=lambda *_, **__: True,
    )


def _migrate(_: Stores, __: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _set_up(ring: str, stores: Stores, _: int) -> list[str]:
    """Everybody's code of the next step."""
    feature, codes = _feature(stores, ring, MOMENT), list[str]()
    for number in range(PEOPLE):
        who = SubjectRef("user", str(number))
        app = pyotp.HOTP(feature.enrol(who).key.replace(" ", ""))
        feature.activate(who, app.generate_otp(otp.step_at(MOMENT)))
        codes.append(app.generate_otp(otp.step_at(NEXT)))
    return codes


def _send(ring: str, codes: list[str], start: float, stores: Stores, number: int) -> list[str]:
    """The verdicts on this process's share, each code at its moment."""
    verdicts = []
    for turn in range(number, 2 * PEOPLE, races.RACERS):
        person = turn // 2
        time.sleep(max(0.0, start + person * 2 / A_SECOND - time.time()))
        try:
            verdicts.append(
                str(_feature(stores, ring, NEXT).verify(SubjectRef("user", str(person)), codes[person]).verdict)
            )
        except ConsentGuardError as error:
            verdicts.append(f"error: {error.message}")
    return verdicts
