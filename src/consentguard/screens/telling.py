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
    """What came of something: one sentence, a line for each thing of it, and whether all is well.

    `id` is that of a record which came into being.
    """

    sentence: str
    lines: tuple[str, ...] = ()
    good: bool = True
    id: str = ""


def told_verification(audit: Verification) -> Told:
    """What an audit of the evidence found."""
    counts = f"Links: {audit.sealed}, entries checked: {audit.checked}, not sealed yet: {audit.unsealed}"
    verdict = "everything agrees" if audit.sound else f"places that do not agree: {len(audit.breaks)}"
    return Told(f"{counts}; {verdict}.", tuple(map(_place, audit.breaks)), audit.sound)


def told_plan(done: Done) -> Told:
    """What carrying out a request would do to whose rows, or has done."""
    if done.request.right in COPIES:
        return Told("The copy is made when it is downloaded, which closes the request.")
    if not done.lines:
        counts = done.outcome.counts()
        state = "done" if done.outcome.is_whole else "done as far as it can be now"
        return Told(f"The request is {state}.", tuple(f"{what}: {number}" for what, number in counts.items()))
    return Told(found(done.outcome.people), done.lines)


def found(people: int) -> str:
    """How many people a request is about."""
    who = f"{people} {'person has' if people == 1 else 'people have'}" if people else "Nobody has"
    return f"{who} the address of this request."


def told_owed(sent: int, failed: int) -> Told:
    """What came of sending the mails that were owed."""
    return Told(f"Sent: {sent}. Still owed: {failed}.", good=not failed)


def _place(link: Break) -> str:
    where = f"entry {link.entry}, not sealed" if link.sequence is None else f"seal {link.sequence}"
    return f"{where}: {link.reason}"
