"""What people decide about a report: whom it is about, that they are a minor, that they are none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from consentguard.minors.errors import MinorError
from consentguard.minors.statements import Statement, written
from consentguard.records import UNDECIDED, MinorReport, SubjectRef

if TYPE_CHECKING:
    from consentguard.minors import Minors


class Deciding:
    """Decisions; each is one transaction with its evidence, which names nobody. Of several at once one holds."""

    def __init__(self, minors: Minors) -> None:
        self._minors = minors

    def identify(self, report: MinorReport, subject: SubjectRef, by: str) -> MinorReport:
        """Joined. See `Minors.identify`."""
        _name(by)
        self._undecided(report)
        everybody = self._minors.finding.everybody(subject)
        with self._minors.stores.transactions.atomic():
            # whoever confirmed it before confirmed it of others
            known = self._moved(report, state="quarantined", confirmed_by="[]")
            people = [self._minors.restrictions.quarantine(each, request=report.id) for each in everybody]
            if not people:
                raise MinorError(f'there is no "{subject.kind}" with this key', hint="give them as kind:key: user:12")
            self._minors.witness.record("minor.quarantined", report.subject, report=report.id, people=len(people))
        return known

    def confirm(self, report: MinorReport, by: str, reason: str) -> MinorReport:
        """Joined. See `Minors.confirm`."""
        name, why, minors = _name(by), _reason(reason), self._minors
        if report.state != "quarantined":
            hint = "say whom it is about first" if report.state == "received" else "it was decided before"
            raise MinorError(f"the report is {report.state}", hint=hint)
        statement = minors.statement(report)
        if minors.erasures.needed and _same(statement.entered_by) == _same(name):
            raise MinorError("whoever reported somebody does not confirm it", hint="somebody else looks at the report")
        known = msgspec.json.decode(report.confirmed_by, type=list[str])
        names = [*{_same(each): each for each in (*known, name)}.values()]
        facts: dict[str, Any] = {"confirmed_by": msgspec.json.encode(names).decode()}
        if len(names) < minors.erasures.needed:
            if len(names) == len(known):
                raise MinorError("you have confirmed it already", hint="somebody else looks at the report")
            with minors.stores.transactions.atomic():
                seconded = self._moved(report, **facts)
                minors.witness.record("minor.seconded", report.subject, report=report.id, people=len(names))
            return seconded
        sealed = minors.sealer.seal(written(msgspec.structs.replace(statement, reason=why)))
        return self._confirmed(report, names, facts | {"details": sealed})

    def reject(self, report: MinorReport, by: str, reason: str) -> MinorReport:
        """Joined. See `Minors.reject`."""
        _name(by)
        self._undecided(report)
        now, why = self._minors.clock.now(), Statement(reason=_reason(reason))
        with self._minors.stores.transactions.atomic():
            sealed = self._minors.sealer.seal(written(why))
            rejected = self._moved(report, state="rejected", details=sealed, decided_at=now, closed_at=now)
            lifted = self._minors.restrictions.release(report.id)
            self._minors.witness.record("minor.rejected", report.subject, report=report.id, people=lifted)
        return rejected

    def _confirmed(self, report: MinorReport, names: Sequence[str], facts: dict[str, Any]) -> MinorReport:
        """The report confirmed, its people restricted until they are gone, their erasure open: all of it or nothing.

        Of whom nobody is left, nothing is to be erased.
        """
        minors, now = self._minors, self._minors.clock.now()
        with minors.stores.transactions.atomic():
            confirmed = self._moved(report, state="confirmed", decided_at=now, **facts)
            people = minors.people(report)
            minors.restrictions.release(report.id)
            if people:
                erasure = minors.erasures.open(
                    people, received_at=report.received_at, due_on=report.due_at.date(), by=names
                )
                for each in people:
                    minors.restrictions.restrict(each, request=erasure.id)
                confirmed = self._moved(confirmed, request=erasure.id)
            stated: dict[str, Any] = {"people": len(people), "request": confirmed.request}
            minors.witness.record("minor.confirmed", report.subject, report=report.id, **stated)
        return confirmed

    def _moved(self, report: MinorReport, **facts: Any) -> MinorReport:
        moved = replace(report, **facts)
        if not self._minors.stores.minor_reports.move(moved, report):
            raise MinorError("somebody else has decided about the report meanwhile", hint="look at it again")
        return moved

    def _undecided(self, report: MinorReport) -> None:
        if report.state not in UNDECIDED:
            raise MinorError(f"the report is {report.state}", hint="it was decided before")


def _same(name: str) -> str:
    """What is the same for everybody's way to write a name."""
    return " ".join(name.split()).casefold()


def _name(by: str) -> str:
    if not by.strip():
        raise MinorError("nobody is named who decides this", hint="give the name of a member of staff")
    return by.strip()


def _reason(reason: str) -> str:
    if not reason.strip():
        raise MinorError("nothing is said of why it is decided so", hint="say what you have seen, and no names")
    return reason.strip()
