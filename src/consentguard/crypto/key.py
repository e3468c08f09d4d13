"""One key of a keyring, and the error of all that has to do with keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal, NoReturn, get_args

from consentguard.errors import ConsentGuardError

State = Literal["enabled", "decrypt-only", "destroyed"]

SECRET_BYTES = 32
MOST_ID = 2**32 - 1


class KeyringError(ConsentGuardError):
    """A keyring is missing, cannot be read or written, or holds keys that cannot be used. Never names a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: `secret` is 32 random bytes, `created` a moment with its zone.

    `wrapped` is the secret as the ring's key management service has wrapped it, and is empty in a ring without one.

    The `enabled` key of a ring seals and signs; a `decrypt-only` one opens and verifies. Of a `destroyed` one only the
    id is left, without a secret, so that what it sealed is known for what it is and its id never given to another
    (the states of NIST SP 800-57 part 1, section 7). Raises KeyringError for anything else.
    """

    id: int
    state: State
    created: dt.datetime
    secret: bytes = field(repr=False, default=b"")
    wrapped: bytes = field(repr=False, default=b"")

    def __post_init__(self) -> None:
        if not 1 <= self.id <= MOST_ID:
            raise KeyringError(f"key {self.id}: an id is a number from 1 to {MOST_ID}")
        if self.state not in get_args(State):
            raise KeyringError(f"key {self.id}: its state is none of {', '.join(get_args(State))}")
        if self.created.tzinfo is None:
            raise KeyringError(f"key {self.id}: its date of creation has no time zone")
        wanted = SECRET_BYTES if self.usable else 0
        if len(self.secret) != wanted:
            raise KeyringError(f"key {self.id}: its secret has {len(self.secret)} bytes and not {wanted}")

    @property
    def usable(self) -> bool:
        """Whether it can open and verify."""
        return self.state != "destroyed"

    def destroyed(self) -> Key:
        """The key without its secret."""
        return Key(id=self.id, state="destroyed", created=self.created)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise KeyringError("a key is never pickled", hint="let each process load the keyring itself")
