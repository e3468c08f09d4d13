"""Pictures of both example sites' pages at the width of a desktop and of a phone, for the documentation."""

import sys
from contextlib import ExitStack
from pathlib import Path

from scripts import chromium
from scripts.sites import SITES, SiteError, running

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images"


def take_all(executable: str) -> None:
    """Writes one PNG for each page and width into docs/images."""
    urls = {site.name: site.url for site in SITES}
    PICTURES.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        for site in SITES:
            stack.enter_context(running(site, ROOT / ".demo" / "screenshots"))
        browser = stack.enter_context(chromium.started(executable))
        for shown in chromium.PAGES:
            for device, width in chromium.WIDTHS.items():
                with chromium.opened(browser, shown, urls[shown.site], width) as page:
                    page.screenshot(path=PICTURES / f"{shown.site}-{shown.name}-{device}.png")


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
