"""Chromium under Playwright: where it is, how it starts, and the example sites' pages opened in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from example_projects.tour import CUSTOMER, STAFF

HOW_TO_GET = "no Chromium: apt-get install chromium, or set CONSENTGUARD_CHROMIUM to the path of a Chrome"
WIDTHS = {"desktop": 1280, "phone": 390}

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# its own sandbox needs rights that a container lacks, and it may speak to nobody but the pages under test
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Shown:
    """A page of an example site as somebody sees it: as a visitor, unless `login` says who."""

    site: str
    name: str
    path: str
    login: tuple[str, str] | None = None


PAGES = (
    Shown("unified_inbox", "home", "/"),
    Shown("unified_inbox", "login", "/login/"),
    Shown("unified_inbox", "account", "/account/", CUSTOMER),
    Shown("unified_inbox", "inbox", "/inbox/", CUSTOMER),
    Shown("unified_inbox", "admin", "/admin/", STAFF),
    Shown("unified_inbox", "admin-requests", "/admin/consentguard_django/rightsrequest/", STAFF),
    Shown("unified_inbox", "admin-evidence", "/admin/consentguard_django/evidenceentry/", STAFF),
    Shown("unified_inbox", "admin-retention", "/admin/consentguard_django/retention/", STAFF),
    Shown("unified_inbox", "admin-rates", "/admin/consentguard_django/consentrate/", STAFF),
    Shown("unified_inbox", "policy", "/privacy/en/policy"),
    Shown("unified_inbox", "cookies", "/privacy/en/cookies"),
    Shown("unified_inbox", "deletion", "/privacy/es/data-deletion"),
    Shown("sms_gateway", "home", "/"),
    Shown("sms_gateway", "login", "/login"),
    Shown("sms_gateway", "account", "/account", CUSTOMER),
    Shown("sms_gateway", "messages", "/messages", CUSTOMER),
    Shown("sms_gateway", "admin", "/admin/", STAFF),
    Shown("sms_gateway", "admin-requests", "/admin/privacy/requests/", STAFF),
    Shown("sms_gateway", "admin-evidence", "/admin/privacy/evidence/", STAFF),
    Shown("sms_gateway", "admin-retention", "/admin/privacy/retention/", STAFF),
    Shown("sms_gateway", "admin-rates", "/admin/privacy/consent-rates/", STAFF),
    Shown("sms_gateway", "policy", "/privacy/en/policy"),
    Shown("sms_gateway", "cookies", "/privacy/en/cookies"),
    Shown("sms_gateway", "deletion", "/privacy/es/data-deletion"),
)


def find() -> str | None:
    """Where Chromium is: CONSENTGUARD_CHROMIUM, or the first known name on the path, or nowhere."""
    return os.environ.get("CONSENTGUARD_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def started(executable: str) -> Iterator[Browser]:
    """One headless browser, closed when the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, shown: Shown, base_url: str, width: int) -> Iterator[Page]:
    """The page at this width, in a fresh visitor's browser that has logged in where that is needed."""
    context = browser.new_context(base_url=base_url, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    if shown.login:
        _log_in(page, "/login/" if shown.site == "unified_inbox" else "/login", *shown.login)
    page.goto(shown.path)
    yield page
    context.close()


def _log_in(page: Page, path: str, email: str, password: str) -> None:
    page.goto(path)
    page.locator("input[name=username], input[type=email]").first.fill(email)
    page.locator("input[type=password]").fill(password)
    page.locator("input[type=password]").press("Enter")
    page.wait_for_load_state()
