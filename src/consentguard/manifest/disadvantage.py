"""Asks of a value before and after a change of the policy whether it is to people's disadvantage."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from consentguard.periods import business_days_span, parse_period

Test = Callable[[Any, Any], bool]
"""Is asked of two different values of a key, in their plain form; None where it was not or is not stated."""

_ANY_YEAR = 2024
_WEIGHTY = frozenset({"rights", "sharing", "retention", "consent"})
_NEVER = re.compile(r"\b(never|under no circumstances|nunca|jam[aá]s|en ning[uú]n caso)\b", re.IGNORECASE)


def appears(before: Any, _: Any) -> bool:
    """It was not there before."""
    return before is None


def disappears(before: Any, after: Any) -> bool:
    """It is no longer there, or no longer stated."""
    return before not in (None, "unstated") and after in (None, "unstated")


def weakens(before: Any, after: Any) -> bool:
    """What was so is so no more."""
    return before is True and after is False


def changes(_: Any, __: Any) -> bool:
    """It is another one now."""
    return True


def grows(before: Any, after: Any) -> bool:
    """A list has something that it did not have."""
    return bool(set(after or ()) - set(before or ()))


def shrinks(before: Any, after: Any) -> bool:
    """A list lacks something that it had."""
    return bool(set(before or ()) - set(after or ()))


def opens(before: Any, after: Any) -> bool:
    """A list that limits (where none means all) limits less."""
    return bool(before) and (not after or grows(before, after))


def closes(before: Any, after: Any) -> bool:
    """A list that limits (where none means all) limits more."""
    return bool(after) and (not before or shrinks(before, after))


def lengthens(before: Any, after: Any) -> bool:
    """A period may take longer than it did, or is no longer stated."""
    if disappears(before, after):
        return True
    return _is_period(before) and _is_period(after) and parse_period(after).may_outlast(parse_period(before))


def lengthens_or_appears(before: Any, after: Any) -> bool:
    """A period is stated now, or may take longer than it did."""
    return _is_period(after) and (not _is_period(before) or lengthens(before, after))


def shortens(before: Any, after: Any) -> bool:
    """A period may take less than it did, or is no longer stated."""
    return disappears(before, after) or (_is_period(before) and lengthens(after, before))


def answers_later(before: Any, after: Any) -> bool:
    """People may have to wait longer for an answer; against `law`, whose periods differ, any change counts."""
    if not _is_limit(before) or not _is_limit(after):
        return before not in (None, "unstated") or after is not None
    return any(new > old for old, new in zip(_days(before), _days(after), strict=True))


def falls(before: Any, after: Any) -> bool:
    """A number is lower, or no longer stated."""
    return after is None or (before is not None and after < before)


def admits_younger(before: Any, after: Any) -> bool:
    """An age is lower, no longer stated, or goes by another measure."""
    if isinstance(before, int) and isinstance(after, int):
        return after < before
    return before is not None


def becomes_special(_: Any, after: Any) -> bool:
    """A category is of a special kind now (Art. 9, 10 GDPR)."""
    return str(after).startswith(("special.", "criminal"))


def becomes_decided(_: Any, after: Any) -> bool:
    """Something is decided by a machine, other than was said before."""
    return after not in (None, "none")


def withdraws_never(before: Any, after: Any) -> bool:
    """A sentence that promised something absolutely is gone, or says so no more."""
    return any(_NEVER.search(text) for text in _gone_texts(before, after))


def says_otherwise(before: Any, after: Any) -> bool:
    """A sentence on rights, sharing, retention or consent is gone or reads otherwise in a language that it had."""
    return before is not None and before["section"] in _WEIGHTY and bool(_gone_texts(before, after))


def says_more_of_sharing(before: Any, after: Any) -> bool:
    """A new sentence on sharing."""
    return before is None and bool(after["section"] == "sharing")


def weaker(*order: str) -> Test:
    """A word stands later in `order`, which goes from the strongest protection to the weakest, the default."""

    def test(before: Any, after: Any) -> bool:
        return order.index(after or order[-1]) > order.index(before or order[-1])

    return test


def _gone_texts(before: Any, after: Any) -> list[str]:
    texts = after["text"] if after else {}
    return [text for language, text in before["text"].items() if texts.get(language) != text] if before else []


def _is_period(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("P")


def _is_limit(value: Any) -> bool:
    return isinstance(value, dict) or _is_period(value)


def _days(limit: Any) -> tuple[float, float]:
    """The fewest and the most days of a time limit; holidays are left aside."""
    if isinstance(limit, dict):
        return business_days_span(limit["business_days"], None, _ANY_YEAR)
    period = parse_period(limit)
    return period.shortest_days(), period.longest_days()
