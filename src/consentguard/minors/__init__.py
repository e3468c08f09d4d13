"""A minor's data found: reported, set aside at once, decided about by a person, and erased in the policy's time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from consentguard import jobs
from consentguard.datamap.map import DataMap
from consentguard.manifest.schema import Manifest
from consentguard.minors.deciding import Deciding
from consentguard.minors.errors import MinorError
from consentguard.minors.finding import Finding
from consentguard.minors.reminding import Reminding
from consentguard.minors.statements import Statement, read, written
from consentguard.periods import parse_period
from consentguard.ports import Clock, Erasures, Mail, Pseudonyms, Restrictions, Sealer, Stores, Witness
from consentguard.records import UNDECIDED, MinorReport, ReportSource, ReportState, SubjectRef, new_id

__all__ = ["LONGEST", "Checked", "MinorError", "Minors", "Statement"]

ERASE_WITHIN = "P3D"
"""In what time the data goes where the policy names none."""
AT_ONCE = 1_000
"""How many new reports a look at birth dates makes at most: each has to be decided by a person."""
LONGEST = 254
"""Characters of what somebody is known by, at most."""
JOB = "minors"


@dataclass(frozen=True, slots=True)
class Checked:
    """How many reports a look at birth dates made, and whether there are people for more."""

    reports: int
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Minors:
    """The reports of one database that a data subject is a minor: of somebody who has not reached `threshold` years.

    Each holds only a pseudonym of whom it is about, and seals what was said. No age and no date of birth is kept.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    sealer: Sealer
    restrictions: Restrictions
    erasures: Erasures
    threshold: Callable[[], int]
    mail: Mail
    clock: Clock

    @property
    def manifest(self) -> Manifest:
        """The policy."""
        return self.data_map.manifest

    @property
    def finding(self) -> Finding:
        """Whom reports are about."""
        return Finding(self.data_map, self.stores.dataset)

    def report(
        self, statement: Statement, *, source: ReportSource = "guardian", subject: SubjectRef | None = None
    ) -> MinorReport:
        """Joined. Take a report down. Those who are found are in quarantine from now on, in the same transaction.

        Whom it is about is `subject`, or whoever is known by `statement.known_by`. Where nobody is found the report
        waits for somebody who knows: nothing tells whoever made it. Raises MinorError for what names nobody.
        """
        if subject is None and not 0 < len(statement.known_by.strip()) <= LONGEST:
            raise MinorError("nothing is said of whom it is about", hint="give an address or a number that they used")
        known_by = statement.known_by.strip()
        people = tuple(self.finding.everybody(subject)) if subject else self.finding.known_by(known_by)
        if subject and not people:
            raise MinorError(f'there is no "{subject.kind}" with this key', hint="give them as kind:key, say user:12")
        reference = self.pseudonyms.of(subject) if subject else self.pseudonyms.of_address(known_by)
        return self._taken(statement, source, people, reference, new_id(self.clock.now()))

    def check(self) -> Checked:
        """Durable. Report everybody whose tagged birth date says that they have not reached the policy's age.

        Once each: who was reported so before is not again, whatever was decided. Raises MinorError for a policy without
        an age, StoreError for a column that the database cannot compare.
        """
        self.stores.transactions.outside()
        if self.manifest.age is None:
            raise MinorError("the policy says nothing of age", hint="add the section [age] to privacy.toml")
        made = 0
        for subject, id_ in self._unreported(self.threshold()):
            if made == AT_ONCE:
                return Checked(made, is_whole=False)
            if people := tuple(self.finding.everybody(subject)):
                self._taken(Statement(), "check", people, self.pseudonyms.of(subject), id_)
                made += 1
        return Checked(made, is_whole=True)

    def identify(self, id: str, subject: SubjectRef, by: str) -> MinorReport:  # noqa: A002 - the record's own word
        """Joined. Say whom a report is about: they are in quarantine from now on, beside those who were found.

        Raises MinorError where there is no such data subject, or the report was decided before.
        """
        return Deciding(self).identify(self.find(id), subject, by)

    def confirm(self, id: str, by: str, reason: str) -> MinorReport:  # noqa: A002 - the record's own word
        """Joined. Say that a person is a minor: once as many have as the policy wants for an erasure, it is opened.

        It is opened approved by those who confirmed, and carried out as every other; until they are gone nothing of
        theirs is used. Raises MinorError without a name or a reason, for whoever reported it where the policy wants an
        approval, for a report that is about nobody yet, and where somebody else was first; PlanError.
        """
        return Deciding(self).confirm(self.find(id), by, reason)

    def reject(self, id: str, by: str, reason: str) -> MinorReport:  # noqa: A002 - the record's own word
        """Joined. Say that a person is no minor: the quarantine ends, and what was reported is forgotten.

        Raises MinorError without a name or a reason, and for a report that was decided before.
        """
        return Deciding(self).reject(self.find(id), by, reason)

    def settle(self) -> int:
        """Durable. Close the reports whose erasure is over: nothing is left but what a law keeps; how many closed."""
        self.stores.transactions.outside()
        return sum(self._erased(report) for report in self.in_state("confirmed"))

    def remind(self) -> tuple[MinorReport, ...]:
        """Durable. Remind of reports whose time runs out; those that somebody was reminded of. Raises MailError."""
        self.stores.transactions.outside()
        reminded = Reminding(self).remind()
        jobs.ran(self.stores, JOB, self.clock.now())
        return reminded

    def is_overdue(self, report: MinorReport) -> bool:
        """Whether the data should be gone by now, and is not."""
        return report.closed_at is None and report.due_at <= self.clock.now()

    def waiting(self) -> Sequence[MinorReport]:
        """The reports that have not ended, the most urgent first."""
        found = [report for state in (*UNDECIDED, "confirmed") for report in self.in_state(state)]
        return sorted(found, key=lambda report: (report.due_at, report.id))

    def in_state(self, state: ReportState) -> Sequence[MinorReport]:
        """Every report in a state, the most urgent first."""
        most = AT_ONCE
        while len(found := self.stores.minor_reports.in_state(state, most)) == most:
            most *= 2
        return found

    def find(self, id: str) -> MinorReport:  # noqa: A002 - the record's own word
        """The report with this id. Raises MinorError where there is none."""
        report = self.stores.minor_reports.find(id)
        if report is None:
            raise MinorError("there is no such report", hint="`consentguard minors list` shows those there are")
        return report

    def statement(self, report: MinorReport) -> Statement:
        """What was reported, for whoever decides."""
        return read(self.sealer.open(report.details))

    def people(self, report: MinorReport) -> tuple[SubjectRef, ...]:
        """Those whom a report has in quarantine."""
        found = (mark.subject for mark in self.restrictions.quarantined() if mark.request == report.id)
        return tuple(subject for subject in found if subject)

    def _taken(
        self,
        statement: Statement,
        source: ReportSource,
        people: Sequence[SubjectRef],
        reference: str,
        id: str,  # noqa: A002 - the record's own word
    ) -> MinorReport:
        """Joined. The report and the quarantine of whom it is about: both or neither."""
        now = self.clock.now()
        report = MinorReport(
            id=id,
            state="quarantined" if people else "received",
            source=source,
            received_at=now,
            due_at=parse_period(self._within).after(now),
            subject=reference,
            details=self.sealer.seal(written(statement)),
        )
        with self.stores.transactions.atomic():
            self.stores.minor_reports.add(report)
            self.witness.record("minor.reported", report.subject, report=report.id, source=source)
            for each in people:
                self.restrictions.quarantine(each, request=report.id)
        return report

    @property
    def _within(self) -> str:
        stated = self.manifest.age.erase_within if self.manifest.age else "unstated"
        return ERASE_WITHIN if stated == "unstated" else stated

    def _unreported(self, years: int) -> Iterator[tuple[SubjectRef, str]]:
        """Those who are too young and were not found so before, each with the id that their report has for ever."""
        ids: dict[str, SubjectRef] = {}
        for subject in self.finding.younger(years, self.clock.now().date()):
            ids[_id_of(self.pseudonyms.of(subject))] = subject
            if len(ids) == AT_ONCE:
                yield from self._new(ids)
                ids = {}
        yield from self._new(ids)

    def _new(self, ids: dict[str, SubjectRef]) -> Iterator[tuple[SubjectRef, str]]:
        known = self.stores.minor_reports.known(list(ids))
        return ((subject, id_) for id_, subject in ids.items() if id_ not in known)

    def _erased(self, report: MinorReport) -> bool:
        if report.request and not self.erasures.is_over(report.request):
            return False
        reason = Statement(reason=self.statement(report).reason)
        sealed, now = self.sealer.seal(written(reason)), self.clock.now()
        with self.stores.transactions.atomic():
            erased = replace(report, state="erased", details=sealed, closed_at=now)
            closed = self.stores.minor_reports.move(erased, report)
            if closed:
                self.witness.record("minor.erased", report.subject, report=report.id, request=report.request)
        return closed


def _id_of(pseudonym: str) -> str:
    """The id of the report of a look at birth dates about somebody: of two at once the database refuses one."""
    return hashlib.sha256(f"birth date {pseudonym}".encode()).hexdigest()[:32]
