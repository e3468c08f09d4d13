"""Sealed values as texts: what `dumpdata` writes of them, and how they come back by `loaddata` alone."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode

from consentguard_django.fields.errors import EncryptedFieldError

BEGINS = "sealed:"


class SealedText(str):
    """The text of a sealed value as a deserializer hands it on: nobody typed it."""

    __slots__ = ()


def as_text(stored: bytes) -> str:
    """A sealed value as `sealed:` and base64url (RFC 4648 section 5) without padding."""
    return BEGINS + urlsafe_b64encode(stored).rstrip(b"=").decode()


def is_sealed_text(value: object) -> bool:
    """Whether a value looks like the text of a sealed one."""
    return isinstance(value, str) and value.startswith(BEGINS)


def from_text(text: str) -> bytes:
    """The sealed value of a text. Raises EncryptedFieldError for what is none."""
    encoded = text.removeprefix(BEGINS)
    try:
        return b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except ValueError:
        pass
    del text, encoded
    raise EncryptedFieldError("a text of a fixture begins as a sealed value and is none", hint="load what was dumped")
