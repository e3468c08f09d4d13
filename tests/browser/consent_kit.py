"""What the browser's tests of consent share: the small sites as processes, and a visitor who meets the banner."""

import json
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from consentguard.consent.record import ACT
from tests.browser.axe import check
from tests.browser.consent_sites import HOST, READY

ROOT = Path(__file__).parents[2]
FRAMEWORKS = ("django", "flask")
BANNER = ".cg-banner"
ACCEPT, REFUSE = f"{BANNER} button[value=accept]", f"{BANNER} button[value=refuse]"
DETAILS = f"{BANNER} [data-consent-open]"
DIALOG = "dialog[open]"
VOICE = ".cg-voice"
SENT = "**/privacy/api/choice"


@dataclass
class Shop:
    """One of the small sites, which can be stopped and started again with what it has kept."""

    framework: str
    folder: Path
    port: int
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where visitors find it."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve it; it answers when this returns."""
        words = ["-m", "tests.browser.consent_sites", self.framework, str(self.port), str(self.folder)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().strip() == READY, (self.folder / "log").read_text()

    def stop(self) -> None:
        """End it, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def decisions(self) -> list[dict[str, Any]]:
        """What is on record of decisions, the oldest first."""
        with closing(sqlite3.connect(self.folder / "site.sqlite3")) as database:
            rows = database.execute("SELECT details FROM consentguard_evidence_entry WHERE act = ? ORDER BY at", [ACT])
            return [json.loads(details) for (details,) in rows]


@contextmanager
def running(framework: str, folder: Path) -> Iterator[Shop]:
    """A small site, stopped when the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    shop = Shop(framework, folder, port)
    try:
        shop.start()
        yield shop
    finally:
        shop.stop()


@contextmanager
def visiting(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """A fresh visitor's page of a site, before it is opened; paths are the site's."""
    wide: Any = {"width": 1280, "height": 900}
    settings = {"base_url": url, "reduced_motion": "reduce", "viewport": wide} | options
    context = browser.new_context(**settings)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def answer(page: Page, button: str = ACCEPT) -> None:
    """Press a button of the banner or dialog, and wait until the server has taken the decision down."""
    with page.expect_response(SENT) as response:
        page.locator(button).click()
    assert response.value.status == 200
    until(page, "localStorage.getItem('cg_waiting') === null")


def until(page: Page, truth: str) -> None:
    """Wait until an expression is true in the page. Playwright's own wait is forbidden where a policy forbids eval."""
    waited = "if (performance.now() > end) throw new Error('never true'); await new Promise(requestAnimationFrame);"
    page.evaluate(f"async () => {{ const end = performance.now() + 10_000; while (!({truth})) {{ {waited} }} }}")


def open_dialog(page: Page, opener: str = DETAILS) -> None:
    """Open the preferences, and wait until they are there."""
    page.locator(opener).first.click()
    expect(page.locator(DIALOG)).to_be_visible()


def names(context: BrowserContext) -> set[str]:
    """The cookies that a visitor's browser holds."""
    return {cookie.get("name", "") for cookie in context.cookies()}


def watch(page: Page) -> list[str]:
    """The hosts' addresses that a page asks for anything, as it goes on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def clean(page: Page, what: str = "") -> None:
    """Axe finds nothing, and the page is no wider than the screen."""
    check(page, what)
    sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1], f"{what} scrolls sideways"
