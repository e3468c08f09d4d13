"""Which keys make the digests of search indexes, in two slots: so that an index moves to a new key while it serves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from consentguard.errors import ConsentGuardError

Slot = Literal["a", "b"]


class SlotError(ConsentGuardError):
    """The key of the search indexes cannot be changed in this way now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSlots:
    """The ids of the keys of slot a and slot b, and the slot that queries read.

    Outside a rotation one slot is filled. In the window both are, and each value that is written has a digest in
    both: a unique column stays unique on either, whichever the value beside it was written under.
    Raises SlotError where the slot that is read is empty, or both hold the same key.
    """

    a: int | None = None
    b: int | None = None
    reading: Slot = "a"

    def __post_init__(self) -> None:
        if self.of(self.reading) is None:
            raise SlotError(f"queries read slot {self.reading} of the indexes, and no key is in it")
        if self.a == self.b:
            raise SlotError(f"both slots of the indexes hold key {self.a}")

    def of(self, slot: Slot) -> int | None:
        """The id of the key in a slot; None where it is empty."""
        return self.a if slot == "a" else self.b

    @property
    def keys(self) -> tuple[int, ...]:
        """The ids of the keys in use, slot a before slot b."""
        return tuple(key for key in (self.a, self.b) if key is not None)

    @property
    def in_window(self) -> bool:
        """Whether both slots are filled."""
        return len(self.keys) == len(("a", "b"))

    def begun(self, key_id: int) -> IndexSlots:
        """Both slots filled, the free one with that key; queries read what they read before. Raises SlotError."""
        if self.in_window:
            raise SlotError("the indexes are being moved to another key already", hint="end that first")
        return replace(self, b=key_id) if self.reading == "a" else replace(self, a=key_id)

    def switched(self) -> IndexSlots:
        """The same with queries reading the other slot: forward when all is there, back when in doubt."""
        return replace(self, reading="b" if self.reading == "a" else "a")

    def ended(self) -> IndexSlots:
        """Only the slot that is read. Raises SlotError where no move has begun."""
        if not self.in_window:
            raise SlotError("the indexes are not being moved to another key")
        return replace(self, b=None) if self.reading == "a" else replace(self, a=None)
