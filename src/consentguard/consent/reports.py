"""Cookies that must not leave, taken down once for each process and place, and told to who looks after the policy."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from threading import Lock
from typing import NamedTuple, cast

from consentguard.consent.gate import Reason
from consentguard.consent.inventory import Declared, Inventory
from consentguard.findings import Finding
from consentguard.ports import Clock, EvidenceEntries, InsideTransactionError, Stores, Witness
from consentguard.records import Tally

ACT = "cookie.reported"
LOOKED_BACK = dt.timedelta(days=30)
"""For how long a report is shown after the last time."""
MOST = 200
"""Reports that one process takes down: names may be made of what visitors send, and the evidence is for few of them."""
LATER = dt.timedelta(minutes=1)
"""How long nothing is written after the database refused it."""
MOST_PLACES = 3
UNNAMED = "(no name that can be written)"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,80}", re.ASCII)
_KEY = re.compile(r"[^a-z0-9]+")
_log = logging.getLogger("consentguard")


class Report(NamedTuple):
    """That a cookie was about to leave without consent, or undeclared: where, and what became of it (`mode`).

    `route` is the pattern of the address, such as `orders/<int:pk>`, and never what a visitor asked for.
    """

    cookie: str
    reason: Reason
    route: str
    mode: str

    @classmethod
    def of(cls, name: str, reason: Reason, route: str, mode: str) -> Report:
        """A report whose name is a cookie's name and nothing else."""
        return cls(name if _NAME.fullmatch(name) else UNNAMED, reason, route[:200], mode)


class Reports:
    """What a process has taken down for a site: each report once for a database, and not more than MOST."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._seen: set[tuple[str, Report]] = set()
        self._later: dt.datetime | None = None
        self._warned = False

    def news(self, database: str, reports: Iterable[Report]) -> list[Report]:
        """Those that are to be taken down now."""
        if self._later and self._clock.now() < self._later:
            return []
        return [each for each in dict.fromkeys(reports) if (database, each) not in self._seen]

    def take_down(self, reports: Iterable[Report], stores: Stores, witness: Callable[[], Witness]) -> None:
        """Durable. Take down those that are new. Never raises: an answer is on its way, and a later one tries again."""
        for report in self.news(stores.name, reports):
            if not self._claim(stores.name, report):
                continue
            try:
                stores.transactions.outside()
                witness().record(ACT, **report._asdict())
            except Exception as error:  # noqa: BLE001 - whatever the host's database has to say is not for a visitor
                self._failed(stores.name, report, error)
                return

    def _claim(self, database: str, report: Report) -> bool:
        with self._lock:
            if (database, report) in self._seen or len(self._seen) >= MOST:
                return False
            self._seen.add((database, report))
            return True

    def _failed(self, database: str, report: Report, error: Exception) -> None:
        with self._lock:
            self._seen.discard((database, report))
            if not isinstance(error, InsideTransactionError):
                self._later = self._clock.now() + LATER
            first, self._warned = not self._warned, True
        if first:
            said = "the cookie %s is %s, which could not be taken down (%s): a later answer tries again"
            _log.warning(said, report.cookie, report.reason, type(error).__name__)


def findings(entries: EvidenceEntries, inventory: Inventory, now: dt.datetime) -> Iterator[Finding]:
    """What the last reports say of a policy as it is now: nothing of a cookie that has been declared since.

    One for each cookie, the most frequent first. Raises StoreError.
    """
    told = defaultdict[str, list[tuple[Tally, Report]]](list)
    for tally in entries.tally(ACT, now - LOOKED_BACK):
        report = _parsed(tally.details)
        if report is not None and not _settled(report, inventory.find(report.cookie)):
            told[report.cookie].append((tally, report))
    ranked = sorted(told.items(), key=lambda each: (-sum(tally.count for tally, _ in each[1]), each[0]))
    yield from (_finding(name, each, inventory.find(name)) for name, each in ranked)


def advice(name: str, declared: Declared | None) -> str:
    """What to do about a cookie that must not leave."""
    if declared is None:
        key = _KEY.sub("_", name.lower()).strip("_")
        key = key if key[:1].isalpha() else f"cookie_{key}".rstrip("_")
        return (
            f'add [cookies.{key}] to privacy.toml with names = ["{name}"], and the purpose that it serves; '
            "with essential = true where visitors ask for what it does"
        )
    service = declared.services[0]
    return (
        f'set it only where `privacy.allows("{service}")` says so; or, where visitors ask for what it does, '
        f"add essential = true to [cookies.{service}]"
    )


def _settled(report: Report, declared: Declared | None) -> bool:
    return declared is not None and (declared.essential or report.reason == "undeclared")


def _finding(name: str, told: list[tuple[Tally, Report]], declared: Declared | None) -> Finding:
    times, last = sum(tally.count for tally, _ in told), max(tally.day for tally, _ in told)
    routes = list(dict.fromkeys(report.route for _, report in told if report.route))
    places = ", ".join(routes[:MOST_PLACES]) + (f" and {more} more" if (more := len(routes) - MOST_PLACES) > 0 else "")
    what = "a cookie leaves that the policy does not declare"
    if declared is not None:
        what = "a cookie leaves without the consent that it waits for"
    if all(report.mode != "report" for _, report in told):
        what = what.replace("leaves", "is kept from leaving", 1)
    said = f"{name}: {what}; reported {times} time{'s' * (times != 1)}, last on {last}"
    return Finding(
        id="C-UNDECLARED" if declared is None else "C-UNCONSENTED",
        severity="warning",
        message=f"{said}, by {places}" if places else said,
        where=f"cookies.{declared.services[0]}" if declared else "cookies",
        hint=advice(name, declared),
    )


def _parsed(details: str) -> Report | None:
    """The report that an entry is; None for what nobody of ours wrote."""
    try:
        facts = json.loads(details)
        return Report(*(cast("str", facts[name]) for name in Report._fields))  # type: ignore[arg-type]
    except (ValueError, KeyError, TypeError):
        return None
