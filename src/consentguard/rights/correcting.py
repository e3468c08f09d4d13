"""Rectification (Art. 16 GDPR): typed values for columns that may be corrected, and for those that repeat them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import NamedTuple

from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Column
from consentguard.plan.erasure import leads, selected
from consentguard.records import ErrandKind, RightsRequest, Selection
from consentguard.rights.addresses import is_address
from consentguard.rights.errors import RightsError
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.people import About, number


class Correction(NamedTuple):
    """A new value for one column of some rows."""

    selection: Selection
    column: str
    value: object

    @property
    def name(self) -> str:
        """The column, such as `shop.Customer.name`."""
        return f"{self.selection.label}.{self.column}"


@dataclass(frozen=True)
class Rectification:
    """One request to correct data."""

    means: Means
    request: RightsRequest
    errand: ErrandKind | None = "rectify"

    @cached_property
    def _about(self) -> About:
        return About(self.means, self.request)

    def lines(self) -> Iterator[str]:
        """What would be done. Raises RightsError for what cannot be corrected."""
        for each in self._corrections():
            rows = self.means.stores.dataset.count(each.selection)
            yield f"correct {each.column} of {rows} row{'' if rows == 1 else 's'} of {each.selection.label}"

    def do(self) -> Outcome:
        """Joined. Correct it, and keep keyed hashes of before and after. Raises RightsError, StoreError."""
        rows: dict[str, int] = {}
        for each in self._corrections():
            before = self._hash(each)
            touched = self.means.stores.dataset.change(each.selection, {each.column: each.value})
            rows[each.name] = rows.get(each.name, 0) + touched
            self._witness(each, rows=touched, before=before, after=self._hash(each))
        corrected = {name: count for name, count in rows.items() if count}
        return Outcome(people=number(self._about.people), corrected=corrected)

    def categories(self) -> frozenset[str]:
        """The categories of the columns that are corrected."""
        names = {each.name for each in self._corrections()}
        entries = self.means.data_map.entries
        return frozenset(each.category for each in entries if f"{each.table}.{each.column}" in names and each.category)

    def _corrections(self) -> Iterator[Correction]:
        corrections = self.means.details(self.request).corrections
        if not corrections:
            raise RightsError("nothing says what is to be corrected", hint="ask, and enter it: `specify` takes it")
        checked(self.means.data_map, corrections)
        for name, text in corrections.items():
            label, _, column = name.rpartition(".")
            value = typed(self.means.data_map.schema[label].by_name[column], name, text)
            yield from self._of(label, column, value)
            for other, tag in self.means.data_map.tags.items():
                for copy in (copy for copy, source in tag.copies.items() if source == name):
                    yield from self._of(other, copy, value)

    def _of(self, label: str, column: str, value: object) -> Iterator[Correction]:
        """The rows of a table that are about the people of the request."""
        data_map = self.means.data_map
        table = data_map.schema[label]
        for found in self._about.people:
            if leads(data_map, table, found):
                yield Correction(selected(data_map, table, found), column, value)

    def _witness(self, each: Correction, **facts: str | int) -> None:
        subject, request = self.request.contact_ref, self.request.id
        self.means.witness.record("rectification.column", subject, request=request, column=each.name, **facts)

    def _hash(self, each: Correction) -> str:
        """A keyed hash over what stands in a column now, with the key's number: no value can be guessed from it."""
        found = self.means.stores.dataset.rows(each.selection, [each.column])
        values = sorted(str(row[each.column]) for row in found)
        key, mac = self.means.macs.mac(json.dumps([each.name, values]).encode())
        return f"{key}:{mac}"


def checked(data_map: DataMap, corrections: dict[str, str]) -> None:
    """Raise RightsError unless each of these columns may be corrected, and can hold what is said; it never shows it."""
    for name, text in corrections.items():
        label, _, column = name.rpartition(".")
        tag = data_map.tags.get(label)
        if tag is None or column not in tag.rectifiable:
            hint = "a tag says which columns may be: rectifiable"
            raise RightsError(f"{name[:80]!r} is no column that can be corrected on request", hint=hint)
        typed(data_map.schema[label].by_name[column], name, text)


def typed(column: Column, name: str, text: str) -> object:
    """The value that a text means in a column. Raises RightsError where it means none."""
    try:
        return _value(column, text)
    except (ValueError, InvalidOperation):
        hint = "dates are written 2026-11-28, truth values true or false"
        raise RightsError(f"what was given for {name} is no value of type {column.type}", hint=hint) from None


def _value(column: Column, text: str) -> object:
    if not text and not column.required:
        return None
    match column.type:
        case "integer":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "boolean":
            return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse()
        case "date":
            return dt.date.fromisoformat(text)
        case "datetime":
            moment = dt.datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        case "json":
            return json.loads(text)
        case "email":
            return text if is_address(text) else _refuse()
        case "binary" | "file":
            return _refuse()
        case _:
            return text


def _refuse() -> object:
    raise ValueError
