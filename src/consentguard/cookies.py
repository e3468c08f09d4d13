"""What a browser keeps for us, signed: the visitor's choice, the outcome of an age screen, a second factor."""

from __future__ import annotations

import base64
import datetime as dt
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from consentguard.errors import ConsentGuardError
from consentguard.ports import Clock, Signer
from consentguard.records import AgeClaim, AgeMethod, AgeOutcome, ConsentRecord

CHOICE = "cg_choice"
REFUSAL = "cg_refused"
"""What our script sets by itself: unsigned, so it can refuse, and nothing else."""
AGE = "cg_age"
HOST = "__Host-"
"""Begins the name of a cookie that no subdomain can plant: a browser takes it over TLS alone, for this very host."""
FACTOR = "cg_factor"
"""The token of a session in which a second factor was given: chance, known again by what the database keeps of it."""
PROOF = "cg_proof"
"""What such a session showed a few minutes ago, signed; or that a factor is being set up in this browser."""
LONGEST = 1024
"""Characters of a cookie's value at most: what is longer is not ours, and is not even looked at."""
LONGEST_KEPT = dt.timedelta(days=400)
"""How long browsers keep a cookie at most (RFC 6265bis section 5.5)."""
AGE_LASTS = dt.timedelta(days=365)
"""How long a browser remembers an age screen at most: it may be handed on, and browsers keep nothing much longer."""

_DIGITS = string.digits + string.ascii_lowercase
_SEALED = re.compile(r"(?P<at>[0-9a-z]{1,7})\.(?P<lasts>[0-9a-z]{1,7})\.(?P<payload>.*)", re.ASCII)
_PAYLOAD = re.compile(r"[!#-+\--:<-\[\]-~]*")
_CHOICE = re.compile(
    r"([0-9a-z]{1,7})\.([0-9a-z]{1,7})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{22})\.((?:[a-z0-9_/]+(?::[a-z0-9_/]+)*)?)",
    re.ASCII,
)
_REFUSAL = re.compile(r"(?P<version>[0-9a-f]{16})\.(?P<at>[0-9a-z]{1,7})", re.ASCII)
_AGE = re.compile(r"(?P<outcome>over|under)\.(?P<threshold>[0-9]{1,2})\.(?P<method>attest|screen)", re.ASCII)


class CookieError(ConsentGuardError):
    """Something cannot be kept in a cookie: it is too long, or holds characters that no cookie may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A value for the browser to keep under a name, for `max_age` seconds."""

    name: str
    value: str = field(repr=False)
    max_age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a browser kept: the payload, when it was sealed, and the moment from which it counts no more."""

    payload: str = field(repr=False)
    at: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A visitor's choice as their browser keeps it: `accepted` purposes, or `purpose/service` where only some are.

    `record` is the id of the record that proves it; empty for a refusal that no server has taken down yet. It was made
    under `version` of what visitors are asked, to the second, and counts before `until`.
    """

    version: str
    record: str
    accepted: frozenset[str]
    at: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeMark:
    """The outcome of a question of age for a threshold in years, as the browser keeps it. Counts before `until`.

    That is a year at most, so that whoever reads it learns no year of birth.
    """

    outcome: AgeOutcome
    threshold: int
    method: AgeMethod
    at: dt.datetime
    until: dt.datetime

    @property
    def recheck_on(self) -> dt.date:
        """The day from which an answer is asked for again."""
        return (self.until + dt.timedelta(days=1, microseconds=-1)).date()

    @property
    def is_cut_short(self) -> bool:
        """Whether it counts for a year, and the answer may stay the same for longer."""
        return self.until - self.at >= AGE_LASTS


