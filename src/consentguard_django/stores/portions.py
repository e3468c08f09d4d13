"""Parts a long list of what is asked for: no database takes any number of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Asked = TypeVar("Asked")
PORTION = 500


def portions(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """What is asked for, in order, so many at a time."""
    return (asked[start : start + PORTION] for start in range(0, len(asked), PORTION))
