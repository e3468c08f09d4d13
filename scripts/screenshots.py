"""Pictures of both example sites' pages at the width of a desktop and of a phone, for the documentation."""

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from example_projects.tour import STAFF
from scripts import chromium
from scripts.journeys import JOURNEYS, begin
from scripts.sites import SITES, Site, SiteError, running
from scripts.staff import answer, unmask

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images"
FOLDER = ROOT / ".demo" / "screenshots"
STATES = ("preferences-saved", "request", "status-ready", "age", "factor-setup")
"""What of the journeys is shown: on a desk by day, on a phone by night."""
SCHEMES: dict[str, Literal["light", "dark"]] = {"desktop": "light", "phone": "dark"}


def take_all(executable: str) -> None:
    """Writes one PNG for each page and width into docs/images; the admins show what the journeys left behind."""
    urls = {site.name: site.url for site in SITES}
    shutil.rmtree(FOLDER, ignore_errors=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for site in SITES:
            stack.enter_context(running(site, FOLDER))
        browser = stack.enter_context(chromium.started(executable))
        for site in SITES:
            _take_journeys(browser, site)
            _take_masks(browser, site)
            _take_request(browser, site)
        for shown in chromium.PAGES:
            for device, width in chromium.WIDTHS.items():
                with chromium.opened(browser, shown, urls[shown.site], width) as page:
                    page.screenshot(path=PICTURES / f"{shown.site}-{shown.name}-{device}.png")


def _take_journeys(browser: Browser, site: Site) -> None:
    for journey in JOURNEYS.values():
        context = browser.new_context(base_url=site.url, locale="en", reduced_motion="reduce")
        walk = begin(context, site.name, "en")
        for state in journey(walk):
            for device, width in chromium.WIDTHS.items() if state in STATES else ():
                walk.page.emulate_media(color_scheme=SCHEMES[device])
                walk.page.set_viewport_size({"width": width, "height": 900})
                walk.page.screenshot(path=PICTURES / f"{site.name}-{state}-{device}.png", full_page=True)
        context.close()


def _take_masks(browser: Browser, site: Site) -> None:
    """A sealed value in the admin, before and after somebody says why they want to see it."""
    for device, width in chromium.WIDTHS.items():
        login = chromium.Shown(site.name, "admin", "/admin/", STAFF)
        with chromium.opened(browser, login, site.url, width) as page:
            for state in unmask(page, site.name):
                page.screenshot(path=PICTURES / f"{site.name}-{state}-{device}.png")


def _take_request(browser: Browser, site: Site) -> None:
    """The page on which a request is answered: one of those that the journeys left."""
    for device, width in chromium.WIDTHS.items():
        login = chromium.Shown(site.name, "admin", "/admin/", STAFF)
        with chromium.opened(browser, login, site.url, width) as page:
            answer(page, site.name)
            page.screenshot(path=PICTURES / f"{site.name}-admin-request-{device}.png", full_page=True)


def main() -> None:
    """Takes the pictures, or says what is missing."""
    executable = chromium.find()
    if executable is None:
        sys.exit(chromium.HOW_TO_GET)
    try:
        take_all(executable)
    except SiteError as error:
        sys.exit(str(error))
    print(f"Pictures are in {PICTURES.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
