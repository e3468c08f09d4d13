"""One key, and the text form of several: a line of JSON, the same in a file and in an environment variable."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NoReturn, cast, get_args

import msgspec

from consentguard.crypto.slots import IndexSlots, Slot, SlotError
from consentguard.errors import ConsentGuardError

State = Literal["enabled", "decrypt-only", "destroyed"]

SECRET_BYTES = 32
MOST_ID = 2**32 - 1


class KeyringError(ConsentGuardError):
    """A keyring is missing, cannot be read or written, or holds keys that cannot be used. Never names a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: `secret` is 32 random bytes, `created` a moment with its zone.

    The `enabled` key of a ring seals and signs; a `decrypt-only` one opens and verifies. Of a `destroyed` one only the
    id is left, without a secret, so that what it sealed is known for what it is and its id never given to another
    (the states of NIST SP 800-57 part 1, section 7). Raises KeyringError for anything else.
    """

    id: int
    state: State
    created: dt.datetime
    secret: bytes = field(repr=False, default=b"")

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


class _KeyText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key as it is written. What its values must be is checked in `Key`, where a message can say whose they are."""

    id: int
    state: str
    created: dt.datetime
    secret: str = ""


class _SlotsText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which key is in which slot of the search indexes, as it is written."""

    a: int | None = None
    b: int | None = None
    reading: Slot = "a"


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text form; `keyring` is its version."""

    keyring: Literal[1]
    keys: list[_KeyText]
    indexes: _SlotsText | None = None


def dumps(keys: Iterable[Key], slots: IndexSlots) -> str:
    """Keys and the slots of the search indexes as one line of JSON, secrets and all."""
    texts = [_KeyText(key.id, key.state, key.created, base64.b64encode(key.secret).decode()) for key in keys]
    written = _Text(keyring=1, keys=texts, indexes=_SlotsText(slots.a, slots.b, slots.reading))
    return msgspec.json.encode(written).decode()


def loads(text: str | bytes) -> tuple[tuple[Key, ...], IndexSlots | None]:
    """Read what `dumps` writes; None where it says nothing of indexes.

    Raises KeyringError, which says the place of a mistake and never what stands there.
    """
    try:
        read = msgspec.json.decode(text, type=_Text)
        return tuple(map(_key, read.keys)), _slots(read.indexes)
    except msgspec.ValidationError as error:
        _, at, place = str(error).rpartition(" - at ")  # what stands before it may quote a value
        raise KeyringError(f"{place if at else 'it'} does not have the form of a keyring") from None
    except (msgspec.DecodeError, UnicodeError):
        raise KeyringError("it is no JSON") from None


def _slots(text: _SlotsText | None) -> IndexSlots | None:
    try:
        return IndexSlots(a=text.a, b=text.b, reading=text.reading) if text else None
    except SlotError as error:
        raise KeyringError(error.message) from None


def _key(text: _KeyText) -> Key:
    try:
        secret = base64.b64decode(text.secret, validate=True)
    except ValueError:
        raise KeyringError(f"key {text.id}: its secret is no base64") from None
    return Key(id=text.id, state=cast(State, text.state), created=text.created, secret=secret)
