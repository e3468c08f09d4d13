"""What can be wrong with a request of a data subject."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError


class RightsError(ConsentGuardError):
    """A request cannot be taken or carried out: a right that is not offered, an address that is none, a wrong state."""


class StateError(RightsError):
    """A request is not in the state for what was to be done with it."""


class PlanChangedError(RightsError):
    """The plan is no longer the one that was looked at or approved: it has to be looked at again."""
