"""Rights requests over Django's stores: how many statements they take, and that they end as they should."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.rights import Details
from consentguard.testing.keys import keyring
from consentguard_django.stores import DjangoStores
from tests.core.rights_kit import shop

MOST = 6


def test_a_request_takes_few_statements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stores: DjangoStores) -> None:
    """The request, its token, its evidence, and that its mail went out; begin and commit are not counted."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    site = shop(tmp_path)
    guard = Guard(site.guard().site, stores)
    with CaptureQueriesContext(connections[stores.name]) as queries:
        request = guard.rights.receive("erasure", "anna@example.com", language="en", jurisdiction=None)
    sent = [query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT"))]
    assert len(sent) <= MOST
    assert guard.rights.find(request.id) == request
    confirmed = guard.rights.confirm(site.token())
    assert confirmed
    assert guard.rights.status(confirmed[1]) == confirmed[0]


def test_the_database_is_asked_the_same_whoever_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stores: DjangoStores
) -> None:
    """A request of somebody who has an account, of nobody, and for somebody else take the same statements."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    guard = Guard(shop(tmp_path).guard().site, stores)

    def statements(address: str, **more: object) -> list[str]:
        with CaptureQueriesContext(connections[stores.name]) as queries:
            guard.rights.receive("erasure", address, language="en", jurisdiction=None, **more)
        return [query["sql"].split("(")[0][:40] for query in queries]

    assert statements("anna@example.com") == statements("nobody@example.com")
    for_anna, for_nobody = (
        statements("eva@example.com", identity="guardian", details=Details(agent="Eva", person=person))
        for person in ("anna@example.com", "nobody@example.com")
    )
    assert for_anna == for_nobody
