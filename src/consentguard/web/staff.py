"""What is taken down when somebody of the staff tries what none of their roles lets them do."""

from __future__ import annotations

import logging

from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.roles import role_of
from consentguard.web.limits import is_within

REFUSED = "role.refused"
"""The act: whom it concerns is who was refused, by their pseudonym; the facts are the role and what was tried."""
LIMIT = "5/hour"
"""How often the same is taken down of the same person, so that a loop does not fill the evidence."""
_log = logging.getLogger("consentguard")


def refused(guard: Guard, what: str, staff: SubjectRef | None) -> None:
    """Take down, in a transaction of its own, that somebody was refused a screen or an act. Raises nothing.

    Of a visitor who is nobody nothing is: the evidence would fill with crawlers. What cannot be taken down is logged,
    without a name, and they are refused all the same.
    """
    if staff is None:
        return
    try:
        who = guard.pseudonyms.of(staff)
        if is_within(LIMIT, guard.site, REFUSED, f"{who}:{what}"):
            with guard.stores.transactions.atomic():
                guard.evidence.record(REFUSED, who, role=str(role_of(what) or ""), tried=what)
    except ConsentGuardError as error:
        _log.error("that %s was refused is in no evidence: %s", what, error)
