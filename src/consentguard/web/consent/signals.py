"""Somebody signs in with a browser that sends Global Privacy Control: on a page of the host's, which nothing stops."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.privacy import jurisdiction_of, sends_signal

_log = logging.getLogger("consentguard")


def signed_in(
    guard: Callable[[], Guard],
    headers: Mapping[str, str],
    address: str,
    subject: Callable[[Guard], SubjectRef | None],
) -> None:
    """Take down, once, what the browser refuses for whoever has just signed in.

    Without the signal, nothing is even looked at. What fails is logged: nobody is kept from signing in.
    """
    if not sends_signal(headers):
        return
    try:
        _record(guard(), headers, address, subject)
    except ConsentGuardError as error:
        _log.error("the signal of a browser could not be taken down at sign-in: %s", error)


def _record(
    guard: Guard, headers: Mapping[str, str], address: str, subject: Callable[[Guard], SubjectRef | None]
) -> None:
    from consentguard.consent.signals import refuse_by_signal  # for the few who send the signal

    refused = guard.site.refused_by_signal
    who = subject(guard) if refused else None
    if who:
        place = jurisdiction_of(guard.site, headers, address)
        refuse_by_signal(guard.consent, who, refused, jurisdiction=place)
