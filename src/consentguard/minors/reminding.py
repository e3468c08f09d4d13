"""Reminds those who decide of reports whose time runs out: one mail about all of them, and nothing of whom they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consentguard.letters import Letter
from consentguard.records import UNDECIDED, MinorReport
from consentguard.words import N_, words

if TYPE_CHECKING:
    from consentguard.minors import Minors

SHARES = (100, 80, 50)
"""Shares of the time, in percent, at which somebody is reminded: as of requests."""


@dataclass(frozen=True, slots=True)
class Reminding:
    """Looks at every clock. A report that was confirmed has a request, of which the rights remind."""

    minors: Minors

    def remind(self) -> tuple[MinorReport, ...]:
        """Durable. Remind the controller's contact, once at each share. Raises MailError, and nothing is noted then."""
        minors = self.minors
        found = [
            (report, share)
            for state in UNDECIDED
            for report in minors.in_state(state)
            if (share := self._share(report)) > report.reminded
        ]
        controller = minors.manifest.controller
        if found and controller and controller.mailbox:
            minors.mail.send(self._letter(found).to(controller.mailbox))
        return tuple(report for each, share in found if (report := self._noted(each, share)))

    def _noted(self, report: MinorReport, share: int) -> MinorReport | None:
        reminded = replace(report, reminded=share)
        with self.minors.stores.transactions.atomic():
            if not self.minors.stores.minor_reports.move(reminded, report):
                return None  # somebody has just decided
            self.minors.witness.record("minor.reminder", report.subject, report=report.id, percent=share)
        return reminded

    def _share(self, report: MinorReport) -> int:
        whole = max(report.due_at - report.received_at, dt.timedelta(seconds=1))
        over = (self.minors.clock.now() - report.received_at) / whole * 100
        return next((share for share in SHARES if over >= share), 0)

    def _letter(self, found: Iterable[tuple[MinorReport, int]]) -> Letter:
        language = self.minors.manifest.site.languages[0]
        w = words(language)
        say = N_("{report}: {percent} % of the time is over; the data has to be gone by {day}.")
        lines = [
            w.say(say, report=each.id, percent=str(share), day=w.date(each.due_at.date())) for each, share in found
        ]
        return Letter(language=language, title=w.say("Reports about minors wait"), paragraphs=tuple(lines))
