"""Verifies codes of an authenticator app in memory: with consentguard and with a peer, by turns, a new code each time.

`django` measures on a site of Django's, beside django-otp; `flask` on one of Flask's, beside Flask-Security. Prints the
fastest rounds of both (milliseconds of the processor for a code), then how many statements ours took. It stops where a
right code is refused.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from benchmarks import sites
from benchmarks.request_process import Sent, sent_by_django, sent_by_sqlalchemy
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.records import SubjectRef
from consentguard.testing.clock import FrozenClock
from consentguard.twofactor import otp

ROUNDS, CODES = 60, 20
STEP = dt.timedelta(seconds=otp.PERIOD)
ANA = SubjectRef("user", "1")


@dataclass(frozen=True)
class Work:
    """Codes to verify: what an app shows now, and what says whether it is right."""

    code: Callable[[], str]
    verify: Callable[[str], bool]


@dataclass(frozen=True)
class Site:
    """What verifies codes: ours, for the guard of a site, and its peer."""

    guard: Guard
    peer: Work
    sent: Sent


def main(framework: str) -> None:
    """Measure both."""
    clock = FrozenClock()
    with tempfile.TemporaryDirectory() as folder, SITES[framework](Path(folder), clock) as site:
        works = (ours(site.guard, clock), site.peer)
        figures = [[measured(work, clock) for work in works] for _ in range(ROUNDS)]
        clock.tick(STEP)
        digits = works[0].code()
        statements = site.sent(lambda: works[0].verify(digits) or sys.exit("a right code was refused"))
    for column in zip(*figures, strict=True):
        print(min(column) * 1000 / CODES)  # whatever else the machine does only adds to it
    print(statements)


def ours(guard: Guard, clock: FrozenClock) -> Work:
    """A factor of Ana's, and the feature made ready, as the peer's user is."""
    feature = guard.twofactor
    app = pyotp.HOTP(feature.enrol(ANA).key.replace(" ", ""))
    work = Work(
        code=lambda: app.generate_otp(otp.step_at(clock.now())),
        verify=lambda digits: feature.verify(ANA, digits).verdict == "ok",
    )
    feature.activate(ANA, work.code())
    return work


def measured(work: Work, clock: FrozenClock) -> float:
    """Seconds of the processor that CODES right codes take; making them is not counted."""
    spent = 0.0
    gc.collect()
    gc.disable()
    try:
        for _ in range(CODES):
            clock.tick(STEP)
            digits = work.code()
            start = time.process_time()
            right = work.verify(digits)
            spent += time.process_time() - start
            if not right:
                sys.exit("a right code was refused")
    finally:
        gc.enable()
    return spent


@contextmanager
def django(folder: Path, clock: FrozenClock) -> Iterator[Site]:
    """A site with django-otp beside consentguard."""
    sites.django(
        folder,
        {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        ("django_otp", "django_otp.plugins.otp_totp"),
    )
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django_otp import verify_token
    from django_otp.plugins.otp_totp import models

    from consentguard_django.host import DjangoHost

    call_command("migrate", verbosity=0)
    models.time = types.SimpleNamespace(time=lambda: clock.now().timestamp())
    user = get_user_model().objects.create(username="ana")
    secret = secrets.token_bytes(otp.SECRET_BYTES)
    device = models.TOTPDevice.objects.create(user=user, key=secret.hex())
    app = pyotp.HOTP(otp.base32(secret))
    peer = Work(
        code=lambda: app.generate_otp(otp.step_at(clock.now())),
        verify=lambda digits: verify_token(user, device.persistent_id, digits) is not None,
    )
    yield Site(Guards(DjangoHost(), clock).at(), peer, sent_by_django)


@contextmanager
def flask(folder: Path, clock: FrozenClock) -> Iterator[Site]:
    """An app with Flask-Security beside consentguard: its codes may be used again, and it asks no database for one."""
    from flask_security.totp import Totp

    app = sites.flask(folder, "sqlite://")
    totp = Totp({"1": secrets.token_hex(32)}, "Clinic")
    sealed = totp.generate_totp_secret()
    peer = Work(
        code=lambda: totp.generate_totp_password(sealed),
        verify=lambda digits: totp.verify_totp(digits, sealed, None, window=otp.PERIOD),
    )
    guards: Guards = app.extensions["consentguard"]
    for site in guards.sites.values():
        site.clock = clock
    with app.app_context():
        guards.at()  # which adds our tables to the app's
        app.extensions["sqlalchemy"].create_all()
        yield Site(guards.at(), peer, sent_by_sqlalchemy)


SITES: dict[str, Any] = {"django": django, "flask": flask}


if __name__ == "__main__":
    main(*sys.argv[1:])
