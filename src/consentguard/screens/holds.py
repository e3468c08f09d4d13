"""Legal holds: which there are, what each covers, and the placing and releasing of one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from consentguard.records import SubjectRef
from consentguard.screens import words
from consentguard.screens.desk import PAGE, Act, DeskError, Field, Form, Page, Part, Seat, Sent, options
from consentguard.screens.shape import Cell, Column, Screen
from consentguard.screens.telling import Told

if TYPE_CHECKING:
    from consentguard.records import Hold

REVIEW_WITHIN = dt.timedelta(days=180)
"""When a new hold is looked at again, unless somebody says another day."""


def covers(hold: Any, _: dt.date) -> Cell:
    """What a hold covers: `user:12`, `3 rows of shop.Order`, the columns of these."""
    keys, columns = words.many(hold.keys), words.many(hold.columns)
    rows = f"{len(keys)} row{'' if len(keys) == 1 else 's'} of {hold.label}" if keys else hold.label
    return Cell(", ".join(part for part in (words.whom(hold), rows, *columns) if part))


def state(hold: Any, _: dt.date) -> Cell:
    """Whether a hold is in force."""
    return Cell("released") if hold.released_at else Cell("in force", "soon")


def review(hold: Any, today: dt.date) -> Cell:
    """When somebody looks at it again; marked once that day has come."""
    late = hold.released_at is None and hold.review_on <= today
    return Cell(f"due since {hold.review_on}" if late else str(hold.review_on), "bad" if late else "")


HOLDS = Screen(
    name="holds",
    title="Legal holds",
    lead="What is held is deleted by nobody, whatever a request or the retention says, until it is released.",
    columns=(
        Column("subject", "What is held", covers),
        words.text("reason", "Why"),
        words.text("author", "By"),
        words.moments("placed_at", "Since"),
        Column("review_on", "Review on", review),
        Column("released_at", "State", state),
    ),
    more=(words.text("released_by", "Released by"), words.text("id", "Id")),
    search=("id", "label", "author"),
    order=("-id",),
)


def hold_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """One hold, with how many rows of which table it covers. Raises HoldError where there is none."""
    guard, hold = seat.guard, seat.guard.holds.find(id)
    today = guard.clock.now().date()
    cells = [(column.title, column.cell(hold, today)) for column in (*HOLDS.columns, *HOLDS.more)]
    keys = [("Rows", Cell(", ".join(hold.keys)))] if hold.keys else []
    able = hold.released_at is None and seat.may("holds.release")
    found = guard.holds.covers(hold)
    return Page(
        title="Legal hold",
        parts=(
            Part(title="The hold", facts=(*((title, cell) for title, cell in cells if cell.text), *keys)),
            Part(
                title="What it covers now",
                lines=() if found else (Cell("No row."),),
                headings=("Table", "Rows") if found else (),
                rows=tuple((Cell(each.label), Cell(f"{each.rows:,}")) for each in found),
                forms=(_releasing(),) if able else (),
            ),
        ),
        people=_people(seat, hold),
    )


def place_page(seat: Seat) -> Page:
    """The page on which a hold is placed."""
    data_map = seat.guard.site.data_map
    kinds = options([("", "nobody in particular"), *((kind, kind) for kind in data_map.manifest.subjects)])
    tables = options([("", "every table"), *((each.label, each.label) for each in data_map.tables)])
    day = (seat.guard.clock.now() + REVIEW_WITHIN).date()
    form = Form(
        act="add",
        title="What is held, and why",
        lead="Name a data subject, a table, or both. It is yours: you answer for it.",
        fields=(
            Field(name="kind", label="Data subject", kind="choice", options=kinds),
            Field(name="subject", label="Their primary key"),
            Field(name="label", label="Table", kind="choice", options=tables),
            Field(name="keys", label="Rows", help="Primary keys, with commas between them. Empty: all.", longest=PAGE),
            Field(
                name="columns",
                label="Columns",
                help="With commas between them; the rest may go. Empty: all.",
                longest=PAGE,
            ),
            Field(name="reason", label="Why", kind="long", required=True, longest=PAGE, help="A case, and no names."),
            Field(name="review_on", label="Review on", kind="day", value=day.isoformat(), required=True),
        ),
        button="Hold it",
        opened=True,
    )
    return Page(title="Place a legal hold", lead=HOLDS.lead, parts=(Part(title="A new hold", forms=(form,)),))


def _people(seat: Seat, hold: Hold) -> tuple[str, ...]:
    return (seat.guard.pseudonyms.of(hold.subject),) if hold.subject else ()


def _releasing() -> Form:
    lead = "What it stopped goes on by itself with the next run, and what goes then cannot be brought back."
    return Form(act="release", title="Release it", lead=lead, button="Release", grave=True)


def _place(seat: Seat, _: str, sent: Sent) -> Told:
    kind, key = sent.one("kind"), sent.one("subject")
    if bool(kind) != bool(key):
        raise DeskError("a data subject is a kind and a primary key", hint="give both, or neither")
    hold = seat.guard.holds.place(
        sent.one("reason", PAGE),
        seat.by,
        sent.day("review_on"),
        subject=SubjectRef(kind, key) if kind else None,
        label=sent.one("label"),
        keys=sent.names("keys"),
        columns=sent.names("columns"),
    )
    rows = sum(each.rows for each in seat.guard.holds.covers(hold))
    return Told(f"Rows that are held: {rows:,}. The review is on {hold.review_on}.", good=bool(rows), id=hold.id)


def _release(seat: Seat, id_: str, _: Sent) -> Told:
    seat.guard.holds.release(id_, seat.by)
    return Told("Released. What it stopped goes on with the next run.")


ADD = Act(name="add", may="holds.add", do=_place)
ACTS = (Act(name="release", may="holds.release", do=_release),)
