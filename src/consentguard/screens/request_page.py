"""The page of a rights request: its clock, what was asked, what would be done, what is left, and what staff may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from consentguard.errors import ConsentGuardError
from consentguard.records import RightsRequest
from consentguard.rights import COPIES
from consentguard.rights.identity import Identifying
from consentguard.rights.outcome import Outcome
from consentguard.rights.planning import PLANNED, Planned
from consentguard.screens import request_forms as forms
from consentguard.screens.desk import Form, Page, Part, Seat
from consentguard.screens.requests import REQUESTS
from consentguard.screens.reviews import review
from consentguard.screens.shape import Cell
from consentguard.screens.telling import found
from consentguard.screens.work import LEFT, errand_row

if TYPE_CHECKING:
    from consentguard.plan.steps import Step

BECOMES = {
    "delete": "deleted",
    "clear": "emptied",
    "keep": "stays",
    "archive": "archived",
    "shred": "deleted, with its keys",
}
READERS = ("requests.carry_out", "requests.review_export")
"""Who may read what somebody wrote: whoever answers it."""


def request_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """Everything that may be shown of a request: never an address. Raises RightsError where there is none."""
    request = seat.guard.rights.find(id)
    parts = [_facts(seat, request), *_asked(seat, request), *_plan(seat, request), *review(seat, request)]
    parts += [*_left(seat, request), *_errands(seat, request), *_decisions(seat, request)]
    return Page(
        title=f"Request: {request.right}",
        lead="Opening this page is taken down as evidence.",
        parts=tuple(parts),
        people=(request.contact_ref,),
    )


def _facts(seat: Seat, request: RightsRequest) -> Part:
    today = seat.guard.clock.now().date()
    cells = [(column.title, column.cell(request, today)) for column in (*REQUESTS.columns, *REQUESTS.more)]
    facts = [(title, Cell(cell.whole or cell.text, cell.tone)) for title, cell in cells if cell.text]
    details = seat.guard.rights.means.details(request)
    if details.entered_by:
        facts.append(("Taken down by", Cell(details.entered_by)))
    if details.twin:
        facts.append(("Asked before, in", Cell(details.twin)))
    shown = forms.assigning(request) if seat.may("requests.assign") else ()
    return Part(title="The request", facts=tuple(facts), forms=shown)


def _asked(seat: Seat, request: RightsRequest) -> Iterator[Part]:
    """What somebody wrote, for those who have to answer it."""
    if not any(map(seat.may, READERS)):
        return
    details = seat.guard.rights.means.details(request)
    said = {
        "They wrote": details.note,
        **{f"Correct {column}": value for column, value in details.corrections.items()},
        "Uses": ", ".join(details.purposes),
        "Data": ", ".join(details.categories),
        "Until": str(details.until or ""),
        "Acts for somebody else": details.agent,
        "By what right": details.authority,
        "We told them": details.reason,
    }
    if facts := tuple((title, Cell(text)) for title, text in said.items() if text):
        yield Part(title="What was asked for", facts=facts)


def _plan(seat: Seat, request: RightsRequest) -> Iterator[Part]:
    """What carrying it out would do, with the ways to approve and to do it."""
    if request.state not in PLANNED or not (seat.may("requests.carry_out") or seat.may("requests.approve")):
        return
    try:
        planned = seat.guard.rights.plan(request.id)
    except ConsentGuardError as error:
        yield Part(title="The plan", lines=(Cell(str(error), "bad"),))
        return
    who = sum(len(each.keys) for each in planned.people)
    steps = planned.plan.steps if planned.plan else ()
    yield Part(
        title="The plan",
        lines=(Cell(found(who)), *_approval(seat, planned), *_lines(planned)),
        facts=(("Digest", Cell(planned.digest)),),
        headings=("Table", "What becomes of it", "Rows", "Why") if steps else (),
        rows=tuple(map(_step, steps)),
        forms=tuple(_ways(seat, planned)),
    )
    if planned.plan:
        letter = seat.guard.rights.previews.planned(planned, planned.plan)
        about = "Other places that are asked are added once they are."
        yield Part(title="The letter that goes out then", lines=(Cell(about),), letter=letter, folded=True)


def _lines(planned: Planned) -> Iterator[Cell]:
    if planned.plan is None:
        yield from map(Cell, planned.lines or ("nothing of ours to do",))


def _step(step: Step) -> tuple[Cell, ...]:
    columns = f": {', '.join(step.columns)}" if step.columns else ""
    left = f"; {', '.join(step.left)} stay" if step.left else ""
    return Cell(step.label), Cell(f"{BECOMES[step.action]}{columns}{left}"), Cell(f"{step.rows:,}"), Cell(step.why)


def _approval(seat: Seat, planned: Planned) -> Iterator[Cell]:
    """How many people have to approve, and who did."""
    needed, request = seat.guard.rights.needed(planned.request), planned.request
    if not needed:
        yield Cell("The policy asks for nobody's approval.")
        return
    people = "one person" if needed == 1 else "two people"
    if request.plan and not planned.is_of(request.plan):
        yield Cell("Another plan was approved: it has to be approved again.", "bad")
    elif request.state == "approved":
        yield Cell("The plan is approved.", "good")
    else:
        yield Cell(f"The plan has to be approved by {people}.", "soon")
    if _is_theirs(seat, request):
        yield Cell("You took this request down, so somebody else approves it.", "soon")


def _is_theirs(seat: Seat, request: RightsRequest) -> bool:
    """Whether they took the request down themselves: then they do not approve it."""
    return seat.by.casefold() == seat.guard.rights.means.details(request).entered_by.casefold() != ""


def _ways(seat: Seat, planned: Planned) -> Iterator[Form]:
    request = planned.request
    needed = seat.guard.rights.needed(request)
    approved = request.state == "approved" and planned.is_of(request.plan)
    if needed and not approved and seat.may("requests.approve") and not _is_theirs(seat, request):
        yield forms.approving(planned)
    if request.right not in COPIES and (approved or not needed) and seat.may("requests.carry_out"):
        yield forms.carrying(planned)


def _left(seat: Seat, request: RightsRequest) -> Iterator[Part]:
    """What stays for a time and who has not answered, once it was begun."""
    if request.state not in ("running", "partial", "done"):
        return
    outcome = Outcome.read(request.outcome)
    stays = [(label, Cell(_until(until))) for label, until in outcome.later.items()]
    waits = [(place, Cell("has not answered", "soon")) for place in outcome.waiting]
    going = request.state != "done" and seat.may("requests.carry_out")
    lines = () if stays or waits else (Cell("Nothing is left.", "good"),)
    yield Part(
        title="What is left",
        lines=lines if request.state == "done" else (),
        facts=(*stays, *waits),
        forms=(forms.RESUMING,) if going else (),
    )
    if request.right not in COPIES:
        letter = seat.guard.rights.previews.outcome(request)
        yield Part(title="The letter about what was done", letter=letter, folded=True)


def _until(until: str) -> str:
    """Until when rows stay: a day, or what keeps them."""
    return f"until {until}" if until[:1].isdigit() else f"as long as {LEFT[until]}"


def _errands(seat: Seat, request: RightsRequest) -> Iterator[Part]:
    """What other places were asked for."""
    errands = seat.guard.errands.all_of(request.id)
    if not errands:
        return
    today = seat.guard.clock.now().date()
    waiting = [each for each in errands if each.state != "done" and each.hand != "ours"]
    settling = (forms.settling(waiting),) if waiting and seat.may("errands.settle") else ()
    yield Part(
        title="In other places",
        headings=("Where", "What", "By", "State", "Due on", "Proof"),
        rows=tuple(errand_row(each, today) for each in errands),
        forms=settling,
    )


def _decisions(seat: Seat, request: RightsRequest) -> Iterator[Part]:
    """What else can be decided of it now."""
    proves = Identifying(seat.guard.rights.means).takes_proof(request)
    able = [
        *(forms.verifying(request) if proves and seat.may("requests.verify") else ()),
        *(forms.extending(request) if seat.may("requests.extend") else ()),
        *(forms.refusing(request) if seat.may("requests.refuse") else ()),
    ]
    if able:
        yield Part(title="Decide", forms=tuple(able))
