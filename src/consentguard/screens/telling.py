"""What the admin says of an act: what stands on its button, what it would do, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentguard.rights import COPIES

if TYPE_CHECKING:
    from consentguard.evidence import Break, Verification
    from consentguard.rights import Done

CARRY_OUT, TO_CARRY_OUT = "Carry out", "Carry out…"
SEND_OWED = "Send the mails that are owed"
VERIFY = "Verify"
"""What stands on the buttons; dots follow where one leads to a question first."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of something: one sentence, a line for each thing of it, and whether all is well."""

    sentence: str
    lines: tuple[str, ...] = ()
    good: bool = True


def told_verification(found: Verification) -> Told:
    """What an audit of the evidence found."""
    counts = f"Links: {found.sealed}, entries checked: {found.checked}, not sealed yet: {found.unsealed}"
    verdict = "everything agrees" if found.sound else f"places that do not agree: {len(found.breaks)}"
    return Told(f"{counts}; {verdict}.", tuple(map(_place, found.breaks)), found.sound)


def told_plan(done: Done) -> Told:
    """What carrying out a request would do to whose rows, or has done."""
    if done.request.right in COPIES:
        return Told("The copy is made when it is downloaded, which closes the request.")
    if done.plan is None:
        counts = done.outcome.counts()
        return Told("The request is done.", tuple(f"{what}: {number}" for what, number in counts.items()))
    found = done.outcome.people
    who = f"{found} {'person has' if found == 1 else 'people have'}" if found else "Nobody has"
    return Told(f"{who} the address of this request.", tuple(done.plan.lines()))


def told_owed(sent: int, failed: int) -> Told:
    """What came of sending the mails that were owed."""
    return Told(f"Sent: {sent}. Still owed: {failed}.", good=not failed)


def _place(found: Break) -> str:
    where = f"entry {found.entry}, not sealed" if found.sequence is None else f"seal {found.sequence}"
    return f"{where}: {found.reason}"
