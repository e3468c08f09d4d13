"""What remains of a run when all that may go is gone, and what keeps it: a hold, a least time, what refers to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from consentguard.plan.exceptions import Exceptions
from consentguard.plan.pins import all_keys, same
from consentguard.plan.steps import REMOVING, Ground, Step
from consentguard.plan.ways import within
from consentguard.plan.written import Written
from consentguard.ports import Dataset
from consentguard.records import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Rows of a table that remain for a time: under a hold, under a least time, or since such rows refer to them.

    `until` is the first day on which one of them may go; None where nobody knows.
    """

    label: str
    rows: int
    ground: Ground
    until: dt.date | None = None


def remaining(written: Written, dataset: Dataset, exceptions: Exceptions) -> Iterator[Left]:
    """What stays for a time; rows that are kept by nothing but others which refer to them stay with these."""
    found = [(step, left) for step in written.later if (left := _remains(step, dataset, exceptions))]
    if any(step.ground != "referred" for step, _ in found):
        yield from (left for _, left in found)


def _remains(step: Step, dataset: Dataset, exceptions: Exceptions) -> Left | None:
    if step.prints:
        keys = same(exceptions.data_map, dataset, step, tuple(all_keys(dataset, step.selection)))
        step = replace(step, selection=Selection.of(step.label, keys), prints=(), known=())
        if not keys:
            return None
    held = exceptions.held(step.label) if step.action in REMOVING else exceptions.frozen(step.label, step.columns)
    kept = dataset.count(within(step.selection, held)) if held else 0
    if kept or step.action not in REMOVING:
        return Left(label=step.label, rows=kept, ground="held") if kept else None
    rows = dataset.count(step.selection)
    if not rows:
        return None
    if not (least := exceptions.terms(step.label)):
        return Left(label=step.label, rows=rows, ground="referred")
    ends = [
        term.period.after(oldest).date()
        for term in least
        if term.anchor and (oldest := dataset.weigh(step.selection, term.anchor).oldest)
    ]
    return Left(label=step.label, rows=rows, ground="law", until=max(ends, default=None))


def may_go(step: Step, dataset: Dataset, exceptions: Exceptions) -> bool:
    """Whether a step that removes rows finds one that nothing keeps now."""
    if step.action not in REMOVING:
        return False
    rows = step.selection
    return bool(dataset.count(replace(rows, besides=(*rows.besides, *exceptions.all(step.label)))))
