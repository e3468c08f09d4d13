"""Second factors: one-time codes from an authenticator app, and recovery codes for when the app is lost.

A person has none, one that is pending while it is set up, one that is active, or one that was disabled because it was
guessed at too often. Every verdict rests on one durable statement of the store, made before anything is compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from consentguard.ports import Clock, Macs, Pseudonyms, RowSealer, Stores, Witness
from consentguard.records import Authenticator, SubjectRef, new_id
from consentguard.twofactor import otp, recovery
from consentguard.twofactor.attempts import Attempts, row_of
from consentguard.twofactor.enrolment import Enrolment, enrolment
from consentguard.twofactor.protection import Protection, digested
from consentguard.twofactor.results import FactorError, Result, Standing, Verdict
from consentguard.twofactor.telling import Tell

__all__ = ["Enrolment", "FactorError", "Result", "Standing", "TwoFactor", "Verdict"]

PENDING_FOR = dt.timedelta(minutes=10)
"""How long somebody may take to set a factor up."""


class TwoFactor:
    """Sets up and verifies second factors, and writes to their owners when something about them changes.

    What changes a person's protection is in the evidence: `factor.begun`, `factor.enrolled`, `factor.locked`,
    `factor.unlocked`, `factor.disabled`, `factor.recovered`, `factor.codes_renewed`, `factor.removed`. The sign-ins
    themselves are the host's to log. `language` is that of a mail, the policy's first unless said.
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
        tell: Tell,
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
        self._tell = tell
        self._attempts = Attempts(self._factors, witness, sealer, clock)
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

    def enrolled(self, subjects: Sequence[SubjectRef]) -> frozenset[SubjectRef]:
        """Those of these data subjects who have an active factor of any kind."""
        named = {self._pseudonyms.of(subject): subject for subject in subjects}
        found = self._factors.enrolled(list(named)) | self._stores.passkeys.enrolled(list(named))
        return frozenset(named[who] for who in found)

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
        sealed = self._sealer.seal(secret, row_of(who, id_))
        with self._stores.transactions.atomic():
            self._factors.add(Authenticator(id=id_, subject=who, state="pending", secret=sealed, created_at=now))
            self._witness.record("factor.begun", who, kind="totp")
        return enrolment(id_, now + PENDING_FOR, secret, self._issuer, subject.key)

    def pending(self, subject: SubjectRef) -> Enrolment | None:
        """What `enrol` gave, for as long as it may be activated: read anew from the sealed row, and kept nowhere else.

        Raises DecryptionError for a row that was tampered with.
        """
        found = self._pending(self._pseudonyms.of(subject))
        if found is None:
            return None
        until = found.created_at + PENDING_FOR
        return enrolment(found.id, until, self._attempts.secret(found), self._issuer, subject.key)

    def activate(self, subject: SubjectRef, code: str, *, verified: bool = False, language: str = "") -> Result:
        """Make the factor that is being set up the subject's, by a code of it: durable.

        When it is `ok` and their first factor, the result holds the recovery codes. `verified` is as in `enrol`. Raises
        InsideTransactionError, and DecryptionError for a row that was tampered with.
        """
        self._stores.transactions.outside()
        who = self._pseudonyms.of(subject)
        first = not self._protection.is_on(who)
        # where another became active meanwhile, this one must not take its place, nor its recovery codes
        found = None if self._is_closed(who, verified=verified) else self._pending(who)
        result = self._attempts.compare(found, code)
        if result.verdict != "ok":
            return result
        # The claim that made the factor active stands already, since no code may count twice. If this fails the
        # factor is active without recovery codes: less than was hoped for, and nothing that anybody could misuse.
        with self._stores.transactions.atomic():
            codes = self._protection.came(who, "totp", first=first)
        self._tell(subject, "added", language)
        return replace(result, recovery_codes=codes)

    def verify(self, subject: SubjectRef, code: str, *, language: str = "") -> Result:
        """Compare a code of the subject's app: durable, and counted before it is compared.

        Raises InsideTransactionError, and DecryptionError for a row that was tampered with.
        """
        self._stores.transactions.outside()
        found = self._protection.app(self._pseudonyms.of(subject))
        return self._told(subject, self._attempts.compare(found, code), language)

    def recover(self, subject: SubjectRef, code: str, *, language: str = "") -> Result:
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
        if counted and not self._attempts.counted(counted, now):
            return self._attempts.refused(counted)
        if not any(self._codes.spend(who, digest, now) for digest in self._macs.every(digested(who, letters))):
            return self._told(subject, self._attempts.failed(counted), language) if counted else Result(verdict="bad")
        left = self._codes.left(who)
        self._witness.record("factor.recovered", who, left=left)  # after the code is spent: it must not come back
        self._tell(subject, "recovered", language, left=left)
        return Result(verdict="ok", factor=factor, left=left)

    def renew_codes(self, subject: SubjectRef, code: str, *, language: str = "") -> Result:
        """Give the subject new recovery codes in place of the old, after a code of their app that is right: durable.

        Raises as `verify`.
        """
        given = self.verify(subject, code, language=language)
        result = self._protection.renewed(self._pseudonyms.of(subject), given)
        if result.recovery_codes:
            self._tell(subject, "codes", language)
        return result

    def remove(self, subject: SubjectRef, *, language: str = "") -> int:
        """Durable. Take the subject's factors of every kind and their recovery codes away; how many factors went."""
        self._stores.transactions.outside()
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            gone = self._protection.clear(who)
            if gone:
                self._witness.record("factor.removed", who)
        if gone:
            self._tell(subject, "removed", language)
        return gone

    def remove_app(self, subject: SubjectRef, *, language: str = "") -> int:
        """Durable. Take the subject's authenticator app away, and the recovery codes where no passkey is left."""
        self._stores.transactions.outside()
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            gone = self._factors.remove([who])
            if gone:
                self._protection.went(who, "totp")
        if gone:
            self._tell(subject, "removed", language)
        return gone

    def _told(self, subject: SubjectRef, result: Result, language: str) -> Result:
        """A result, of which the owner is told where it ended the factor."""
        if result.ended:
            self._tell(subject, "disabled", language)
        return result

    def _is_closed(self, who: str, *, verified: bool) -> bool:
        """Whether no app may be set up now."""
        return self._protection.app(who) is not None if verified else self._protection.is_on(who)

    def _pending(self, who: str) -> Authenticator | None:
        began = self._clock.now() - PENDING_FOR
        return next((each for each in self._protection.apps(who, "pending") if each.created_at > began), None)
