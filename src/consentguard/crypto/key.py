"""One key, and the text form of several: a line of JSON, the same in a file and in an environment variable."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NoReturn, cast, get_args

import msgspec

from consentguard.errors import ConsentGuardError

State = Literal["active", "retired"]

SECRET_BYTES = 32
MOST_ID = 2**32 - 1


class KeyringError(ConsentGuardError):
    """A keyring is missing, cannot be read or written, or holds keys that cannot be used. Never names a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: `secret` is 32 random bytes, `created` a moment with its zone.

    The `active` key of a ring seals and signs; a `retired` one only opens and verifies what it sealed and signed
    before. Raises KeyringError for anything else.
    """

    id: int
    state: State
    created: dt.datetime
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.id <= MOST_ID:
            raise KeyringError(f"key {self.id}: an id is a number from 1 to {MOST_ID}")
        if self.state not in get_args(State):
            raise KeyringError(f"key {self.id}: its state is neither 'active' nor 'retired'")
        if self.created.tzinfo is None:
            raise KeyringError(f"key {self.id}: its date of creation has no time zone")
        if len(self.secret) != SECRET_BYTES:
            raise KeyringError(f"key {self.id}: its secret has {len(self.secret)} bytes and not {SECRET_BYTES}")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise KeyringError("a key is never pickled", hint="let each process load the keyring itself")


class _KeyText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key as it is written. What its values must be is checked in `Key`, where a message can say whose they are."""

    id: int
    state: str
    created: dt.datetime
    secret: str


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text form; `keyring` is its version."""

    keyring: Literal[1]
    keys: list[_KeyText]


def dumps(keys: Iterable[Key]) -> str:
    """Keys as one line of JSON, secrets and all."""
    texts = [_KeyText(key.id, key.state, key.created, base64.b64encode(key.secret).decode()) for key in keys]
    return msgspec.json.encode(_Text(keyring=1, keys=texts)).decode()


def loads(text: str | bytes) -> tuple[Key, ...]:
    """Read what `dumps` writes. Raises KeyringError, which says the place of a mistake and never what stands there."""
    try:
        return tuple(map(_key, msgspec.json.decode(text, type=_Text).keys))
    except msgspec.ValidationError as error:
        _, at, place = str(error).rpartition(" - at ")  # what stands before it may quote a value
        raise KeyringError(f"{place if at else 'it'} does not have the form of a keyring") from None
    except (msgspec.DecodeError, UnicodeError):
        raise KeyringError("it is no JSON") from None


def _key(text: _KeyText) -> Key:
    try:
        secret = base64.b64decode(text.secret, validate=True)
    except ValueError:
        raise KeyringError(f"key {text.id}: its secret is no base64") from None
    return Key(id=text.id, state=cast(State, text.state), created=text.created, secret=secret)
