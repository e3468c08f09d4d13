"""What racers do who sign up at once: it stands here, so that a new process sets Django up before it meets a model."""

from __future__ import annotations

from django.db import IntegrityError

from consentguard.crypto import installed
from consentguard.crypto.keyring import Keyring
from consentguard.ports import Stores
from tests.django.databases import connect, disconnect
from tests.django.searched.models import Login


def sign_up(ring: str, place: tuple[str, str], stores: Stores, number: int) -> bool:
    """Whether this racer was the one who got the address."""
    alias, url = place
    installed.install(Keyring.parse(ring, where="a test"))
    connect(alias, url)
    try:
        Login(email="ada@example.com" if number % 2 else "ADA@Example.com").save(using=alias)
    except IntegrityError:
        return False
    finally:
        disconnect(alias)
    return True
