"""People with second factors of every kind, and what a list of an admin says of them, in every framework."""

from __future__ import annotations

import datetime as dt

from consentguard.guard import Guard
from consentguard.records import Authenticator, FactorSession, FactorState, Passkey, new_id

SECRET = b"the sealed secret of a second factor"
AN_APP, TWO_KEYS, BOTH, BEGUN = (f"{number:032x}" for number in range(1, 5))
"""The pseudonyms of four people."""
SHOWN = {
    AN_APP: ("active", "an app", "10", "0"),
    TWO_KEYS: ("active", "2 passkeys", "9", "1"),
    BOTH: ("disabled: too many wrong codes", "an app, 1 passkey", "0", "0"),
    BEGUN: ("being set up", "an app", "0", "0"),
}
"""Of each: the state, what they have, how many recovery codes are left, and in how many browsers one was given."""
STATES = {"active": {AN_APP, TWO_KEYS, BOTH}, "disabled": {BOTH}, "pending": {BEGUN}}
"""Whom a filter leaves: a passkey is always active."""


def fill(guard: Guard) -> None:
    """Keep what the four have: a session of one of them has run out, another's epoch is over."""
    stores, now = guard.stores, guard.clock.now()
    day = dt.timedelta(days=1)

    def app(who: str, state: FactorState) -> None:
        stores.authenticators.add(
            Authenticator(id=new_id(now), subject=who, state=state, secret=SECRET, created_at=now - day, failures=3)
        )

    def passkey(who: str, number: int) -> None:
        made = Passkey(
            id=f"{who}{number}".ljust(64, "0"),
            subject=who,
            credential=SECRET,
            public_key=SECRET,
            sign_count=0,
            created_at=now - number * day,
            name="a name of their own",
        )
        stores.passkeys.add(made)

    def given(who: str, until: dt.datetime, epoch: str = "") -> None:
        session = FactorSession(
            id=new_id(now),
            digest=new_id(now),
            subject=who,
            factor="f",
            method="webauthn",
            verified_at=now - 2 * day,
            seen_on=now.date(),
            expires_at=until,
            remembered=True,
            label="Firefox, Linux",
            epoch=epoch,
        )
        stores.factor_sessions.add(session)

    with stores.transactions.atomic():
        app(AN_APP, "active")
        app(BOTH, "disabled")
        app(BEGUN, "pending")
        for who, number in ((TWO_KEYS, 3), (TWO_KEYS, 2), (BOTH, 1)):
            passkey(who, number)
        stores.recovery_codes.replace(AN_APP, [f"{number:064x}" for number in range(10)])
        stores.recovery_codes.replace(TWO_KEYS, [f"{number:064x}" for number in range(10)])
        given(TWO_KEYS, now + day)
        given(TWO_KEYS, now - day)
        given(AN_APP, now + day)
        stores.factor_sessions.bump_epoch(AN_APP, new_id(now))
    stores.recovery_codes.spend(TWO_KEYS, f"{0:064x}", now)
