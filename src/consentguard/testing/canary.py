"""A pytest plugin, `pytest_plugins = ["consentguard.testing.canary"]`: on your own models, erasure erases."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from consentguard.cli.host import find_host
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.testing.canary_run import Canary, Song, Visit
from consentguard.testing.canary_search import Cache
from consentguard.testing.canary_seed import Values

Sing = Callable[..., Song]


@pytest.fixture
def consentguard_guard() -> Guard:
    """The guard of your site and its first database. Override it for another; it needs a database with real commits.

    With pytest-django: let your test have `@pytest.mark.django_db(transaction=True)`.
    """
    return Guards(find_host()).at()


@pytest.fixture
def canary(consentguard_guard: Guard) -> Sing:
    """`canary("user")`: a made-up data subject is copied and erased; the test fails where anything of it is left.

    `values={"shop.Customer.code": lambda canary: "A1"}` gives what columns hold that nobody can guess. `caches` are
    functions that give, as bytes, all that stands in a cache of which the framework does not know, and
    `visit=lambda person: client.get(f"/people/{person.key}")` lets the site fill its caches before the erasure.
    """

    def sing(
        kind: str, *, values: Values | None = None, caches: Sequence[Cache] = (), visit: Visit | None = None
    ) -> Song:
        song = Canary(consentguard_guard, values=values, caches=caches, visit=visit).sing(kind)
        if not song.is_well:
            pytest.fail("\n".join([f'the canary of "{kind}" died:', *song.lines()]), pytrace=False)
        return song

    return sing
