"""Second factors over Django's stores, in eight processes at once, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from django.db import connections

from consentguard.ports import Stores
from consentguard.testing import races
from tests.django.databases import elsewhere
from tests.factor_races import Races

SET = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL {level}",
    "mysql": "SET SESSION TRANSACTION ISOLATION LEVEL {level}",
}


@pytest.fixture(scope="module")
def race(database: tuple[str, str]) -> Iterator[races.Race]:
    """Processes, each on a connection of its own."""
    with races.Processes(partial(elsewhere, *database)) as race:
        yield race


def isolate(stores: Stores, level: str) -> None:
    """At that level from now on; SQLite has one alone."""
    connection = connections[stores.name]
    if connection.vendor in SET:
        with connection.cursor() as cursor:
            cursor.execute(SET[connection.vendor].format(level=level))


class TestRaces(Races):
    """By Django's connections."""

    isolate = staticmethod(isolate)
