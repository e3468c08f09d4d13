"""Whom a report is about: who is known by what was said, or has a birth date that says that they are a minor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import SELF, Tag
from consentguard.plan.people import of_subject
from consentguard.plan.ways import holding
from consentguard.ports import Dataset
from consentguard.records import Selection, SubjectRef, Test

PORTION = 500
NOON = dt.time(9, 59, tzinfo=dt.UTC)
"""A moment at which a day is the same one nearly everywhere: a database reads the date in the site's own zone. Where
that is another day it is the one before, and somebody counts as a minor for a day too long."""
FIRST_MIDNIGHT = dt.time(10, tzinfo=dt.UTC)
"""The moment of a day at which the next one begins where it does first: a moment of birth is midnight of some zone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Looks people up, in whatever part they play: somebody who only wrote to a client of ours is found too."""

    data_map: DataMap
    dataset: Dataset

    def known_by(self, value: str) -> tuple[SubjectRef, ...]:
        """Everybody who has this address, or is known by it as their tags say, and whom that leads to."""
        found: dict[SubjectRef, None] = {}
        for kind, label, column in self._places():
            for key in self.dataset.match(label, column, value):
                found |= dict.fromkeys(self.everybody(SubjectRef(kind, key)))
        return tuple(found)

    def everybody(self, subject: SubjectRef) -> Iterator[SubjectRef]:
        """Everybody whom a data subject is; nobody where there is no such data subject."""
        for found in of_subject(self.data_map, self.dataset, subject):
            yield from (SubjectRef(found.subject, key) for key in found.keys)

    def younger(self, years: int, today: dt.date) -> Iterator[SubjectRef]:
        """Those whose birth date says that they have not reached so many years, table by table. Raises StoreError.

        Who was born on 29 February reaches them on 1 March where a year has no such day.
        """
        last = _last_birthday(years, today)
        for table in self.data_map.tables:
            tag = self.data_map.tags[table.label]
            if tag.birth_date:
                is_date = table.by_name[tag.birth_date].type == "date"
                next_day = dt.datetime.combine(last + dt.timedelta(days=1), NOON)
                since = next_day if is_date else dt.datetime.combine(last, FIRST_MIDNIGHT)
                tests = (Test(tag.birth_date, "since", since), Test(tag.birth_date, "filled"))
                yield from self._people(tag, Selection(label=table.label, where=tests))

    def _people(self, tag: Tag, rows: Selection) -> Iterator[SubjectRef]:
        """Whose birth dates these are: the rows' own, else those of the people to whom they lead."""
        own = [kind for kind, path in tag.subjects.items() if path == SELF]
        if own:
            yield from (SubjectRef(kind, key) for key in self._keys(rows) for kind in own)
            return
        ways = self.data_map.schema[rows.label].ways
        paths = {kind: str(path) for kind, path in tag.subjects.items()}
        led = {kind: holding(ways[path])[0] for kind, path in paths.items() if path in ways}
        for row in list(self.dataset.rows(rows, list(led.values()))):  # at once: what is found is reported between
            yield from (SubjectRef(kind, str(row[name])) for kind, name in led.items() if row[name] is not None)

    def _keys(self, rows: Selection) -> Iterator[str]:
        after = ""
        while keys := self.dataset.keys(rows, after, PORTION):
            yield from keys
            after = keys[-1]

    def _places(self) -> Iterator[tuple[str, str, str]]:
        """The columns by which people are known: the address, and what tags call identity."""
        for kind, (label, column) in self.data_map.addresses.items():
            yield kind, label, column
        for kind, labels in self.data_map.roots.items():
            for label in sorted(labels):
                yield from ((kind, label, name) for name in self.data_map.tags[label].identity)


def _last_birthday(years: int, today: dt.date) -> dt.date:
    """The last day on which somebody can have been born who is so many years old today."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return dt.date(today.year - years, 2, 28)
