"""Benchmarks of encryption: values against the cipher alone and against peers, and rows against a plain model."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

from benchmarks.harness import Pair, Target, benchmark, child, interleave, timed

SIZES = (32, 1024)
TIMES = 2_000
ROUNDS = 31
MANY = 10_000
NONCE = 12
VALUES = ("-m", "benchmarks.encrypted_values")
ROWS = ("-m", "benchmarks.encrypted_rows")
PEERS = {
    "fernet": "cryptography",
    "django-fernet-encrypted-fields": "django-fernet-encrypted-fields",
    "django-encrypted-model-fields": "django-encrypted-model-fields",
    "django-cryptography": "django-cryptography-5",
    "sqlalchemy-utils-aes-gcm": "sqlalchemy-utils",
    "sqlalchemy-utils-fernet": "sqlalchemy-utils",
}
"""Each peer by its name here, and the distribution whose version is told."""
ACTS = {
    "django": {"bulk_create": 1.9, "read": 1.2, "read_touched": 3.0},
    "sqlalchemy": {"insert": 4.5, "read_eager": 2.5, "read_lazy": 1.1},
}
"""What is done with 10,000 rows of five columns, and how many times the plain model's time it may take."""
SERVERS = {"": "", "postgres": "CONSENTGUARD_TEST_POSTGRES", "mariadb": "CONSENTGUARD_TEST_MARIADB"}


def _cipher() -> str:
    return f"AESGCM of cryptography {version('cryptography')} called by hand"


def _raw() -> tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]:
    """AES-256-GCM with a random nonce, as somebody would call it by hand."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, chance = AESGCM(os.urandom(32)), os.urandom

    def seal(plain: bytes) -> bytes:
        nonce = chance(NONCE)
        return nonce + cipher.encrypt(nonce, plain, None)

    return seal, lambda sealed: cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)


def _column(**declared: Any) -> Any:
    from consentguard.crypto.cipher import Context
    from consentguard.crypto.column import Column, Declaration
    from consentguard.testing.keys import keyring

    return Column(Declaration(context=Context("customer", "phone"), **declared), keyring(), _no_keys)


def _no_keys() -> Any:
    raise LookupError("a column of its own key asks for no other")


def _value(act: str, size: int) -> Pair:
    """Microseconds a value: a text in, or a text out, by everything that a column does."""
    text, column, (seal, load) = "x" * size, _column(), _raw()
    sealed, by_hand = column.seal(text.encode()), seal(text.encode())
    assert column.open(sealed).decode() == text
    if act == "seal":
        ours, baseline = (lambda: column.seal(text.encode())), partial(seal, text.encode())
    else:
        ours, baseline = (lambda: column.open(sealed).decode()), partial(load, by_hand)
    return _microseconds(ours, baseline)


def _microseconds(ours: Callable[[], object], baseline: Callable[[], object], times: int = TIMES) -> Pair:
    pair = interleave(timed(ours, times), timed(baseline, times), ROUNDS)
    return Pair(pair.ours * 1000, pair.baseline * 1000)


for act, size, most in (("seal", 32, 1.5), ("seal", 1024, 1.5), ("open", 32, 1.7), ("open", 1024, 1.7)):
    benchmark(f"encrypted.{act}.{size}", unit="µs a value", against=_cipher, target=Target(ratio=most))(
        partial(_value, act, size)
    )


@benchmark("encrypted.seal_many", unit="ms for 10,000 values", against=_cipher, target=Target(ratio=1.15))
def seal_many() -> Pair:
    """Values of 32 bytes that are sealed in one call, against as many calls of the cipher."""
    plain, column, (seal, _) = [b"x" * 32] * MANY, _column(), _raw()
    return interleave(timed(lambda: column.seal_many(plain)), timed(lambda: [seal(each) for each in plain]), ROUNDS)


@benchmark(
    "encrypted.subjects", unit="µs a row of five values", against="the same under one key", target=Target(ratio=1.7)
)
def subjects() -> Pair:
    """Opening rows of which each is another data subject's, whose keys are prefetched and still wrapped."""
    from benchmarks.encrypted_subjects import rows

    ours, baseline, count = rows()
    pair = interleave(timed(ours), timed(baseline), ROUNDS)
    return Pair(pair.ours * 1000 / count, pair.baseline * 1000 / count)


def _peer(peer: str, act: str, size: int) -> Pair:
    return Pair(*child([*VALUES, peer, act, str(size)]))


def _named(peer: str) -> Callable[[], str]:
    return lambda: f"{peer} {version(PEERS[peer])}"


for peer, act, size in itertools.product(PEERS, ("seal", "open"), SIZES):
    figure = benchmark(f"encrypted.peers.{act}.{size}.{peer}", unit="µs a value", against=_named(peer), target=Target())
    figure(partial(_peer, peer, act, size))


def _rows(framework: str, act: str, needs: str) -> Pair:
    return Pair(*child([*ROWS, framework, act, os.environ.get(needs, "")]))


for framework, acts in ACTS.items():
    for (server, needs), (act, most) in itertools.product(SERVERS.items(), acts.items()):
        benchmark(
            f"encrypted.{framework}.{act}" + (f".{server}" if server else ""),
            unit="ms for 10,000 rows of five columns",
            against="the plain model",
            target=Target() if server else Target(ratio=most),
            needs=needs,
        )(partial(_rows, framework, act, needs))
