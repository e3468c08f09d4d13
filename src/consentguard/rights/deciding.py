"""What members of staff decide about a request: approvals, refusals, more time, who looks after it, an end."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from consentguard.records import Denial, RightsRequest
from consentguard.rights.correcting import checked
from consentguard.rights.details import Details
from consentguard.rights.errors import PlanChangedError, RightsError, StateError
from consentguard.rights.means import Means
from consentguard.rights.planning import Planning
from consentguard.rights.sending import Sending
from consentguard.rights.states import ENDS

DENIALS = tuple(denial for denial in get_args(Denial) if denial)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Decisions; each is one transaction with its evidence, which names nobody."""

    means: Means

    def approve(self, id: str, digest: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Joined. Say that somebody approves the plan of this digest.

        Once as many people have as the policy asks for, the request is approved. Raises PlanChangedError where the plan
        is another one by now, StateError where there is nothing to approve, RightsError without a name, and for that of
        whoever took the request down.
        """
        request, name = self.means.find(id), _name(by)
        details = self.means.details(request)
        if _same(details.entered_by) == _same(name):
            hint = "somebody else looks at the plan, and approves it"
            raise RightsError("whoever took a request down does not approve it", hint=hint)
        planned = Planning(self.means).plan(request)
        if not planned.is_of(digest):
            raise PlanChangedError(
                "the plan is another one by now", hint="look at it again: `consentguard rights plan`"
            )
        known = msgspec.json.decode(request.approved_by, type=list[str]) if planned.is_of(request.plan) else []
        names = [*{_same(each): each for each in (*known, name)}.values()]
        enough = len(names) >= max(1, Planning(self.means).needed(request))
        stated: dict[str, Any] = {"state": "confirmed"}
        if enough:
            at = msgspec.structs.replace(details, approved_at=self.means.clock.now())
            stated = {"state": "approved", "details": self.means.sealed(at)}
        with self.means.stores.transactions.atomic():
            written = msgspec.json.encode(names).decode()
            approved = self.means.changed(request, plan=planned.digest, approved_by=written, **stated)
            facts: dict[str, Any] = {"plan": planned.digest, "approvals": len(names), "enough": enough}
            self.means.witness.record("request.approved", request.contact_ref, request=request.id, **facts)
        return approved

    def deny(self, id: str, denial: Denial, by: str, reason: str = "") -> RightsRequest:  # noqa: A002
        """Durable. Refuse a request for a reason of the Data Rights Protocol, in words for its sender where given.

        Raises RightsError for another reason, StateError for a request that was begun or ended.
        """
        self.means.stores.transactions.outside()
        if denial not in DENIALS:
            raise RightsError(f"{denial!r} is no reason to refuse", hint=f"it is one of {', '.join(DENIALS)}")
        _name(by)
        facts: dict[str, Any] = {"state": "denied", "denial": denial, "owes": "denial"}
        return self._ended(self.means.find(id), "request.denied", reason, facts, denial=denial)

    def revoke(self, id: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. End a request that its sender took back. Raises StateError for one that was begun or ended."""
        self.means.stores.transactions.outside()
        _name(by)
        return self._ended(self.means.find(id), "request.revoked", "", {"state": "revoked", "owes": ""})

    def extend(self, id: str, reason: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Put the last day to answer off, once, and tell its sender why (Art. 12(3) GDPR).

        A mail that is owed goes out before. Raises StateError where that could not be sent, for a request that has
        ended or was extended before, and where the laws that may apply know no extension or their first period is over;
        RightsError without a reason.
        """
        self.means.stores.transactions.outside()
        request, today = self.means.find(id), self.means.clock.now().date()
        _name(by)
        due = self.later(request, reason)
        request = self._told(request)
        details = msgspec.structs.replace(self.means.details(request), reason=reason.strip())
        with self.means.stores.transactions.atomic():
            extended = self.means.changed(
                request, due_on=due, extended_on=today, owes="extension", details=self.means.sealed(details), reminded=0
            )
            self.means.witness.record(
                "request.extended", request.contact_ref, request=request.id, due_on=due.isoformat()
            )
        return Sending(self.means).owed_now(extended)

    def later(self, request: RightsRequest, reason: str) -> dt.date:
        """The last day to answer if it is put off today. Raises as `extend` does."""
        if not reason.strip():
            raise RightsError("nothing is said of why it takes longer", hint="its sender is told")
        if request.state in ENDS or request.extended_on:
            raise StateError("the request has ended or was extended before", hint="it is extended once")
        due = self.means.deadline(request).extended(request.due_on, self.means.clock.now().date())
        if due is None:
            hint = "every law that may apply has to know an extension, and its first period must not be over"
            raise StateError("the last day to answer cannot be put off", hint=hint)
        return due

    def assign(self, id: str, to: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Joined. Name the member of staff who looks after a request; empty for nobody."""
        request = self.means.find(id)
        with self.means.stores.transactions.atomic():
            assigned = self.means.changed(request, assigned=to.strip())
            self.means.witness.record("request.assigned", request.contact_ref, request=request.id, to=bool(to.strip()))
        return assigned

    def specify(self, id: str, asked: Details, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Joined. Enter what somebody asked for in their own words: corrections, purposes, categories, a last day.

        An approval that there was falls with it. Raises StateError once the request was begun, RightsError for what
        cannot be corrected.
        """
        request = self.means.find(id)
        _name(by)
        if request.state not in ("received", "confirmed", "approved"):
            raise StateError(f"the request is {request.state}", hint="what is asked for is entered before it is begun")
        checked(self.means.data_map, asked.corrections)
        details = msgspec.structs.replace(
            self.means.details(request),
            corrections=asked.corrections,
            purposes=asked.purposes,
            categories=asked.categories,
            until=asked.until,
        )
        state = "confirmed" if request.state == "approved" else request.state
        with self.means.stores.transactions.atomic():
            sealed = self.means.sealed(details)
            specified = self.means.changed(request, state=state, plan="", approved_by="[]", details=sealed)
            self.means.witness.record("request.specified", request.contact_ref, request=request.id)
        return specified

    def _told(self, request: RightsRequest) -> RightsRequest:
        """The request once the mail went out that it owes: a second one that is owed would take its place."""
        told = Sending(self.means).owed_now(request)
        if told.owes:
            raise StateError("its sender is owed another mail", hint="that could not be sent: try again later")
        return told

    def _ended(
        self, request: RightsRequest, act: str, reason: str, facts: dict[str, Any], **stated: str
    ) -> RightsRequest:
        details = msgspec.structs.replace(self.means.details(request), reason=reason.strip())
        with self.means.stores.transactions.atomic():
            sealed, now = self.means.sealed(details), self.means.clock.now()
            ended = self.means.changed(request, closed_at=now, paused_at=None, details=sealed, **facts)
            for purpose in ("confirm", "copy"):
                self.means.stores.tokens.withdraw(request.id, purpose)
            self.means.witness.record(act, request.contact_ref, request=request.id, **stated)
        return Sending(self.means).owed_now(ended)


def _same(name: str) -> str:
    """What is the same for everybody's way to write a name."""
    return " ".join(name.split()).casefold()


def _name(by: str) -> str:
    """Who decides. Raises RightsError where nobody is named."""
    if not by.strip():
        raise RightsError("nobody is named who decides this", hint="give the name of a member of staff")
    return by.strip()
