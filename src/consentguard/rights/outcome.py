"""What came of a request, as it is kept: rows by table, what stays for which reason, what others still have to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from consentguard.plan.leftover import Left
from consentguard.plan.steps import Ground, Plan, Step
from consentguard.records import Errand


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many `people` were found, and what became of their rows, by the table's label. Never whose they were.

    `deleted`, `emptied`, `detached` (only the link to the person went), `archived`, `corrected` and `copied` count
    rows, 0 where nobody knows how many. `kept` says on which ground rows stay whole; `left` are tables of which an
    emptied row keeps personal columns, on which ground. `later` are rows that stay for a time: until a day, or `held`
    or `law` where nobody knows it yet. `granted` are purposes that are no longer pursued, `refused` those that go on,
    each with the reason. `restricted` counts the marks that were made. `waiting` are the places that have not answered,
    `answered` those that have, `forwarded` the clients that the request was handed on to.
    """

    people: int = 0
    deleted: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    detached: Mapping[str, int] = field(default_factory=dict)
    archived: Mapping[str, int] = field(default_factory=dict)
    corrected: Mapping[str, int] = field(default_factory=dict)
    copied: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, Ground] = field(default_factory=dict)
    left: Mapping[str, Ground] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)
    granted: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    restricted: int = 0
    waiting: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    forwarded: tuple[str, ...] = ()

    @classmethod
    def of(cls, people: int, plan: Plan) -> Outcome:
        """What is known of a plan before it is carried out: what stays, and which tables are touched, not how often."""
        return cls(
            people=people,
            **_touched(dict.fromkeys(plan.acts, 0)),
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

    @property
    def is_whole(self) -> bool:
        """Whether nothing stays for a time, and every place has answered."""
        return not self.later and not self.waiting

    def carried(self, done: Mapping[Step, int], left: Iterable[Left]) -> Outcome:
        """The outcome once a run has touched so many rows in each step so far, and these remain for a time."""
        later = {each.label: each.until.isoformat() if each.until else each.ground for each in left}
        rows = _touched({step: number for step, number in done.items() if number})
        return replace(self, **rows, kept=self._still_kept(later), later=later)

    def ended(self) -> Outcome:
        """The outcome once a run has ended of which nobody knows any more how many rows it touched.

        What stayed for a time is gone then.
        """
        gone = {label: 0 for label in self.later if label not in self.archived}
        return replace(self, deleted={**gone, **self.deleted}, kept=self._still_kept({}), later={})

    def _still_kept(self, later: Mapping[str, str]) -> Mapping[str, Ground]:
        """What stays, without what only stayed for a time that is over."""
        return {label: ground for label, ground in self.kept.items() if label in later or label not in self.later}

    def elsewhere(self, errands: Iterable[Errand]) -> Outcome:
        """The outcome with what other places have answered so far."""
        errands = [errand for errand in errands if errand.kind not in ("file", "session") or errand.state != "done"]
        told = [errand for errand in errands if errand.kind != "forward"]
        return replace(
            self,
            waiting=_names(errand for errand in errands if errand.state != "done"),
            answered=_names(errand for errand in told if errand.state == "done"),
            forwarded=_names(errand for errand in errands if errand.kind == "forward"),
        )

    def counts(self) -> dict[str, int]:
        """How many people there were, and how many rows of which table were touched how: the details of evidence."""
        each = {
            "deleted": self.deleted,
            "emptied": self.emptied,
            "detached": self.detached,
            "archived": self.archived,
            "corrected": self.corrected,
            "copied": self.copied,
        }
        rows = {f"{what}.{label}": rows for what, tables in each.items() for label, rows in tables.items() if rows}
        lists = {"later": self.later, "waiting": self.waiting, "granted": self.granted, "refused": self.refused}
        rows |= {name: len(found) for name, found in lists.items() if found}
        rows |= {"restricted": self.restricted} if self.restricted else {}
        return {"people": self.people, **rows}


def _touched(done: Mapping[Step, int]) -> dict[str, Any]:
    """Rows by table, by what became of them. A reference that went so that another row could is none of them."""
    rows: dict[str, dict[str, int]] = {"deleted": {}, "emptied": {}, "detached": {}, "archived": {}}
    for step, number in done.items():
        if not (step.action == "clear" and step.ground == "link"):
            of_kind = rows[_kind(step)]
            of_kind[step.label] = of_kind.get(step.label, 0) + number
    return rows


def _kind(step: Step) -> str:
    """What became of the rows of a step, as an outcome counts it."""
    if step.ground == "detach":
        return "detached"
    return {"archive": "archived", "clear": "emptied"}.get(step.action, "deleted")


def _names(errands: Iterable[Errand]) -> tuple[str, ...]:
    """Where errands go, each place once and in order."""
    return tuple(sorted({errand.target for errand in errands}))
