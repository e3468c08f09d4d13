"""The cookies of an answer, before it leaves: what adapters ask in whichever place sees all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consentguard.consent.errors import CookieRefusedError
from consentguard.consent.gate import Reason, refused
from consentguard.consent.reports import Report, advice
from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.web.privacy import Privacy

SetCookie = tuple[str, Callable[[], str]]
"""A cookie that an answer sets: its name, and what gives the `Set-Cookie` header, which is seldom looked at."""
_WHY: dict[Reason, str] = {
    "undeclared": "the policy does not declare it",
    "unconsented": "it waits for a consent that this visitor has not given",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """The cookies of one answer that must not leave.

    `withheld` are the places in the answer of those that the adapter takes out of it: none in the mode `report`.
    """

    withheld: frozenset[int]
    reports: tuple[Report, ...]
    _guard: Guard = field(repr=False)

    @property
    def is_news(self) -> bool:
        """Whether something is to be taken down that this process has not taken down yet."""
        return bool(self._guard.site.cookie_reports.news(self._guard.stores.name, self.reports))

    def take_down(self) -> None:
        """Write what is new into the evidence. Asks the database; never raises."""
        guard = self._guard
        guard.site.cookie_reports.take_down(self.reports, guard.stores, lambda: guard.evidence)


def judged(privacy: Privacy, cookies: Sequence[SetCookie], route: Callable[[], str]) -> Refused | None:
    """Those of an answer's cookies that must not leave; None where all may. Asks no database.

    `route` gives the pattern of the address that answered. A site without a policy, or whose policy has no section
    `[cookies]`, keeps none back. Raises CookieRefusedError in the mode `raise`.
    """
    try:
        guard = privacy.guard
        inventory = guard.site.inventory
    except ConsentGuardError:
        return None  # no policy, or none for this address: then nobody promised anything about cookies
    if inventory is None:
        return None
    now = guard.clock.now
    reasons = [refused(inventory, name, header, privacy.permits, now) for name, header in cookies]
    if not any(reasons):
        return None
    mode, pattern = guard.site.settings.cookies, route()
    names = [name for name, _ in cookies]
    reports = tuple(
        Report.of(name, reason, pattern, mode) for name, reason in zip(names, reasons, strict=True) if reason
    )
    if mode == "raise":
        raise _error(reports[0], guard)
    return Refused(
        frozenset(place for place, reason in enumerate(reasons) if reason) if mode == "strip" else frozenset(),
        reports,
        guard,
    )


def _error(report: Report, guard: Guard) -> CookieRefusedError:
    declared = guard.site.inventory.find(report.cookie) if guard.site.inventory else None
    place = f" by {report.route}" if report.route else ""
    message = f"the cookie {report.cookie} is set{place}, and {_WHY[report.reason]}"
    return CookieRefusedError(message, hint=advice(report.cookie, declared))
