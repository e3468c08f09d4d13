"""What carrying out a request would do, with the digest that is approved: over rules and rows, never over counts."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from consentguard.plan.digest import digest
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.steps import Found, Plan
from consentguard.records import Concern, ErrandKind, RequestState, RightsRequest
from consentguard.rights.correcting import Rectification
from consentguard.rights.details import written
from consentguard.rights.errors import StateError
from consentguard.rights.factors import look_again
from consentguard.rights.limiting import Objection, OptOut, Restriction, Withdrawal
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.people import About
from consentguard.rights.terms import COPIES

PLANNED: tuple[RequestState, ...] = ("confirmed", "approved")
"""The states of a request in which somebody may be looked up."""
_NEEDED = {"none": 0, "one": 1, "two": 2}


class Act(Protocol):
    """What one right does, if it is neither a copy nor an erasure."""

    @property
    def errand(self) -> ErrandKind | None:
        """What other places and recipients are asked for, if they are."""

    def lines(self) -> Iterator[str]:
        """What would be done, in English."""

    def do(self) -> Outcome:
        """Joined. Do it."""

    def categories(self) -> frozenset[str]:
        """The categories that it concerns."""


class _Made(Protocol):
    def __call__(self, means: Means, request: RightsRequest, /) -> Act: ...


ACTS: Mapping[str, _Made] = {
    "rectification": Rectification,
    "objection": Objection,
    "restriction": Restriction,
    "withdrawal": Withdrawal,
    "opt_out": OptOut,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would be done for `people`, in `lines` of English. `digest` is what is approved; `plan` that of an erasure.

    After a rotation of keys a plan still has its `older` digests.
    """

    request: RightsRequest
    people: tuple[Found, ...]
    lines: tuple[str, ...]
    digest: str
    older: tuple[str, ...] = ()
    plan: Plan | None = None

    def is_of(self, digest: str) -> bool:
        """Whether a digest is that of this plan. In constant time."""
        return sum(hmac.compare_digest(known.encode(), digest.encode()) for known in (self.digest, *self.older)) > 0


@dataclass(frozen=True, slots=True)
class Planning:
    """Plans requests."""

    means: Means

    def needed(self, request: RightsRequest) -> int:
        """How many people have to approve the plan, as the policy says."""
        return self.needed_for(request.right)

    def needed_for(self, right: str) -> int:
        """How many people have to approve a plan of a right."""
        rights = (self.means.manifest.rights or {}).items()
        return next((_NEEDED[each.approval] for name, each in rights if name == right), 0)

    def plan(self, request: RightsRequest) -> Planned:
        """What would be done.

        Raises StateError before the request is confirmed and after it was begun; FactorNeededError as `look_again`
        does; PlanError.
        """
        if request.state not in PLANNED:
            raise StateError(f"the request is {request.state}", hint="it is planned once it is confirmed")
        about = About(self.means, request)
        look_again(about)
        people = about.people
        if request.right == "erasure":
            plan = self.erasure(people)
            lines = tuple(plan.lines())
            return Planned(
                request=request, people=people, lines=lines, digest=digest(self.means.data_map, plan), plan=plan
            )
        lines = ("make a copy",) if request.right in COPIES else tuple(self.act(request).lines())
        newest, *older = self.means.macs.every(self._facts(request, people))
        return Planned(request=request, people=people, lines=lines, digest=newest, older=tuple(older))

    def erasure(self, people: tuple[Found, ...]) -> Plan:
        """The plan that erases people, with the holds and least times of this moment. Raises PlanError."""
        stores = self.means.stores
        exceptions = Exceptions(data_map=self.means.data_map, holds=stores.holds.in_force(), now=self.means.clock.now())
        return erasure(self.means.data_map, people, stores.dataset.count, exceptions)

    def act(self, request: RightsRequest) -> Act:
        """What the right of a request does."""
        return ACTS[request.right](self.means, request)

    def concern(self, request: RightsRequest, people: tuple[Found, ...]) -> Concern:
        """What the request concerns in other places; `people` are those who were found for it."""
        about, details = About(self.means, request), self.means.details(request)
        kind: ErrandKind | None = "erase" if request.right == "erasure" else None
        categories: frozenset[str] = about.categories() if request.right == "erasure" else frozenset()
        if request.right in ACTS:
            act = self.act(request)
            kind = act.errand if people else None
            categories = act.categories() if kind else frozenset()
        return Concern(
            kind=kind,
            address=next((address for address, _ in about.addresses()), ""),
            people=about.subjects(),
            categories=categories,
            controllers=about.controllers(),
            external=details.external,
            corrections=details.corrections,
        )

    def _facts(self, request: RightsRequest, people: tuple[Found, ...]) -> bytes:
        """What a plan that erases nothing is made of: what was asked, and for whom."""
        who = sorted(f"{each.subject} {each.root} {key}" for each in people for key in each.keys)
        details = self.means.details(request)
        asked = written(replace(details, people=(), note="", twin="", reason="", approved_at=None, shown="")).decode()
        return json.dumps(["plan", request.id, request.right, asked, who]).encode()
