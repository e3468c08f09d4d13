"""What an erasure still has to remove once what keeps it has ended: a hold is released, a least time has passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from consentguard.datamap.map import DataMap
from consentguard.plan.order import ordered
from consentguard.plan.steps import REMOVING, Plan, Step
from consentguard.plan.ways import referrers


def afterwards(data_map: DataMap, plan: Plan, waiting: Sequence[Step]) -> tuple[Step, ...]:
    """The steps for rows that stay for a time only, and what they keep, in the order in which they can be done."""
    gone = [step for step in waiting if step.action in REMOVING]
    labels = {step.label for step in gone}
    referred = [step for step in plan.whole if step.ground == "referred" and _is_referred_to(data_map, step, labels)]
    gone += [replace(step, action="delete", columns=(), left=()) for step in referred]
    return (*ordered(data_map.schema, gone), *(step for step in waiting if step.action not in REMOVING))


def _is_referred_to(data_map: DataMap, step: Step, labels: set[str]) -> bool:
    """Whether rows stay because rows of one of these tables refer to them."""
    return any(table.label in labels for table, _ in referrers(data_map.schema, step.label))
