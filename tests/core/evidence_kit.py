"""Evidence in memory for the tests: a keyring whose hashes are always the same, and acts to take down."""

from __future__ import annotations

import datetime as dt

from consentguard.crypto.keyring import Key, Keyring
from consentguard.crypto.uses import KeyedMacs
from consentguard.evidence import Evidence
from consentguard.ports import Clock, Stores
from consentguard.testing.clock import FrozenClock

RING = Keyring((Key(id=1, state="enabled", created=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), secret=bytes(range(32))),))
ANNA, BEN = "a" * 32, "b" * 32
VERSION = "0123456789abcdef"
DAY = dt.timedelta(days=1)


def evidence_of(stores: Stores, clock: Clock | None = None, ring: Keyring = RING) -> Evidence:
    """The evidence of these stores, as a guard wires it."""
    macs = KeyedMacs(ring, "evidence")
    return Evidence(stores=stores, macs=macs, clock=clock or FrozenClock(), version=lambda: VERSION)


def act(evidence: Evidence, times: int = 1) -> None:
    """Take down that somebody chose, so many times; each act differs."""
    for number in range(times):
        evidence.record("consent.recorded", (ANNA, BEN)[number % 2], language="es", number=number)
