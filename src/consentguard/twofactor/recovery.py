"""Recovery codes: what they look like, and what is left of one in the database."""

from __future__ import annotations

import re
import secrets

from consentguard.twofactor.otp import base32

COUNT = 10
"""How many codes somebody gets."""
CODE_BYTES = 16
"""128 bits: nobody guesses one, so a keyed hash keeps it (OWASP ASVS 5.0, 6.5.2)."""
_CODE = re.compile(r"[A-Z2-7]{26}")


def new_codes() -> tuple[str, ...]:
    """Fresh codes, each as it is written down: base 32 in groups of four."""
    return tuple(grouped(base32(secrets.token_bytes(CODE_BYTES)), "-") for _ in range(COUNT))


def grouped(text: str, separator: str = " ") -> str:
    """A long text in groups of four, which people copy with fewer mistakes."""
    return separator.join(text[start : start + 4] for start in range(0, len(text), 4))


def cleaned(code: str) -> str | None:
    """A typed code without its spaces and hyphens, in capitals; None for what is no code."""
    letters = code.replace(" ", "").replace("-", "").upper()
    return letters if _CODE.fullmatch(letters) else None
