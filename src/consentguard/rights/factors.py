"""Whose second factor a request takes, before anything is given out or destroyed by it."""

from __future__ import annotations

from consentguard.ports import Shown
from consentguard.records import RightsRequest, SubjectRef
from consentguard.rights.errors import FactorNeededError
from consentguard.rights.means import Means
from consentguard.rights.people import About
from consentguard.rights.terms import COPIES, PROTECTED


def holder(about: About, shown: Shown) -> SubjectRef | None:
    """The one of those whom a request is about who has a second factor, and has given it; None where nobody has one.

    Raises FactorNeededError where there are several, and where it was not given.
    """
    holders = tuple(each for each in about.subjects() if about.means.is_enrolled(each))
    if holders and holders != (shown(),):
        raise FactorNeededError(holders)
    return holders[0] if holders else None


def is_protected(means: Means, request: RightsRequest) -> bool:
    """Whether what a request asks for takes the second factor of whoever has one."""
    return means.manifest.twofactor is not None and request.right in PROTECTED


def look_again(about: About) -> None:
    """Raise FactorNeededError where a mailed link confirmed what by now concerns somebody whose factor was not given.

    Rows change between confirming and carrying out, and people set factors up. A copy is looked at when it is
    downloaded.
    """
    means, request = about.means, about.request
    if request.identity != "mail" or request.right in COPIES or not is_protected(means, request):
        return
    given = means.details(request).shown
    holder(about, lambda: SubjectRef.parse(given) if given else None)
