"""When two texts are one value, upper and lower case alike: databases disagree about it, stores must not."""

from __future__ import annotations


def alike(held: object, value: str) -> bool:
    """Whether a column holds the value. ASCII is like ASCII alone: the Kelvin sign, in lower case, would be a k."""
    text = str(held)
    return text.isascii() == value.isascii() and text.lower() == value.lower()
