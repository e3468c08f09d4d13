"""Attempts at a code: each is counted before it is compared, and wrong ones cost time, then the factor.

pending --first right code--> active <--wrong codes, then time--> locked --a hundred in a row--> disabled
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from consentguard.ports import Authenticators, Clock, RowSealer, Witness
from consentguard.records import Authenticator
from consentguard.twofactor import otp
from consentguard.twofactor.results import Result, Verdict

FREE_FAILURES = 3
"""Wrong codes in a row before there is a wait: a second after these, and twice as long after each one more."""
LONGEST_WAIT = dt.timedelta(minutes=15)
AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When the next attempt is allowed without a wait: also where a server's clock is behind, or was set back."""
MOST_FAILURES = 100
"""Wrong codes in a row that disable a factor (NIST SP 800-63B-4, section 3.2.2)."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Durable throughout. A change of the factor's state is taken down once it is made: it must not come back.

    In the evidence: `factor.locked` and `factor.disabled` with how many wrong codes there were in a row, and
    `factor.unlocked` with a right code after them.
    """

    factors: Authenticators
    witness: Witness
    sealer: RowSealer
    clock: Clock

    def compare(self, found: Authenticator | None, code: str) -> Result:
        """What becomes of a code of an app. Raises InsideTransactionError; DecryptionError for a tampered row."""
        digits, now = otp.cleaned(code), self.clock.now()
        if found is None or digits is None:
            return Result(verdict="bad" if found else "absent")
        if not self.counted(found, now):
            return self.refused(found)
        step = otp.matching_step(self.secret(found), digits, otp.step_at(now))
        if step is None:
            return self.failed(found)
        if not self.factors.claim_step(found.id, step):
            return self.failed(found, "replay")
        if found.failures >= FREE_FAILURES:
            self.witness.record("factor.unlocked", found.subject)
        return Result(verdict="ok", factor=found.id)

    def counted(self, found: Authenticator, now: dt.datetime) -> bool:
        """Whether the attempt is allowed; it is counted then, whatever comes after."""
        wait = _wait(found.failures + 1)
        next_at = now + wait if wait else AT_ONCE
        return self.factors.begin_attempt(found.id, now, next_at, MOST_FAILURES)

    def refused(self, found: Authenticator) -> Result:
        """The verdict on an attempt that was not allowed."""
        now = self.factors.find(found.id)
        if now is None or now.state == "disabled":
            return Result(verdict="disabled" if now else "absent")
        return Result(verdict="throttled", retry_at=now.next_at)

    def failed(self, found: Authenticator, verdict: Verdict = "bad") -> Result:
        """The verdict on a counted code that was not taken, which may have been the last that the factor bore."""
        now = self.factors.find(found.id)
        if now is None or now.failures < FREE_FAILURES:
            return Result(verdict=verdict)
        if now.state != "disabled":
            self.witness.record("factor.locked", found.subject, failures=now.failures)
            return Result(verdict=verdict)
        self.witness.record("factor.disabled", found.subject, failures=now.failures)
        return Result(verdict="disabled", ended=True)

    def secret(self, found: Authenticator) -> bytes:
        """The secret of a row, which opens in the row of that very person and id alone. Raises DecryptionError."""
        return self.sealer.open(found.secret, row_of(found.subject, found.id))


def row_of(who: str, id_: str) -> str:
    """What a secret is bound to beside its column: as a rotation of keys puts it together from the row."""
    return f"{who}.{id_}"


def _wait(failures: int) -> dt.timedelta:
    """How long to wait after so many wrong codes in a row."""
    if failures < FREE_FAILURES:
        return dt.timedelta()
    seconds = 2 ** min(failures - FREE_FAILURES, 10)
    return min(dt.timedelta(seconds=seconds), LONGEST_WAIT)
