"""A reader of one other package's values: what it needs, what it gives, and the two errors that it raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken

from consentguard.crypto.errors import DecryptionError
from consentguard.errors import ConsentGuardError

Secrets = Mapping[str, str]
"""What the other package's site has configured: the name of a setting, in lower case, and its text."""
Open = Callable[[bytes], object]
"""Opens a stored value. Raises one of _UNOPENED, or ForeignValueError where more can be said."""
_UNOPENED = (InvalidTag, InvalidToken, RecursionError, ValueError)


class ForeignValueError(DecryptionError):
    """A stored value of another package cannot be read. It says neither what the value is nor under which key."""


class ForeignSecretsError(ConsentGuardError):
    """A reader is asked for that does not exist, or is given other secrets than those it needs."""


class Format(NamedTuple):
    """How one package stores a value.

    `needs` and `takes` name the settings that must and that may be given, `opener` makes of them what opens a value,
    and `is_token` says of a stored value that does not open whether it has the look of one of this package's.
    """

    needs: tuple[str, ...]
    takes: tuple[str, ...]
    opener: Callable[[Secrets], Open]
    is_token: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Reader:
    """Reads the values that one package stored in one site: made by `consentguard.crypto.foreign.reader`."""

    name: str
    allow_plain: bool
    _format: Format
    _open: Open

    def __repr__(self) -> str:
        return f"<Reader of {self.name}>"

    def read(self, stored: object) -> object:
        """The plaintext of a stored value, as a driver hands it out: bytes, a memoryview or text.

        NULL is None and stays None. With `allow_plain` a value that has not the look of this package's is handed
        back as it is. Raises ForeignValueError.
        """
        if stored is None:
            return None
        token = _bytes(stored)
        refusal: ForeignValueError | None
        try:
            return self._open(token)
        except ForeignValueError as error:
            refusal = error.with_traceback(None)
        except _UNOPENED:
            refusal = self._refusal(token)
        if refusal is None:
            return stored
        del stored, token  # a traceback keeps the locals of its frames, and this may be a plaintext
        raise refusal

    def _refusal(self, token: bytes) -> ForeignValueError | None:
        """Why a value was not opened; None when it is a plain one and taken as it is."""
        if self._format.is_token(token):
            hint = "it was changed or cut off, or the secrets are not those of the site that stored it"
            return ForeignValueError(f"a stored value of {self.name} cannot be opened", hint=hint)
        if self.allow_plain:
            return None
        hint = "it was stored by other means, such as before the column was encrypted: `allow_plain` takes it as it is"
        return ForeignValueError(f"a stored value is not one of {self.name}", hint=hint)


def _bytes(stored: object) -> bytes:
    """A stored value as bytes; none of what can be no token, such as a number that SQLite kept in the column."""
    if isinstance(stored, str):
        return stored.encode("utf-8", "surrogatepass")
    return bytes(stored) if isinstance(stored, (bytes, bytearray, memoryview)) else b""
