"""Words of help in a message: a value shown briefly, the nearest valid name, the names to choose from."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Iterable

_MOST_SHOWN = 40
_VERY_LONG = re.compile(r"P(?=.*[0-9]{4})[0-9YMWDTHS]+")
_PERIOD = re.compile(r"([0-9]{1,4}) *(day|week|month|year|hour|minute)s?", re.IGNORECASE)


def shown(value: object) -> str:
    """A value as a message quotes it: short, on one line; a table or a list is only called that."""
    if isinstance(value, (dict, list)):
        return f"{'a' if value else 'an empty'} {'table' if isinstance(value, dict) else 'list'}"
    text = toml_value(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 4]}...{text[-1]}"


def toml_value(value: object) -> str:
    """A value as TOML writes it."""
    return str(value) if isinstance(value, (dt.date, dt.time)) else json.dumps(value, ensure_ascii=False)


def nearest(name: str, known: Iterable[str]) -> str:
    """A question after the valid name most like `name`, or nothing when none is like it."""
    near = difflib.get_close_matches(name[:100], known, 1)
    return f"did you mean `{near[0]}`?" if near else ""


def one_of(names: Iterable[object], most: int = 12) -> str:
    """The names to choose from, a dozen of them at most."""
    words = [f"`{name}`" for name in names]
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return f"one of {', '.join(words[:most])}{more}" if len(words) != 1 else words[0]


def period_hint(text: str) -> str:
    """The ISO 8601 duration that was probably meant by words such as `30 days`; why a very long one is refused."""
    if _VERY_LONG.fullmatch(text):
        return "a period has at most three digits of years, four of months or weeks, five of days"
    words = _PERIOD.fullmatch(text.strip())
    if words is None:
        return ""
    number, unit = words[1], words[2][0].upper()
    return f"did you mean `P{'T' if words[2].lower() in ('hour', 'minute') else ''}{number}{unit}`?"
