"""What stands in Flask-Admin for a sealed value: the mask, or the value for whoever was let to see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup
from sqlalchemy.orm import Mapper

from consentguard.errors import ConsentGuardError
from consentguard.masking import MASK, last_of
from consentguard.screens.unmasking import Labels, labels
from consentguard.words import SOURCE_LANGUAGE
from consentguard_flask.sqlalchemy.encrypted import Encrypted

Kind = Encrypted[Any]
Place = tuple[type, tuple[Any, ...], str]
"""The class, primary key and attribute of one value."""
WORDS: Labels = labels(SOURCE_LANGUAGE)
"""In English, as our other screens are."""


def sealed_attributes(model: type) -> dict[str, Kind]:
    """The attributes of a class whose columns are encrypted."""
    mapper: Mapper[Any] = sa.inspect(model)
    found = {each.key: each.columns[0].type for each in mapper.column_attrs}
    return {name: kind for name, kind in found.items() if isinstance(kind, Encrypted)}


def sealed_at(model: type, name: object) -> Kind | None:
    """The encrypted type that a name of a view leads to, over relations too (`customer.phone`); None for others."""
    *steps, last = str(getattr(name, "key", name)).split(".")
    for step in steps:
        mapper: Mapper[Any] = sa.inspect(model)
        if step not in mapper.relationships:
            return None
        model = mapper.relationships[step].mapper.class_
    return sealed_attributes(model).get(last)


def is_stored(row: object) -> bool:
    """Whether a row is in the database, so that its values are there to be masked."""
    state = sa.inspect(row, raiseerr=False)
    return state is not None and bool(state.has_identity)


def holds_null(row: object, name: str) -> bool:
    """Whether a value is known to be NULL, without opening or loading it."""
    held = sa.inspect(row).dict
    return name in held and held[name] is None


def place_of(row: object, name: str) -> Place:
    """Where a value stands."""
    return type(row), tuple(sa.inspect(row).identity or ()), name


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What one request may see: `shown` values whole, of `last` attributes so many characters, of others the mask.

    `link` gives the address where a value can be asked for; empty where it cannot.
    """

    link: Callable[[object, str], str]
    shown: frozenset[Place] = frozenset()
    last: Mapping[str, int] = field(default_factory=dict)

    def hides(self, row: object, name: str) -> bool:
        """Whether something stands in place of a value: not for NULL, nor for one that may be seen."""
        return not holds_null(row, name) and place_of(row, name) not in self.shown

    def text(self, row: object, name: str) -> str:
        """The mask. Only a value whose last characters are shown is opened for it."""
        number = self.last.get(name, 0)
        try:
            return last_of(getattr(row, name), number) if number else MASK
        except ConsentGuardError:
            return MASK

    def mask(self, row: object, name: str, label: str, *, linked: bool = True) -> Markup:
        """The mask on a page, with the link to where the value can be asked for."""
        text, link = self.text(row, name), self.link(row, name) if linked else ""
        spoken = text.replace(MASK[0], "") or WORDS.hidden
        mask = Markup('<span class="consentguard-mask" role="img" aria-label="{}">{}</span>').format(spoken, text)
        if not link:
            return mask
        named = f"{WORDS.unmask} {label}"
        return Markup('{} <a href="{}" class="btn btn-sm btn-secondary" aria-label="{}">{}</a>').format(
            mask, link, named, WORDS.unmask
        )


def owner_of(row: object, path: str) -> object | None:
    """The row that holds what a name leads to; None where there is none."""
    return reduce(lambda row, step: getattr(row, step, None), path.split(".")[:-1], row)
