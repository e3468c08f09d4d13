"""Reports that somebody is a minor: the queue with its due dates, what was said, and what a person decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

from consentguard.minors import LONGEST, Statement
from consentguard.records import UNDECIDED, ReportSource, ReportState, SubjectRef
from consentguard.screens import words
from consentguard.screens.desk import PAGE, Act, DeskError, Field, Form, Page, Part, Seat, Sent, options
from consentguard.screens.shape import Cell, Column, Screen
from consentguard.screens.telling import Told

if TYPE_CHECKING:
    from consentguard.records import MinorReport

SOURCES = {
    "guardian": Cell("a parent or guardian"),
    "staff": Cell("a member of staff"),
    "check": Cell("a birth date"),
}
STATES = {
    "received": Cell("about nobody yet: say whom it means", "soon"),
    "quarantined": Cell("set aside: to be decided", "soon"),
    "confirmed": Cell("a minor: is being erased", "soon"),
    "rejected": Cell("no minor"),
    "erased": Cell("a minor: erased", "good"),
}
READERS = ("minors.confirm", "minors.reject")
"""Who may read what was said: those who decide by it."""


def due(report: Any, today: dt.date) -> Cell:
    """When the data has to be gone: "due in 2 days", "1 day late"; when the report ended, once it has."""
    if report.closed_at:
        return Cell(f"closed {report.closed_at.astimezone(dt.UTC).date()}")
    left, at = (report.due_at.astimezone(dt.UTC).date() - today).days, words.moment(report.due_at).text
    if left < 0:
        return Cell(f"{_days(-left)} late", "bad", whole=at)
    return Cell(f"due in {_days(left)}" if left else "due today", "soon", whole=at)


MINORS = Screen(
    name="minors",
    title="Reports about minors",
    lead="The site may hold a minor's data. Who is found is set aside: not used, not given out, not deleted.",
    columns=(
        words.moments("received_at", "Reported"),
        words.states(SOURCES, "source", "Reported by"),
        words.person(),
        words.states(STATES),
        Column("due_at", "Erased by", due),
    ),
    more=(
        words.moments("decided_at", "Decided"),
        words.moments("closed_at", "Closed"),
        words.text("request", "Erasure"),
        words.text("id", "Id"),
    ),
    search=("id", "request"),
    filters={"state": get_args(ReportState), "source": get_args(ReportSource)},
    order=("-received_at", "-id"),
    person="subject",
    sealed=("details",),
)


def report_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """One report, with what was said for those who decide. Raises MinorError where there is none."""
    minors, today = seat.guard.minors, seat.guard.clock.now().date()
    report = minors.find(id)
    cells = [(column.title, column.cell(report, today)) for column in (*MINORS.columns, *MINORS.more)]
    facts = tuple((title, cell) for title, cell in cells if cell.text)
    return Page(
        title="Report about a minor",
        parts=(Part(title="The report", facts=facts), *_parts(seat, report)),
        people=(report.subject,) if report.subject else (),
    )


def enter_page(seat: Seat) -> Page:
    """The page on which a member of staff reports somebody."""
    kinds = options([("", "by what they used"), *((kind, kind) for kind in seat.guard.site.data_map.manifest.subjects)])
    form = Form(
        act="add",
        title="Whom you have found",
        lead="Name a data subject, or what they are known by. No name, no age and no date of birth is needed.",
        fields=(
            Field(name="kind", label="Data subject", kind="choice", options=kinds),
            Field(name="subject", label="Their primary key"),
            Field(name="known_by", label="Or an address or number that they used", longest=LONGEST),
            Field(name="note", label="What you have seen", kind="long", longest=PAGE),
        ),
        button="Report, and set aside",
        opened=True,
    )
    return Page(title="Report a minor", lead=MINORS.lead, parts=(Part(title="A new report", forms=(form,)),))


def _parts(seat: Seat, report: MinorReport) -> Iterator[Part]:
    if any(map(seat.may, READERS)):
        said = seat.guard.minors.statement(report)
        facts = (
            ("The child is known by", said.known_by),
            ("Reported by", said.name or said.entered_by),
            ("Answer to", said.address),
            ("By what right", said.authority),
            ("Note", said.note),
            ("Why it was decided so", said.reason),
        )
        yield Part(title="What was said", facts=tuple((title, Cell(text)) for title, text in facts if text))
    people = seat.guard.minors.people(report)
    if people or report.state in UNDECIDED:
        yield Part(
            title="Who is set aside",
            lines=() if people else (Cell("Nobody."),),
            headings=("Data subject",) if people else (),
            rows=tuple((Cell(str(each)),) for each in people),
            forms=tuple(_forms(seat, report)),
        )


def _forms(seat: Seat, report: MinorReport) -> Iterator[Form]:
    why = Field(name="reason", label="Why", kind="long", required=True, longest=PAGE, help="What you have seen.")
    if report.state in UNDECIDED and seat.may("minors.confirm"):
        kinds = options((kind, kind) for kind in seat.guard.site.data_map.manifest.subjects)
        yield Form(
            act="identify",
            title="Say whom it is about",
            lead="They are set aside too.",
            fields=(
                Field(name="kind", label="Data subject", kind="choice", options=kinds),
                Field(name="subject", label="Their primary key", required=True),
            ),
            button="Set aside",
        )
    if report.state == "quarantined" and seat.may("minors.confirm"):
        lead = "Everybody who is set aside is erased. What goes then cannot be brought back."
        yield Form(
            act="confirm", title="It is a minor", lead=lead, fields=(why,), button="Confirm, and erase", grave=True
        )
    if report.state in UNDECIDED and seat.may("minors.reject"):
        lead = "Their data is used again, and what was reported is forgotten."
        yield Form(act="reject", title="It is no minor", lead=lead, fields=(why,), button="Reject")


def _subject(sent: Sent) -> SubjectRef | None:
    kind, key = sent.one("kind"), sent.one("subject")
    if bool(kind) != bool(key):
        raise DeskError("a data subject is a kind and a primary key", hint="give both, or neither")
    return SubjectRef(kind, key) if kind else None


def _enter(seat: Seat, _: str, sent: Sent) -> Told:
    statement = Statement(known_by=sent.one("known_by", LONGEST), note=sent.one("note", PAGE), entered_by=seat.by)
    report = seat.guard.minors.report(statement, source="staff", subject=_subject(sent))
    found = len(seat.guard.minors.people(report))
    return Told(f"Reported. Data subjects that are set aside: {found}.", good=bool(found), id=report.id)


def _identify(seat: Seat, id_: str, sent: Sent) -> Told:
    subject = _subject(sent)
    if subject is None:
        raise DeskError("nobody is named", hint="give a kind and a primary key")
    report = seat.guard.minors.identify(id_, subject, seat.by)
    return Told(f"Data subjects that are set aside: {len(seat.guard.minors.people(report))}.")


def _confirm(seat: Seat, id_: str, sent: Sent) -> Told:
    report = seat.guard.minors.confirm(id_, seat.by, sent.one("reason", PAGE))
    if report.state == "quarantined":
        return Told("Confirmed. Another person has to confirm it too.")
    return Told(f"Confirmed. The erasure {report.request} is open, and is carried out with the next run.")


def _reject(seat: Seat, id_: str, sent: Sent) -> Told:
    seat.guard.minors.reject(id_, seat.by, sent.one("reason", PAGE))
    return Told("Rejected. Nothing is set aside by it any more.")


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


ADD = Act(name="add", may="minors.add", do=_enter)
ACTS = (
    Act(name="identify", may="minors.confirm", do=_identify),
    Act(name="confirm", may="minors.confirm", do=_confirm),
    Act(name="reject", may="minors.reject", do=_reject),
)
