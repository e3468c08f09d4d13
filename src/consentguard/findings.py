"""One finding of a check: a stable id, how bad it is, where it stands and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check of the manifest, the data map or the settings found.

    `id` is stable and has a page in the reference (`L-30BD`, `M-UNKNOWN-KEY`, `D-UNCLASSIFIED`);
    `where` is a key path of the manifest (`categories.messages.retention`) or a `table.column`;
    `file` is the source file that has the place, empty for the manifest itself; `line` counts from 1 in it and is None
    where no file has the place; `hint` may be empty.
    """

    id: str
    severity: Severity
    message: str
    where: str = ""
    file: str = ""
    line: int | None = None
    hint: str = ""

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        places = filter(None, (self.where, f"{self.file}:{self.line or 1}" if self.file else line))
        place = ", ".join(places)
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.id} {place}{': ' if place else ''}{self.message}{hint}"
