"""A page that says something and asks for something: paragraphs, facts, forms. All of our interactive pages are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from consentguard.guard import Guard
from consentguard.web.frame import Frame, frame
from consentguard.web.links import Html, Link, language_links
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.words import spoken

NO_PICTURE = Html("")
FieldKind = Literal["text", "email", "code", "number", "date", "textarea", "checkbox", "radio", "select"]
GROUPS = ("checkbox", "radio")
INPUT_MODES = {"code": "numeric", "number": "numeric"}
INPUT_TYPES = {"email": "email", "date": "date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of a field's choices. One that has `parts` is not chosen itself, but by its parts, of which `all_label`
    speaks where a script may tick all of them at once. A `disabled` one cannot be chosen: its hint says why.
    """

    value: str
    label: str
    hint: str = ""
    chosen: bool = False
    parts: tuple[Option, ...] = ()
    all_label: str = ""
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Option):
    """An option as it stands in a field, with an id of its own on the page."""

    id: str

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The parts, each with its id."""
        return _numbered(self.id, self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form. `id` is unique on its page; `error` says what to put right and is tied to the field.

    `radio` and `checkbox` are groups of `options` under a legend; `code` is a short text typed digit by digit.
    """

    id: str
    name: str
    label: str
    kind: FieldKind = "text"
    value: str = ""
    hint: str = ""
    error: str = ""
    required: bool = True
    autocomplete: str = ""
    max_length: int = 254
    options: tuple[Option, ...] = ()

    @property
    def described_by(self) -> str:
        """The ids of the field's hint and error, for `aria-describedby`."""
        return " ".join(f"{self.id}-{part}" for part in ("hint", "error") if getattr(self, part))

    @property
    def grouped(self) -> bool:
        """Whether the field is a group of boxes or buttons under a legend."""
        return self.kind in GROUPS

    @property
    def required_each(self) -> bool:
        """Whether each button of the group says that one of them is needed; of boxes all would be."""
        return self.required and self.kind == "radio"

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The options, each with its id."""
        return _numbered(self.id, self.options)

    @property
    def first_id(self) -> str:
        """Where the summary of errors leads to: what the reader can type in or tick."""
        return f"{self.id}-0" if self.grouped else self.id

    @property
    def input_type(self) -> str:
        """The type of the input. A number is text too: a browser's own number field loses what it cannot read."""
        return INPUT_TYPES.get(self.kind, "text")

    @property
    def input_mode(self) -> str:
        """Which keyboard a phone offers; empty for the usual one."""
        return INPUT_MODES.get(self.kind, "")

    @property
    def most(self) -> str:
        """`max_length` as text, which no engine writes with a thousands separator."""
        return str(self.max_length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that is sent by POST to `action` (a path). Several buttons send the same form with another `answer`.

    `title` is a heading of its own, where a page has more than one thing to ask, and `text` a paragraph below it.
    `data` is what a script of ours is told of the form, by the names of attributes without their `data-`.
    """

    action: str
    buttons: tuple[Option, ...]
    title: str = ""
    text: str = ""
    fields: tuple[Field, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def hidden_fields(self) -> tuple[tuple[str, str], ...]:
        """Names and values, for a template's loop."""
        return tuple(self.hidden.items())

    @property
    def data_attributes(self) -> tuple[tuple[str, str], ...]:
        """Names and values, for a template's loop."""
        return tuple(self.data.items())

    @property
    def errors(self) -> tuple[Field, ...]:
        """The fields with something to put right, for the summary above the form."""
        return tuple(each for each in self.fields if each.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of a short table: what it is, and its value in words."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table: `name` heads it, and each of `cells` comes with the title of its column."""

    name: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table of words. Made by `grid`; `id` is unique on its page."""

    id: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Frame):
    """`lead` are paragraphs; `notice` says what has just happened (`done`) or went wrong (`problem`); `codes` are to
    be written down; `picture` is SVG with the text `picture_label`; `onward` are links to go on, under `onward_title`
    where they need a heading. `script` is the address of a script of ours that its forms need.
    """

    lead: tuple[str, ...] = ()
    notice: str = ""
    notice_kind: Literal["done", "problem"] = "done"
    facts: tuple[Fact, ...] = ()
    picture: Html = NO_PICTURE
    picture_label: str = ""
    codes: tuple[str, ...] = ()
    codes_label: str = ""
    grids: tuple[Grid, ...] = ()
    forms: tuple[Form, ...] = ()
    onward_title: str = ""
    onward: tuple[Link, ...] = ()
    script: str = ""
    error_title: str

    @property
    def errors(self) -> tuple[Field, ...]:
        """The fields of all forms with something to put right, for the summary at the top."""
        return tuple(field for form in self.forms for field in form.errors)

    @property
    def notice_role(self) -> str:
        """How a screen reader tells the notice: a problem at once, good news in its time."""
        return "alert" if self.notice_kind == "problem" else "status"


def grid(id: str, caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Grid:  # noqa: A002
    """A table whose rows have a cell for each title; the first of each heads its row."""
    written = (Row(name=first, cells=tuple(zip(header[1:], cells, strict=True))) for first, *cells in rows)
    return Grid(id=id, caption=caption, header=tuple(header), rows=tuple(written))


def _numbered(field: str, options: Sequence[Option]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            id=f"{field}-{number}",
            value=option.value,
            label=option.label,
            hint=option.hint,
            chosen=option.chosen,
            parts=option.parts,
            all_label=option.all_label,
            disabled=option.disabled,
        )
        for number, option in enumerate(options)
    )


def show(
    guard: Guard,
    inbound: Inbound,
    name: str,
    language: str,
    title: str,
    *,
    status: int = 200,
    cookies: Sequence[Cookie] = (),
    template: str = "",
    params: Mapping[str, str] | None = None,
    **content: Any,
) -> Outbound:
    """The answer that shows a sheet by the template of its route's name, or by another: private, and in `language`.

    `params` are the parts of that route's path, where another one was asked for; `content` are the fields of a Sheet
    beside those of its frame.
    """
    path = inbound.params if params is None else params
    languages = language_links(guard.site, name, inbound.url_for, language, **path)
    around = frame(guard.site, language, inbound.url_for, title, languages=languages, current=name)
    page = Sheet(**around, error_title=spoken(language).say("Please correct this"), **content)
    return Outbound(
        status=status,
        template=f"consentguard/{template or name}.html",
        page=page,
        language=language,
        headers={"Content-Language": language},
        cookies=cookies,
        vary=() if "language" in inbound.params else ("Accept-Language",),
        private=True,
    )
