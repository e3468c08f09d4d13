"""The values that a work on a whole column leaves as they are, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_NAMED = 100
"""How many values that are left as they are a report names; it counts all."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that is left as it is: its column, or its table alone, the primary key of its row, and why."""

    column: str
    key: str
    why: str


@dataclass(slots=True)
class Refusals:
    """The values of one pass that are left as they are: how many, and the first of them."""

    count: int = 0
    named: list[Refusal] = field(default_factory=list)

    def add(self, refused: Sequence[Refusal]) -> None:
        """Take down some more."""
        self.count += len(refused)
        self.named += refused[: MOST_NAMED - len(self.named)]
