"""The review of a copy before it is given out: what it would hold, and what is left out of it, with the reasons."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from consentguard.errors import ConsentGuardError
from consentguard.records import RightsRequest
from consentguard.rights import COPIES
from consentguard.rights.planning import PLANNED
from consentguard.screens.desk import PAGE, Act, DeskError, Field, Form, Part, Seat, Sent, hidden, options
from consentguard.screens.shape import Cell
from consentguard.screens.telling import Told

if TYPE_CHECKING:
    from consentguard.exports import OutlinedTable, Redaction

WHY = {
    "proof": "it proves who somebody is",
    "others": "it is about somebody else",
    "unclassified": "nobody has said what it is",
    "reviewed": "withheld below",
}
REVIEW = "requests.review_export"


def review(seat: Seat, request: RightsRequest) -> Iterator[Part]:
    """The parts of a request's page about its copy."""
    if request.right not in COPIES or request.state not in PLANNED or not seat.may(REVIEW):
        return
    exports = seat.guard.exports
    try:
        redactions = exports.redactions(request)
        tables = exports.outline(seat.guard.rights.people(request), redactions)
    except ConsentGuardError as error:
        yield Part(title="The copy", lines=(Cell(str(error), "bad"),))
        return
    free = "The policy asks for nobody's approval: this copy can be downloaded already."
    yield Part(
        title="The copy",
        lines=() if seat.guard.rights.needed(request) else (Cell(free, "soon"),),
        headings=("Table", "Rows", "They are its", "Columns", "Left out"),
        rows=tuple(map(_row, tables)),
        forms=tuple(_withholding(table, number) for number, table in enumerate(tables)),
    )
    if redactions.withheld:
        yield Part(
            title="Withheld by whoever reviewed it",
            lines=(Cell("The person is told that it is, and why."),),
            headings=("Table", "What", "Why"),
            rows=tuple((Cell(each.table), Cell(_what(each)), Cell(each.reason)) for each in redactions.withheld),
            forms=tuple(_giving_back(each, number) for number, each in enumerate(redactions.withheld)),
        )


def _row(table: OutlinedTable) -> tuple[Cell, ...]:
    left_out = dict.fromkeys(f"{each.column}: {WHY[each.why]}" for each in table.withheld)
    texts = (table.label, f"{table.rows:,}", ", ".join(table.about), ", ".join(table.columns), "; ".join(left_out))
    return tuple(map(Cell, texts))


def _what(redaction: Redaction) -> str:
    if redaction.columns:
        return f"columns {', '.join(redaction.columns)}"
    return f"rows {', '.join(redaction.keys)}" if redaction.keys else "the whole table"


def _withholding(table: OutlinedTable, number: int) -> Form:
    columns = options((name, name) for name in table.columns)
    return Form(
        act="withhold",
        key=str(number),
        title=f"Withhold of {table.label}",
        lead="Choose columns, name rows, or withhold the whole table.",
        fields=(
            hidden("table", table.label),
            Field(name="column", label="Columns", kind="many", options=columns),
            Field(name="keys", label="Rows", help="Their primary keys, with commas between them.", longest=PAGE),
            Field(name="whole", label="The whole table", kind="check"),
            Field(name="reason", label="Why", required=True, help="It is written into the copy."),
        ),
        button="Withhold it",
    )


def _giving_back(redaction: Redaction, number: int) -> Form:
    return Form(
        act="give_back",
        key=str(number),
        title=f"Give out again: {redaction.table}, {_what(redaction)}",
        fields=(hidden("which", _mark(redaction)),),
        button="Give it out again",
    )


def _withhold(seat: Seat, id_: str, sent: Sent) -> Told:
    from consentguard.exports import Redaction, Redactions

    exports, request = seat.guard.exports, seat.guard.rights.find(id_)
    columns, keys = sent.all("column"), sent.names("keys")
    if not (columns or keys or sent.one("whole")):
        raise DeskError("nothing was chosen to withhold", hint="choose columns, name rows, or the whole table")
    more = Redaction(table=sent.one("table"), reason=sent.one("reason"), columns=columns, keys=keys)
    kept = exports.redactions(request).withheld
    exports.redact(request, Redactions(withheld=tuple(dict.fromkeys((*kept, more)))))
    return Told(f"Withheld of {more.table}: {_what(more)}.")


def _give_back(seat: Seat, id_: str, sent: Sent) -> Told:
    from consentguard.exports import Redactions

    exports, request = seat.guard.exports, seat.guard.rights.find(id_)
    kept = exports.redactions(request).withheld
    left = tuple(each for each in kept if _mark(each) != sent.one("which"))
    if left == kept:
        raise DeskError("this is not withheld", hint="look at what is")
    exports.redact(request, Redactions(withheld=left))
    return Told("It is given out again.")


def _mark(redaction: Redaction) -> str:
    """By which a redaction is known again."""
    return hashlib.sha256(msgspec.json.encode(redaction)).hexdigest()


ACTS = (Act(name="withhold", may=REVIEW, do=_withhold), Act(name="give_back", may=REVIEW, do=_give_back))
