"""What a copy holds beside the site's tables: archived rows, recorded choices, requests, reports, passkeys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.errors import ConsentGuardError
from consentguard.exports import layout
from consentguard.exports.contents import Row
from consentguard.exports.redactions import Redactions
from consentguard.plan.export import extract
from consentguard.plan.steps import Found
from consentguard.ports import Pseudonyms, Sealer, Stores
from consentguard.records import ArchivedRow, EvidenceEntry, MinorReport, Passkey, RightsRequest, Selection, SubjectRef

DECIDED = "consent.decided"
"""The act of every choice that was recorded."""
Lines = tuple[str, Sequence[Row], Sequence[str]]
"""A member of lines: its name, its rows, and what of them could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Reads it for some people; `contact_ref` is the pseudonym of the address that they are known by, if one is, and
    `receipt` the id of the record that they are known by alone. `requests` are theirs.
    """

    data_map: DataMap
    stores: Stores
    pseudonyms: Pseudonyms
    archived: Sealer
    people: tuple[Found, ...]
    redactions: Redactions
    contact_ref: str = ""
    receipt: str = ""
    requests: Sequence[RightsRequest] = ()

    def lines(self) -> Iterator[Lines]:
        """Each list that has something in it."""
        yield from self._archive()
        known = [*self._references(), *filter(None, [self.contact_ref])]
        choices = [
            {"id": entry.id, "at": entry.at, "details": msgspec.Raw(entry.details.encode())}
            for entry in (*self._receipt(), *self.stores.entries.about(DECIDED, known))
        ]
        yield layout.CONSENTS, choices, ()
        yield layout.REQUESTS, list(map(_request, self.requests)), ()
        yield layout.REPORTS, list(map(_report, self.stores.minor_reports.of(known))), ()
        passkeys = (each for reference in self._references() for each in self.stores.passkeys.of(reference))
        yield layout.PASSKEYS, list(map(_passkey, passkeys)), ()

    def _receipt(self) -> Iterator[EvidenceEntry]:
        """The record of consent of somebody who is known by nothing else."""
        entry = self.stores.entries.find(self.receipt) if self.receipt else None
        if entry and entry.act == DECIDED:
            yield entry

    def _archive(self) -> Iterator[Lines]:
        rows: dict[str, list[Row]] = {}
        lost: dict[str, list[str]] = {}
        parts = self._references()
        for row in {row.id: row for reference in parts for row in self.stores.archive.of(reference)}.values():
            kinds = [parts[reference] for reference in row.subjects if reference in parts]
            try:
                seen = self._seen(row, kinds)
            except (ConsentGuardError, msgspec.DecodeError):
                lost.setdefault(row.label, []).append(f"{layout.archived(row.label)}#{row.id}")
            else:
                rows.setdefault(row.label, []).extend([seen] if seen else [])
        for label in dict.fromkeys([*rows, *lost]):
            yield layout.archived(label), rows.get(label, ()), lost.get(label, ())

    def _seen(self, row: ArchivedRow, kinds: Sequence[str]) -> Row | None:
        """What the person may see of an archived row: as of one that is still in its table."""
        table = self.data_map.schema.get(row.label)
        if table is None or row.label not in self.data_map.tags:
            return None  # nobody can say what of it is whose
        if any(row.key in each.keys for each in self.redactions.of(row.label)):
            return None
        seen = self.redactions.applied(extract(self.data_map, table, Selection.of(row.label, (row.key,)), kinds))
        content: dict[str, object] = msgspec.json.decode(self.archived.open(row.content))
        return {name: content[name] for name in seen.shown if name in content} if seen else None

    def _references(self) -> dict[str, str]:
        """The pseudonym of each of these people, with what kind of data subject they are."""
        return {
            self.pseudonyms.of(SubjectRef(found.subject, key)): found.subject
            for found in self.people
            for key in found.keys
        }


def _report(report: MinorReport) -> Row:
    return {
        "id": report.id,
        "state": report.state,
        "received_at": report.received_at,
        "decided_at": report.decided_at,
        "closed_at": report.closed_at,
    }


def _passkey(passkey: Passkey) -> Row:
    """What its owner knows it by; the key itself is of no use to them."""
    return {"name": passkey.name, "created_at": passkey.created_at, "last_used_on": passkey.last_used_on}


def _request(request: RightsRequest) -> Row:
    return {
        "id": request.id,
        "right": request.right,
        "state": request.state,
        "received_at": request.received_at,
        "due_on": request.due_on,
        "closed_at": request.closed_at,
    }
