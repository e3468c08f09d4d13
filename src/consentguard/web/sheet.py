"""A page that says something and asks for something: paragraphs, facts, forms. All of our interactive pages are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from consentguard.guard import Guard
from consentguard.web.frame import Frame, frame
from consentguard.web.links import Html, Link, language_links
from consentguard.web.messages import Cookie, Inbound, Outbound

NO_PICTURE = Html("")
FieldKind = Literal["text", "email", "code", "number", "checkbox", "radio", "select"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of a field's choices."""

    value: str
    label: str
    hint: str = ""
    chosen: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that is sent by POST to `action` (a path). Several buttons send the same form with another value."""

    action: str
    buttons: tuple[Option, ...]
    button_name: str = "answer"
    fields: tuple[Field, ...] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def hidden_fields(self) -> tuple[tuple[str, str], ...]:
        """Names and values, for a template's loop."""
        return tuple(self.hidden.items())

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
class Sheet(Frame):
    """`lead` are paragraphs; `notice` says what has just happened (`done`) or went wrong (`problem`); `codes` are to
    be written down; `picture` is SVG with the text `picture_label`; `onward` are links to go on.
    """

    lead: tuple[str, ...] = ()
    notice: str = ""
    notice_kind: Literal["done", "problem"] = "done"
    facts: tuple[Fact, ...] = ()
    picture: Html = NO_PICTURE
    picture_label: str = ""
    codes: tuple[str, ...] = ()
    codes_label: str = ""
    forms: tuple[Form, ...] = ()
    onward: tuple[Link, ...] = ()
    error_title: str = ""


def show(
    guard: Guard,
    inbound: Inbound,
    name: str,
    language: str,
    title: str,
    *,
    status: int = 200,
    cookies: Sequence[Cookie] = (),
    **content: Any,
) -> Outbound:
    """The answer that shows a sheet by the template of its route's name: private, and in `language`.

    `content` are the fields of a Sheet beside those of its frame.
    """
    languages = language_links(guard.site, name, inbound.url_for, language, **inbound.params)
    page = Sheet(**frame(guard.site, language, inbound.url_for, title, languages=languages), **content)
    return Outbound(
        status=status,
        template=f"consentguard/{name}.html",
        page=page,
        language=language,
        headers={"Content-Language": language},
        cookies=cookies,
        vary=() if "language" in inbound.params else ("Accept-Language",),
        private=True,
    )
