"""Keeps a site from answering while its database is an older copy that nobody has replayed the ledger on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from consentguard.errors import ConsentGuardError

RETRY_AFTER = 60
"""After how many seconds a visitor may try again."""
CALM, ANXIOUS = 600.0, 5.0
"""After how many seconds the ledger is looked at again, while it was well and while it was not."""
REFUSAL = "This site is being put back into order and answers again soon.\n"
_log = logging.getLogger("consentguard.tombstones")


class Standby:
    """What this process knows of each database; asked with its first request, and rarely after that.

    A ledger that cannot be reached refuses where nothing is known yet, and changes nothing where it was well before: an
    object store that is down must not take a running site with it.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[str, tuple[bool, float]] = {}

    def refuses(self, database: str, is_due: Callable[[], bool]) -> bool:
        """Whether requests on a database are to be refused."""
        refused, until = self._known.get(database, (True, self._now()))
        if self._now() >= until:
            refused = self._ask(database, is_due, refused)
            self._known[database] = refused, self._now() + (ANXIOUS if refused else CALM)
        return refused

    def _ask(self, database: str, is_due: Callable[[], bool], before: bool) -> bool:
        try:
            due = is_due()
        except ConsentGuardError as error:
            _log.error("the ledger of %s cannot be read: %s", database, error.message)
            return before
        if due:
            _log.error("%s was restored, and nobody ran `consentguard restore-replay`: requests are refused", database)
        return due
