"""Feeds mutated bytes to what reads stored values, guided by coverage: only our own errors may come out of it.

Needs atheris, which no environment of this project installs: `pip install atheris`, then
`python -m scripts.fuzz_decoders -runs=1000000`. Options are libFuzzer's.
"""

from __future__ import annotations

import contextlib
import sys

import atheris

with atheris.instrument_imports(include=["consentguard.crypto"]):
    from consentguard.crypto.cipher import Context
    from consentguard.crypto.column import Column, Declaration
    from consentguard.crypto.data_keys import SubjectKeys
    from consentguard.crypto.errors import DecryptionError
    from consentguard.crypto.index.kinds import Exact, Prefix
    from consentguard.crypto.keyring import Keyring, KeyringError
    from consentguard.memory.stores import MemoryStores

RING = Keyring.generate().with_new_key()
KEYS = SubjectKeys(RING, MemoryStores().data_keys)
PLAIN = b"what nobody may read"
INDEXES = (Exact("email"), Prefix(3, bits=12))
DECLARED = (
    Declaration(context=Context("shop_customer", "email")),
    Declaration(context=Context("shop_customer", "email"), to_row=True),
    Declaration(context=Context("shop_customer", "email"), indexes=INDEXES),
    Declaration(context=Context("shop_customer", "email"), subject="user"),
    Declaration(context=Context("shop_customer", "email"), subject="user", indexes=INDEXES),
)
COLUMNS = tuple(Column(declared, RING, lambda: KEYS) for declared in DECLARED)
SEALED = tuple(column.seal(PLAIN, "ada@example.com", "7") for column in COLUMNS)


def read(data: bytes) -> None:
    """Read the bytes as a stored value of each kind of column, whole and mixed into a true one, and as a keyring."""
    for column, sealed in zip(COLUMNS, SEALED, strict=True):
        place = data[0] % len(sealed) if data else 0
        mixed = bytes(each ^ other for each, other in zip(sealed[place:], data[1:], strict=False))
        for found in (data, sealed[:place] + mixed + sealed[place + len(mixed) :], sealed[:place] + data[1:]):
            _open(column, found, sealed)
    with contextlib.suppress(KeyringError):
        Keyring.parse(data, where="here")


def _open(column: Column, found: bytes, sealed: bytes) -> None:
    try:
        opened = column.open(found, "7")
    except DecryptionError:
        return
    if found != sealed or opened != PLAIN:
        raise AssertionError("bytes that nobody sealed were opened")


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
