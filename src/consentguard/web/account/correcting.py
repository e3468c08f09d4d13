"""The form by which somebody corrects what tags call rectifiable: a field of the right kind for each column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from consentguard.datamap.schema import Column
from consentguard.exports.contents import parts
from consentguard.guard import Guard
from consentguard.plan.steps import Found
from consentguard.rights import Details, RightsError
from consentguard.rights.correcting import checked
from consentguard.web.account.held import in_words
from consentguard.web.messages import Inbound
from consentguard.web.rights.details import Filled
from consentguard.web.sheet import Field, FieldKind, Option
from consentguard.words import Words

LONGEST = 1000
"""Characters of a text that the form takes, where the column has no limit."""
LONG = 300
"""From how many characters on a text has several lines."""
KINDS: Mapping[str, FieldKind] = {"email": "email", "date": "date", "boolean": "select", "integer": "number"}
UNSUITED = ("binary", "file", "json")
"""Types of columns that no field of a form holds."""


class Place(NamedTuple):
    """A column that can be corrected, and what stands there now."""

    name: str
    column: Column
    value: str


@dataclass(frozen=True, slots=True)
class Correcting:
    """The form for these people. What stands there now is shown only to who has signed in lately (`shown`)."""

    guard: Guard
    inbound: Inbound
    words: Words
    people: Sequence[Found]
    shown: bool

    def fields(self, errors: Mapping[str, str]) -> tuple[Field, ...]:
        """A field for each column."""
        return tuple(self._field(place, errors.get(place.name, "")) for place in self._places())

    def filled(self) -> Filled:
        """What differs from what stands there; nothing where an empty field hides it."""
        given: dict[str, str] = {}
        errors: dict[str, str] = {}
        for place in self._places():
            text = self._typed(place)
            if text == place.value or (not text and not self.shown):
                continue
            given[place.name] = text
            try:
                checked(self.guard.site.data_map, {place.name: text})
            except RightsError:
                errors[place.name] = self.words.say("This cannot stand here.")
            if (not text and place.column.required) or len(text) > _longest(place.column):
                errors[place.name] = self.words.say("This cannot stand here.")
        if not given:
            first = next((place.name for place in self._places()), "")
            errors[first] = self.words.say("Write what is to be corrected.")
        return Filled(Details(corrections=given), errors)

    def _places(self) -> Iterator[Place]:
        """The rectifiable columns of tables in which one row is the person's: of several nobody could say which."""
        data_map, dataset = self.guard.site.data_map, self.guard.stores.dataset
        for part in parts(data_map, self.people):
            wanted = [
                column
                for name in data_map.tags[part.label].rectifiable
                if (column := data_map.schema[part.label].by_name[name]).type not in UNSUITED
            ]
            if not wanted or sum(dataset.count(extract.selection) for extract in part.extracts) != 1:
                continue
            [row] = part.rows(dataset, [column.name for column in wanted])
            for column in wanted:
                if column.name in row:
                    yield Place(f"{part.label}.{column.name}", column, _text(row[column.name]))

    def _typed(self, place: Place) -> str:
        """What the field was given, with the ends of lines as rows have them; as it is where it was not sent."""
        if place.name not in self.inbound.form:
            return place.value if self.shown else ""
        return self.inbound.value(place.name).replace("\r\n", "\n")

    def _field(self, place: Place, error: str) -> Field:
        kind = KINDS.get(place.column.type, "text")
        longest = _longest(place.column)
        if kind == "text" and longest > LONG:
            kind = "textarea"
        known = place.value if self.shown else ""
        value = self.inbound.value(place.name)[:longest] if place.name in self.inbound.form else known
        return Field(
            id=place.name,
            name=place.name,
            kind=kind,
            label=in_words(place.name),
            value=value,
            error=error,
            required=False,
            max_length=longest,
            options=self._truths(value) if kind == "select" else (),
        )

    def _truths(self, value: str) -> tuple[Option, ...]:
        say = self.words.say
        labels = {"": "", "true": say("Yes"), "false": say("No")}
        return tuple(Option(value=each, label=label, chosen=each == value) for each, label in labels.items())


def _longest(column: Column) -> int:
    return column.length or LONGEST


def _text(value: object) -> str:
    """A value as a field of a form holds it, and `rights.correcting` reads it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return str(value)
