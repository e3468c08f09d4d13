"""Second factors: what each person has, how many of the staff have one, and the taking away of a lost one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from consentguard.records import FactorState, SubjectRef
from consentguard.screens import words
from consentguard.screens.desk import Act, DeskError, Field, Form, Page, Part, Seat, Sent, options
from consentguard.screens.seeking import named
from consentguard.screens.shape import Cell, Column, Screen
from consentguard.screens.telling import Told

if TYPE_CHECKING:
    from consentguard.guard import Guard
    from consentguard.twofactor.staff import Share


def _kinds(holder: Any, _: dt.date) -> Cell:
    keys = f"{holder.passkeys} passkey{'' if holder.passkeys == 1 else 's'}" if holder.passkeys else ""
    return Cell(", ".join(filter(None, ("an app" if holder.app else "", keys))))


STATES = {
    "pending": Cell("being set up"),
    "active": Cell("active", "good"),
    "disabled": Cell("disabled: too many wrong codes", "bad"),
}
FACTORS = Screen(
    name="factors",
    title="Second factors",
    lead="Who has a second factor, and in which state. Secrets and codes are never shown.",
    columns=(
        words.person(),
        words.states(STATES),
        Column("passkeys", "What they have", _kinds),
        words.moments("since", "Since"),
        words.text("codes", "Recovery codes left"),
        words.text("devices", "Browsers"),
    ),
    more=(words.text("failures", "Wrong codes in a row"), words.moments("next_at", "Next attempt from")),
    search=("subject",),
    filters={"state": get_args(FactorState)},
    order=("subject",),
    person="subject",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What somebody has, who is named by their pseudonym.

    `state` is that of the app which counts, or of the passkeys where there is none, and `since` that factor's age.
    `passkeys`, unused recovery `codes` and `devices` (the browsers in which a factor was given that still counts) are
    numbers; `failures` and `next_at` are those of the app.
    """

    subject: str
    state: FactorState
    app: bool
    passkeys: int
    since: dt.datetime
    codes: int
    devices: int
    failures: int = 0
    next_at: dt.datetime | None = None


def share(guard: Guard) -> Share | None:
    """How many of the staff have one; None where nobody says who they are, where there are none, and where nothing
    keeps second factors. Raises KeyringError and StoreError.
    """
    found = guard.staff_factors()
    return found if found and found.staff else None


def holder_of(
    subject: str, apps: Iterable[Any], keys: Sequence[dt.datetime], codes: int, devices: int
) -> Holder | None:
    """What somebody has, of their apps (records, or rows with the same fields) and of when their passkeys were made."""
    app = min(apps, key=lambda each: (each.state == "pending", each.created_at), default=None)
    counted = app if app and (app.state != "pending" or not keys) else None
    if counted is None and not keys:
        return None
    return Holder(
        subject=subject,
        state=counted.state if counted else "active",
        app=counted is not None,
        passkeys=len(keys),
        since=counted.created_at if counted else min(keys),
        codes=codes,
        devices=devices,
        failures=counted.failures if counted else 0,
        next_at=counted.next_at if counted else None,
    )


def factor_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """What one person has, by their pseudonym. Raises DeskError where they have nothing."""
    guard, stores, today = seat.guard, seat.guard.stores, seat.guard.clock.now().date()
    keys, devices = stores.passkeys.of(id), stores.factor_sessions.of(id, guard.clock.now())
    made = [each.created_at for each in keys]
    found = holder_of(id, stores.authenticators.of(id), made, stores.recovery_codes.left(id), len(devices))
    if found is None:
        raise DeskError("there is no such second factor", hint="its owner removed it, or somebody took it away")
    cells = [(column.title, column.cell(found, today)) for column in (*FACTORS.columns, *FACTORS.more)]
    facts = tuple((title, Cell(cell.whole or cell.text, cell.tone)) for title, cell in cells if cell.text)
    used = tuple((words.moment(each.created_at), Cell(str(each.last_used_on or "never"))) for each in keys)
    seen = tuple(
        (
            Cell(each.label or "a browser"),
            words.moment(each.verified_at),
            Cell(str(each.seen_on)),
            words.moment(each.expires_at),
            Cell("yes" if each.remembered else "no"),
        )
        for each in devices
    )
    parts = (
        Part(title="What they have", facts=facts),
        *_table("Passkeys", ("Added", "Last used"), used),
        *_table("Browsers", ("Browser", "Given", "Last seen", "Counts until", "Remembered"), seen),
    )
    return Page(title="Second factor", parts=parts, people=(id,))


def _table(title: str, headings: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> tuple[Part, ...]:
    return (Part(title=title, headings=headings, rows=rows),) if rows else ()


def reset_page(_: Seat) -> Page:
    """The page on which somebody's second factors are taken away."""
    from consentguard.twofactor.resetting import LONGEST_REFERENCE, REASONS  # whose libraries no start-up loads

    form = Form(
        act="reset",
        title="Whose, and why",
        lead="Make sure by other means who asks for this. Every second factor and recovery code of theirs goes, their"
        " sessions end, and a mail tells them. You need a second factor of your own, given within fifteen minutes.",
        fields=(
            Field(name="whose", label="Whose it is", required=True, help="An e-mail address, or kind:key as user:12."),
            Field(name="reason", label="Why", kind="choice", required=True, options=options(REASONS.items())),
            Field(name="reference", label="Reference", longest=LONGEST_REFERENCE, help="Such as HELP-1234. No names."),
        ),
        button="Take it away",
        grave=True,
        opened=True,
    )
    return Page(title="Take a second factor away", parts=(Part(title="A second factor that was lost", forms=(form,)),))


def _reset(seat: Seat, _: str, sent: Sent) -> Told:
    from consentguard.twofactor.resetting import Asked  # as above

    done = seat.guard.factor_resets.reset(
        Asked(
            subject=_owner(seat.guard, sent.one("whose")),
            staff=seat.who(),
            factor_at=seat.factor_at(),
            reason=sent.one("reason"),
            reference=sent.one("reference"),
        )
    )
    told = "A mail tells them." if done.told else "No mail could be sent: tell them yourself."
    goes_on = "No session was found to end: one that the site keeps in a cookie goes on."
    ended = f"Sessions that ended: {done.sessions}." if done.sessions else goes_on
    return Told(f"It is taken away. {ended} {told}", good=done.told)


def _owner(guard: Guard, typed: str) -> SubjectRef:
    """The one data subject whom somebody named, and who has a second factor. Raises DeskError."""
    found = [subject for subject in named(guard, typed) if guard.twofactor.state(subject)]
    if len(found) != 1:
        several = "several people with a second factor have that address"
        hint = "name its owner by their address, or as kind:key such as user:12"
        raise DeskError(several if found else "nobody of that name has a second factor", hint=hint)
    return found[0]


RESET = Act(name="reset", may="factors.reset", do=_reset)
