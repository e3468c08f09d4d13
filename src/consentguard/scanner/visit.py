"""One visitor's browser on the site: opens its pages, answers its banner, and notes what is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import BAD_REQUEST
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from consentguard.scanner.errors import ScannerError
from consentguard.scanner.plan import Plan
from consentguard.scanner.sightings import Kind, Sighting, State

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Frame, Page, Request

PATIENCE = 30_000
"""Milliseconds for which a page may load."""
QUIET = 5_000
"""Milliseconds for which a page is waited for to go quiet; one that polls never does."""
THERE = 2_000
"""Milliseconds for which a banner is waited for on a page that is at rest."""
ANSWERED = 500
"""Milliseconds within which a banner begins to send the answer, or to load the page again."""
_KEYS = """async () => {
    const names = {localStorage: [], sessionStorage: [], indexedDB: []};
    for (const store of ['localStorage', 'sessionStorage']) {
        try { names[store] = Object.keys(window[store]); } catch { /* a frame that may keep nothing */ }
    }
    try {
        names.indexedDB = (await indexedDB.databases()).map(database => database.name);
    } catch { /* the same */ }
    return names;
}"""
_SIGNAL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"


@dataclass
class Visit:
    """A fresh browser on the site, in one state after the other; `seen` grows from page to page."""

    plan: Plan
    context: BrowserContext
    state: State
    page: Page = field(init=False)
    path: str = "/"
    seen: dict[Sighting, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE)
        if self.state == "signal":
            self.context.add_init_script(_SIGNAL)
            self.context.set_extra_http_headers({"Sec-GPC": "1"})
        self.page = self.context.new_page()
        self.context.on("request", self._note_request)

    def open(self, address: str) -> bool:
        """Open a page, let it come to rest and note what is there; whether it is a page at all."""
        from playwright.sync_api import Error

        self.path = urlsplit(address).path
        try:
            answer = self.page.goto(address)
        except Error:  # no answer, or a download: what shows instead would break in on the next page
            self.page.close()
            self.page = self.context.new_page()
            return False
        self._rest()
        self._note()
        return answer is None or answer.status < BAD_REQUEST

    def choose(self, button: str, state: State) -> bool:
        """Press a button of the banner on the page that is open, after which `state` holds; whether there is one."""
        from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

        before, self.state = self.state, state  # what the press leads to may be under way before it is over
        try:
            self.page.locator(button).locator("visible=true").first.click(timeout=THERE)
        except PlaywrightTimeoutError:
            self.state = before
            return False
        self.page.wait_for_timeout(ANSWERED)
        self._rest()
        self._note()
        return True

    def links(self) -> list[str]:
        """The pages of the same site that the open page links to, in its order."""
        found: list[str] = self.page.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
        return list(dict.fromkeys(urldefrag(link).url for link in found if self.plan.same_origin(link)))

    def _rest(self) -> None:
        from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

        with suppress(PlaywrightTimeoutError):
            self.page.wait_for_load_state("networkidle", timeout=QUIET)
        if self.plan.settle:
            self.page.wait_for_timeout(self.plan.settle * 1000)

    def _note(self) -> None:
        for sighting in (*self._cookies(), *self._storage()):
            self.seen.setdefault(sighting)

    def _note_request(self, request: Request) -> None:
        """Note what is loaded from elsewhere: by the page, not by a frame of somebody else in it."""
        host = _host(request.url)
        frame, navigates = _frame_of(request)
        if not host or self.plan.own(host) or not (navigates or self._asks(request, frame)):
            return
        inner = frame is None or frame.parent_frame is not None
        if navigates and not inner:
            return  # the page itself was sent elsewhere
        self.seen.setdefault(self._sighting("frame" if navigates else "request", host))

    def _asks(self, request: Request, frame: Frame | None) -> bool:
        """Whether the site itself asks for something: by who refers to it, since a young frame has no address yet."""
        host = _host(request.headers.get("referer", "")) or _host(frame.url if frame else "")
        return not host or self.plan.own(host)

    def _cookies(self) -> Iterator[Sighting]:
        now = dt.datetime.now(dt.UTC).timestamp()
        for cookie in self.context.cookies():
            ends = cookie.get("expires", -1)
            lasts = dt.timedelta(seconds=round(ends - now)) if ends > 0 else None
            yield self._sighting(
                "cookie",
                cookie.get("domain", "").lstrip("."),
                name=cookie.get("name", ""),
                lasts=lasts,
                http_only=cookie.get("httpOnly", False),
            )

    def _storage(self) -> Iterator[Sighting]:
        from playwright.sync_api import Error

        for frame in self.page.frames:
            try:
                names = frame.evaluate(_KEYS)
            except Error:  # it went away meanwhile
                continue
            host = _host(frame.url) or _host(self.page.url)
            kinds: tuple[Kind, ...] = ("localStorage", "sessionStorage", "indexedDB")
            yield from (self._sighting(kind, host, name=name) for kind in kinds for name in names[kind])

    def _sighting(self, kind: Kind, host: str, **facts: Any) -> Sighting:
        return Sighting(state=self.state, kind=kind, host=host, page=self.path, **facts)


def reach(visit: Visit) -> None:
    """Open the page at which a scan begins. Raises ScannerError where it does not answer."""
    if not visit.open(visit.plan.start):
        host = urlsplit(visit.plan.start).netloc
        raise ScannerError(
            f"{host} does not answer with a page", hint="see that the site runs, and that the path is right"
        )


def _frame_of(request: Request) -> tuple[Frame | None, bool]:
    """The frame that asks, and whether it asks for its own page; none for a worker, or for a frame that begins."""
    from playwright.sync_api import Error

    try:
        return request.frame, request.is_navigation_request()
    except Error:
        return None, request.is_navigation_request()


def _host(url: str) -> str:
    parts = urlsplit(url)
    return (parts.hostname or "") if parts.scheme in ("http", "https", "ws", "wss") else ""
