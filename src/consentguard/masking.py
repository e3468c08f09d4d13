"""Masking: what stands for a sealed value in a site's admin, and the evidence of whoever looks behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import SELF
from consentguard.errors import ConsentGuardError
from consentguard.ports import Pseudonyms, Stores, Witness
from consentguard.records import EVERYONE, SubjectRef
from consentguard.words import N_

UNMASKED = "value.unmasked"
"""The act that is taken down before somebody of the staff sees a sealed value."""
UNMASK = "unmask"
"""What it is called to do so, where a site says who may."""
MASK = "••••••••"
"""What stands for a value: always the same, since a length or a first letter would tell some of it."""
REASONS: Mapping[str, str] = {
    "support": N_("They asked for help"),
    "request": N_("They asked about their data"),
    "correction": N_("A value has to be put right"),
    "incident": N_("Abuse, or a security incident"),
    "legal": N_("The law asks for it"),
    "other": N_("Something else: say where it is written down"),
}
"""Why somebody may look, by the name that the evidence keeps. A text of their own could hold what they saw."""
LONGEST_REFERENCE = 40
_REFERENCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9#/._-]{{0,{LONGEST_REFERENCE - 1}}}", re.ASCII)


class MaskingError(ConsentGuardError):
    """Values are not shown, since what was asked for or why is missing. Its message is one of our translated ones."""


def last_of(value: object, number: int) -> str:
    """The mask with the last characters of a value; without them where they would be more than half of it."""
    text = str(value)
    return f"{MASK[:4]}{text[-number:]}" if 0 < number <= len(text) // 2 else MASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasking:
    """That `staff` asks to see the values of some `columns` of one row of the table `label`, and why.

    `people` are the data subjects whom the row is about; `reference` is where more is written down, such as a ticket.
    """

    label: str
    columns: tuple[str, ...]
    people: tuple[SubjectRef, ...]
    staff: SubjectRef | None
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """Sealed values in the admin of one site."""

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms

    def people(self, label: str, row: object, key_of: Callable[[object], str]) -> tuple[SubjectRef, ...]:
        """The data subjects whom a row is about, as its tag says: itself, or whom its foreign keys lead to.

        The row and those that it leads to have their relations as attributes; `key_of` gives their primary keys.
        """
        tag = self.data_map.tags.get(label)
        paths = tag.subjects.items() if tag else ()
        ends = ((kind, self._end(label, row, path)) for kind, path in paths if isinstance(path, str))
        return tuple(SubjectRef(kind, key_of(end)) for kind, end in ends if end is not None)

    def unmask(self, asked: Unmasking) -> None:
        """Joined. Take down that somebody is about to see values, once for each data subject: then they may be shown.

        Raises MaskingError, with nothing taken down, for a reason that is none, and where nobody knows who asks.
        """
        if asked.staff is None:
            raise MaskingError(N_("Nobody knows who asks."), hint="the setting subject says who is signed in")
        _check(asked)
        facts = {
            "table": asked.label,
            "columns": ", ".join(asked.columns),
            "reason": asked.reason,
            "staff": self.pseudonyms.of(asked.staff),
            **({"reference": asked.reference} if asked.reference else {}),
        }
        with self.stores.transactions.atomic():
            for subject in dict.fromkeys(map(self.pseudonyms.of, asked.people)) or (EVERYONE,):
                self.witness.record(UNMASKED, subject, **facts)

    def _end(self, label: str, row: object, path: str) -> object | None:
        """The row that a path leads to; None where it goes over a step that has no one end."""
        at: object | None = row
        for step in _steps(path):
            way = self.data_map.schema[label].ways.get(step)
            if at is None or way is None or way.kind != "foreign_key":
                return None
            at, label = getattr(at, step), way.targets[0]
        return at


def _steps(path: str) -> Iterator[str]:
    return iter(()) if path == SELF else iter(path.split("."))


def _check(asked: Unmasking) -> None:
    if not asked.columns:
        raise MaskingError(N_("Choose what you want to see."))
    if asked.reason not in REASONS:
        raise MaskingError(N_("Choose why you want to see it."))
    if asked.reference and not _REFERENCE.fullmatch(asked.reference):
        raise MaskingError(N_("A reference has letters, digits and # / . _ - only."))
    if asked.reason == "other" and not asked.reference:
        raise MaskingError(N_("Say where it is written down."))
