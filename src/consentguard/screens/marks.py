"""Restrictions and objections: data that is kept and not used, for whom and until when, and the lifting of one."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

from consentguard.errors import ConsentGuardError
from consentguard.records import MarkKind
from consentguard.screens import words
from consentguard.screens.desk import Act, DeskError, Field, Form, Page, Part, Seat, Sent
from consentguard.screens.shape import Cell, Column, Screen
from consentguard.screens.telling import Told

KINDS = {
    "restriction": Cell("restricted"),
    "objection": Cell("objected to"),
    "quarantine": Cell("set aside: reported as a minor"),
}


TITLES = {"restriction": "Restriction", "objection": "Objection", "quarantine": "Quarantine"}


class MarkError(ConsentGuardError):
    """There is no such restriction or objection."""


def marked(mark: Any, _: dt.date) -> Cell:
    """What is marked: a data subject, or one row."""
    return Cell(words.whom(mark) or f"{mark.label} {mark.key}")


def state(mark: Any, today: dt.date) -> Cell:
    """Whether a mark holds."""
    over = mark.until and mark.until.astimezone(dt.UTC).date() <= today
    return Cell("lifted") if mark.lifted_at else Cell("ended") if over else Cell("in force", "soon")


MARKS = Screen(
    name="restrictions",
    title="Restrictions and objections",
    lead="Data that is kept and not used: queries for a purpose leave it out.",
    columns=(
        Column("subject", "Whose, or which row", marked),
        words.states(KINDS, "kind", "What"),
        words.text("category", "Data"),
        words.text("purpose", "Use"),
        words.moments("at", "Since"),
        words.moments("until", "Until"),
        Column("lifted_at", "State", state),
    ),
    more=(words.text("request", "Request"), words.text("id", "Id")),
    search=("id", "request"),
    filters={"kind": get_args(MarkKind)},
    order=("-id",),
)


def mark_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """One mark. Raises MarkError where there is none."""
    guard = seat.guard
    mark, today = guard.stores.marks.find(id), guard.clock.now().date()
    if mark is None:
        raise MarkError("there is no such restriction or objection")
    cells = [(column.title, column.cell(mark, today)) for column in (*MARKS.columns, *MARKS.more)]
    able = state(mark, today).tone == "soon" and mark.kind != "quarantine" and seat.may("restrictions.lift")
    owed = mark.kind == "restriction" and mark.subject is not None
    form = _lifting(by_letter=owed and bool(mark.request), told=owed)
    return Page(
        title=TITLES[mark.kind],
        parts=(
            Part(
                title="What is not used",
                facts=tuple((title, cell) for title, cell in cells if cell.text),
                forms=(form,) if able else (),
            ),
        ),
        people=(guard.pseudonyms.of(mark.subject),) if mark.subject else (),
    )


def _lifting(*, by_letter: bool, told: bool) -> Form:
    if by_letter:
        return Form(act="lift", title="Lift it", lead="A letter says so first (Art. 18(3) GDPR).", button="Lift it")
    said = Field(name="told", label="They were told that it ends (Art. 18(3) GDPR)", kind="check", required=True)
    return Form(act="lift", title="Lift it", fields=(said,) if told else (), button="Lift it")


def _lift(seat: Seat, id_: str, sent: Sent) -> Told:
    """A restriction that a request obtained is lifted with all of that request's, after a letter."""
    guard, mark = seat.guard, seat.guard.stores.marks.find(id_)
    if mark and mark.kind == "restriction" and mark.subject and mark.request:
        guard.rights.lift(mark.request, seat.by)
        return Told("Its sender was told, and it is lifted.")
    with guard.stores.transactions.atomic():
        if sent.one("told"):
            guard.restrictions.told(id_)
        if not guard.restrictions.lift(id_):
            raise DeskError("there is no such mark in force", hint="somebody else has lifted it")
    return Told("Lifted.")


ACTS = (Act(name="lift", may="restrictions.lift", do=_lift),)
