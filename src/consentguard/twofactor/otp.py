"""One-time codes by time (RFC 6238): which step a code belongs to, by our own whole-number clock."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import re
import secrets

import pyotp

PERIOD = 30
"""Seconds that a code stands for (RFC 6238 section 5.2)."""
DIGITS = 6
WINDOW = 1
"""Steps before and after the present one whose codes are taken as well: clocks differ, and people type slowly."""
SECRET_BYTES = 20
"""What RFC 4226 section 4 recommends: 160 bits."""
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


def new_secret() -> bytes:
    """A secret to share with an authenticator app: SECRET_BYTES of chance."""
    return secrets.token_bytes(SECRET_BYTES)


def base32(secret: bytes) -> str:
    """A secret as apps take it: RFC 4648 base 32, without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def step_at(moment: dt.datetime) -> int:
    """The time step of an aware moment: whole numbers since 1970, whatever the local clock does in spring."""
    return int(moment.timestamp()) // PERIOD


def cleaned(code: str) -> str | None:
    """The digits of a typed code, its spaces left out; None for what is no code (other scripts' digits are none)."""
    digits = code.replace(" ", "")
    return digits if _CODE.fullmatch(digits) else None


class _Codes(pyotp.OTP):
    """Those of a secret, which pyotp else decodes anew for each code: most of the time that one takes."""

    def __init__(self, secret: bytes) -> None:
        self._decoded = secret
        super().__init__("", digits=DIGITS)  # the text of the secret is asked for nothing but its bytes

    def byte_secret(self) -> bytes:
        return self._decoded


def matching_step(secret: bytes, digits: str, step: int) -> int | None:
    """The step within the window around `step` whose code this is, the latest where several are; None for no step.

    The whole window is compared, so the time that it takes does not tell which step matched.
    """
    codes = _Codes(secret)
    found = None
    for candidate in range(max(0, step - WINDOW), step + WINDOW + 1):
        same = hmac.compare_digest(codes.generate_otp(candidate), digits)
        found = candidate if same else found
    return found
