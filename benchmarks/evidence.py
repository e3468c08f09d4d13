"""Benchmarks of the evidence: acts with it and without, sealing and verifying, through each kind of store."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import hmac
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import cast

from benchmarks.databases import PLACES, POSTGRES
from benchmarks.harness import Pair, Target, benchmark
from consentguard.clock import SystemClock
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedMacs
from consentguard.evidence import Evidence
from consentguard.evidence.chain import entry_bytes
from consentguard.ports import Stores
from consentguard.records import AgeClaim, new_id
from consentguard.testing.races import Race

SEALED = 20_000
VERIFIED = 100_000
PORTION = 2_500
WRITERS = 8
SECONDS = 2.0
ROUNDS = 5
TIMES = 5
WARM = 20
SUBJECT = "a" * 32
VERSION = "0" * 16
RING = Keyring.generate().dumps()


def _evidence(ring: str, stores: Stores) -> Evidence:
    macs = KeyedMacs(Keyring.parse(ring, where="the benchmark"), "evidence")
    return Evidence(stores=stores, macs=macs, clock=SystemClock(), version=lambda: VERSION)


def _record(ring: str, times: int, stores: Stores, _: int) -> None:
    """Take down so many acts in one transaction."""
    evidence = _evidence(ring, stores)
    with stores.transactions.atomic():
        for number in range(times):
            evidence.record("consent.recorded", SUBJECT, accepted=number, language="es")


def _seal(ring: str, portion: int, stores: Stores, _: int) -> float:
    """The seconds that it takes to seal whatever waits."""
    seconds = _seconds(partial(_evidence(ring, stores).seal, portion))
    assert stores.entries.waiting() == 0
    return seconds


def _verify(ring: str, stores: Stores, _: int) -> float:
    evidence = _evidence(ring, stores)
    assert evidence.verify().sealed == VERIFIED
    return min(_seconds(evidence.verify) for _ in range(TIMES))


def _hashes(times: int, stores: Stores, _: int) -> float:
    """The seconds that the standard library needs for the hashes alone: one with a key and one without for each."""
    texts = [entry_bytes(entry) for _, entry in stores.seals.read(0, times) if entry]
    assert len(texts) == times
    key = bytes(32)
    return min(
        _seconds(lambda: [hashlib.sha256(hmac.digest(key, text, "sha256")).hexdigest() for text in texts])
        for _ in range(TIMES)
    )


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _act(ring: str, stores: Stores, _: int) -> int:
    """How many answers one writer records in SECONDS, each with its evidence; without, where there are no keys."""
    evidence = _evidence(ring, stores) if ring else None
    for _ in range(WARM):
        _answer(stores, evidence)
    end, done = time.perf_counter() + SECONDS, 0
    while time.perf_counter() < end:
        _answer(stores, evidence)
        done += 1
    return done


def _answer(stores: Stores, evidence: Evidence | None) -> None:
    """One act: the insert of an answer to an age screen, in a transaction of its own."""
    now = dt.datetime.now(dt.UTC)
    claim = AgeClaim(
        id=new_id(now),
        at=now,
        subject=SUBJECT,
        threshold=18,
        outcome="over",
        method="screen",
        assurance="self_declared",
        version=VERSION,
    )
    with stores.transactions.atomic():
        stores.age_claims.add(claim)
        if evidence:
            evidence.record("age.claimed", SUBJECT, threshold=18, outcome="over", method="screen")


Place = Callable[[], AbstractContextManager[Race]]


def _sealing(place: Place) -> Pair:
    with place() as race:
        for _ in range(SEALED // PORTION):
            race(partial(_record, RING, PORTION), 1)
        ours = _one(race, partial(_seal, RING, 1_000))
        return Pair(ours / SEALED * 1e6, _one(race, partial(_hashes, SEALED)) / SEALED * 1e6)


def _verifying(place: Place) -> Pair:
    with place() as race:
        for _ in range(VERIFIED // PORTION):
            race(partial(_record, RING, PORTION), 1)
        _one(race, partial(_seal, RING, 10_000))
        return Pair(_one(race, partial(_verify, RING)), _one(race, partial(_hashes, VERIFIED)))


def _acting(place: Place) -> Pair:
    """By turns, all writers at once; milliseconds from one act to the next, whoever does it."""
    with place() as race:

        def pace(ring: str) -> float:
            return SECONDS * 1000 / sum(cast("list[int]", race(partial(_act, ring), WRITERS)))

        pairs = [(pace(RING), pace("")) for _ in range(ROUNDS)]
        return Pair(statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs))


def _one(race: Race, act: Callable[[Stores, int], float]) -> float:
    (seconds,) = cast("list[float]", race(act, 1))
    return seconds


HASHES = "the hashes alone, by the standard library"
SAME = f"the same insert without evidence, {WRITERS} writers on PostgreSQL"
for name, (needs, place) in PLACES.items():
    verify = benchmark(
        f"evidence.verify.{name}", unit="s for 100k", against=HASHES, target=Target(value=0.5), needs=needs
    )
    verify(partial(_verifying, place))
    seal = benchmark(f"evidence.seal.{name}", unit="µs an entry", against=HASHES, target=Target(value=200), needs=needs)
    seal(partial(_sealing, place))
    if needs == POSTGRES:  # at least 0.9 times the rate is at most 1 / 0.9 times the time
        act = benchmark(f"evidence.acts.{name}", unit="ms an act", against=SAME, target=Target(ratio=1.11), needs=needs)
        act(partial(_acting, place))
