"""Benchmarks of consent in a request: a page through the middleware, with checks in its view, against the same page
without it, and against the same page with django-cookie-consent.
"""

from __future__ import annotations

from functools import cache, partial
from importlib.metadata import version

from benchmarks.harness import Pair, Target, benchmark, child

SIZES = ("4x5", "40x20")
"""How many groups of cookies a policy has, and how many cookies each."""
CASES = {
    "middleware": (Target(ratio=1.05), SIZES),
    "check": (Target(ratio=1.10), SIZES[:1]),
    "checks": (Target(ratio=1.15), SIZES[:1]),
    "async": (Target(ratio=1.3), SIZES[:1]),
}
PEER = "django-cookie-consent"
WITHOUT = "the same page without any middleware of consent or check"


@cache
def _page(site: str, case: str, size: str) -> list[float]:
    """The µs of a request with ours, without, and with the peer where there is one: by turns, in one process."""
    return list(child(["-m", "benchmarks.consent_process", site, case, size]))


def _against(place: int, *page: str) -> Pair:
    figures = _page(*page)
    return Pair(figures[0], figures[place])


for site in ("django", "flask"):
    for case, (target, sizes) in CASES.items():
        for size in sizes:
            if (site, case) == ("flask", "async"):
                continue
            page = (site, case, size)
            figure = benchmark(f"consent.{case}.{site}.{size}", unit="µs", against=WITHOUT, target=target)
            figure(partial(_against, 1, *page))
            if site == "django":
                peer = benchmark(
                    f"consent.{case}.{site}.{size}.peer",
                    unit="µs",
                    against=lambda: f"{PEER} {version(PEER)}, with its cache in memory",
                    target=Target(),
                )
                peer(partial(_against, 2, *page))
