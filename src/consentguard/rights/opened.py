"""Erasures that nobody asked for: of people of whom somebody has confirmed that their data has to go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from consentguard.plan.steps import Found
from consentguard.records import RightsRequest, Selection, SubjectRef, new_id
from consentguard.rights.details import Details, someone
from consentguard.rights.errors import RightsError
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.planning import Planning

RIGHT = "erasure"
HELD = "held"


@dataclass(frozen=True, slots=True)
class Opened:
    """`consentguard.ports.Erasures`: a request like any other, which the same engine carries out and verifies.

    Data that is held for a client is erased with the rest, and the client is told.
    """

    means: Means

    @property
    def needed(self) -> int:
        """How many people have to approve an erasure, as the policy says."""
        return Planning(self.means).needed_for(RIGHT)

    def open(
        self, people: Sequence[SubjectRef], *, received_at: dt.datetime, due_on: dt.date, by: Sequence[str]
    ) -> RightsRequest:
        """Joined. Open an erasure of these people. Raises RightsError where nobody is named, PlanError."""
        if not people:
            raise RightsError("nobody is named whose data has to go", hint="name a data subject")
        now, means = self.means.clock.now(), self.means
        whose = next((each for each in people if self._is_held_for_others(each)), people[0])
        request = RightsRequest(
            id=new_id(now),
            right=RIGHT,
            state="confirmed",
            received_at=received_at,
            due_on=due_on,
            language=means.manifest.site.languages[0],
            jurisdiction="",
            contact=means.contacts.seal(b""),
            contact_ref=means.pseudonyms.of(whose),
            channel="staff",
            identity="staff",
            subject=str(whose),
            details=means.sealed(Details(people=someone(tuple(self._found(people))))),
            owes="",
            confirmed_at=now,
        )
        request = self._approved(request, by) if self.needed else request
        with means.stores.transactions.atomic():
            means.stores.requests.add(request)
            facts = {"right": RIGHT, "channel": request.channel, "identity": request.identity}
            means.witness.record("request.received", request.contact_ref, request=request.id, **facts)
            if request.state == "approved":
                approval: dict[str, Any] = {"plan": request.plan, "approvals": len(by), "enough": True}
                means.witness.record("request.approved", request.contact_ref, request=request.id, **approval)
        return request

    def is_over(self, request: str) -> bool:
        """Whether all is gone that may go, and every other place has answered.

        The engine has looked again for what the plan was about by then. What a law alone keeps may stay; what a legal
        hold keeps is waited for.
        """
        known = self.means.stores.requests.find(request)
        if known is None or known.state not in ("partial", "done"):
            return False
        outcome = Outcome.read(known.outcome)
        return known.state == "done" or not (outcome.waiting or HELD in outcome.later.values())

    def _approved(self, request: RightsRequest, by: Sequence[str]) -> RightsRequest:
        """The request with the plan of this moment approved; another plan later has to be looked at again."""
        details = msgspec.structs.replace(self.means.details(request), approved_at=self.means.clock.now())
        return replace(
            request,
            state="approved",
            plan=Planning(self.means).plan(request).digest,
            approved_by=msgspec.json.encode(list(by)).decode(),
            details=self.means.sealed(details),
        )

    def _found(self, people: Sequence[SubjectRef]) -> Iterator[Found]:
        """The rows who they are, table by table."""
        dataset = self.means.stores.dataset
        for kind in dict.fromkeys(each.kind for each in people):
            keys = [each.key for each in people if each.kind == kind]
            for root in sorted(self.means.data_map.roots.get(kind, ())):
                if there := dataset.keys(Selection.of(root, keys), "", len(keys)):
                    yield Found(subject=kind, root=root, keys=tuple(there))

    def _is_held_for_others(self, who: SubjectRef) -> bool:
        subject = self.means.manifest.subjects.get(who.kind)
        return subject is not None and subject.role == "processor"
