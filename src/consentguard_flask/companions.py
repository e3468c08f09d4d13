"""Ready-made tags for the tables of Flask's companion packages, in force where the host has tagged none itself.

Their categories follow `consentguard.datamap.conventions`; their subjects are those of the table that a foreign key of
theirs leads to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files

from consentguard.datamap.conventions import proposed
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Path, Tag
from consentguard_flask.sqlalchemy.introspect import Models


def tags(models: Models, own: Mapping[str, Tag]) -> dict[str, Tag]:
    """The proposed tag of each companion's table that `models` has, by label; the host's `own` tags go before them."""
    rows = tomllib.loads((files("consentguard_flask") / "companions.toml").read_text("utf-8"))
    classes = models.classes()
    found = {}
    for table in models.tables():
        row = next((rows[name] for name in _names(classes.get(table.label)) if name in rows), None)
        if row is not None:
            found[table.label] = proposed(row, _subjects(table, own))
    return found


def _names(model: type | None) -> Iterator[str]:
    """The full names of a class and its bases."""
    yield from (f"{base.__module__}.{base.__qualname__}" for base in (model.__mro__ if model else ()))


def _subjects(table: Table, own: Mapping[str, Tag]) -> dict[str, Path]:
    """Each subject that a foreign key of the table leads to."""
    return {
        subject: way.name
        for way in table.relations
        if way.kind == "foreign_key" and way.targets[0] in own
        for subject, path in own[way.targets[0]].subjects.items()
        if path == SELF
    }
