"""Carries requests out: under the approved plan alone, and partial until everything has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from consentguard.plan.steps import Plan, Step
from consentguard.records import RequestState, RightsRequest
from consentguard.rights.details import Details, someone, subjects
from consentguard.rights.errors import PlanChangedError, StateError
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.people import About, number
from consentguard.rights.planning import PLANNED, Planned, Planning
from consentguard.rights.sending import Sending
from consentguard.rights.terms import COPIES

Progress = Callable[[Step, int], None]
GOING: tuple[RequestState, ...] = ("running", "partial")


def silent(_step: Step, _rows: int) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of carrying out a request; where it was only asked what would be done, `plan` and `lines` say it."""

    request: RightsRequest
    outcome: Outcome
    plan: Plan | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrying:
    """Carries requests out."""

    means: Means
    progress: Progress = field(default=silent)

    def carry_out(self, id: str, *, dry_run: bool = False) -> Done:  # noqa: A002 - the record's own word
        """Durable. Do what a request asks for, or go on with it; then mail what was done."""
        self.means.stores.transactions.outside()
        request = self.means.find(id)
        if request.state in GOING and not dry_run:
            return self.go_on(request)
        if request.right in COPIES or request.state in (*GOING, "done"):
            return Done(request=request, outcome=Outcome.read(request.outcome))
        if request.state not in PLANNED:
            raise StateError(f"the request is {request.state}", hint="it is carried out once it is confirmed")
        planned = Planning(self.means).plan(request)
        if dry_run:
            people = Outcome(people=number(planned.people))
            return Done(request=request, outcome=people, plan=planned.plan, lines=planned.lines)
        self._see_approved(planned)
        return self.go_on(self._erasing(planned) if planned.plan else self._acted(planned))

    def go_on(self, request: RightsRequest) -> Done:
        """Durable. Go on with a request that was begun: rows that may go by now, answers that came meanwhile."""
        outcome = Outcome.read(request.outcome)
        if request.right == "erasure":
            if request.state == "running":
                self._buried(request)
            outcome = self._run(request, outcome)
        self.means.elsewhere.work(request.id)
        outcome = outcome.elsewhere(self.means.elsewhere.all_of(request.id))
        settled = self._settled(request, outcome)
        return Done(request=Sending(self.means).owed_now(settled), outcome=outcome)

    def _see_approved(self, planned: Planned) -> None:
        """Raise StateError without the approvals that the policy asks for, PlanChangedError where they were of another.

        An approval of another plan falls: the request is confirmed again, and has to be looked at again.
        """
        request, needed = planned.request, Planning(self.means).needed(planned.request)
        if request.state == "approved" and not planned.is_of(request.plan):
            with self.means.stores.transactions.atomic():
                self.means.changed(request, state="confirmed", plan="", approved_by="[]")
                self.means.witness.record("plan.changed", request.contact_ref, request=request.id, plan=planned.digest)
            hint = "look at the plan again and approve it: `consentguard rights plan`"
            raise PlanChangedError("the plan is another one than was approved", hint=hint)
        if needed and request.state != "approved":
            people = "one person" if needed == 1 else "two people"
            hint = "`consentguard rights plan` shows the plan, `approve` approves it"
            raise StateError(f"its plan has to be approved by {people}", hint=hint)

    def _erasing(self, planned: Planned) -> RightsRequest:
        """Begin an erasure: from now on nobody can take it back. The run is kept with the request."""
        request, plan = planned.request, planned.plan
        assert plan is not None  # noqa: S101 - an erasure has one
        concern = Planning(self.means).concern(request, planned.people)
        with self.means.stores.transactions.atomic():
            outcome = Outcome.of(number(planned.people), plan)
            begun = self._begun(planned, state="running", outcome=str(outcome))
            if plan.whole or plan.people:
                self.means.execution.start("erasure", request.id, plan)
            self._forget_bare_address(planned)
            self.means.elsewhere.send(begun, concern)
            self.means.witness.record(
                "erasure.begun", request.contact_ref, request=request.id, people=outcome.people, plan=planned.digest
            )
        return begun

    def _forget_bare_address(self, planned: Planned) -> None:
        """What guardians were asked for whoever has the address and no row; of those who have one it is the run's."""
        about = About(self.means, planned.request)
        if not planned.people and about.subject() is None:
            self.means.stores.guardian_consents.remove([self.means.pseudonyms.of_address(about.address())])

    def _buried(self, request: RightsRequest) -> None:
        """Write who is erased into the ledger, once nobody can take that back and before anything goes.

        Where the process ended in between they are written again: of two entries the second changes nothing.
        """
        about = About(self.means, request)
        if who := subjects(about.people):
            self.means.undertaker.bury(who, [address for address, _ in about.addresses()], request.plan)

    def _acted(self, planned: Planned) -> RightsRequest:
        """Do what leaves the data where it is, all of it or nothing, and have the rest done elsewhere."""
        request = planned.request
        concern = Planning(self.means).concern(request, planned.people)
        with self.means.stores.transactions.atomic():
            outcome = Planning(self.means).act(request).do()
            begun = self._begun(planned, state="running", outcome=str(outcome))
            self.means.elsewhere.send(begun, concern)
            facts: dict[str, Any] = {**outcome.counts(), **_refused(outcome)}
            self.means.witness.record(f"{request.right}.done", request.contact_ref, request=request.id, **facts)
        return begun

    def _begun(self, planned: Planned, **facts: Any) -> RightsRequest:
        """Joined. The request as it is begun: with those whom it is about, since their rows may go."""
        request = planned.request
        details = msgspec.structs.replace(self.means.details(request), people=someone(planned.people))
        return self.means.changed(request, plan=planned.digest, details=self.means.sealed(details), **facts)

    def _run(self, request: RightsRequest, outcome: Outcome) -> Outcome:
        """Carry on the runs of an erasure: what was done of them, and what stays for a time.

        A run that ended and whose request was not told so, because the process ended too, has no counts any more.
        """
        for run in self.means.stores.runs.about(request.id):
            if run.state != "open":
                outcome = outcome.ended()
                continue
            rows = dict(self.means.execution.counts(run))

            def note(step: Step, number: int, rows: dict[Step, int] = rows) -> None:
                rows[step] = rows.get(step, 0) + number
                self.progress(step, number)

            run = self.means.execution.carry_on(run, progress=note)
            outcome = outcome.carried(rows, self.means.execution.left(run))
        return outcome

    def _settled(self, request: RightsRequest, outcome: Outcome) -> RightsRequest:
        """The request as it stands now. Its sender hears when our part is done, and when everything is."""
        state: RequestState = "done" if outcome.is_whole else "partial"
        if (state, str(outcome)) == (request.state, request.outcome):
            return request
        facts: dict[str, Any] = {"state": state, "outcome": str(outcome)}
        if state != request.state and request.right not in COPIES:
            facts["owes"] = "outcome"
        if state == "done":
            details = _kept(request, self.means.details(request))
            facts |= {"closed_at": self.means.clock.now(), "details": self.means.sealed(details)}
        with self.means.stores.transactions.atomic():
            settled = self.means.changed(request, **facts)
            if request.right == "erasure" or state == "partial" or request.state == "partial":
                act = f"{request.right}.{state}"
                self.means.witness.record(act, request.contact_ref, request=request.id, **outcome.counts())
        return settled


def _kept(request: RightsRequest, details: Details) -> Details:
    """What is still needed of what was asked once it is done: whose restriction it is that ends one day."""
    people = details.people if request.right == "restriction" else ()
    return Details(people=people, until=details.until, twin=details.twin, withheld=details.withheld)


def _refused(outcome: Outcome) -> dict[str, str]:
    """Each purpose that goes on, with the reason: names of the policy, and nobody's data."""
    return {f"refused.{purpose}": reason for purpose, reason in outcome.refused.items()}
