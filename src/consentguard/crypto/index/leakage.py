"""What a planned index tells whoever reads the database, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator

from consentguard.crypto.index.planner import FEW_VALUES, Plan

_ALIKE = {
    "exact": "hold the same value",
    "truncated": "hold the same value",
    "prefix": "begin with the same {} letters",
    "last": "end in the same {} digits",
    "domain": "have the same domain",
    "compound": "are alike in all columns of it",
}
_FEW_ROWS = 2
"""So many rows, at least, should have all digests of a row, so that these do not tell which row it is."""


def leakage(plan: Plan) -> Iterator[str]:
    """What the digests tell by themselves."""
    alike = _ALIKE[plan.kind].format(plan.length)
    yield f"Rows of different digests do not {alike}."
    if plan.kind == "exact":
        yield f"Rows of equal digests {alike}: how many do, and which, can be read; not what it is."
    else:
        shared = plan.rows / math.exp2(plan.told)
        yield f"Of the {count(shared)} rows that share a digest on average, {count(plan.meant)} {alike}."
    yield f"A digest tells {plan.told:.1f} of the {plan.entropy:.1f} bits that there are to know, at most, of a row."
    yield "Whoever can also write rows, say by signing up, learns the digest of each value that they write."


def warnings(plan: Plan) -> Iterator[str]:
    """What should be thought over before the index is made; none for a plan without fault."""
    shared = plan.rows / math.exp2(plan.told)
    if plan.values < min(plan.rows, FEW_VALUES):
        yield (
            f"There are only {plan.values} different values: where it is known how often each comes, so is the value "
            "behind each digest."
        )
    if plan.commonest * plan.rows >= 2 * shared:
        yield (
            f"The commonest value stands in {count(plan.commonest * plan.rows)} rows, so the digest that comes most "
            "often is known, and a question for it opens them all."
        )
    if plan.kind != "exact" and plan.coincidences < _FEW_ROWS:
        instead = "take fewer bits" if plan.bits > 1 else "open all rows and compare, they are few"
        yield f"Fewer than two rows have the same digests, so they tell which row it is: {instead}."
    if plan.kind != "exact" and plan.coincidences >= math.sqrt(plan.rows):
        yield f"A question opens {count(plan.opened)} rows on average: index more of the value."


def count(value: float) -> str:
    """A count for people: with one digit behind the point where it is small."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}".removesuffix(".0")
