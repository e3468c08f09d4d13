"""A sealer in a thread of the site's own process: for a demo, or a site of one process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from consentguard.errors import ConsentGuardError

_log = logging.getLogger("consentguard.evidence")


class Sealing(Protocol):
    """What the thread needs of `consentguard.evidence.Evidence`."""

    def seal(self) -> int:
        """Chain the entries that wait; how many were."""


class SealerThread(threading.Thread):
    """Seals every so many seconds until `stop`, and ends with the process.

    `evidence` makes the evidence anew for each run, as in `lambda: guards.at().evidence`. A run that fails is logged,
    and the next one tries again.
    """

    def __init__(self, evidence: Callable[[], Sealing], every: float) -> None:
        super().__init__(name="consentguard-sealer", daemon=True)
        self._evidence = evidence
        self._every = every
        self._stopped = threading.Event()

    def run(self) -> None:
        """Seal, wait, and so on."""
        while True:
            try:
                self._evidence().seal()
            except ConsentGuardError as error:
                _log.warning("the sealer could not run: %s", error.message)
            if self._stopped.wait(self._every):
                return

    def stop(self) -> None:
        """End after the run that is under way, and wait for it."""
        self._stopped.set()
        self.join()
