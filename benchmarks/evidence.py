"""Benchmarks of the evidence: sealing and verifying, in memory and through the SQLAlchemy stores on PostgreSQL."""

from __future__ import annotations

import gc
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from uuid import uuid4

from benchmarks.harness import Pair, Target, benchmark
from consentguard.clock import SystemClock
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.uses import KeyedMacs
from consentguard.evidence import Evidence
from consentguard.evidence.chain import entry_bytes
from consentguard.memory import MemoryStores
from consentguard.ports import Stores

POSTGRES = "CONSENTGUARD_TEST_POSTGRES"
SEALED = 20_000
VERIFIED = 100_000
RING = Keyring.generate()


@contextmanager
def _postgres() -> Iterator[Stores]:
    """The stores of an empty PostgreSQL database, dropped afterwards."""
    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
    from consentguard_flask.sqlalchemy.tables import attach

    address, name = sa.make_url(os.environ[POSTGRES]), f"consentguard_{uuid4().hex}"
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as control:
        control.execute(sa.text(f"CREATE DATABASE {name}"))
        engine = sa.create_engine(address.set(database=name))
        try:
            metadata = sa.MetaData()
            tables = attach(metadata)
            metadata.create_all(engine)
            with Session(engine) as session:
                yield SQLAlchemyStores(session, tables)
        finally:
            engine.dispose()
            control.execute(sa.text(f"DROP DATABASE {name}"))


def _memory() -> AbstractContextManager[Stores]:
    return nullcontext(MemoryStores())


def _recorded(stores: Stores, times: int) -> Evidence:
    """Evidence of so many acts, none sealed."""
    macs = KeyedMacs(RING, "evidence")
    evidence = Evidence(stores=stores, macs=macs, clock=SystemClock(), version=lambda: "0" * 16)
    with stores.transactions.atomic():
        for number in range(times):
            evidence.record("consent.recorded", "a" * 32, accepted=number, language="es")
    return evidence


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _bare(stores: Stores, times: int) -> float:
    """The seconds that the standard library needs for the hashes alone: one with a key and one without for each."""
    entries = [entry for _, entry in stores.seals.read(0, times) if entry]
    texts, key = [entry_bytes(entry) for entry in entries], bytes(32)
    return _seconds(lambda: [hashlib.sha256(hmac.digest(key, text, "sha256")).hexdigest() for text in texts])


def _verify(build: Callable[[], AbstractContextManager[Stores]]) -> Pair:
    with build() as stores:
        evidence = _recorded(stores, VERIFIED)
        evidence.seal(portion=10_000)
        assert evidence.verify().sealed == VERIFIED
        return Pair(min(_seconds(evidence.verify) for _ in range(5)), _bare(stores, VERIFIED))


def _seal(build: Callable[[], AbstractContextManager[Stores]]) -> Pair:
    with build() as stores:
        evidence = _recorded(stores, SEALED)
        ours = _seconds(evidence.seal)
        assert stores.entries.waiting() == 0
        return Pair(ours / SEALED * 1e6, _bare(stores, SEALED) / SEALED * 1e6)


PLACES = {"memory": _memory} | ({"postgres": _postgres} if os.environ.get(POSTGRES) else {})
HASHES = "the hashes alone, by the standard library"
for place, build in PLACES.items():
    verified = benchmark(f"evidence.verify.{place}", unit="s for 100k", against=HASHES, target=Target(value=0.5))
    verified(lambda build=build: _verify(build))  # type: ignore[misc]
    sealed = benchmark(f"evidence.seal.{place}", unit="µs an entry", against=HASHES, target=Target(value=200))
    sealed(lambda build=build: _seal(build))  # type: ignore[misc]
