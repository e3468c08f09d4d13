"""Legal holds: what is held is deleted by nobody, whatever a request or the retention says, until it is released."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.errors import ConsentGuardError
from consentguard.plan.exceptions import covered
from consentguard.ports import Clock, Pseudonyms, Stores, Undertaker, Witness
from consentguard.records import EVERYONE, Hold, SubjectRef, new_id


class HoldError(ConsentGuardError):
    """A hold covers nothing, names what there is not, or cannot be released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How many rows of a table a hold covers."""

    label: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """The holds of one database. Each is written into the ledger too, so that it survives the restore of a backup."""

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    undertaker: Undertaker
    clock: Clock

    def place(
        self,
        reason: str,
        author: str,
        review_on: dt.date,
        *,
        subject: SubjectRef | None = None,
        label: str = "",
        keys: Sequence[str] = (),
        columns: Sequence[str] = (),
    ) -> Hold:
        """Durable. Place a hold on a data subject, on rows or on fields; from now on every deletion leaves them alone.

        Raises HoldError where it would cover nothing, or has no reason, no author or a day of review that is past;
        LedgerError, and then nothing is held.
        """
        self.stores.transactions.outside()
        now = self.clock.now()
        self._refuse(reason, author, review_on, now.date())
        hold = Hold(
            id=new_id(now),
            reason=reason.strip(),
            author=author.strip(),
            placed_at=now,
            review_on=review_on,
            subject=subject,
            label=label,
            keys=tuple(keys),
            columns=tuple(columns),
        )
        self._refuse_strangers(hold)
        self.undertaker.held(hold)
        with self.stores.transactions.atomic():
            self.stores.holds.place(hold)
            facts = {"hold": hold.id, "table": label, "review_on": review_on.isoformat()}
            self.witness.record("hold.placed", self._pseudonym(hold), **facts)
        return hold

    def release(self, id: str, by: str) -> Hold:  # noqa: A002 - the record's own word
        """Durable. Release a hold. What it stopped goes on with the next run, by itself.

        Raises HoldError where there is none in force with this id.
        """
        self.stores.transactions.outside()
        now = self.clock.now()
        with self.stores.transactions.atomic():
            if not self.stores.holds.release(id, now, by):
                hint = "`consentguard holds list` shows those in force"
                raise HoldError("there is no such hold, or it was released before", hint=hint)
            hold = self.find(id)
            self.witness.record("hold.released", self._pseudonym(hold), hold=id)
        self.undertaker.released(hold)
        return hold

    def find(self, id: str) -> Hold:  # noqa: A002 - the record's own word
        """The hold with this id, in force or not. Raises HoldError where there is none."""
        hold = self.stores.holds.find(id)
        if hold is None:
            raise HoldError("there is no such hold", hint="`consentguard holds list` shows those in force")
        return hold

    def in_force(self) -> Sequence[Hold]:
        """The holds that are not released, the oldest first."""
        return self.stores.holds.in_force()

    def to_review(self) -> Sequence[Hold]:
        """The holds in force whose day of review has come."""
        today = self.clock.now().date()
        return [hold for hold in self.in_force() if hold.review_on <= today]

    def covers(self, hold: Hold) -> tuple[Covered, ...]:
        """How many rows of which table a hold covers, tables without one left out."""
        found = []
        for table in self.data_map.tables:
            rows = sum(self.stores.dataset.count(each) for each in covered(self.data_map, hold, table.label))
            if rows:
                found.append(Covered(label=table.label, rows=rows))
        return tuple(found)

    def _refuse(self, reason: str, author: str, review_on: dt.date, today: dt.date) -> None:
        if not reason.strip() or not author.strip():
            raise HoldError("a hold needs a reason and an author", hint="say why, and who answers for it")
        if review_on <= today:
            raise HoldError(f"the review on {review_on} is not in the future", hint="name a later day")

    def _refuse_strangers(self, hold: Hold) -> None:
        if hold.subject is None and not hold.label:
            raise HoldError("a hold on nobody and nothing", hint="name a data subject, or a table")
        if hold.subject and hold.subject.kind not in self.data_map.manifest.subjects:
            kinds = ", ".join(self.data_map.manifest.subjects)
            raise HoldError(f'the policy has no data subject "{hold.subject.kind}"', hint=f"there are {kinds}")
        if (hold.keys or hold.columns) and not hold.label:
            raise HoldError("rows and columns belong to a table", hint="name the table too")
        if hold.label and hold.label not in self.data_map.schema:
            hint = "name one as the data map does"
            raise HoldError(f'the site has no table "{hold.label}"', hint=hint)
        for column in hold.columns:
            if column not in self.data_map.schema[hold.label].by_name:
                raise HoldError(f'{hold.label} has no column "{column}"', hint="name one of the data map")

    def _pseudonym(self, hold: Hold) -> str:
        return self.pseudonyms.of(hold.subject) if hold.subject else EVERYONE
