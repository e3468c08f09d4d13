"""Rights: what data subjects ask for, that it was they who asked, and what is done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from consentguard import jobs
from consentguard.errors import ConsentGuardError
from consentguard.plan.steps import Found
from consentguard.ports import Shown, nobody
from consentguard.records import Denial, Identity, RequestChannel, RightsRequest, Token
from consentguard.rights.carrying import GOING, Carrying, Done, Progress, silent
from consentguard.rights.codes import status_code
from consentguard.rights.deciding import Deciding
from consentguard.rights.details import Details
from consentguard.rights.ending import Endings
from consentguard.rights.errors import FactorNeededError, PlanChangedError, RightsError, StateError
from consentguard.rights.identity import Identifying
from consentguard.rights.mails import Mails
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.people import About
from consentguard.rights.planning import PLANNED, Planned, Planning
from consentguard.rights.previews import Previews
from consentguard.rights.queues import whole
from consentguard.rights.receiving import Asked, Receiving, offered
from consentguard.rights.reminding import Reminding
from consentguard.rights.sending import Sending
from consentguard.rights.states import drp
from consentguard.rights.terms import COPIES, PROTECTED

__all__ = [
    "COPIES", "PROTECTED", "Asked", "Details", "Done", "FactorNeededError", "PlanChangedError", "Planned", "Resumed",
    "Rights", "RightsError", "StateError", "drp", "offered",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resumed:
    """What came of going on with everything that was begun, and what kept a request from it, by its id."""

    done: tuple[Done, ...]
    failed: Mapping[str, ConsentGuardError]


@dataclass(frozen=True, slots=True)
class Rights:
    """The requests of a site's data subjects.

    Nobody is looked up before a request is confirmed, and only who reads the mail can confirm it: whoever gives
    somebody else's address learns nothing. What a request changes and the evidence of it are one transaction; a mail
    goes out after it, and one that could not is owed, and sent by `send_owed`.
    """

    means: Means

    def offered(self, channel: RequestChannel = "page") -> tuple[str, ...]:
        """The rights that can be asked for by a channel, in the policy's order."""
        return offered(self.means.manifest, channel)

    def receive(
        self, right: str, address: str, *, language: str, jurisdiction: str | None, **more: Any
    ) -> RightsRequest:
        """Durable. Take a request, and send a mail that asks to confirm it; `more` is as in `Asked`.

        A mail that cannot be sent leaves the request open and its mail owed. Raises RightsError for a right that is
        not offered and for what is no e-mail address; SettingsError where no mail can link to the site.
        """
        return self.take(Asked(right=right, address=address, language=language, jurisdiction=jurisdiction, **more))

    def take(self, asked: Asked) -> RightsRequest:
        """Durable. As `receive`, by whatever channel a request comes. Raises as it does."""
        return Receiving(self.means).receive(asked)

    def by_receipt(self, asked: Asked, nonce: str) -> tuple[RightsRequest, str] | None:
        """Durable. Take a request of somebody who is known by a record of consent alone, and the code of its status.

        `asked.details.receipt` is the record's id, `nonce` what their browser made for it: None where the two do not
        belong together. Raises RightsError for a right that is not asked for so.
        """
        request = Receiving(self.means).by_receipt(asked, nonce)
        return (request, self.code(request)) if request else None

    def code(self, request: RightsRequest) -> str:
        """Joined. A new code that shows the status of a request, for whoever is known to be its sender."""
        with self.means.stores.transactions.atomic():
            return status_code(self.means, request)

    def peek(self, token: str, shown: Shown = nobody) -> RightsRequest | None:
        """The request that a mailed token would confirm. None, `shown` and what it raises are as in `confirm`."""
        return Identifying(self.means).peek(token, shown)

    def confirm(self, token: str, shown: Shown = nobody) -> tuple[RightsRequest, str] | None:
        """Joined. Use a mailed token: the request is confirmed, and the code that shows its status from now on.

        None for a token that is wrong, used or too old. Raises as `Identifying.require_factor` by what is `shown`.
        """
        return Identifying(self.means).confirm(token, shown)

    def verify(self, id: str, identity: Identity, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Say that `by` saw a proof: as `agent`, `guardian` or `staff`. See `Identifying.verify`."""
        return Identifying(self.means).verify(id, identity, by)

    def ask_proof(self, id: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Ask for a proof of identity, for which the clock stands still where the laws let it."""
        return Identifying(self.means).ask_proof(id, by)

    def status(self, code: str) -> RightsRequest | None:
        """The request that a code shows; None for a code that is wrong or too old."""
        known = self.means.stores.tokens.find(Token.digest_of(code), "status", self.means.clock.now())
        return self.means.stores.requests.find(known.about) if known else None

    def is_ready(self, request: RightsRequest) -> bool:
        """Whether the copy that was asked for can be downloaded: confirmed, approved where that is asked, in time."""
        until = self.copy_until(request)
        if until is None or until <= self.means.clock.now() or About(self.means, request).is_quarantined:
            return False
        planning = Planning(self.means)
        if request.state in PLANNED and planning.needed(request):
            return request.state == "approved" and planning.plan(request).is_of(request.plan)
        return request.state in (*PLANNED, "partial", "done")

    def copy_until(self, request: RightsRequest) -> dt.datetime | None:
        """The moment from which the copy that was asked for is not given out any more; None where there is none."""
        return self.means.copy_until(request)

    def people(self, request: RightsRequest) -> tuple[Found, ...]:
        """Whom a request is about. Nobody is looked up before it is confirmed: see to that before asking."""
        return About(self.means, request).people

    def mail_copy(self, request: RightsRequest, code: str, until: dt.datetime) -> bool:
        """Durable. Mail the link to a copy that this code opens until then; whether the mail could be handed over."""
        self.means.stores.transactions.outside()
        if not self.means.address(request):
            return False
        link = self.means.link("copy", language=request.language, token=code)
        return Sending(self.means).hand_over(request, Mails(self.means.data_map).copy(request, link, until))

    def delivered(self, request: RightsRequest, people: int, rows: Mapping[str, int]) -> None:
        """Joined. Close a request for a copy of so many people's rows, by table, whose last byte was given out.

        It is handed on to the clients in whose name we hold data of the same person, and is partial until they have
        answered. A second download changes nothing, nor does one that somebody else has closed meanwhile.
        """
        if request.state not in PLANNED:
            return
        means = self.means
        errands = means.elsewhere.send(request, Planning(means).concern(request, ()))
        outcome = Outcome(people=people, copied=rows).elsewhere(errands)
        state, now = "done" if outcome.is_whole else "partial", means.clock.now()
        closed: dict[str, Any] = {"state": state, "closed_at": now, "outcome": str(outcome)}
        means.stores.requests.change(replace(request, **closed), request)

    def plan(self, id: str) -> Planned:  # noqa: A002 - the record's own word
        """What carrying out a request would do, and the digest by which that is approved.

        Raises StateError before it is confirmed and once it was begun, PlanError where the tags ask for what the tables
        do not allow.
        """
        return Planning(self.means).plan(self.find(id))

    def approve(self, id: str, digest: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Joined. Approve a plan by its digest. Raises PlanChangedError where the plan is another one by now."""
        return Deciding(self.means).approve(id, digest, by)

    def deny(self, id: str, denial: Denial, by: str, reason: str = "") -> RightsRequest:  # noqa: A002
        """Durable. Refuse a request, and tell its sender why. See `Deciding.deny`."""
        return Deciding(self.means).deny(id, denial, by, reason)

    def revoke(self, id: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. End a request that its sender took back. See `Deciding.revoke`."""
        return Deciding(self.means).revoke(id, by)

    def extend(self, id: str, reason: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Put the last day to answer off, once, and tell its sender why. See `Deciding.extend`."""
        return Deciding(self.means).extend(id, reason, by)

    def assign(self, id: str, to: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Joined. Name the member of staff who looks after a request; empty for nobody."""
        return Deciding(self.means).assign(id, to)

    def specify(self, id: str, asked: Details, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Joined. Enter what somebody asked for in their own words. See `Deciding.specify`."""
        return Deciding(self.means).specify(id, asked, by)

    def carry_out(self, id: str, *, dry_run: bool = False, progress: Progress = silent) -> Done:  # noqa: A002
        """Durable. Do what a request asks for, or go on with it, then mail what was done.

        It is `partial` while rows stay for a time or other places have not answered, and `resume` goes on with it. A
        request for a copy waits for its download, which closes it. With `dry_run` nothing is changed. Raises StateError
        where it is not confirmed or not approved, PlanChangedError where another plan was, PlanError where the tags ask
        for what the tables do not allow, LedgerError where it could not be written down outside the database before.
        """
        return Carrying(self.means, progress).carry_out(id, dry_run=dry_run)

    def begin(self, *, progress: Progress = silent) -> Resumed:
        """Durable. Carry out every request that is confirmed, and approved where that is asked; copies wait for their
        download. One that cannot be carried out keeps no other from it.
        """
        waiting = [each for each in self.waiting() if each.right not in COPIES and self.may_begin(each)]
        return self._each(waiting, progress, "rights")

    def resume(self, *, progress: Progress = silent) -> Resumed:
        """Durable. Go on with every request that was begun: what was cut short, released, due or answered meanwhile.

        One that cannot be gone on with keeps no other from it.
        """
        begun = [request for state in GOING for request in whole(partial(self.means.stores.requests.in_state, state))]
        return self._each(begun, progress, "resume")

    def remind(self) -> tuple[RightsRequest, ...]:
        """Durable. Remind of requests whose time runs out, and tell people of restrictions that end soon.

        Those that somebody was reminded of. Raises MailError where that mail could not be sent.
        """
        reminding = Reminding(self.means)
        reminding.announce()
        reminded = reminding.remind()
        self._ran("remind")
        return reminded

    def overdue(self) -> tuple[RightsRequest, ...]:
        """The requests whose last day is over, and those whose receipt a law wanted confirmed by now."""
        return Reminding(self.means).overdue()

    def is_overdue(self, request: RightsRequest) -> bool:
        """Whether a request is one of those."""
        return Reminding(self.means).is_overdue(request)

    def needed(self, request: RightsRequest) -> int:
        """How many people have to approve the plan of a request, as the policy says."""
        return Planning(self.means).needed(request)

    @property
    def previews(self) -> Previews:
        """The letters about requests before they are sent."""
        return Previews(self.means)

    def may_begin(self, request: RightsRequest) -> bool:
        """Whether a request can be carried out: confirmed, and approved where the policy asks for that."""
        return request.state == "approved" or (request.state in PLANNED and not Planning(self.means).needed(request))

    def lift(self, id: str, by: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """Durable. Lift the restriction that a request obtained, after its sender was told so (Art. 18(3) GDPR)."""
        return Reminding(self.means).lift(id, by)

    def send_owed(self) -> tuple[int, int]:
        """Durable. Send the mails that are owed: how many went, and how many still could not.

        A confirmation is mailed with a new token, since the old one is known to nobody; the old one ends. Mails of
        the last minutes are left to whoever is sending them. A mail goes out at least once, and twice where the
        process ends between sending it and taking that down.
        """
        self.means.stores.transactions.outside()
        sent = Sending(self.means).send_owed()
        self._ran("send")
        return sent

    def expire(self) -> int:
        """Durable. Close requests that nobody confirmed in time, or whose copy nobody downloaded; how many closed.

        One whose mail is still owed stays open, but no longer than to its last day: an address that no mail reaches
        must not stand in others' way. A token that was mailed late opens its request again. Mails of what was done are
        given up a month later, and tokens that ended are forgotten.
        """
        self.means.stores.transactions.outside()
        endings = Endings(self.means)
        closed = endings.close()
        endings.give_up()
        with self.means.stores.transactions.atomic():
            self.means.stores.tokens.forget(self.means.clock.now())
        self._ran("expire")
        return closed

    def find(self, id: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """The request with this id. Raises RightsError where there is none."""
        return self.means.find(id)

    def waiting(self) -> Sequence[RightsRequest]:
        """Requests that are confirmed and not begun, the most urgent first."""
        found = [each for state in PLANNED for each in whole(partial(self.means.stores.requests.in_state, state))]
        return sorted(found, key=lambda request: (request.due_on, request.id))

    def _each(self, requests: Sequence[RightsRequest], progress: Progress, job: str) -> Resumed:
        carrying, done, failed = Carrying(self.means, progress), list[Done](), dict[str, ConsentGuardError]()
        for request in requests:
            try:
                done.append(carrying.carry_out(request.id))
            except ConsentGuardError as error:
                failed[request.id] = error
        self._ran(job)
        return Resumed(tuple(done), failed)

    def _ran(self, job: str) -> None:
        jobs.ran(self.means.stores, job, self.means.clock.now())
