"""What was erased and what was not, signed: a report that anybody can verify without asking us."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import rfc8785

from consentguard.errors import ConsentGuardError
from consentguard.manifest.schema import Manifest
from consentguard.periods import parse_period
from consentguard.ports import Clock, ReportSigner, Stores
from consentguard.records import Errand, RightsRequest, Run
from consentguard.tombstones.entries import Book

KIND = "consentguard erasure report 1"
RECEIPT = "consentguard request receipt 1"
KINDS = (KIND, RECEIPT)
PROVEN = "erasure.done"
TAKEN_DOWN = ("request.received", "request.confirmed", "request.extended", "request.denied", "export.delivered")
"""The acts of every request that a receipt names; what a right did is called by the right."""
Facts = dict[str, Any]
Verify = Callable[[str, bytes, str], bool]
"""Whether the key of a fingerprint signed these bytes."""


class ReportError(ConsentGuardError):
    """There is nothing to report yet, or what is given is no report, or not as it was signed."""


class Remains(Protocol):
    """What is left in a table for a time: `consentguard.plan.execution.Left`."""

    @property
    def label(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def ground(self) -> str: ...
    @property
    def until(self) -> dt.date | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Reports on the erasures of one database. They hold counts, places and reasons, and nothing about the person."""

    manifest: Manifest
    stores: Stores
    book: Book | None
    signer: ReportSigner
    left: Callable[[Run], Sequence[Remains]]
    version: Callable[[], str]
    clock: Clock

    def of(self, request: RightsRequest) -> bytes:
        """The report on a request for erasure, as it stands today.

        It says what was done and what is not: tables where rows stay, and why; places that have not answered, or were
        never asked; until when backups hold copies. Raises ReportError before anything was erased.
        """
        runs = [run for run in self.stores.runs.about(request.id) if run.kind == "erasure"]
        if request.right != "erasure" or not (request.outcome or runs):
            raise ReportError("nothing was erased for this request", hint="carry it out first")
        places, left = [*self._places(request, runs)], [_remaining(each) for run in runs for each in self.left(run)]
        last = max((run.ended_at or run.beat_at for run in runs), default=request.closed_at)
        facts = {
            "kind": KIND,
            "controller": self.manifest.controller.name if self.manifest.controller else "",
            "policy": self.version(),
            "made_at": _written(self.clock.now()),
            "database": self.stores.name,
            "request": {"id": request.id, "received_at": _written(request.received_at), "state": request.state},
            "done": json.loads(request.outcome or "{}"),
            "left": left,
            "runs": [{"id": run.id, "plan": run.digest, "state": run.state} for run in runs],
            "places": places,
            "complete": not left and all(place["state"] == "done" for place in places),
            "backups_hold_copies_until": self._backups_until(last),
            "ledger": self._ledger(request, runs),
            "evidence": self._evidence(request),
        }
        return signed(facts, self.signer)

    def receipt(self, request: RightsRequest) -> bytes:
        """That a request was made and how far it is: its days, what was done in counts, the entries that prove it."""
        acts = (*TAKEN_DOWN, f"{request.right}.partial", f"{request.right}.done")
        facts = {
            "kind": RECEIPT,
            "controller": self.manifest.controller.name if self.manifest.controller else "",
            "policy": self.version(),
            "made_at": _written(self.clock.now()),
            "database": self.stores.name,
            "request": {
                "id": request.id,
                "right": request.right,
                "received_at": _written(request.received_at),
                "due_on": request.due_on.isoformat(),
                "state": request.state,
                "denial": request.denial,
            },
            "done": json.loads(request.outcome or "{}"),
            "evidence": [entry for act in acts for entry in self._entries(request, act)],
        }
        return signed(facts, self.signer)

    def _entries(self, request: RightsRequest, act: str) -> Iterator[Facts]:
        """The entries of an act about a request, each with its keyed hash: who audits the chain finds it there."""
        for entry in self.stores.entries.about(act, [request.contact_ref]):
            if json.loads(entry.details or "{}").get("request") == request.id:
                yield {"id": entry.id, "act": act, "at": _written(entry.at), "mac": entry.mac}

    def _places(self, request: RightsRequest, runs: Iterable[Run]) -> Iterator[Facts]:
        """Every place outside of our tables: those asked, with their answer, and those that nobody asked."""
        asked = [errand for about in (request.id, *(run.id for run in runs)) for errand in self._errands(about)]
        targets = dict.fromkeys((*self.manifest.stores, *(errand.target for errand in asked)))
        for target in targets:
            theirs = [errand for errand in asked if errand.target == target]
            yield _place(target, theirs)

    def _errands(self, about: str) -> Iterator[Errand]:
        return (each for each in self.stores.errands.about(about) if each.kind in ("erase", "file", "session"))

    def _backups_until(self, last: dt.datetime | None) -> str | None:
        """The day on which the last backup goes that was made before the end of the erasure; None where nobody says."""
        backups = self.manifest.backups
        if backups is None or backups.keep == "unstated" or last is None:
            return None
        return parse_period(backups.keep).after(last).date().isoformat()

    def _ledger(self, request: RightsRequest, runs: Sequence[Run]) -> list[str]:
        """The entries by which a restored backup is erased again; none where the site keeps no ledger."""
        if self.book is None or not runs:
            return []
        digests, began = {run.digest for run in runs}, request.received_at
        return [each.id for each in self.book.read() if each.digest in digests and each.epoch >= began]

    def _evidence(self, request: RightsRequest) -> list[str]:
        found = self.stores.entries.about(PROVEN, [request.contact_ref])
        return [entry.id for entry in found if json.loads(entry.details or "{}").get("request") == request.id]


def signed(facts: Mapping[str, Any], signer: ReportSigner) -> bytes:
    """The report as a file: JSON in canonical form (RFC 8785), so that no other bytes say the same."""
    key, signature = signer.sign(rfc8785.dumps(dict(facts)))
    return rfc8785.dumps({"key": key, "report": dict(facts), "signature": signature})


def opened(file: bytes, verify: Verify) -> Facts:
    """What a report says. Raises ReportError where a byte of it is not as it was signed."""
    try:
        parts = msgspec.json.decode(file)
        facts, key, signature = parts["report"], parts["key"], parts["signature"]
        whole = rfc8785.dumps(parts) == file and len(parts) == 3 and facts["kind"] in KINDS
    except (msgspec.DecodeError, rfc8785.CanonicalizationError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise ReportError("this is no report on an erasure", hint="give the file as it was handed out") from error
    if not (whole and isinstance(signature, str) and verify(str(key), rfc8785.dumps(facts), signature)):
        raise ReportError("the report is not as it was signed, or by another key", hint="ask its sender for it again")
    opened_: Facts = facts
    return opened_


def _place(target: str, errands: Sequence[Errand]) -> Facts:
    """What is known of one place. It is done once every errand there is; nobody may have asked."""
    states = {errand.state for errand in errands}
    state = next((each for each in ("failed", "open", "done") if each in states), "not asked")
    done = [errand for errand in errands if errand.done_at]
    last = max(done, key=lambda errand: errand.done_at or errand.made_at, default=None)
    answer = {"by": last.by, "proof": last.proof, "at": _written(last.done_at or last.made_at)} if last else {}
    return {"name": target, "state": state, "errands": len(errands), **answer}


def _remaining(left: Remains) -> Facts:
    until = left.until.isoformat() if left.until else None
    return {"table": left.label, "rows": left.rows, "ground": left.ground, "until": until}


def _written(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
