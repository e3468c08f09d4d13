"""What can be wrong with a request of a data subject."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError
from consentguard.records import SubjectRef


class RightsError(ConsentGuardError):
    """A request cannot be taken or carried out: a right that is not offered, an address that is none, a wrong state."""


class StateError(RightsError):
    """A request is not in the state for what was to be done with it."""


class FactorNeededError(RightsError):
    """A mailed link alone will not do: the request is about `holders`, whose second factor was not given."""

    def __init__(self, holders: tuple[SubjectRef, ...]) -> None:
        """Their references are for who answers, and stand in no message."""
        super().__init__(
            "the request is about somebody with a second factor, who has not given it",
            hint="let them give it and ask anew, or say that you saw another proof: `consentguard rights verify`",
        )
        self.holders = holders


class PlanChangedError(RightsError):
    """The plan is no longer the one that was looked at or approved: it has to be looked at again."""
