"""Work that goes on until it is done: errands to other places and tasks for people, and runs of plans."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from consentguard.errors import ConsentGuardError
from consentguard.screens import words
from consentguard.screens.desk import Act, Field, Form, Page, Part, Seat, Sent
from consentguard.screens.shape import Cell, Column, Screen
from consentguard.screens.telling import Told

if TYPE_CHECKING:
    from consentguard.records import Errand

ERRAND_STATES = {
    "open": Cell("waits", "soon"),
    "done": Cell("done", "good"),
    "failed": Cell("could not be done", "bad"),
}
HANDS = {
    "person": Cell("somebody who answers for it"),
    "connector": Cell("a connector"),
    "ours": Cell("consentguard"),
}
WHAT = {
    "erase": Cell("erase"),
    "rectify": Cell("correct"),
    "restrict": Cell("restrict"),
    "file": Cell("remove a file"),
    "session": Cell("end sessions"),
    "forward": Cell("hand the request on"),
}
RUN_STATES = {"open": Cell("goes on", "soon"), "done": Cell("done", "good"), "stopped": Cell("given up")}
RUN_KINDS = {
    "erasure": Cell("an erasure"),
    "retention": Cell("retention"),
    "return": Cell("the end of a contract"),
    "replay": Cell("after a restore"),
}
LEFT = {"held": "a legal hold covers them", "law": "a law keeps them", "referred": "rows that stay refer to them"}


class WorkError(ConsentGuardError):
    """There is no such run."""


def due(errand: Any, today: dt.date) -> Cell:
    """The last day of an errand, marked once it is over."""
    late = errand.state != "done" and errand.due_on is not None and errand.due_on < today
    return Cell(str(errand.due_on or ""), "bad" if late else "")


def rows(run: Any, _: dt.date) -> Cell:
    """How many rows a run has touched so far."""
    return Cell(f"{sum(msgspec.json.decode(run.counts, type=list[int])):,}")


ERRANDS = Screen(
    name="errands",
    title="Errands and tasks",
    lead="What is to be done where no plan reaches: by a connector, or by somebody. A request waits for its own.",
    columns=(
        words.text("target", "Where"),
        words.states(WHAT, "kind", "What"),
        words.states(HANDS, "hand", "By"),
        words.states(ERRAND_STATES),
        Column("due_on", "Due on", due),
        words.text("tries", "Tries"),
        words.moments("made_at", "Since"),
        words.moments("done_at", "Done"),
        words.text("by", "Said by"),
    ),
    more=(words.text("proof", "Proof"), words.text("about", "Request or run"), words.text("id", "Id")),
    search=("id", "about", "target"),
    filters={"state": tuple(ERRAND_STATES), "hand": tuple(HANDS)},
    order=("-id",),
    sealed=("payload",),
)
RUNS = Screen(
    name="runs",
    title="Runs",
    lead="Plans as they are carried out: how far each is, and whether it lives.",
    columns=(
        words.states(RUN_KINDS, "kind", "Kind"),
        words.states(RUN_STATES),
        Column("counts", "Rows so far", rows),
        words.text("step", "Steps done"),
        words.moments("started_at", "Started"),
        words.moments("beat_at", "Last sign of life"),
        words.moments("ended_at", "Ended"),
    ),
    more=(words.short("digest", "Plan"), words.text("about", "Request or run"), words.text("id", "Id")),
    search=("id", "about"),
    filters={"kind": tuple(RUN_KINDS), "state": tuple(RUN_STATES)},
    order=("-id",),
    sealed=("plan", "last_key"),
)


def errand_row(errand: Errand, today: dt.date) -> tuple[Cell, ...]:
    """An errand on the page of its request."""
    names = ("target", "kind", "hand", "state", "due_on", "proof")
    return tuple(ERRANDS.column(name).cell(errand, today) for name in names)


def errand_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """One errand, with who answers for it. Raises ErrandError where there is none."""
    guard = seat.guard
    errand, today = guard.errands.find(id), guard.clock.now().date()
    cells = [(column.title, column.cell(errand, today)) for column in (*ERRANDS.columns, *ERRANDS.more)]
    owner = [("Answers for the place", Cell(guard.errands.owner(errand)))]
    waits = errand.state != "done" and errand.hand != "ours" and seat.may("errands.settle")
    return Page(
        title=f"Errand: {errand.target}",
        parts=(
            Part(
                title="The errand",
                facts=tuple((title, cell) for title, cell in (*cells, *owner) if cell.text),
                forms=(_showing(), _settling()) if waits else (),
            ),
        ),
    )


def run_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """One run, with what it has left while it is open. Raises WorkError where there is none."""
    guard = seat.guard
    run, today = guard.stores.runs.find(id), guard.clock.now().date()
    if run is None:
        raise WorkError("there is no such run")
    cells = [(column.title, column.cell(run, today)) for column in (*RUNS.columns, *RUNS.more)]
    left = guard.execution.left(run) if run.state == "open" else ()
    table = tuple(
        (
            Cell(each.label),
            Cell(f"{each.rows:,}"),
            Cell(LEFT[each.ground]),
            Cell(str(each.until or "")),
        )
        for each in left
    )
    facts = tuple((title, Cell(cell.whole or cell.text, cell.tone)) for title, cell in cells if cell.text)
    stays = Part(title="What stays for a time", headings=("Table", "Rows", "Because", "Until"), rows=table)
    return Page(title="Run", parts=(Part(title="The run", facts=facts), *([stays] if table else [])))


def _showing() -> Form:
    lead = "Shows the personal data that it is about, to whoever does it. That it was shown is taken down."
    return Form(act="show", title="What has to be known", lead=lead, button="Show it")


def _settling() -> Form:
    proof = Field(name="proof", label="How one knows", required=True, help="The number of a ticket, the name of a log.")
    return Form(act="settle", title="It is done", fields=(proof,), button="It is done there", opened=True)


def _show(seat: Seat, id_: str, _: Sent) -> Part:
    errands = seat.guard.errands
    notice = errands.shown(errands.find(id_))
    said = {
        "Address": notice.address,
        "Here they are": ", ".join(notice.people),
        **{f"In {system}": key for system, key in notice.external.items()},
        **{f"Correct {column}": value for column, value in notice.corrections.items()},
    }
    return Part(
        title="Whom and what it is about", facts=tuple((name, Cell(text)) for name, text in said.items() if text)
    )


def _settle(seat: Seat, id_: str, sent: Sent) -> Told:
    errand = seat.guard.errands.settle(id_, seat.by, sent.one("proof"))
    return Told(f"{errand.target} has done its part. The request goes on with the next run.")


ACTS = (Act(name="show", may="errands.settle", do=_show), Act(name="settle", may="errands.settle", do=_settle))
