"""What whoever reviews a copy before it is given out withholds of it, with the reason for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.exports.errors import ExportError
from consentguard.plan.export import Extract, Withheld
from consentguard.records import Selection


class Redaction(msgspec.Struct, frozen=True, omit_defaults=True):
    """Leaves out of a copy some `columns` of a table, or the rows with some primary `keys`; with neither, the table.

    `reason` is written into the copy, so that the person can contest it (Art. 12(4) GDPR).
    """

    table: str
    reason: str
    columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Redactions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that is left out of one copy."""

    withheld: tuple[Redaction, ...] = ()

    def checked(self, data_map: DataMap) -> Redactions:
        """The same. Raises ExportError for a table or column that there is not, and for one without a reason."""
        for each in self.withheld:
            table = data_map.schema.get(each.table)
            if table is None or not set(each.columns) <= table.by_name.keys():
                raise ExportError(
                    f"a redaction names a table or column of {each.table!r} that this site does not have",
                    hint="name them as the outline of the copy does",
                )
            if not each.reason.strip():
                hint = "the person is told why, and can contest it"
                raise ExportError(f"a redaction of {each.table} gives no reason", hint=hint)
            if each.columns and each.keys:
                hint = "write one redaction for the columns and another for the rows"
                raise ExportError(f"a redaction of {each.table} names both columns and rows", hint=hint)
        return self

    def of(self, label: str) -> tuple[Redaction, ...]:
        """Those of one table."""
        return tuple(each for each in self.withheld if each.table == label)

    def applied(self, extract: Extract) -> Extract | None:
        """What is left of an extract; None where nothing is."""
        mine = self.of(extract.label)
        if any(not (each.columns or each.keys) for each in mine):
            return None
        columns = {name for each in mine for name in each.columns}
        keys = tuple(key for each in mine for key in each.keys)
        rows = extract.selection
        if keys:
            rows = replace(rows, besides=(*rows.besides, Selection.of(extract.label, keys)))
        return replace(
            extract,
            selection=rows,
            columns=_without(extract.columns, columns),
            structure=_without(extract.structure, columns),
            withheld=(
                *extract.withheld,
                *(Withheld(name, "reviewed") for name in extract.shown if name in columns),
            ),
        )


NOTHING = Redactions()


def _without(names: Iterable[str], gone: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in gone)
