"""Second factors: who has one, how many of the staff have, and the taking away of one that its owner has lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from consentguard.records import FactorState, SubjectRef
from consentguard.screens import words
from consentguard.screens.desk import Act, DeskError, Field, Form, Page, Part, Seat, Sent, options
from consentguard.screens.seeking import named
from consentguard.screens.shape import Cell, Screen
from consentguard.screens.telling import Told

if TYPE_CHECKING:
    from consentguard.guard import Guard

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
        words.text("kind", "Kind"),
        words.moments("created_at", "Since"),
        words.text("failures", "Wrong codes in a row"),
        words.moments("next_at", "Next attempt from"),
    ),
    more=(words.text("id", "Id"),),
    search=("id",),
    filters={"state": get_args(FactorState)},
    person="subject",
    sealed=("secret",),
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the staff have a second factor, in words and as numbers."""

    enrolled: int
    staff: int

    @property
    def sentence(self) -> str:
        """Such as `3 of 4 members of the staff have a second factor (75%).`"""
        percent = self.enrolled * 100 // self.staff
        return f"{self.enrolled} of {self.staff} members of the staff have a second factor ({percent}%)."


def share(guard: Guard) -> Share | None:
    """How many of the staff have one; None where the site does not say who its staff are, or has none.

    Raises KeyringError and StoreError.
    """
    staff = guard.staff()
    return Share(guard.twofactor.enrolled(staff), len(staff)) if staff else None


def factor_page(seat: Seat, id: str) -> Page:  # noqa: A002 - the record's own word
    """One factor. Raises DeskError where there is none."""
    guard, found = seat.guard, seat.guard.stores.authenticators.find(id)
    if found is None:
        raise DeskError("there is no such second factor", hint="its owner removed it, or somebody took it away")
    today = guard.clock.now().date()
    cells = [(column.title, column.cell(found, today)) for column in (*FACTORS.columns, *FACTORS.more)]
    facts = tuple((title, Cell(cell.whole or cell.text, cell.tone)) for title, cell in cells if cell.text)
    return Page(title="Second factor", parts=(Part(title="The factor", facts=facts),), people=(found.subject,))


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
