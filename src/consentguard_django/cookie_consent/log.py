"""The log of django-cookie-consent, taken over into the evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from cookie_consent.models import ACTION_ACCEPTED, LogItem

from consentguard.consent import Consent
from consentguard.consent.imported import Logged, take_over, unknown
from consentguard_django.cookie_consent import groups
from consentguard_django.cookie_consent.middleware import SOURCE
from consentguard_django.cookie_consent.options import lasts

PORTION = 500
"""Lines that are taken over in one transaction."""


def length() -> int:
    """How many lines the log has."""
    with groups.answering():
        return LogItem._default_manager.count()


def take_log_over(consent: Consent, *, dry_run: bool, progress: Callable[[int], None]) -> int:
    """Take down the lines that are not in the evidence yet; how many they are. What was begun goes on when asked again.

    With `dry_run` they are counted, and nothing is written. `progress` is told the number of lines after each portion.
    """
    new = 0
    for lines in _portions():
        new += len(unknown(consent, SOURCE, lines)) if dry_run else take_over(consent, SOURCE, lines)
        progress(len(lines))
    return new


def _portions() -> Iterator[list[Logged]]:
    """By primary key, so that a line that is written meanwhile is not passed over."""
    last = 0
    while items := list(
        LogItem._default_manager.select_related("cookiegroup").filter(pk__gt=last).order_by("pk")[:PORTION]
    ):
        yield [_line(item) for item in items]
        last = items[-1].pk


def _line(item: LogItem) -> Logged:
    return Logged(
        key=str(item.pk),
        at=item.created.astimezone(dt.UTC),
        service=groups.name_of(item.cookiegroup.varname),
        accepted=item.action == ACTION_ACCEPTED,
        shown=item.version,
        lasts=dt.timedelta(seconds=lasts()),
    )
