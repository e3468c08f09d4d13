"""Second factors: one-time codes from an authenticator app, and recovery codes for when the app is lost.

A person has none, one that is pending while it is set up, one that is active, or one that was disabled because it was
guessed at too often. Every verdict rests on one durable statement of the store, made before anything is compared.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Literal

from consentguard.errors import ConsentGuardError
from consentguard.ports import Clock, Macs, Pseudonyms, RowSealer, Stores, Witness
from consentguard.records import Authenticator, FactorState, SubjectRef, new_id
from consentguard.twofactor import otp, recovery
from consentguard.twofactor.enrolment import Enrolment, enrolment
from consentguard.twofactor.protection import Protection, digested

__all__ = ["Enrolment", "FactorError", "Result", "Standing", "TwoFactor", "Verdict"]

Verdict = Literal["ok", "bad", "replay", "throttled", "disabled", "absent"]
PENDING_FOR = dt.timedelta(minutes=10)
"""How long somebody may take to set a factor up."""
FREE_FAILURES = 3
"""Wrong codes in a row before there is a wait: a second after these, and twice as long after each one more."""
LONGEST_WAIT = dt.timedelta(minutes=15)
AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When the next attempt is allowed without a wait: also where a server's clock is behind, or was set back."""
MOST_FAILURES = 100
"""Wrong codes in a row that disable a factor (NIST SP 800-63B-4, section 3.2.2)."""


