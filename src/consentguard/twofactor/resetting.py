"""Takes a second factor away from somebody who lost it: by another person, who says why, and is known for sure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from consentguard.errors import ConsentGuardError
from consentguard.ports import Clock, Pseudonyms, Stores, Witness
from consentguard.records import SubjectRef
from consentguard.twofactor.protection import Protection
from consentguard.twofactor.telling import Tell

REASONS: Mapping[str, str] = {
    "lost": "They lost the device, and have no recovery code",
    "disabled": "It was locked after too many wrong codes",
    "incident": "Somebody else may have got hold of it",
    "other": "Something else: say where it is written down",
}
"""Why a factor is taken away, by the name that the evidence keeps. A text of somebody's own could name people."""
FRESH = dt.timedelta(minutes=15)
"""How long ago whoever resets may have given their own second factor."""
LONGEST_REFERENCE = 40
_REFERENCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9#/._-]{{0,{LONGEST_REFERENCE - 1}}}", re.ASCII)


class ResetError(ConsentGuardError):
    """A second factor is not taken away: nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """That `staff`, who gave their own second factor at `factor_at`, asks to take somebody's away, and why.

    `reason` is one of REASONS; `reference` is where more is written down, such as the number of a ticket.
    """

    subject: SubjectRef
    staff: SubjectRef | None
    factor_at: dt.datetime | None
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it: how many factors went, how many sessions of the site's ended, and whether a mail was sent.

    Sessions that the site does not keep in its database are not among them.
    """

    factors: int
    sessions: int
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resetting:
    """Resets of one database. `sessions` ends those of the users with these primary keys."""

    stores: Stores
    protection: Protection
    witness: Witness
    pseudonyms: Pseudonyms
    sessions: Callable[[Sequence[str]], int]
    tell: Tell
    clock: Clock

    def reset(self, asked: Asked, language: str = "") -> Done:
        """Durable. End the sessions of somebody, take every factor and recovery code of theirs away, and write to them.

        In this order: where their sessions cannot be ended, nobody who sits in one is freed of the factor. It is in the
        evidence as `factor.reset`, with the pseudonym of whoever did it. Raises ResetError for somebody's own factor,
        without a fresh one of whoever asks, for a reason that is none, and where there is nothing to take away;
        InsideTransactionError, StoreError.
        """
        self.stores.transactions.outside()
        staff = self._staff(asked)
        _check(asked)
        who = self.pseudonyms.of(asked.subject)
        facts = {"by": staff, "reason": asked.reason, **({"reference": asked.reference} if asked.reference else {})}
        nothing = ResetError("there is no second factor to take away", hint="look again whose it is")
        if not self.protection.is_on(who):
            raise nothing
        ended = self.sessions([asked.subject.key])
        with self.stores.transactions.atomic():
            factors = self.protection.clear(who)
            if not factors:  # somebody was faster
                raise nothing
            self.witness.record("factor.reset", who, factors=factors, **facts)
        return Done(factors=factors, sessions=ended, told=self.tell(asked.subject, "reset", language))

    def _staff(self, asked: Asked) -> str:
        """The pseudonym of whoever asks. Raises ResetError where they may not."""
        if asked.staff is None:
            raise ResetError("nobody knows who asks", hint="the setting `subject` says who is signed in")
        if asked.staff == asked.subject:
            raise ResetError("nobody takes their own second factor away here", hint="ask somebody else who may")
        now = self.clock.now()
        if asked.factor_at is None or not dt.timedelta() <= now - asked.factor_at <= FRESH:
            minutes = int(FRESH.total_seconds()) // 60
            hint = "give a code of yours on the page of the second factor, then send this again"
            raise ResetError(f"your own second factor was not given within {minutes} minutes", hint=hint)
        return self.pseudonyms.of(asked.staff)


def _check(asked: Asked) -> None:
    if asked.reason not in REASONS:
        raise ResetError("no reason was chosen", hint=f"it is one of {', '.join(REASONS)}")
    if asked.reference and not _REFERENCE.fullmatch(asked.reference):
        hint = "it has letters, digits and # / . _ - only, such as HELP-1234"
        raise ResetError("what was given as a reference is none", hint=hint)
    if asked.reason == "other" and not asked.reference:
        raise ResetError("nothing says where the reason is written down", hint="give a reference, such as HELP-1234")
