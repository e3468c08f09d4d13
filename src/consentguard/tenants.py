"""Tenants: what a site holds for somebody as their processor, given back or deleted when the contract ends."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.errors import ConsentGuardError
from consentguard.plan.digest import digest
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.execution import Execution, RunError
from consentguard.plan.leftover import Left
from consentguard.plan.steps import Plan, Step
from consentguard.plan.tenant import leaving
from consentguard.plan.written import is_share
from consentguard.ports import Clock, Stores, Undertaker, Witness
from consentguard.records import Run, SubjectRef


class TenantError(ConsentGuardError):
    """A tenant is to be deleted under another plan than the one that was looked at, or is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How far the deletion of a tenant is: its run, and what stays for a time."""

    run: Run
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenants:
    """The end of a contract (Art. 28(3)(g) GDPR): the root of the plan is a row of the site's, such as an account."""

    data_map: DataMap
    stores: Stores
    witness: Witness
    undertaker: Undertaker
    execution: Execution
    clock: Clock

    def plan(self, label: str, key: str) -> tuple[Plan, str]:
        """What would be deleted with the row `key` of a table, and the digest to approve. Nothing is changed.

        Raises TenantError where there is no such row; PlanError.
        """
        exceptions = Exceptions(data_map=self.data_map, holds=self.stores.holds.in_force(), now=self.clock.now())
        plan = leaving(self.data_map, label, key, self.stores.dataset, exceptions)
        if not any(step.label == label for step in plan.steps):
            raise TenantError(f"there is no such row of {label}", hint="name a table and the primary key of its row")
        return plan, digest(self.data_map, plan)

    def given_back(self, label: str, manifest: str) -> None:
        """Joined. Take down that a tenant's data was given back, by the SHA-256 of the copy's manifest."""
        self.witness.record("tenant.returned", table=label, manifest=manifest)

    def delete(
        self, label: str, key: str, approved: str, *, progress: Callable[[Step, int], None] | None = None
    ) -> Deleted:
        """Durable. Delete a tenant under the digest that was approved; what stays for a time goes by `resume`.

        Raises TenantError where the plan is another by now; PlanError, LedgerError, StoreError.
        """
        self.stores.transactions.outside()
        plan, now = self.plan(label, key)
        if now != approved:
            hint = "look at the plan again, and approve its digest"
            raise TenantError("the plan has changed since it was looked at", hint=hint)
        people = [SubjectRef(found.subject, each) for found in plan.people for each in found.keys]
        self.undertaker.bury(people, (), now)
        with self.stores.transactions.atomic():
            run = self.execution.start("return", label, plan)
            self.witness.record("tenant.deleted", table=label, run=run.id, plan=now, people=len(people))
        return self._carried_on(run, progress)

    def resume(self) -> tuple[Deleted, ...]:
        """Durable. Carry on every deletion that was cut short, or waited for a hold or a least time to end.

        One that somebody else carries on is left to them.
        """
        self.stores.transactions.outside()
        gone = []
        for run in self.stores.runs.open("return"):
            with suppress(RunError):
                gone += [] if is_share(run) else [self._carried_on(run, None)]
        return tuple(gone)

    def _carried_on(self, run: Run, progress: Callable[[Step, int], None] | None) -> Deleted:
        ended = self.execution.carry_on(run, progress=progress) if progress else self.execution.carry_on(run)
        return Deleted(run=ended, left=self.execution.left(ended))
