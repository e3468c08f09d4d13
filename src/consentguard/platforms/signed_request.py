"""Reads the `signed_request` by which Meta's platforms call: who is meant, and that it was Meta who said so.

The envelope is `signature.payload`, both in base64url; the signature is HMAC-SHA256 with the app's secret over the
payload as it was sent, encoded. Source: Meta for Developers, "Data Deletion Request Callback" and "Parsing the Signed
Request", as read in 2026.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac

import msgspec

from consentguard.errors import ConsentGuardError

ALGORITHM = "HMAC-SHA256"
LONGEST = 8_192
"""Characters of an envelope at most: Meta's have a few hundred."""
OLDEST = dt.timedelta(days=1)
"""For how long an envelope is taken after it was signed: Meta tries again for hours where a site did not answer."""
AHEAD = dt.timedelta(minutes=5)
"""By how much the clock of whoever signed may run ahead of ours."""


_SHAPE = "it is signature.payload, both in base64url"


class SignedRequestError(ConsentGuardError):
    """An envelope is not whole, not signed with the app's secret, or too old. The message shows nothing of it."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What an envelope says: the platform's id of a user, which is this app's own for them, and when it was signed."""

    user_id: str
    algorithm: str
    issued_at: int
    expires: int = 0

    def __repr__(self) -> str:
        """Whoever is meant is not named in a log."""
        return "Signed(...)"


def parse(envelope: str, secret: str, now: dt.datetime) -> Signed:
    """The content of an envelope that was signed with `secret` lately. Raises SignedRequestError."""
    signature, dot, payload = envelope.partition(".")
    if not (signature and dot and payload) or len(envelope) > LONGEST or not envelope.isascii():
        raise SignedRequestError("this is no signed request", hint=_SHAPE)
    made = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(made, _decoded(signature)):
        raise SignedRequestError("the signature is not that of this app", hint="check the app's secret in `platforms`")
    try:
        signed = msgspec.json.decode(_decoded(payload), type=Signed, strict=False)
    except msgspec.MsgspecError:
        hint = "it holds user_id, algorithm and issued_at"
        raise SignedRequestError("the payload is not as Meta documents it", hint=hint) from None
    if signed.algorithm.upper() != ALGORITHM:
        raise SignedRequestError("it is signed by another algorithm", hint=f"{ALGORITHM} is taken, and nothing else")
    _refuse_other_times(signed, now)
    return signed


def _refuse_other_times(signed: Signed, now: dt.datetime) -> None:
    moment = int(now.timestamp())
    if signed.issued_at > moment + AHEAD.total_seconds():
        raise SignedRequestError("it was signed in the future", hint="check this machine's clock")
    if signed.issued_at < moment - OLDEST.total_seconds() or 0 < signed.expires < moment:
        raise SignedRequestError("it was signed too long ago, or has expired", hint="let the platform call again")
    if not signed.user_id or len(signed.user_id) > LONGEST // 8:
        raise SignedRequestError("it names no user", hint="it holds user_id, algorithm and issued_at")


def _decoded(text: str) -> bytes:
    """Base64url without its padding (RFC 4648 section 5), in its one spelling. Raises SignedRequestError.

    Another spelling of the same bytes would be another envelope, which was not seen yet.
    """
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SignedRequestError("this is no signed request", hint=_SHAPE) from None
    if base64.urlsafe_b64encode(content).rstrip(b"=") != text.encode():
        raise SignedRequestError("this is no signed request", hint=_SHAPE)
    return content
