"""Benchmarks of the core: import, start-up and memory of a site, coverage check, policy page."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from benchmarks.harness import Pair, Target, benchmark, child, interleave, timed

SITE = ("-m", "benchmarks.site_process")
PAGES = ("-m", "benchmarks.page_process")
IMPORT = "import time; start = time.perf_counter(); import {}; print((time.perf_counter() - start) * 1000)"


@benchmark(
    "core.import",
    unit="ms",
    against=lambda: f"import of AESGCM from cryptography {version('cryptography')}",
    target=Target(ratio=2),
)
def import_time() -> Pair:
    """`import consentguard` against the import of the cipher alone, each in fresh processes."""

    def importing(module: str) -> Callable[[], float]:
        return lambda: next(child(["-c", IMPORT.format(module)]))

    return interleave(importing("consentguard"), importing("cryptography.hazmat.primitives.ciphers.aead"), rounds=15)


def _site(framework: str, figure: int) -> Pair:
    """Start a site with and without consentguard; the child prints milliseconds and MiB."""

    def start(*more: str) -> Callable[[], float]:
        return lambda: next(itertools.islice(child([*SITE, framework, *more]), figure, None))

    return interleave(start(), start("--without"), rounds=11)


def _page(framework: str, *more: str) -> Pair:
    return Pair(*child([*PAGES, framework, *more]))


for framework, site in (("django", "unified_inbox"), ("flask", "sms_gateway")):
    without, copy = f"{site} without consentguard", "the same text as a static template in the layout"
    whole = "the whole page as a static template, without the layout's own work"
    start, serve = Target(ratio=1.5), Target(ratio=1.2)
    benchmark(f"core.startup.{framework}", unit="ms", against=without, target=start)(partial(_site, framework, 0))
    benchmark(f"core.memory.{framework}", unit="MiB", against=without, target=start)(partial(_site, framework, 1))
    benchmark(f"core.policy_page.{framework}", unit="ms", against=copy, target=serve)(partial(_page, framework))
    bare = benchmark(f"core.policy_page_bare.{framework}", unit="ms", against=whole, target=serve)
    bare(partial(_page, framework, "--bare"))


@benchmark(
    "core.coverage",
    unit="ms",
    against=lambda: f"the model checks of Django {version('Django')} on the same 200 models",
    target=Target(value=2000),
)
def coverage() -> Pair:
    """Introspection, data map and coverage check of 200 tables of 20 columns."""
    from django.core.checks.model_checks import check_all_models

    from benchmarks.many_tables import check_coverage, models

    models()
    return interleave(timed(check_coverage), timed(lambda: check_all_models(None)), rounds=5)
