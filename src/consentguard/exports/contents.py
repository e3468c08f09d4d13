"""What one copy holds, table by table: its parts, what is withheld of them, and how many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from consentguard.datamap.map import DataMap
from consentguard.exports.redactions import NOTHING, Redactions
from consentguard.plan.export import Extract, Withheld, export
from consentguard.plan.steps import Found
from consentguard.ports import Dataset

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One table of a copy: the `extracts` differ in what the person is in their rows, and so in their columns."""

    label: str
    extracts: tuple[Extract, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that one of its rows has: keys first."""
        structure = [name for extract in self.extracts for name in extract.structure]
        return tuple(dict.fromkeys([*structure, *(name for each in self.extracts for name in each.columns)]))

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """What is left out of some of its rows."""
        return tuple(dict.fromkeys(each for extract in self.extracts for each in extract.withheld))

    def rows(self, dataset: Dataset, columns: Iterable[str] | None = None) -> Iterator[Row]:
        """Its rows, read in portions: every column that each has, or those of these."""
        wanted = None if columns is None else frozenset(columns)
        for extract in self.extracts:
            yield from dataset.rows(
                extract.selection, [name for name in extract.shown if wanted is None or name in wanted]
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlinedTable:
    """A table as it would stand in a copy: how many rows about whom, with which columns, and what is left out."""

    label: str
    about: tuple[str, ...]
    rows: int
    columns: tuple[str, ...]
    withheld: tuple[Withheld, ...]


def parts(data_map: DataMap, people: Iterable[Found], redactions: Redactions = NOTHING) -> tuple[Part, ...]:
    """The tables of a copy, in the order of the site's; without what was withheld as a whole."""
    return gathered(export(data_map, people), redactions)


def gathered(extracts: Iterable[Extract], redactions: Redactions = NOTHING) -> tuple[Part, ...]:
    """Extracts, those of one table after the other, as the tables of a copy."""
    seen = filter(None, map(redactions.applied, extracts))
    return tuple(
        Part(label=label, extracts=tuple(some)) for label, some in groupby(seen, key=lambda extract: extract.label)
    )


def outline(
    data_map: DataMap, people: Iterable[Found], dataset: Dataset, redactions: Redactions
) -> Iterator[OutlinedTable]:
    """What a copy would hold, counted."""
    for part in parts(data_map, people, redactions):
        if rows := sum(dataset.count(extract.selection) for extract in part.extracts):
            about = dict.fromkeys(subject for extract in part.extracts for subject in extract.subjects)
            yield OutlinedTable(
                label=part.label, about=tuple(about), rows=rows, columns=part.columns, withheld=part.withheld
            )
