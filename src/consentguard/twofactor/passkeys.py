"""Passkeys as a second factor: registered, asked for and verified, beside one-time codes or in their place.

Nobody guesses a signature, so an answer is not counted as a code is. What holds instead: a challenge is of 256 random
bits, for one person and one ceremony, counts for minutes and is claimed once before anything is verified; and the count
of what a device has signed must grow, which one statement of the store decides.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from consentguard.ports import Clock, Pseudonyms, Stores, Witness
from consentguard.ports.mistakes import RefusedError
from consentguard.records import Passkey, SubjectRef, Token
from consentguard.twofactor.party import Party
from consentguard.twofactor.protection import Protection
from consentguard.twofactor.results import FactorError, Result
from consentguard.twofactor.telling import Tell

if TYPE_CHECKING:
    from consentguard.twofactor.ceremony import Answer, Made

Ceremony = Literal["passkey_new", "passkey_use"]
CHALLENGE_BYTES = 32
ANSWER_WITHIN = dt.timedelta(minutes=5)
"""How long a challenge counts: what Web Authentication Level 3 recommends where a PIN or a finger is asked for."""
MOST = 20
"""Passkeys of one person at most: every one of them is named to the browser at each sign-in."""
LONGEST_NAME = 64
"""Characters of what somebody calls a passkey."""


class Passkeys:
    """Sets passkeys up, verifies and removes them.

    In the evidence: `factor.enrolled` and `factor.removed` with `kind=webauthn`, and `factor.copied` where a device
    has signed less often than it had before: somebody has a copy of it, and no such answer is taken.
    """

    def __init__(
        self,
        *,
        party: Party | None,
        protection: Protection,
        stores: Stores,
        witness: Witness,
        pseudonyms: Pseudonyms,
        clock: Clock,
        tell: Tell,
    ) -> None:
        self._party = party
        self._protection = protection
        self._stores = stores
        self._passkeys = stores.passkeys
        self._witness = witness
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._tell = tell

    @property
    def possible(self) -> bool:
        """Whether browsers make passkeys for this site, as its `base_url` says."""
        return self._party is not None

    def of(self, subject: SubjectRef) -> Sequence[Passkey]:
        """The subject's passkeys, the oldest first."""
        return self._passkeys.of(self._pseudonyms.of(subject))

    def ask_new(self, subject: SubjectRef, *, verified: bool = False) -> dict[str, Any]:
        """What `navigator.credentials.create()` is given to make a passkey: JSON, with a challenge of its own.

        `verified` says that the subject has given a second factor of theirs just now. Raises FactorError where they
        have one and have not, where they have MOST passkeys, or where no browser makes any for this site.
        """
        from consentguard.twofactor import ceremony

        party, who = self._at(), self._pseudonyms.of(subject)
        kept = self._free(who, verified=verified)
        challenge = self._challenge(who, "passkey_new")
        return dict(ceremony.to_make(party, challenge, who, subject.key, kept, _milliseconds(ANSWER_WITHIN)))

    def add(
        self, subject: SubjectRef, answer: str, *, name: str = "", verified: bool = False, language: str = ""
    ) -> Result:
        """Make the credential that a browser has answered with (its JSON) the subject's: durable.

        With the first factor of all the result holds recovery codes. Raises InsideTransactionError, and FactorError
        as `ask_new` does, which is looked at again: somebody may have set up a factor since.
        """
        from consentguard.twofactor import ceremony

        self._stores.transactions.outside()
        party, who = self._at(), self._pseudonyms.of(subject)
        self._free(who, verified=verified)
        said = self._claimed(who, "passkey_new", answer)
        new = ceremony.made(party, said) if said else None
        if new is None:
            return Result(verdict="bad")
        result = self._kept(who, new, _cleaned(name))
        if result.verdict == "ok":
            self._tell(subject, "added", language)
        return result

    def ask(self, subject: SubjectRef) -> dict[str, Any] | None:
        """What `navigator.credentials.get()` is given to use one of the subject's passkeys; None where they have none.

        Raises FactorError where no browser makes any for this site.
        """
        from consentguard.twofactor import ceremony

        party, who = self._at(), self._pseudonyms.of(subject)
        kept = self._passkeys.of(who)
        if not kept:
            return None
        challenge = self._challenge(who, "passkey_use")
        return dict(ceremony.to_use(party, challenge, kept, _milliseconds(ANSWER_WITHIN)))

    def verify(self, subject: SubjectRef, answer: str) -> Result:
        """Whether a browser's answer (its JSON) was signed by one of the subject's passkeys, just now: durable.

        `replay` is a right answer of a device that has signed no more often than before, and so may be a copy.
        Raises InsideTransactionError, and FactorError where no browser makes any for this site.
        """
        from consentguard.twofactor import ceremony

        self._stores.transactions.outside()
        party, who, now = self._at(), self._pseudonyms.of(subject), self._clock.now()
        kept = {each.id: each for each in self._passkeys.of(who)}
        if not kept:
            return Result(verdict="absent")
        said = self._claimed(who, "passkey_use", answer)
        passkey = kept.get(Passkey.id_of(said.credential)) if said else None
        count = ceremony.used(party, said, passkey) if said and passkey else None
        if passkey is None or count is None:
            return Result(verdict="bad")
        if not self._passkeys.claim_count(passkey.id, count, now.date()):
            self._witness.record("factor.copied", who, kind="webauthn")
            return Result(verdict="replay")
        return Result(verdict="ok", factor=passkey.id)

    def renew_codes(self, subject: SubjectRef, answer: str, *, language: str = "") -> Result:
        """Give the subject new recovery codes in place of the old, after an answer of a passkey that holds: durable.

        Raises as `verify`.
        """
        result = self._protection.renewed(self._pseudonyms.of(subject), self.verify(subject, answer))
        if result.recovery_codes:
            self._tell(subject, "codes", language)
        return result

    def rename(self, subject: SubjectRef, id: str, name: str) -> bool:  # noqa: A002 - the record's own word
        """Call a passkey of the subject's something else; False where they have none of that id."""
        return self._passkeys.rename(self._pseudonyms.of(subject), id, _cleaned(name))

    def remove(self, subject: SubjectRef, id: str, *, language: str = "") -> bool:  # noqa: A002
        """Durable. Take one passkey of the subject's away, and the recovery codes with the last factor; the verdict."""
        self._stores.transactions.outside()
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            gone = self._passkeys.drop(who, id)
            if gone:
                self._protection.went(who, "webauthn")
        if gone:
            self._tell(subject, "removed", language)
        return gone

    def _at(self) -> Party:
        if self._party is None:
            hint = "set base_url to https:// and a domain; on your own machine to http://localhost"
            raise FactorError("no browser makes passkeys for where this site answers", hint=hint)
        return self._party

    def _free(self, who: str, *, verified: bool) -> Sequence[Passkey]:
        """The passkeys that somebody has who may add one. Raises FactorError."""
        if not verified and self._protection.is_on(who):
            raise FactorError("there is a second factor already", hint="give it first, then add the passkey")
        kept = self._passkeys.of(who)
        if len(kept) >= MOST:
            raise FactorError(f"there are {MOST} passkeys already", hint="remove one that is no longer used")
        return kept

    def _challenge(self, who: str, ceremony: Ceremony) -> bytes:
        """A new challenge for somebody, in place of the one that they have not answered."""
        challenge, until = secrets.token_bytes(CHALLENGE_BYTES), self._clock.now() + ANSWER_WITHIN
        with self._stores.transactions.atomic():
            self._stores.tokens.withdraw(who, ceremony)
            self._stores.tokens.add(Token(digest=_digest(challenge), purpose=ceremony, about=who, expires_at=until))
        return challenge

    def _claimed(self, who: str, ceremony: Ceremony, answer: str) -> Answer | None:
        """The answer, if it is one to a challenge of this person's that nobody has answered yet."""
        from consentguard.twofactor.ceremony import read

        said, now = read(answer), self._clock.now()
        if said is None:
            return None
        digest = _digest(said.challenge)
        known = self._stores.tokens.find(digest, ceremony, now)
        if known is None or known.about != who:
            return None
        return said if self._stores.tokens.claim(digest, ceremony, now) else None

    def _kept(self, who: str, new: Made, name: str) -> Result:
        id_ = Passkey.id_of(new.credential)
        passkey = Passkey(
            id=id_,
            subject=who,
            credential=new.credential,
            public_key=new.public_key,
            sign_count=new.sign_count,
            created_at=self._clock.now(),
            transports=new.transports,
            name=name,
        )
        try:
            with self._stores.transactions.atomic():
                first = not self._protection.is_on(who)
                self._passkeys.add(passkey)
                codes = self._protection.came(who, "webauthn", first=first)
        except RefusedError:  # whoever has that credential keeps it (Web Authentication, section 7.1, step 26)
            return Result(verdict="bad")
        return Result(verdict="ok", factor=id_, recovery_codes=codes)


def _digest(challenge: bytes) -> str:
    return Token.digest_of(challenge.hex())


def _milliseconds(span: dt.timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _cleaned(name: str) -> str:
    """A name in one line, without what cannot be seen, and no longer than LONGEST_NAME."""
    shown = (letter if unicodedata.category(letter)[0] != "C" else " " for letter in name)
    return " ".join("".join(shown).split())[:LONGEST_NAME].strip()
