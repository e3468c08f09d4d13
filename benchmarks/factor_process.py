"""Verifies codes of an authenticator app in memory: with consentguard and with a peer, by turns, a new code each time.

Prints the fastest rounds of both (milliseconds of the processor for a code), then how many statements ours took.
The site is Django's, the peer django-otp. It stops where a right code is refused.
"""

from __future__ import annotations

import datetime as dt
import gc
import secrets
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp

from benchmarks import sites
from consentguard.records import SubjectRef
from consentguard.testing.clock import FrozenClock
from consentguard.twofactor import otp

ROUNDS, CODES = 60, 20
STEP = dt.timedelta(seconds=otp.PERIOD)
ANA = SubjectRef("user", "1")
Verify = Callable[[str], bool]


def main() -> None:
    """Measure both."""
    clock = FrozenClock()
    with tempfile.TemporaryDirectory() as folder, django(Path(folder), clock) as (make, peer, counted):
        key = make().twofactor.enrol(ANA).key.replace(" ", "")
        make().twofactor.activate(ANA, code(key, clock))

        feature = make().twofactor  # made ready, as the peer's user is

        def ours(digits: str) -> bool:
            return feature.verify(ANA, digits).verdict == "ok"

        works = [(key, ours), peer]
        figures = [[measured(*work, clock) for work in works] for _ in range(ROUNDS)]
        clock.tick(STEP)
        with counted() as statements:
            measured_once = ours(code(key, clock))
        if not measured_once:
            sys.exit("a right code was refused")
    for column in zip(*figures, strict=True):
        print(min(column) * 1000 / CODES)  # whatever else the machine does only adds to it
    print(len(statements))


def code(key: str, clock: FrozenClock) -> str:
    """What an app shows now."""
    return pyotp.HOTP(key).generate_otp(otp.step_at(clock.now()))


def measured(key: str, verify: Verify, clock: FrozenClock) -> float:
    """Seconds of the processor that CODES right codes take; making them is not counted."""
    spent = 0.0
    gc.collect()
    gc.disable()
    try:
        for _ in range(CODES):
            clock.tick(STEP)
            digits = code(key, clock)
            start = time.process_time()
            right = verify(digits)
            spent += time.process_time() - start
            if not right:
                sys.exit("a right code was refused")
    finally:
        gc.enable()
    return spent


@contextmanager
def django(folder: Path, clock: FrozenClock) -> Iterator[Any]:
    """A site with django-otp beside consentguard."""
    sites.django(
        folder,
        {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        ("django_otp", "django_otp.plugins.otp_totp"),
    )
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django_otp import verify_token
    from django_otp.plugins.otp_totp import models

    from consentguard.guards import Guards
    from consentguard_django.host import DjangoHost

    call_command("migrate", verbosity=0)
    models.time = types.SimpleNamespace(time=lambda: clock.now().timestamp())
    user = get_user_model().objects.create(username="ana")
    secret = secrets.token_bytes(otp.SECRET_BYTES)
    device = models.TOTPDevice.objects.create(user=user, key=secret.hex())
    guards = Guards(DjangoHost(), clock)

    def peer(digits: str) -> bool:
        return verify_token(user, device.persistent_id, digits) is not None

    yield guards.at, (otp.base32(secret), peer), lambda: CaptureQueriesContext(connection)


if __name__ == "__main__":
    main()
