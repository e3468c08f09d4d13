"""The letters about a request as they would go out, for whoever decides to look at before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from consentguard.letters import Letter
from consentguard.plan.leftover import Left
from consentguard.plan.steps import Plan
from consentguard.records import Denial, RightsRequest
from consentguard.rights.deciding import Deciding
from consentguard.rights.details import Details
from consentguard.rights.mails import Mails
from consentguard.rights.means import Means
from consentguard.rights.outcome import Outcome
from consentguard.rights.people import number
from consentguard.rights.planning import Planned


@dataclass(frozen=True, slots=True)
class Previews:
    """Writes them, and sends nothing."""

    means: Means

    def denial(self, request: RightsRequest, denial: Denial, reason: str) -> Letter:
        """Why a request would be refused."""
        return self._mails.denial(replace(request, denial=denial), self._details(request, reason))

    def extension(self, request: RightsRequest, reason: str) -> Letter:
        """Until when, and why, an answer would take longer. Raises as `Rights.extend` does."""
        due = Deciding(self.means).later(request, reason)
        return self._mails.extension(replace(request, due_on=due), self._details(request, reason))

    def outcome(self, request: RightsRequest) -> Letter:
        """What was done about a request so far."""
        return self._mails.outcome(request, self.means.details(request))

    def planned(self, planned: Planned, plan: Plan) -> Letter:
        """What an erasure would come to by its plan; other places that are asked are not known yet."""
        left = [
            Left(label=step.label, rows=step.rows, ground=step.ground)
            for step in plan.kept
            if step.ground in ("held", "law")
        ]
        counts = {step: step.rows for step in plan.acts}
        outcome = Outcome.of(number(planned.people), plan).carried(counts, left)
        return self.outcome(replace(planned.request, outcome=str(outcome)))

    def _details(self, request: RightsRequest, reason: str) -> Details:
        return msgspec.structs.replace(self.means.details(request), reason=reason.strip())

    @property
    def _mails(self) -> Mails:
        return Mails(self.means.data_map)
