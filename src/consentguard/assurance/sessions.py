"""In which browsers somebody gave a second factor: begun with a token, found by it, and ended."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from consentguard.assurance.evidence import Evidence
from consentguard.ports import Clock, Macs, Pseudonyms, Stores, Witness
from consentguard.records import FactorMethod, FactorSession, SubjectRef, new_id

LASTS = dt.timedelta(hours=12)
"""How long a session counts that is not remembered (NIST SP 800-63B-4 section 2.2.3 asks for 24 hours at most)."""
TOKEN_BYTES = 16
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
LONGEST_LABEL = 100
SOURCE = "consentguard"


class Begun(NamedTuple):
    """What the browser is given, and what is kept of it."""

    token: str
    session: FactorSession


class Sessions:
    """The sessions of second factors.

    A session belongs to a person and to one sign-in of theirs, which `sign_in` tells apart from others. Of a remembered
    device the session outlasts that, and then shows a device alone, never a factor that was given lately.
    """

    def __init__(
        self,
        *,
        remember: dt.timedelta | None,
        stores: Stores,
        witness: Witness,
        pseudonyms: Pseudonyms,
        macs: Macs,
        clock: Clock,
    ) -> None:
        """`remember` is how long a device is remembered where somebody asks for it; None for never."""
        self.remember = remember
        self._stores = stores
        self._sessions = stores.factor_sessions
        self._witness = witness
        self._pseudonyms = pseudonyms
        self._macs = macs
        self._clock = clock

    def epoch(self, subject: SubjectRef) -> str:
        """What `begin` is to be given, read before a factor is compared: of what changes meanwhile nothing outlives."""
        return self._sessions.epoch(self._pseudonyms.of(subject))

    def begin(
        self,
        subject: SubjectRef,
        *,
        epoch: str,
        factor: str,
        method: FactorMethod,
        sign_in: str,
        label: str = "",
        remember: bool = False,
        instead_of: str = "",
    ) -> Begun:
        """Keep that a factor was given just now, in place of the session that the browser had (`instead_of`).

        The token is new each time, has 128 bits, and is kept nowhere.
        """
        now, who, token = self._clock.now(), self._pseudonyms.of(subject), secrets.token_urlsafe(TOKEN_BYTES)
        before = self._found(instead_of)
        kept = (
            self.remember if remember or (before is not None and before.subject == who and before.remembered) else None
        )
        session = FactorSession(
            id=new_id(now),
            digest=self._digest(token),
            subject=who,
            factor=factor,
            method=method,
            verified_at=now,
            seen_on=now.date(),
            expires_at=now + (kept or LASTS),
            remembered=kept is not None,
            label=label[:LONGEST_LABEL],
            sign_in=self._digest(sign_in),
            epoch=epoch,
        )
        with self._stores.transactions.atomic():
            if before is not None:
                self._sessions.end(before.subject, before.id)
            self._sessions.add(session)
            if kept:
                self._witness.record("factor.device_remembered", who)
        return Begun(token, session)

    def find(self, subject: SubjectRef, token: str, sign_in: str) -> FactorSession | None:
        """The session that a browser's token stands for, where it is that person's, and of this sign-in or remembered.

        The day on which it was last seen is taken down.
        """
        found = self._found(token)
        if found is None or found.subject != self._pseudonyms.of(subject):
            return None
        if not (self._is_remembered(found) or self.is_of(found, sign_in)):
            return None
        today = self._clock.now().date()
        if found.seen_on != today:
            self._sessions.see(found.id, today)
        return found

    def _is_remembered(self, session: FactorSession) -> bool:
        """Whether the policy remembers that device still: it may have changed since."""
        lasts = self.remember if session.remembered else None
        return lasts is not None and self._clock.now() < session.verified_at + lasts

    def evidence(self, session: FactorSession, sign_in: str) -> Evidence:
        """What a session shows: the factor, where it was given in this very sign-in, else the device."""
        method = session.method if self.is_of(session, sign_in) else "device"
        return Evidence(method=method, at=session.verified_at, source=SOURCE)

    def is_of(self, session: FactorSession, sign_in: str) -> bool:
        """Whether a session belongs to this sign-in."""
        return session.sign_in in self._digests(sign_in)

    def leave(self, token: str) -> None:
        """Somebody signs out: their session ends; of a remembered device it is remembered, and no longer fresh."""
        found = self._found(token)
        if found is None:
            return
        if found.remembered:
            self._sessions.leave(found.id)
        else:
            self._sessions.end(found.subject, found.id)

    def of(self, subject: SubjectRef) -> Sequence[FactorSession]:
        """Somebody's sessions and devices, the newest first."""
        return self._sessions.of(self._pseudonyms.of(subject), self._clock.now())

    def is_at(self, session: FactorSession, token: str) -> bool:
        """Whether a browser's token stands for this session."""
        return bool(_TOKEN.fullmatch(token)) and session.digest in self._digests(token)

    def end(self, subject: SubjectRef, id: str) -> bool:  # noqa: A002 - the record's own word
        """End one of somebody's sessions or devices, with an entry in the evidence; the verdict."""
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            ended = self._sessions.end(who, id)
            if ended:
                self._witness.record("factor.device_ended", who)
        return ended

    def end_all(self, subject: SubjectRef) -> None:
        """End every session and device of somebody, with an entry in the evidence."""
        who = self._pseudonyms.of(subject)
        with self._stores.transactions.atomic():
            self._sessions.bump_epoch(who, new_id(self._clock.now()))
            self._witness.record("factor.sessions_ended", who)

    def digest(self, text: str) -> str:
        """The keyed hash of what tells a sign-in apart, for a proof that a browser keeps."""
        return self._digest(text)

    def _found(self, token: str) -> FactorSession | None:
        if not _TOKEN.fullmatch(token):
            return None
        return self._sessions.find(self._digests(token), self._clock.now())

    def _digest(self, text: str) -> str:
        return self._macs.mac(text.encode())[1]

    def _digests(self, text: str) -> Sequence[str]:
        return self._macs.every(text.encode())
