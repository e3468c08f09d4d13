"""Benchmarks of encrypted columns: one value sealed and opened by each adapter's type, against the cipher alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

from benchmarks.harness import Pair, Target, benchmark, interleave, timed

VALUE = "+34 600 000 000"
TIMES = 1_000
ROUNDS = 51
NONCE = 12
Way = tuple[Callable[[str], Any], Callable[[Any], Any]]
"""What seals a text, and what opens it again."""


def _cipher() -> Way:
    """AES-256-GCM with a random nonce and associated data, as somebody would call it by hand."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, bound = AESGCM(os.urandom(32)), b"customer.phone"

    def seal(text: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + cipher.encrypt(nonce, text.encode(), bound)

    return seal, lambda sealed: cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound).decode()


def _sqlalchemy() -> Way:
    import sqlalchemy as sa
    from sqlalchemy.dialects.postgresql import dialect

    from consentguard_flask.sqlalchemy.types import Encrypted

    _install_keyring()
    kind, postgres = Encrypted(sa.String(99), name="customer.phone"), dialect()  # type: ignore[no-untyped-call]
    return (
        lambda text: kind.process_bind_param(text, postgres),
        lambda sealed: kind.process_result_value(sealed, postgres),
    )


def _django() -> Way:
    """A field that is in no model, and so needs no site."""
    from django.db import models
    from django.db.backends.sqlite3.base import DatabaseWrapper

    from consentguard_django.fields import Encrypted

    _install_keyring()
    connection = DatabaseWrapper({})
    field: Any = Encrypted(models.CharField(max_length=99), name="customer.phone")
    field.set_attributes_from_name("phone")
    field.inner.set_attributes_from_name("phone")
    return (
        lambda text: field.get_db_prep_value(text, connection),
        lambda sealed: field.from_db_value(sealed, None, connection),
    )


def _install_keyring() -> None:
    from consentguard.crypto.installed import install
    from consentguard.crypto.keyring import Keyring

    install(Keyring.generate())


def _pair(build: Callable[[], Way], opening: bool) -> Pair:
    """Microseconds a value."""
    ours, baseline = (_work(*way, opening) for way in (build(), _cipher()))
    pair = interleave(ours, baseline, ROUNDS)
    return Pair(pair.ours * 1000, pair.baseline * 1000)


def _work(seal: Callable[[str], Any], load: Callable[[Any], Any], opening: bool) -> Callable[[], float]:
    sealed = seal(VALUE)
    assert load(sealed) == VALUE
    return timed(partial(load, sealed) if opening else partial(seal, VALUE), TIMES)


for name, build in (("django", _django), ("sqlalchemy", _sqlalchemy)):
    for act, opening in (("seal", False), ("open", True)):
        figure = benchmark(
            f"encrypted.{act}.{name}",
            unit="µs a value",
            against=lambda: f"AESGCM of cryptography {version('cryptography')} called by hand",
            target=Target(),
        )
        figure(partial(_pair, build, opening))