class FactorError(ConsentGuardError):
    """A second factor cannot be set up now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a code. It never says more about a wrong one.

    `replay` is a right code that was taken before: the next one will do. `throttled` was not compared, and may be
    tried again at `retry_at`. `disabled` takes no code of the app any more, `absent` means that there is no factor to
    compare with. `factor` is the id of the one that was `ok`; `recovery_codes` are shown this once, when a factor
    becomes active; `left` is how many are unused after one was.
    """

    verdict: Verdict
    factor: str = ""
    retry_at: dt.datetime | None = None
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far somebody is with their second factor, and since when: with the app's, and where there is none in force
    with their oldest passkey, which is `active`.

    `passkeys` are the ids of those that they have beside it.
    """

    id: str
    state: FactorState
    since: dt.datetime
    passkeys: tuple[str, ...] = ()

    @property
    def takes_codes(self) -> bool:
        """Whether there is an app whose codes are taken."""
        return self.state == "active" and self.id not in self.passkeys


class TwoFactor:
    """Sets up and verifies second factors.

    What changes a person's protection is in the evidence: `factor.enrolled`, `factor.recovered`, `factor.disabled`,
    `factor.removed`. The sign-ins themselves are the host's to log.
    """

    def __init__(
        self,
        *,
        issuer: str,
        stores: Stores,
        witness: Witness,
        pseudonyms: Pseudonyms,
        sealer: RowSealer,
        macs: Macs,
        clock: Clock,
    ) -> None:
        self._issuer = issuer
        self._stores = stores
        self._factors = stores.authenticators
        self._codes = stores.recovery_codes
        self._witness = witness
        self._pseudonyms = pseudonyms
        self._sealer = sealer
        self._macs = macs
        self._clock = clock
        self._protection = Protection(stores, witness, macs, clock)

    def state(self, subject: SubjectRef) -> Standing | None:
        """The subject's second factor; None where there is none, or one whose set-up took too long."""
        who = self._pseudonyms.of(subject)
        found, keys = self._protection.app(who), self._stores.passkeys.of(who)
        passkeys = tuple(each.id for each in keys)
        if keys and found is None:
            return Standing(id=keys[0].id, state="active", since=keys[0].created_at, passkeys=passkeys)
        found = found or self._pending(who)
        return Standing(id=found.id, state=found.state, since=found.created_at, passkeys=passkeys) if found else None

    def is_enrolled(self, subject: SubjectRef) -> bool:
        """Whether the subject has a second factor that must be given: also one that was disabled."""
        return self._protection.is_on(self._pseudonyms.of(subject))

    def codes_left(self, subject: SubjectRef) -> int:
        """How many recovery codes are unused."""
        return self._codes.left(self._pseudonyms.of(subject))

    def enrol(self, subject: SubjectRef, *, verified: bool = False) -> Enrolment:
        """Begin to set up a factor, in place of one that was begun before. It counts once a code of it is activated.

        `verified` says that the subject has given a passkey of theirs just now. Raises FactorError where there is an
        active or disabled one, or passkeys and they have not: whoever has only the first factor must not put another
        second one in its place.
        """
        who, now = self._pseudonyms.of(subject), self._clock.now()
        if self._is_closed(who, verified=verified):
            raise FactorError("there is a second factor already", hint="remove it first, after a code of it was right")
        id_, secret = new_id(now), otp.new_secret()
        sealed = self._sealer.seal(secret, _row(who, id_))
        self._factors.add(Authenticator(id=id_, subject=who, state="pending", secret=sealed, created_at=now))
        return enrolment(id_, now + PENDING_FOR, secret, self._issuer, subject.key)

    def pending(self, subject: SubjectRef) -> Enrolment | None:
        """What `enrol` gave, for as long as it may be activated: read anew from the sealed row, and kept nowhere else.

        Raises DecryptionError for a row that was tampered with.
        """
        found = self._pending(self._pseudonyms.of(subject))
        if found is None:
            return None
        until = found.created_at + PENDING_FOR
        return enrolment(found.id, until, self._secret(found), self._issuer, subject.key)

    def activate(self, subject: SubjectRef, code: str, *, verified: bool = False) -> Result:
        """Make the factor that is being set up the subject's, by a code of it: durable.

        When it is `ok` and their first factor, the result holds the recovery codes. `verified` is as in `enrol`. Raises
        InsideTransactionError, and DecryptionError for a row that was tampered with.
        """
        self._stores.transactions.outside()
        who = self._pseudonyms.of(subject)
        first = not self._protection.is_on(who)
        # where another became active meanwhile, this one must not take its place, nor its recovery codes
        result = self._compare(None if self._is_closed(who, verified=verified) else self._pending(who), code)
        if result.verdict != "ok":
            return result
        # The claim that made the factor active stands already, since no code may count twice. If this fails the
        # factor is active without recovery codes: less than was hoped for, and nothing that anybody could misuse.
        with self._stores.transactions.atomic():
            codes = self._protection.came(who, "totp", first=first)
        return replace(result, recovery_codes=codes)

    def verify(self, subject: SubjectRef, code: str) -> Result:
        """Compare a code of the subject's app: durable, and counted before it is compared.

        Raises InsideTransactionError, and DecryptionError for a row that was tampered with.
        """
        self._stores.transactions.outside()
        return self._compare(self._protection.app(self._pseudonyms.of(subject)), code)

    def recover(self, subject: SubjectRef, code: str) -> Result:
        """Use up a recovery code in place of one of the app: durable, and counted like one.

        It also opens the way to somebody whose factor was disabled: nobody guesses 128 bits. Raises
        InsideTransactionError.
        """
        self._stores.transactions.outside()
        who, letters = self._pseudonyms.of(subject), recovery.cleaned(code)
        found = self._protection.app(who)
        factor = found.id if found else next((each.id for each in self._stores.passkeys.of(who)), "")
        if not factor or letters is None:
            return Result(verdict="bad" if factor else "absent")
        counted, now = found if found and found.state == "active" else None, self._clock.now()
        if counted and not self._counted(counted, now):
            return self._refused(counted)
        if not any(self._codes.spend(who, digest, now) for digest in self._macs.every(digested(who, letters))):
            return self._failed(counted) if counted else Result(verdict="bad")
        left = self._codes.left(who)
        self._witness.record("factor.recovered", who, left=left)  # after the code is spent: it must not come back
        return Result(verdict="ok", factor=factor, left=left)

    def remove(self, subject: SubjectRef) -> int:
        """Take the subject's factors of every kind and their recovery codes away; how many factors went."""
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            gone = self._factors.remove([who]) + self._stores.passkeys.remove([who])
            self._codes.remove([who])
            self._protection.end_sessions(who)
            if gone:
                self._witness.record("factor.removed", who)
        return gone

    def remove_app(self, subject: SubjectRef) -> int:
        """Take the subject's authenticator app away, and the recovery codes where no passkey is left."""
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            gone = self._factors.remove([who])
            if gone:
                self._protection.went(who, "totp")
        return gone

    def _is_closed(self, who: str, *, verified: bool) -> bool:
        """Whether no app may be set up now."""
        return self._protection.app(who) is not None if verified else self._protection.is_on(who)

    def _compare(self, found: Authenticator | None, code: str) -> Result:
        digits, now = otp.cleaned(code), self._clock.now()
        if found is None or digits is None:
            return Result(verdict="bad" if found else "absent")
        if not self._counted(found, now):
            return self._refused(found)
        step = otp.matching_step(self._secret(found), digits, otp.step_at(now))
        if step is None:
            return self._failed(found)
        if not self._factors.claim_step(found.id, step):
            return self._failed(found, "replay")
        return Result(verdict="ok", factor=found.id)

    def _counted(self, found: Authenticator, now: dt.datetime) -> bool:
        """Whether the attempt is allowed; it is counted then, whatever comes after."""
        wait = _wait(found.failures + 1)
        next_at = now + wait if wait else AT_ONCE
        return self._factors.begin_attempt(found.id, now, next_at, MOST_FAILURES)

    def _refused(self, found: Authenticator) -> Result:
        now = self._again(found)
        if now is None or now.state == "disabled":
            return Result(verdict="disabled" if now else "absent")
        return Result(verdict="throttled", retry_at=now.next_at)

    def _failed(self, found: Authenticator, verdict: Verdict = "bad") -> Result:
        """The verdict on a counted code that was not taken, which may have been the last that the factor bore."""
        now = self._again(found)
        if now is None or now.state != "disabled":
            return Result(verdict=verdict)
        self._witness.record("factor.disabled", found.subject, failures=now.failures)
        return Result(verdict="disabled")

    def _again(self, found: Authenticator) -> Authenticator | None:
        return next((each for each in self._factors.of(found.subject) if each.id == found.id), None)

    def _pending(self, who: str) -> Authenticator | None:
        began = self._clock.now() - PENDING_FOR
        return next((each for each in self._protection.apps(who, "pending") if each.created_at > began), None)

    def _secret(self, found: Authenticator) -> bytes:
        """The secret of a row, which opens in the row of that very person and id alone."""
        return self._sealer.open(found.secret, _row(found.subject, found.id))


def _row(who: str, id_: str) -> str:
    """What a secret is bound to beside its column: as a rotation of keys puts it together from the row."""
    return f"{who}.{id_}"


def _wait(failures: int) -> dt.timedelta:
    """How long to wait after so many wrong codes in a row."""
    if failures < FREE_FAILURES:
        return dt.timedelta()
    seconds = 2 ** min(failures - FREE_FAILURES, 10)
    return min(dt.timedelta(seconds=seconds), LONGEST_WAIT)
