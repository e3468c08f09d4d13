"""The screen of rights requests: its columns in words, and the clock of each."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, get_args

from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.records import OWED, RequestState
from consentguard.rights.reminding import waits
from consentguard.screens import words
from consentguard.screens.shape import Cell, Column, Screen

SOON = 7
"""From how many days before its last day on a request is marked."""
MUCH = 80
"""From how many percent of its time on a request is marked."""

STATES = {
    "received": Cell("waits to be confirmed"),
    "confirmed": Cell("confirmed: to be answered", "soon"),
    "approved": Cell("approved: to be carried out", "soon"),
    "running": Cell("is being carried out", "soon"),
    "partial": Cell("done in part", "soon"),
    "done": Cell("done", "good"),
    "denied": Cell("refused"),
    "revoked": Cell("taken back"),
    "expired": Cell("not confirmed, or not downloaded, in time"),
}
OWES = {
    "": Cell("nothing"),
    "confirmation": Cell("the mail to confirm it", "bad"),
    "outcome": Cell("the mail of what was done", "bad"),
    "extension": Cell("the mail that it takes longer", "bad"),
    "denial": Cell("the mail that it is refused", "bad"),
    "received": Cell("the mail that it was received", "bad"),
}
CHANNELS = {
    "page": Cell("our form"),
    "account": Cell("an account"),
    "email": Cell("a mail"),
    "help_desk": Cell("the help desk"),
    "staff": Cell("a member of staff"),
    "callback": Cell("a platform"),
    "receipt": Cell("a receipt of consent"),
}
IDENTITIES = {
    "": Cell("nothing yet"),
    "mail": Cell("a mailed link"),
    "session": Cell("their session"),
    "agent": Cell("an agent"),
    "guardian": Cell("a guardian"),
    "staff": Cell("a proof that staff saw"),
    "platform": Cell("a platform"),
    "receipt": Cell("a receipt of consent"),
}


def clock(request: Any, today: dt.date) -> Cell:
    """How long is left of a request's time: "due in 12 days", "3 days late"; when it was closed, once it is."""
    if request.closed_at:
        day = request.closed_at.astimezone(dt.UTC).date()
        late = (day - request.due_on).days if request.state == "done" else 0
        return Cell(f"closed {day}, {_days(late)} late" if late > 0 else f"closed {day}")
    if request.paused_at:
        return Cell(f"stands still since {request.paused_at.astimezone(dt.UTC).date()}: proof is awaited", "soon")
    if request.state == "partial" and not waits(request):
        return Cell("answered: what is left goes by itself")
    left, runs = (request.due_on - today).days, waits(request)
    if left < 0:
        return Cell(f"{_days(-left)} late", "bad") if runs else Cell("not confirmed in time")
    said = f"due in {_days(left)}" if left else "due today"
    return Cell(f"{said}, extended" if request.extended_on else said, "soon" if left <= SOON and runs else "")


def used(request: Any, today: dt.date) -> Cell:
    """What share of a request's time is over, while its clock runs."""
    if request.closed_at or not waits(request):
        return Cell("")
    start = request.received_at.astimezone(dt.UTC).date()
    share = max((today - start).days, 0) * 100 // max((request.due_on - start).days + 1, 1)
    return Cell(f"{share} %", "soon" if share >= MUCH and today <= request.due_on else "")


def approvals(request: Any, _: dt.date) -> Cell:
    """Who approved the plan."""
    return Cell(", ".join(json.loads(request.approved_by or "[]")))


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"


REQUESTS = Screen(
    name="requests",
    title="Rights requests",
    lead="What people asked for, and how long is left to answer: first what is to be answered, by urgency.",
    columns=(
        words.text("right", "Right"),
        words.states(STATES),
        Column("clock", "Clock", clock),
        Column("used", "Time used", used),
        words.states(OWES, "owes", "Owed"),
        words.days("due_on", "Due on"),
        words.text("assigned", "Looked after by"),
        words.states(CHANNELS, "channel", "Came by"),
        words.states(IDENTITIES, "identity", "Known by"),
        words.moments("received_at", "Received"),
        words.person("contact_ref"),
    ),
    more=(
        words.moments("confirmed_at", "Confirmed"),
        words.moments("closed_at", "Closed"),
        words.days("extended_on", "Extended on"),
        words.moments("paused_at", "Clock stands still since"),
        Column("approved_by", "Approved by", approvals),
        words.short("plan", "Plan"),
        words.text("denial", "Refused because"),
        words.facts("outcome", "Outcome"),
        words.text("language", "Language"),
        words.text("jurisdiction", "Jurisdiction"),
        words.text("id", "Id"),
    ),
    search=("id",),
    filters={"state": get_args(RequestState), "right": CARRIED_OUT, "owes": OWED},
    order=("state", "due_on", "id"),
    person="contact_ref",
    sealed=("contact", "details", "subject"),
)
