"""Evidence of who somebody is: what they gave, when, and who says so."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Method = Literal["password", "otp", "webauthn", "recovery", "mfa", "device"]
"""`password` stands for any first factor, `mfa` for a second one that is not known more closely, `device` for a browser
that is remembered: it lets somebody in, and is never fresh."""
SECOND: frozenset[Method] = frozenset({"otp", "webauthn", "recovery", "mfa", "device"})
"""What stands for a second factor."""
OIDC = "oidc"
_AMR: Mapping[str, Method] = {
    "pwd": "password",
    "pin": "password",
    "otp": "otp",
    "sms": "otp",
    "tel": "otp",
    "hwk": "webauthn",
    "sc": "webauthn",
    "mfa": "mfa",
}
"""Values of the claim `amr` (RFC 8176 section 2). What a device or a face shows alone tells of no second factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that somebody gave to show who they are.

    `at` is an aware moment, None where its source keeps none: then it counts, and is never fresh. `source` says who
    tells of it, such as `consentguard`, `django-otp`, `allauth`.
    """

    method: Method
    at: dt.datetime | None = None
    source: str

    def is_fresh(self, now: dt.datetime, max_age: dt.timedelta) -> bool:
        """Whether it was given within `max_age`. What lies ahead by as much is a clock that differs, and no more."""
        return self.method != "device" and self.at is not None and abs(now - self.at) <= max_age


def from_claims(claims: Mapping[str, object], source: str = OIDC) -> tuple[Evidence, ...]:
    """What the claims of an ID token show: `amr` (RFC 8176) and `auth_time` (OpenID Connect Core 1.0, section 2).

    The token's signature, audience and end are for the host to check. Whatever is no such claim shows nothing.
    """
    listed, at = claims.get("amr"), _moment(claims.get("auth_time"))
    named = [each for each in listed if isinstance(each, str)] if isinstance(listed, (list, tuple)) else []
    return tuple(Evidence(method=method, at=at, source=source) for method in dict.fromkeys(_methods(named)))


def _methods(named: list[str]) -> Iterator[Method]:
    yield from (_AMR[each] for each in named if each in _AMR)


def _moment(seconds: object) -> dt.datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not math.isfinite(seconds):
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, OSError, ValueError):
        return None
