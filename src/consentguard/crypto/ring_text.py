"""The text form of a keyring: a line of JSON, the same in a file and in an environment variable."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable
from typing import Literal, cast

import msgspec

from consentguard.crypto.key import Key, KeyringError, State
from consentguard.crypto.kms import Kms, open_kms
from consentguard.crypto.slots import IndexSlots, Slot, SlotError
from consentguard.crypto.wrapping import unwrapped


class _KeyText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A key as it is written. What its values must be is checked in `Key`, where a message can say whose they are."""

    id: int
    state: str
    created: dt.datetime
    secret: str = ""
    wrapped: str = ""


class _SlotsText(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which key is in which slot of the search indexes, as it is written."""

    a: int | None = None
    b: int | None = None
    reading: Slot = "a"


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The text form; `keyring` is its version, `kms` the service that wrapped the secrets of its keys."""

    keyring: Literal[1]
    kms: str = ""
    keys: list[_KeyText]
    indexes: _SlotsText | None = None


def dumps(keys: Iterable[Key], slots: IndexSlots, kms: str) -> str:
    """Keys and the slots of the search indexes as one line of JSON: wrapped by that KMS, else secrets and all."""
    indexes = _SlotsText(slots.a, slots.b, slots.reading)
    written = _Text(keyring=1, kms=kms, keys=[_key_text(key, bool(kms)) for key in keys], indexes=indexes)
    return msgspec.json.encode(written).decode()


def loads(text: str | bytes) -> tuple[tuple[Key, ...], IndexSlots | None, str]:
    """Read what `dumps` writes: the keys, the slots (None where it says nothing of indexes), the KMS or an empty text.

    Raises KeyringError, which says the place of a mistake and never what stands there; KmsError where a wrapped
    secret cannot be unwrapped, and then no key is given.
    """
    read = _read(text)
    kms = open_kms(read.kms) if read.kms else None
    return tuple(_key(each, kms) for each in read.keys), _slots(read.indexes), read.kms


def _read(text: str | bytes) -> _Text:
    try:
        return msgspec.json.decode(text, type=_Text)
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


def _key_text(key: Key, is_wrapped: bool) -> _KeyText:
    stored = base64.b64encode(key.wrapped if is_wrapped else key.secret).decode()
    return _KeyText(key.id, key.state, key.created, **{"wrapped" if is_wrapped else "secret": stored})


def _key(text: _KeyText, kms: Kms | None) -> Key:
    if text.wrapped and (text.secret or kms is None):
        raise KeyringError(f"key {text.id} is wrapped, and its secret stands beside it or no KMS is named")
    try:
        secret, wrapped = (base64.b64decode(part, validate=True) for part in (text.secret, text.wrapped))
    except ValueError:
        raise KeyringError(f"key {text.id}: its secret is no base64") from None
    if kms and wrapped:
        secret = unwrapped(kms, text.id, wrapped)
    return Key(id=text.id, state=cast(State, text.state), created=text.created, secret=secret, wrapped=wrapped)
