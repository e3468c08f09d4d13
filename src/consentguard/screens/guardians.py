"""What guardians are asked for children: how far each is, and that a signed form was received."""

from __future__ import annotations

from typing import get_args

from consentguard.records import GuardianState
from consentguard.screens import words
from consentguard.screens.desk import Act, Form, Page, Part, Seat, Sent
from consentguard.screens.shape import Cell, Screen
from consentguard.screens.telling import Told

STATES = {
    "requested": Cell("a mail is owed", "soon"),
    "noticed": Cell("asked"),
    "verified": Cell("verified: not answered"),
    "granted": Cell("agreed", "good"),
    "declined": Cell("refused"),
    "expired": Cell("not answered in time"),
    "withdrawn": Cell("taken back"),
    "aged_out": Cell("old enough by now"),
}
GUARDIANS = Screen(
    name="guardians",
    title="Guardian consents",
    lead="What parents and guardians were asked for children, and what they agreed to. Their addresses are not shown.",
    columns=(
        words.moments("asked_at", "Asked"),
        words.person(),
        words.states(STATES),
        words.text("scopes", "Agreed to"),
        words.text("method", "Verified by"),
        words.moments("expires_at", "To be answered by"),
        words.days("ends_on", "Ends on"),
    ),
    more=(
        words.moments("answered_at", "Answered"),
        words.moments("closed_at", "Closed"),
        words.moments("owed_at", "Mail owed from"),
        words.text("language", "Language"),
        words.text("id", "Id"),
    ),
    search=("id",),
    filters={"state": get_args(GuardianState)},
    order=("-asked_at", "-id"),
    person="subject",
    sealed=("child", "contact"),
)


def guardian_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """What one guardian was asked. Raises GuardianError where there is nothing under this id."""
    consent, today = seat.guard.guardians.find(id), seat.guard.clock.now().date()
    cells = [(column.title, column.cell(consent, today)) for column in (*GUARDIANS.columns, *GUARDIANS.more)]
    able = consent.state in ("requested", "noticed") and seat.may("guardians.verify")
    lead = "A signed form with this id, or another proof, was received, and you have looked at it."
    form = Form(act="verify", title="A proof was received", lead=lead, button="They are the guardian")
    facts = tuple((title, cell) for title, cell in cells if cell.text)
    return Page(
        title="Guardian consent",
        parts=(Part(title="What was asked", facts=facts, forms=(form,) if able else ()),),
        people=(consent.subject,),
    )


def _verify(seat: Seat, id_: str, _: Sent) -> Told:
    consent = seat.guard.guardians.received(id_, seat.by)
    return Told("Verified, and what they chose holds now." if consent.state == "granted" else "Verified.")


ACTS = (Act(name="verify", may="guardians.verify", do=_verify),)
