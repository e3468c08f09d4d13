"""What stands in place of a value whose key was destroyed, where a column says that reading it is no error."""

from __future__ import annotations

from typing import Final


class Erased:
    """The one value ERASED: false, empty as a text, equal to nothing else, and never written back."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<erased>"

    def __str__(self) -> str:
        return ""

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        """Pickled as a reference to the one there is."""
        return "ERASED"


ERASED: Final = Erased()