@dataclass(frozen=True, slots=True)
class Cookies:
    """Writes and reads them. `signer_of` gives each name a signer of its own, so that none passes for another.

    Reading never raises: what is tampered with, cut off, too long, expired or signed by a foreign key is nothing.
    """

    signer_of: Callable[[str], Signer]
    clock: Clock

    def seal(self, name: str, payload: str, lasts: dt.timedelta, at: dt.datetime | None = None) -> Kept:
        """A payload signed for this name, with the moment (`at`, or now) and how long it counts from then on.

        Raises CookieError for a payload that no cookie holds: spaces, quotes, commas, semicolons, backslashes and
        what is not ASCII (RFC 6265 section 4.1.1), or for one that is too long.
        """
        if not _PAYLOAD.fullmatch(payload):
            raise CookieError(f"what the cookie {name} should keep holds characters that no cookie may")
        seconds = int(lasts.total_seconds())
        now = int(self.clock.now().timestamp())
        begun = int(at.timestamp()) if at else now
        value = self.signer_of(name).sign(f"{_base36(begun)}.{_base36(seconds)}.{payload}")
        if len(value) > LONGEST:
            hint = "shorten the names of the purposes and services that visitors choose" if name == CHOICE else ""
            raise CookieError(f"the cookie {name} would have more than {LONGEST} characters", hint=hint)
        return Kept(name=name, value=value, max_age=max(0, begun + seconds - now))

    def open(self, name: str, text: str | None) -> Opened | None:
        """What was sealed for this name, unless it has expired; None for whatever else `text` is."""
        if not text or len(text) > LONGEST:
            return None
        found = _SEALED.fullmatch(self.signer_of(name).unsign(text) or "")
        if found is None:
            return None
        at, lasts = int(found["at"], 36), int(found["lasts"], 36)
        opened = Opened(payload=found["payload"], at=_moment(at), until=_moment(at + lasts))
        return opened if self.clock.now() < opened.until else None

    def read(self, name: str, text: str | None) -> str | None:
        """The payload alone."""
        opened = self.open(name, text)
        return opened.payload if opened else None

    def keep_choice(self, record: ConsentRecord) -> Kept:
        """The cookie of a choice that was recorded: about 90 characters, which a script may read.

        It counts from the moment of the record on: a decision that is sent again lasts no longer for that.
        """
        number = base64.urlsafe_b64encode(bytes.fromhex(record.id)).decode().rstrip("=")
        payload = f"{record.policy[:16]}.{number}.{':'.join(record.accepted)}"
        until = record.until or record.at + LONGEST_KEPT
        return self.seal(CHOICE, payload, until - record.at, record.at)

    def choice(self, text: str | None) -> Choice | None:
        """The choice that a browser sent, under whichever version it was made."""
        if not text or len(text) > LONGEST:
            return None
        # `open` and a second look, in one: a page may ask on every request
        found = _CHOICE.fullmatch(self.signer_of(CHOICE).unsign(text) or "")
        if found is None:
            return None
        begun, lasts, version, record, accepted = found.groups()
        at, until = int(begun, 36), int(begun, 36) + int(lasts, 36)
        if self.clock.now() >= _moment(until):
            return None
        return Choice(
            version=version,
            record=base64.urlsafe_b64decode(f"{record}==").hex(),
            accepted=frozenset(accepted.split(":")) if accepted else frozenset(),
            at=_moment(at),
            until=_moment(until),
        )

    def keep_age(self, claim: AgeClaim) -> Kept:
        """The cookie of an age screen's outcome, until the answer may be another."""
        lasts = AGE_LASTS
        if claim.recheck_on:
            lasts = min(lasts, dt.datetime.combine(claim.recheck_on, dt.time(), dt.UTC) - claim.at)
        return self.seal(AGE, f"{claim.outcome}.{claim.threshold}.{claim.method}", lasts)

    def age(self, text: str | None) -> AgeMark | None:
        """The outcome of an age screen that a browser sent, for whichever threshold."""
        opened = self.open(AGE, text)
        found = _AGE.fullmatch(opened.payload) if opened else None
        if opened is None or found is None:
            return None
        return AgeMark(
            outcome=cast(AgeOutcome, found["outcome"]),
            threshold=int(found["threshold"]),
            method=cast(AgeMethod, found["method"]),
            at=opened.at,
            until=opened.until,
        )


def on_host(name: str, secure: bool) -> str:
    """What a cookie is called that should be of this very host, where the request came over TLS or not."""
    return f"{HOST}{name}" if secure else name


def refusal(text: str | None, lasts: Callable[[dt.datetime], dt.datetime]) -> Choice | None:
    """The refusal that our script has set by itself, until a server takes it down; None without one.

    Whatever it holds, it refuses everything: what cannot be read was made at no moment, and so visitors are asked
    again.
    """
    if not text:
        return None
    found = _REFUSAL.fullmatch(text)
    at = _moment(int(found["at"], 36)) if found else _moment(0)
    version = found["version"] if found else ""
    return Choice(version=version, record="", accepted=frozenset(), at=at, until=lasts(at))


def _base36(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return text or "0"


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
