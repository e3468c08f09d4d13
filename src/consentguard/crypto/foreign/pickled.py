"""Plain values out of a pickle that is never trusted: it calls only what makes a plain value."""

from __future__ import annotations

import datetime as dt
import io
import pickle
import pickletools
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from consentguard.crypto.foreign.reader import ForeignValueError

_SCALARS = {str, int, bool, float, bytes, type(None), dt.date, dt.datetime, dt.time, dt.timedelta, Decimal}
_OPCODES = {
    *("PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "BINPUT", "BINGET", "LONG_BINGET"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
    *("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
    *("EMPTY_LIST", "APPEND", "APPENDS", "EMPTY_DICT", "SETITEM", "SETITEMS"),
    *("GLOBAL", "STACK_GLOBAL", "NEWOBJ", "REDUCE", "BUILD"),
}
"""What plain values are pickled with in the protocols 3 to 5, which are those of Python 3."""


def plain_value(payload: bytes) -> object:
    """The value that a pickle holds, if it is a plain one: a number, text, bytes, a date, a UUID, or JSON of these.

    Raises ForeignValueError for everything else, and runs nothing of what the pickle asks for.
    """
    try:
        _check_opcodes(payload)
        return _plain(_Unpickler(io.BytesIO(payload)).load())
    except Exception:  # noqa: BLE001 - the constructors that a pickle calls raise whatever they like
        hint = "it may be of the site's own class, such as an enum: let the site store it again as a text or a number"
        mistake = ForeignValueError("a stored value is a pickle of something else than a plain value", hint=hint)
    raise mistake


def _check_opcodes(payload: bytes) -> None:
    """Refuses, before anything of it runs, what no plain value needs.

    A memo index could otherwise have gigabytes set aside, and a registered extension be called unseen.
    """
    for opcode, _, _ in pickletools.genops(payload):
        if opcode.name not in _OPCODES:
            raise pickle.UnpicklingError("an opcode that no plain value has")


def _plain(value: object) -> object:
    """The value itself, or the UUID, list or dict of plain values that it is. Raises UnpicklingError."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, UUID):
        return UUID(int=value.int)  # a pickle sets its number without asking whether it is one
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    raise pickle.UnpicklingError("no plain value")


class _Unpickler(pickle.Unpickler):
    """Finds what makes a plain value, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        found = _CALLED.get((module, name))
        if found is None:
            raise pickle.UnpicklingError("something that makes no plain value")
        # afresh, since a pickle may set attributes of what it found; those of a built-in type cannot be set
        return found if isinstance(found, type) else partial(found)


def _zone_method(owner: object, name: str) -> Callable[[str, bool], ZoneInfo]:
    """What a pickle gets instead of `getattr`: the method by which zones are pickled."""
    if owner is not ZoneInfo or name != "_unpickle":
        raise pickle.UnpicklingError("an attribute that makes no plain value")
    return lambda key, _from_cache: ZoneInfo(key)


def _utc() -> dt.tzinfo:
    return dt.UTC


def _pytz_zone(key: str, offset: int | None = None, *_: object) -> dt.tzinfo:
    """The zone of that name, or the fixed offset in seconds that a moment of it had."""
    return ZoneInfo(key) if offset is None else dt.timezone(dt.timedelta(seconds=offset))


_CALLED: dict[tuple[str, str], Callable[..., object]] = {
    ("datetime", "date"): dt.date,
    ("datetime", "datetime"): dt.datetime,
    ("datetime", "time"): dt.time,
    ("datetime", "timedelta"): dt.timedelta,
    ("datetime", "timezone"): dt.timezone,
    ("decimal", "Decimal"): Decimal,
    ("uuid", "UUID"): UUID,
    ("zoneinfo", "ZoneInfo"): ZoneInfo,
    ("builtins", "getattr"): _zone_method,
    ("pytz", "_UTC"): _utc,  # the zones of Django before 4.0
    ("pytz", "_p"): _pytz_zone,
}
