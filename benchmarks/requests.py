"""Benchmarks of requests: a page through the middleware against the same page of the same site without it."""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Pair, Target, benchmark, child

SYNC, ASYNC = Target(ratio=1.05), Target(ratio=1.3)
PAGES = {
    "trivial.django": (SYNC, "the site without the middleware; it has no other", ("django",)),
    "trivial.async": (ASYNC, "the site without the middleware; it has no other, over ASGI", ("async",)),
    "trivial.flask": (SYNC, "the app without consentguard", ("flask",)),
    "support.django": (SYNC, "unified_inbox without the middleware", ("unified_inbox", "/support/")),
    "support.flask": (SYNC, "sms_gateway without the middleware", ("sms_gateway", "/support")),
    # the home pages read the visitor's choice: they do need something
    "home.django": (SYNC, "unified_inbox where nobody's choice is looked up", ("unified_inbox", "/")),
    "home.flask": (SYNC, "sms_gateway where nobody's choice is looked up", ("sms_gateway", "/")),
}


def _page(arguments: tuple[str, ...]) -> Pair:
    return Pair(*child(["-m", "benchmarks.request_process", *arguments]))


for name, (target, against, arguments) in PAGES.items():
    figure = benchmark(f"request.{name}", unit="µs", against=against, target=target)
    figure(partial(_page, arguments))
