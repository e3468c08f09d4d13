"""What values of a column are bound to: to the column alone, to their row, or to the data subject that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

BoundTo = Literal["column", "row"] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Binding:
    """A declaration in parts: `subject`, the kind of a data subject, and `attribute`, which names it in the row.

    Without a subject, `to_row` says whether values are bound to the primary key of their row.
    """

    subject: str = ""
    attribute: str = ""
    to_row: bool = False

    @classmethod
    def of(cls, declared: BoundTo) -> Binding:
        """The binding that `bound_to` says. Raises TypeError for anything else."""
        if declared in ("column", "row"):
            return cls(to_row=declared == "row")
        if isinstance(declared, Mapping) and len(declared) == 1:
            ((subject, attribute),) = declared.items()
            if subject and attribute and "." not in attribute and "__" not in attribute:
                return cls(subject, attribute)
        raise TypeError(f'bound_to={declared!r}: it is "column", "row", or one kind of data subject and an attribute')

    @property
    def declared(self) -> BoundTo:
        """What `of` was given."""
        return {self.subject: self.attribute} if self.subject else "row" if self.to_row else "column"

    def __bool__(self) -> bool:
        return bool(self.subject) or self.to_row


@dataclass(frozen=True, slots=True)
class For:
    """A value, and the key of the row or data subject that it is sealed for. Shows neither."""

    key: Any
    value: Any

    def __repr__(self) -> str:
        return "<a value and whose it is>"


def sealed_for(key: Any, value: Any) -> Any:
    """A value of a bound column for where no object says whose it is, such as `sealed_for(user.pk, "...")`.

    `key` is the primary key of the row, or of the data subject that the row names, as `bound_to` has it: it must be
    that of every row that is written, or the value opens in none of the others.
    """
    return For(key, value)
