"""Opens one page with each banner in Chromium at a quarter of its pace; prints the medians of ours and of each peer.

For each, one a line: milliseconds of script on the first visit and on the next, until the banner is seen, layout shift,
elements added. The folder that is given holds what the peers were unpacked into.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from benchmarks.banner_peers import PEERS
from benchmarks.banner_site import BARE, OURS, site
from scripts import chromium

ROUNDS = 7
SLOWER = 4
REST = 1000
"""Milliseconds after which a page has done what it does."""
BANNERS = {OURS: ".cg-banner", **{peer.package: peer.banner for peer in PEERS}}
REFUSE = {OURS: ".cg-banner button[value=refuse]", **{peer.package: peer.refuse for peer in PEERS}}
# half of its opacity is when a banner that fades in is seen; a frame of the screen is as exact as it gets
WATCH = """
window.shift = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shift += entry.value; })
    .observe({type: 'layout-shift', buffered: true});
const look = () => {
    const banner = document.querySelector('SELECTOR');
    const box = banner && banner.getBoundingClientRect(), style = banner && getComputedStyle(banner);
    const there = box && box.height > 0 && box.top < innerHeight && box.bottom > 0;
    if (there && style.visibility === 'visible' && style.opacity >= 0.5) window.seen = performance.now();
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one banner costs."""

    first: float
    returning: float
    visible: float
    shift: float
    elements: float


def measure(browser: Browser, address: str, name: str) -> Figures:
    """One visitor who sees the page, refuses and comes back; and another, whose page is watched."""
    url = f"{address}/page/{name}"
    with _visitor(browser) as context:
        first = _script(context, url)
        if name != BARE:
            _refuse(context, url, name)
        returning = _script(context, url)
    with _visitor(browser) as context:
        page, _ = _slow(context)
        page.add_init_script(WATCH.replace("SELECTOR", BANNERS.get(name, "main")))
        page.goto(url)
        page.wait_for_function("window.seen")
        page.wait_for_timeout(REST)
        visible, shift, elements = page.evaluate("[window.seen, window.shift, document.querySelectorAll('*').length]")
    return Figures(first=first, returning=returning, visible=visible, shift=shift, elements=elements)


@contextmanager
def _visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def _slow(context: BrowserContext) -> tuple[Page, CDPSession]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, session


def _script(context: BrowserContext, url: str) -> float:
    """Milliseconds that a page spends in scripts, compiling them included, until it rests; none of ours runs in it."""
    page, session = _slow(context)
    # time of the thread alone: what else the machine does meanwhile is not the page's
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(url)
    page.wait_for_timeout(REST)
    told = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    page.close()
    return 1000 * (told["ScriptDuration"] + told["V8CompileDuration"])


def _refuse(context: BrowserContext, url: str, name: str) -> None:
    page = context.new_page()
    page.goto(url)
    page.locator(REFUSE[name]).click()
    page.wait_for_timeout(REST)
    page.close()


def _medians(taken: list[Figures]) -> Figures:
    return Figures(
        **{one.name: statistics.median(getattr(each, one.name) for each in taken) for one in fields(Figures)}
    )


def main(folder: Path) -> None:
    """Measure all by turns, and take from each what the bare page costs by itself."""
    executable = chromium.find()
    if executable is None:
        sys.exit(chromium.HOW_TO_GET)
    names = [BARE, *BANNERS]
    taken: dict[str, list[Figures]] = {name: [] for name in names}
    with site(folder) as address, chromium.started(executable) as browser:
        for name in names:
            measure(browser, address, name)
        for _ in range(ROUNDS):
            for name in names:
                taken[name].append(measure(browser, address, name))
    bare = _medians(taken[BARE])
    for name in BANNERS:
        cost = _medians(taken[name])
        alone = (cost.first - bare.first, cost.returning - bare.returning, cost.visible, cost.shift)
        print(*alone, cost.elements - bare.elements, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
