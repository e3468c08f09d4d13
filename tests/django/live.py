"""What other processes do to the vault's table while a test looks on: they rotate, and they write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tests.django.conftest  # noqa: F401 - sets Django up in this process
from consentguard.clock import SystemClock
from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.encryption import Encryption
from consentguard.reencryption import Conversion, Way
from consentguard_django.host import DjangoHost
from tests.django.databases import elsewhere
from tests.django.people.models import Moving, Vault


def encryption(alias: str, ring: Keyring) -> Encryption:
    """What is encrypted of the test site in a database."""
    return Encryption(DjangoHost(), ring, alias, clock=SystemClock(), data_keys=alias)


def conversion(alias: str, ring: Keyring, column: str = "people.Moving.phone", way: Way = "encrypt") -> Conversion:
    """The conversion of a column of moving rows."""
    return encryption(alias, ring).conversion(column, way)


def rotate(alias: str, url: str, ring: Path, rate: float | None) -> None:
    """Rotate the vault's columns."""
    with elsewhere(alias, url):
        rotation = encryption(alias, Keyring.load(ring)).rotation
        (table,) = rotation.tables("people.Vault.phone")
        rotation.run(table, rate=rate)


def write(alias: str, url: str, rings: Sequence[Path], keys: list[int], rounds: int) -> None:
    """Give each of these rows another text, again and again, under one keyring after the other."""
    with elsewhere(alias, url):
        for number in range(rounds):
            installed.install(Keyring.load(rings[number % len(rings)]))
            for key in keys:
                Vault.objects.using(alias).filter(pk=key).update(phone=f"round {number} of {key}")


def backfill(alias: str, url: str, ring: Path, rate: float | None) -> None:
    """Fill the sealed copy of the phones of moving rows."""
    with elsewhere(alias, url):
        conversion(alias, Keyring.load(ring)).backfill(rate=rate)


def call(alias: str, url: str, keys: list[int], rounds: int) -> None:
    """Give each of these moving rows another phone, by a statement that knows of no copy, again and again."""
    with elsewhere(alias, url):
        for number in range(rounds):
            for key in keys:
                Moving.objects.using(alias).filter(pk=key).update(phone=f"round {number} of {key}")
