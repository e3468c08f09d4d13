"""Chromium under Playwright, found and started; Playwright is an extra that a site's server never needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from consentguard.scanner.errors import ScannerError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

VARIABLE = "CONSENTGUARD_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# what some sites look for to send nothing to a machine; what the browser itself would ask of its maker
_ARGUMENTS = (
    "--disable-blink-features=AutomationControlled",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_HOW_TO_GET = f"give the path of a Chromium with --browser or {VARIABLE}, or run `playwright install chromium`"


@contextmanager
def chromium(path: Path | None) -> Iterator[Browser]:
    """A headless Chromium, closed when the block ends.

    Raises ScannerError where Playwright is not installed or no Chromium starts.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError:
        hint = "install it with `pip install 'consentguard[scan]'`"
        raise ScannerError("a scan needs Playwright, which is not installed", hint=hint) from None
    with ExitStack() as stack:
        try:
            playwright = stack.enter_context(sync_playwright())
        except Error:
            hint = "hand its browser in: scan(..., browser=browser)"
            raise ScannerError("another Playwright runs in this thread", hint=hint) from None
        browser = _started(playwright, _executable(path))
        stack.callback(browser.close)
        yield browser


def _executable(path: Path | None) -> str | None:
    """The Chromium to start; None for the one that Playwright brings itself."""
    named = str(path) if path else os.environ.get(VARIABLE)
    if named and not Path(named).is_file():
        raise ScannerError(f"there is no browser at {named}", hint=_HOW_TO_GET)
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


def _started(playwright: Playwright, executable: str | None) -> Browser:
    from playwright.sync_api import Error

    try:
        return playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ScannerError(f"Chromium does not start: {reason}", hint=_HOW_TO_GET) from None
