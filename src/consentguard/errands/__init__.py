"""Errands: what has to be done in places that no plan of ours reaches, by a connector, a person, or ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from consentguard import jobs
from consentguard.datamap.conventions import SUBJECT
from consentguard.datamap.map import DataMap
from consentguard.errands.doing import Connector, Doing, ErrandError
from consentguard.errands.notices import Notice, written
from consentguard.errands.targets import Target, targets
from consentguard.ports import Clock, Files, Sealer, Stores, Witness
from consentguard.records import EVERYONE, Concern, Errand, ErrandKind, Hand, RightsRequest, new_id

__all__ = ["Connector", "ErrandError", "Errands", "Notice", "Worked"]

FIRST_AGAIN, LONGEST = timedelta(minutes=1), timedelta(days=1)
"""How long after a first attempt that failed the next one is made, and at most how long after any."""
LEASE = timedelta(minutes=15)
"""For how long nobody else tries an errand that is being done."""
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """What came of working on errands that were due: how many are done, and how many are to be tried again."""

    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands:
    """The errands of one database.

    Each is kept before it is done and tried again until it is: a place that is down makes a request wait, and never
    makes it done. `connectors` are the host's functions by the place or recipient of the policy that they reach.
    `files` gives the storage of the host's files, `sessions` ends those of users. Files are noted by whatever
    carries out a plan.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    sealer: Sealer
    files: Files
    sessions: Callable[[Sequence[str]], int]
    clock: Clock
    connectors: Mapping[str, Connector] = field(default_factory=dict)

    def send(self, request: RightsRequest, concern: Concern) -> tuple[Errand, ...]:
        """Joined. Make the errands of a request: one for each place and recipient that it concerns.

        For an erasure also one for the sessions of each person, and for each client in whose name we hold data of them
        one to forward the request. A request has its errands once: a second call gives those that there are.
        """
        known = self.stores.errands.about(request.id)
        if any(errand.kind != "file" for errand in known):
            return tuple(known)
        notices = [*self._elsewhere(request, concern), *self._ours(request, concern)]
        errands = tuple(self._made(request, target, notice) for target, notice in notices)
        if errands:
            self.stores.errands.add(errands)
            self.witness.record("errands.made", request.contact_ref, request=request.id, errands=len(errands))
        return errands

    def unanswered(self, about: str) -> tuple[Errand, ...]:
        """The errands of a request that are not done."""
        return tuple(errand for errand in self.stores.errands.about(about) if errand.state != "done")

    def all_of(self, about: str) -> tuple[Errand, ...]:
        """The errands of a request, done or not, in the order of their ids."""
        return tuple(self.stores.errands.about(about))

    def open(self, hands: Sequence[Hand] = ("person", "connector", "ours"), most: int = 1_000) -> Sequence[Errand]:
        """The errands that wait, whenever they are tried next, the longest waiting first."""
        return self.stores.errands.due(self.clock.now() + LONGEST, hands, most)

    def owner(self, errand: Errand) -> str:
        """Who answers for the place of an errand: as the policy says, else the controller's contact."""
        store = self.data_map.manifest.stores.get(errand.target)
        controller = self.data_map.manifest.controller
        return (store.owner if store else "") or (controller.contact if controller else "")

    def work(self, about: str = "") -> Worked:
        """Durable. Do the errands that are due and need no person; each is taken down by itself once it was done.

        With `about`, only what we do ourselves of that request: nobody waits for another system then.

        One that fails is tried again later, after twice as long each time, at most a day. It may be done twice where
        the process ends between the doing and taking that down, so that a connector has to bear that.
        """
        self.stores.transactions.outside()
        if about:
            ours = [errand for errand in self.unanswered(about) if errand.hand == "ours"]
            return _worked(map(self._attempt, ours))
        whole = Worked()
        while due := self.stores.errands.due(self.clock.now(), ("connector", "ours"), AT_ONCE):
            some = _worked(map(self._attempt, due))
            whole = Worked(done=whole.done + some.done, failed=whole.failed + some.failed)
        jobs.ran(self.stores, "errands", self.clock.now())
        return whole

    def settle(self, id: str, by: str, proof: str) -> Errand:  # noqa: A002 - the record's own word
        """Joined. Say that an errand was done, by whom, and how one knows: a number of a ticket, a name of a log.

        Raises ErrandError for one that is not there or done already, and where nothing is said to prove it.
        """
        errand = self.find(id)
        if errand.state == "done":
            raise ErrandError(
                "the errand is done already", hint="`consentguard errands list` shows those that are open"
            )
        if not by.strip() or not proof.strip():
            raise ErrandError("nothing is said of who did it, or how one knows", hint="give both")
        return self._done(errand, by.strip(), proof.strip())

    def shown(self, errand: Errand) -> Notice:
        """Joined. What has to be known to do an errand, for the person who does it; that it was shown is taken down.

        Raises ErrandError for one that is done.
        """
        notice = self._doing.notice(errand)
        self.witness.record("errand.shown", self._subject(errand), request=errand.about, errand=errand.id)
        return notice

    def find(self, id: str) -> Errand:  # noqa: A002 - the record's own word
        """The errand with this id. Raises ErrandError where there is none."""
        errand = self.stores.errands.find(id)
        if errand is None:
            raise ErrandError("there is no such errand", hint="`consentguard errands list` shows those there are")
        return errand

    def _attempt(self, errand: Errand) -> bool | None:
        """Whether an errand was done; None where somebody else does it. It is put off before it is tried."""
        wait = min(FIRST_AGAIN * 2 ** min(errand.tries, 30), LONGEST)
        claimed = replace(errand, tries=errand.tries + 1, next_at=self.clock.now() + max(wait, LEASE))
        if not self.stores.errands.change(claimed, errand):
            return None
        try:
            proof = self._doing.do(claimed)
        except ErrandError:
            self.stores.errands.change(replace(claimed, next_at=self.clock.now() + wait), claimed)
            return False
        try:
            self._done(claimed, claimed.hand, proof)
        except ErrandError:
            return None  # it took so long that somebody else has done it meanwhile
        return True

    def _done(self, errand: Errand, by: str, proof: str) -> Errand:
        """The errand done, with its evidence; what had to be known to do it is forgotten."""
        nothing, now = self.sealer.seal(b""), self.clock.now()
        done = replace(errand, state="done", payload=nothing, done_at=now, by=by, proof=proof)
        with self.stores.transactions.atomic():
            if not self.stores.errands.change(done, errand):
                raise ErrandError("the errand was changed by somebody else meanwhile", hint="look at it, and try again")
            facts = {"kind": errand.kind, "target": errand.target, "hand": errand.hand}
            self.witness.record("errand.done", self._subject(errand), request=errand.about, errand=errand.id, **facts)
        return done

    def _subject(self, errand: Errand) -> str:
        """Whom an errand is about, by the pseudonym of their request; nobody in particular where a run made it."""
        request = self.stores.requests.find(errand.about)
        return request.contact_ref if request else EVERYONE

    def _elsewhere(self, request: RightsRequest, concern: Concern) -> Sequence[tuple[Target, Notice]]:
        return [
            (target, _notice(request, target.kind, target.name, concern)) for target in targets(self.data_map, concern)
        ]

    def _ours(self, request: RightsRequest, concern: Concern) -> Sequence[tuple[Target, Notice]]:
        """The sessions of those who sign in: the framework's users are the data subjects of that name."""
        users = tuple(person for person in concern.people if person.kind == SUBJECT)
        if concern.kind != "erase" or not users:
            return []
        ended = Target("session", "sessions")
        return [(ended, _notice(request, "session", ended.name, Concern(kind=None, people=users)))]

    def _made(self, request: RightsRequest, target: Target, notice: Notice) -> Errand:
        now = self.clock.now()
        hand: Hand = "ours" if target.kind == "session" else "connector" if target.name in self.connectors else "person"
        return Errand(
            id=new_id(now),
            about=request.id,
            kind=target.kind,
            target=target.name,
            hand=hand,
            payload=self.sealer.seal(written(notice)),
            made_at=now,
            next_at=now,
            due_on=request.due_on,
        )

    @property
    def _doing(self) -> Doing:
        return Doing(
            schema=self.data_map.schema,
            dataset=self.stores.dataset,
            sealer=self.sealer,
            files=self.files,
            sessions=self.sessions,
            connectors=self.connectors,
        )


def _notice(request: RightsRequest, kind: ErrandKind, target: str, concern: Concern) -> Notice:
    return Notice(
        kind=kind,
        target=target,
        request=request.id,
        address=concern.address,
        people=tuple(map(str, concern.people)),
        external=dict(concern.external),
        corrections=dict(concern.corrections),
        due_on=request.due_on,
    )


def _worked(attempts: Iterable[bool | None]) -> Worked:
    went = list(attempts)
    return Worked(done=went.count(True), failed=went.count(False))
