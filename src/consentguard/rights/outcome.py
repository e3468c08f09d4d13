"""What came of a request, as it is kept: rows by table, and what stays for which reason. Never whose they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from consentguard.plan.steps import Ground, Plan, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many `people` had the address, and what became of their rows, by the table's label.

    `deleted`, `emptied`, `detached` (only the link to the person went) and `copied` count rows. `kept` says on which
    ground rows stay whole; `left` are tables of which an emptied row keeps personal columns, on which ground.
    """

    people: int = 0
    deleted: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    detached: Mapping[str, int] = field(default_factory=dict)
    copied: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, Ground] = field(default_factory=dict)
    left: Mapping[str, Ground] = field(default_factory=dict)

    @classmethod
    def of(cls, people: int, plan: Plan, done: Iterable[tuple[Step, int]]) -> Outcome:
        """The outcome of a plan whose steps touched so many rows."""
        rows: dict[str, dict[str, int]] = {"delete": {}, "clear": {}, "detach": {}}
        for step, number in done:
            what = "detach" if step.ground == "detach" else step.action
            if number and not (what == "clear" and step.ground == "link"):
                rows[what][step.label] = rows[what].get(step.label, 0) + number
        return cls(
            people=people,
            deleted=rows["delete"],
            emptied=rows["clear"],
            detached=rows["detach"],
            kept={step.label: step.ground for step in plan.kept},
            left={step.label: step.ground for step in plan.acts if step.left},
        )

    @classmethod
    def read(cls, text: str) -> Outcome:
        """The outcome that `str()` wrote; an empty one of an empty text."""
        return msgspec.json.decode(text, type=cls) if text else cls()

    def __str__(self) -> str:
        """JSON, without what is empty."""
        facts = {name: value for name, value in msgspec.to_builtins(self).items() if value or name == "people"}
        return msgspec.json.encode(facts).decode()

    def counts(self) -> dict[str, int]:
        """How many people there were, and how many rows of which table were touched how: the details of evidence."""
        each = {"deleted": self.deleted, "emptied": self.emptied, "detached": self.detached, "copied": self.copied}
        rows = {f"{what}.{label}": number for what, tables in each.items() for label, number in tables.items()}
        return {"people": self.people, **rows}
