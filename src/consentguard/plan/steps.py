"""A plan: what becomes of which rows, in the order in which it can be done, with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from consentguard.errors import ConsentGuardError
from consentguard.records import Selection

Action = Literal["delete", "clear", "keep", "archive", "shred"]
"""What becomes of rows: they go; columns are emptied; they stay; they go to the archive; they go with the keys of the
data subjects that they are."""
REMOVING: tuple[Action, ...] = ("delete", "archive", "shred")
Ground = Literal["asked", "due", "law", "held", "tag", "detach", "referred", "link"]
"""Why a step is as it is: the person asked; their time is over; a law says at least how long; a legal hold covers them;
the tag says so; the tag says that the link to the person goes and no more; a row that stays refers to these; only a
reference goes, so that another row can."""

Count = Callable[[Selection], int]
_VERBS = {
    "delete": "delete",
    "clear": "empty",
    "keep": "keep",
    "archive": "archive",
    "shred": "delete, with the keys of,",
}


class PlanError(ConsentGuardError):
    """The tags ask for what the tables do not allow: an order that there is not, a link that cannot be emptied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who is meant: the rows of the table `root` with these primary keys, who are data subjects of this kind."""

    subject: str
    root: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of the selected `rows` of one table.

    `columns` are those that are emptied; `left` the personal ones of these rows that stay. `why` says in English what
    `ground` says as a word. Where rows are pinned by their keys, `prints` are hashes of the columns `known` by which
    each is known again.
    """

    action: Action
    selection: Selection
    columns: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    ground: Ground = "asked"
    why: str = ""
    rows: int = 0
    known: tuple[str, ...] = ()
    prints: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The table's label."""
        return self.selection.label

    def line(self) -> str:
        """The step for people: `empty name, phone of 1 row of shop.Customer: shop.Invoice.buyer refers to it`."""
        columns = f"{', '.join(self.columns)} of " if self.columns else ""
        left = f"; {', '.join(self.left)} stay" if self.left else ""
        rows = f"{self.rows} row{'' if self.rows == 1 else 's'}"
        reason = f": {self.why}" if self.why else ""
        return f"{_VERBS[self.action]} {columns}{rows} of {self.label}{left}{reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Steps in the order in which they can be done: rows go before those that they refer to.

    `steps` are those that concern a row now; `whole` are all of them, since others may come to concern one before the
    plan is carried out. `later` removes what stays for a time, once that is over. `people` are those that it erases.
    """

    steps: tuple[Step, ...]
    whole: tuple[Step, ...] = ()
    later: tuple[Step, ...] = ()
    people: tuple[Found, ...] = ()

    @property
    def acts(self) -> Sequence[Step]:
        """The steps that change something."""
        return [step for step in self.steps if step.action != "keep"]

    @property
    def kept(self) -> Sequence[Step]:
        """The steps that say what stays."""
        return [step for step in self.steps if step.action == "keep"]

    def lines(self) -> Iterator[str]:
        """The plan for people, a line for each step."""
        return (step.line() for step in self.steps)
