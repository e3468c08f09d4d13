"""What a member of staff sits at: pages of what is known, forms for what they may do, and what comes of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from consentguard.errors import ConsentGuardError
from consentguard.letters import Letter
from consentguard.records import SubjectRef
from consentguard.screens.seeking import viewed
from consentguard.screens.shape import Cell, Screen
from consentguard.screens.telling import Told
from consentguard.screens.unmasking import Option

if TYPE_CHECKING:
    from consentguard.guard import Guard

LINE, PAGE = 200, 4_000
"""How many characters a line and a longer text may have."""
Kind = Literal["text", "long", "choice", "many", "day", "moment", "check", "hidden"]


class DeskError(ConsentGuardError):
    """What was sent with a form is not what it asks for, or who sent it is not known."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits there: `by` is the name that they are signed in with, `may` says whether they may `requests.approve`.

    `who` tells which data subject they are, and `factor_at` when they last gave a second factor in this browser.
    """

    guard: Guard
    by: str
    may: Callable[[str], bool]
    who: Callable[[], SubjectRef | None] = field(default=lambda: None, repr=False)
    factor_at: Callable[[], dt.datetime | None] = field(default=lambda: None, repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent with a form: each field with all its values."""

    fields: Mapping[str, Sequence[str]] = field(repr=False)

    def one(self, name: str, longest: int = LINE) -> str:
        """The value of a field; empty where there is none. Raises DeskError for one that nothing can keep."""
        value = (*self.fields.get(name, ()), "")[0].strip()
        if len(value) > longest or "\0" in value:
            raise DeskError(
                f"what was written is too long, or no text ({name})", hint=f"write up to {longest} characters"
            )
        return value

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(self.fields.get(name, ()))

    def names(self, name: str) -> tuple[str, ...]:
        """What a field holds, parted by commas. Raises DeskError."""
        parts = (part.strip() for part in self.one(name, PAGE).split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def day(self, name: str) -> dt.date:
        """The day that a field holds. Raises DeskError."""
        try:
            return dt.date.fromisoformat(self.one(name))
        except ValueError:
            raise DeskError("no day was given, or it is none", hint="it looks like 2027-01-31") from None

    def moment(self, name: str) -> dt.datetime | None:
        """The moment that a field holds, in UTC; None of an empty one. Raises DeskError."""
        if not (text := self.one(name)):
            return None
        try:
            return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
        except ValueError:
            raise DeskError("what was given is no moment", hint="it looks like 2027-01-31T14:05") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form. `options` are those of a choice, or of several (`many`)."""

    name: str
    label: str = ""
    kind: Kind = "text"
    value: str = field(default="", repr=False)
    options: tuple[Option, ...] = ()
    help: str = ""
    required: bool = False
    longest: int = LINE

    def filled(self, sent: Sent) -> Field:
        """The field with what was sent in it."""
        values = sent.all(self.name)
        options = tuple(replace(each, chosen=each.value in values) for each in self.options)
        return replace(self, value=(*values, "")[0], options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Something that may be done. `act` stands in its address; what is `grave` cannot be taken back.

    It is folded unless `opened`, or without a title, where it is a button alone. `key` tells it from others of its act.
    """

    act: str
    button: str
    title: str = ""
    lead: str = ""
    fields: tuple[Field, ...] = ()
    grave: bool = False
    opened: bool = False
    key: str = ""

    @property
    def id(self) -> str:
        """What the ids of its fields begin with."""
        return f"{self.act}-{self.key}" if self.key else self.act

    def filled(self, sent: Sent) -> Form:
        """The form with what was sent in it, for whoever has to send it again."""
        return replace(self, fields=tuple(each.filled(sent) for each in self.fields), opened=True)

    def is_of(self, act: str, sent: Sent) -> bool:
        """Whether it is the one that was sent."""
        hidden = (each for each in self.fields if each.kind == "hidden")
        return self.act == act and all(sent.all(each.name) == (each.value,) for each in hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a page: facts by their names, sentences, a table, a picture, a letter; then what may be done."""

    title: str
    lines: tuple[Cell, ...] = ()
    facts: tuple[tuple[str, Cell], ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    chart: str = ""
    letter: Letter | None = None
    forms: tuple[Form, ...] = ()
    folded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the desk. `people` are the pseudonyms of whom it is about: opening it is taken down for each."""

    title: str
    lead: str = ""
    parts: tuple[Part, ...]
    people: tuple[str, ...] = ()
    error: str = ""

    def again(self, act: str, sent: Sent) -> Page:
        """The page with the form that was sent as it was filled in."""
        parts = (
            replace(part, forms=tuple(each.filled(sent) if each.is_of(act, sent) else each for each in part.forms))
            for part in self.parts
        )
        return replace(self, parts=tuple(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that can be done: `may` is the permission for it. `do` is given the id of the page, or nothing.

    What it gives back is what came of it, or a part to be looked at first.
    """

    name: str
    may: str
    do: Callable[[Seat, str, Sent], Told | Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The pages of a screen's records, and its acts. `entry` is the page on which a new one is begun."""

    screen: Screen
    page: Callable[[Seat, str], Page]
    acts: tuple[Act, ...] = ()
    entry: Callable[[Seat], Page] | None = None
    begin: Act | None = None
    begin_label: str = ""

    def act(self, name: str) -> Act | None:
        """The act of a name, if there is one."""
        known = (*self.acts, *([self.begin] if self.begin else ()))
        return next((act for act in known if act.name == name), None)


def opened(desk: Desk, seat: Seat, id: str = "") -> Page:  # noqa: A002 - the record's own word
    """The page of a record, or that on which one is begun. Joined: that somebody looked is taken down.

    Raises ConsentGuardError.
    """
    page = desk.page(seat, id) if id or desk.entry is None else desk.entry(seat)
    viewed(seat.guard, desk.screen, filter(None, page.people))
    return page


def done(desk: Desk, seat: Seat, id: str, act: Act, sent: Sent) -> Told | Page:  # noqa: A002 - the record's own word
    """Durable. What came of a form that was sent: to be told elsewhere, or the page again, with what was wrong.

    Raises ConsentGuardError where not even the page can be shown.
    """
    try:
        if not seat.by:
            hint = "the site tells the admin who is signed in: see the documentation of the admin"
            raise DeskError("nobody knows who sent this", hint=hint)
        came = act.do(seat, id, sent)
    except ConsentGuardError as error:
        return replace(opened(desk, seat, id).again(act.name, sent), error=str(error))
    if isinstance(came, Told):
        return came
    page = opened(desk, seat, id)
    return replace(page, parts=(came, *page.parts))


def options(values: Iterable[tuple[str, str]], chosen: str = "") -> tuple[Option, ...]:
    """Choices by their values and labels."""
    return tuple(Option(value, label, value == chosen) for value, label in values)


def hidden(name: str, value: str) -> Field:
    """A field that goes along."""
    return Field(name=name, kind="hidden", value=value)
