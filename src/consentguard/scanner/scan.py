"""Scans a site: a fresh browser for each choice, all pages in each, and the policy held against what was seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from consentguard.consent import purposes_to_choose
from consentguard.findings import Finding
from consentguard.manifest.load import load
from consentguard.manifest.schema import Manifest
from consentguard.scanner.chromium import chromium
from consentguard.scanner.comparison import compare
from consentguard.scanner.plan import Plan
from consentguard.scanner.report import Report
from consentguard.scanner.sightings import Sighting, State
from consentguard.scanner.suggestion import suggest
from consentguard.scanner.visit import Visit, reach

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BANNER = "[data-consent-banner]"
ACCEPT, REFUSE = f"{BANNER} button[value=accept]", f"{BANNER} button[value=refuse]"
"""The buttons of our own banner."""
_ANSWERS: Mapping[State, str] = {"refused": "to refuse", "accepted": "to accept"}


def scan(plan: Plan | str, manifest: Path | str = "privacy.toml", *, browser: Browser | None = None) -> Report:
    """Visit a site before and after each choice, and compare it with the policy in the file `manifest`.

    `plan` may be the address alone. `browser` is a Playwright browser that runs already, as in a site's own tests.
    Raises ScannerError where the site or a browser does not answer, ManifestError for a policy that is none.
    """
    plan = Plan(url=plan) if isinstance(plan, str) else plan
    declared = load(Path(manifest)).manifest
    _ = plan.addresses  # what is wrong with them is told before a browser starts
    with ExitStack() as stack:
        running = browser or stack.enter_context(chromium(plan.browser))
        tour = _Tour(plan, running)
        tour.walk()
    findings = (*compare(declared, tour.seen), *_missing(declared, tour), *_unreached(tour))
    return Report(
        url=plan.start.partition("?")[0],
        pages=tuple(dict.fromkeys(urlsplit(address).path for address in tour.addresses)),
        states=tuple(tour.states),
        sightings=tuple(tour.seen),
        findings=findings,
        suggestion=suggest(declared, tour.seen),
    )


@dataclass
class _Tour:
    """The visits of one scan, and what came of them."""

    plan: Plan
    browser: Browser
    addresses: list[str] = field(default_factory=list)
    unreached: dict[str, None] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    seen: list[Sighting] = field(default_factory=list)

    def walk(self) -> None:
        """All states, the one before any choice first: it finds the pages for the others."""
        self._look()
        if self.plan.signal:
            self._pass("signal")
        self._choose(self.plan.refuse or REFUSE, "refused")
        self._choose(self.plan.accept or ACCEPT, "accepted")

    def _look(self) -> None:
        self.addresses = list(self.plan.addresses)
        with self._visit("before") as visit:
            reach(visit)
            found = self._more(visit)
            for address in self.addresses[1:]:
                self._open(visit, address)
                found += self._more(visit)
            self._crawl(visit, found)

    def _crawl(self, visit: Visit, found: list[str]) -> None:
        """Follow links, the nearest first, until as many pages were added as the plan asks for."""
        tried, left = set(self.addresses), self.plan.crawl
        while left and found:
            address = found.pop(0)
            if address in tried:
                continue
            tried.add(address)
            if visit.open(address):
                self.addresses.append(address)
                found += self._more(visit)
                left -= 1

    def _more(self, visit: Visit) -> list[str]:
        return visit.links() if self.plan.crawl else []

    def _pass(self, state: State) -> None:
        with self._visit(state) as visit:
            self._rest_of(visit, self.addresses)

    def _choose(self, button: str, state: State) -> None:
        """Press the button on the first page and visit all again; nothing where there is no such button."""
        with self._visit("before") as visit:
            reach(visit)
            if visit.choose(button, state):
                self.states.append(state)
                self._rest_of(visit, self.addresses)

    def _rest_of(self, visit: Visit, addresses: Sequence[str]) -> None:
        for address in addresses:
            self._open(visit, address)

    def _open(self, visit: Visit, address: str) -> None:
        if not visit.open(address):
            self.unreached.setdefault(urlsplit(address).path)

    @contextmanager
    def _visit(self, state: State) -> Iterator[Visit]:
        """A visitor whom the site has never seen."""
        options: dict[str, Any] = {}
        if self.plan.credentials:
            name, password = self.plan.credentials
            options["http_credentials"] = {"username": name, "password": password, "origin": _origin(self.plan.start)}
        with ExitStack() as stack:
            context = self.browser.new_context(**options)
            stack.callback(context.close)
            visit = Visit(self.plan, context, state)
            yield visit
            self.seen += visit.seen
        if state not in self.states:
            self.states.append(state)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _missing(manifest: Manifest, tour: _Tour) -> Iterator[Finding]:
    """The answers that could not be given, where the policy has something to choose about."""
    if not purposes_to_choose(manifest, None, dt.datetime.now(dt.UTC).date()):
        return
    for state, words in _ANSWERS.items():
        if state not in tour.states:
            yield Finding(
                id="S-NO-CHOICE",
                severity="error",
                message=f"the first page shows no button {words}, so the site was not seen after that choice",
                hint="show the banner on every page, or name a foreign banner's buttons with --accept-selector and "
                "--refuse-selector",
            )


def _unreached(tour: _Tour) -> Iterator[Finding]:
    for path in tour.unreached:
        yield Finding(
            id="S-PAGE", severity="warning", message=f"{path} does not answer with a page", hint="mend --page"
        )
