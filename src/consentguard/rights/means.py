"""What the parts of this room share: the ports they ask by, and the few things that each does with a request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from consentguard.datamap.map import DataMap
from consentguard.manifest.schema import Manifest
from consentguard.plan.execution import Execution
from consentguard.ports import (
    Agreements,
    Clock,
    Elsewhere,
    Macs,
    Mail,
    Mailings,
    Pseudonyms,
    Receipts,
    Restrictions,
    Sealer,
    Stores,
    Undertaker,
    Witness,
)
from consentguard.records import RightsRequest, SubjectRef
from consentguard.rights.deadlines import Deadline
from consentguard.rights.details import Details, read, written
from consentguard.rights.errors import RightsError, StateError
from consentguard.rights.states import check
from consentguard.rights.terms import COPIES, copy_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What the guard hands in. `contacts` seals addresses to answer to, `asked` what else somebody asked for.

    `is_enrolled` tells whether a data subject has a second factor.
    """

    data_map: DataMap
    stores: Stores
    witness: Witness
    pseudonyms: Pseudonyms
    macs: Macs
    contacts: Sealer
    asked: Sealer
    execution: Execution
    undertaker: Undertaker
    elsewhere: Elsewhere
    restrictions: Restrictions
    agreements: Agreements
    mailings: Mailings
    receipts: Receipts
    is_enrolled: Callable[[SubjectRef], bool]
    mail: Mail
    link: Callable[..., str]
    clock: Clock

    @property
    def manifest(self) -> Manifest:
        """The policy."""
        return self.data_map.manifest

    def find(self, id: str) -> RightsRequest:  # noqa: A002 - the record's own word
        """The request with this id. Raises RightsError where there is none."""
        request = self.stores.requests.find(id)
        if request is None:
            raise RightsError("there is no such request", hint="`consentguard rights list` shows those there are")
        return request

    def changed(self, request: RightsRequest, **facts: Any) -> RightsRequest:
        """Joined. The request from now on.

        Raises StateError where it cannot become that, or somebody else changed it meanwhile.
        """
        changed = replace(request, **facts)
        check(request, changed.state)
        if not self.stores.requests.change(changed, request):
            raise StateError("the request was changed by somebody else meanwhile", hint="look at it, and try again")
        return changed

    def deadline(self, request: RightsRequest) -> Deadline:
        """The time limits of a request."""
        return Deadline(
            manifest=self.manifest,
            right=request.right,
            jurisdiction=request.jurisdiction,
            received=request.received_at.date(),
        )

    def copy_until(self, request: RightsRequest) -> dt.datetime | None:
        """The moment from which the copy that was asked for is not given out any more; None where there is none."""
        return copy_until(request, self.details(request).approved_at) if request.right in COPIES else None

    def address(self, request: RightsRequest) -> str:
        """Where the mails about a request go; empty where nobody gave an address."""
        return self.contacts.open(request.contact).decode()

    def details(self, request: RightsRequest) -> Details:
        """What else was asked for."""
        return read(self.asked.open(request.details)) if request.details else Details()

    def sealed(self, details: Details) -> bytes:
        """Details as a request keeps them: sealed, also where nothing else was asked."""
        return self.asked.seal(written(details))
