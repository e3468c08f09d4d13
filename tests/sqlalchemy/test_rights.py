"""Rights requests over SQLAlchemy's stores: how many statements they take, and that they end as they should."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.testing.keys import keyring
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.core.rights_kit import Shop, shop

MOST = 7


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path)


@pytest.fixture
def statements(session: orm.Session) -> Iterator[list[str]]:
    """What is sent to the database."""
    sent: list[str] = []
    engine = session.get_bind()

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def test_a_request_takes_few_statements(site: Shop, stores: SQLAlchemyStores, statements: list[str]) -> None:
    """Whether one like it is open, the request, its token, its evidence, and that its mail went out."""
    guard = Guard(site.guard().site, stores)
    request = guard.rights.receive("erasure", "anna@example.com", language="en", jurisdiction=None)
    assert len(statements) <= MOST
    assert guard.rights.find(request.id) == request
    confirmed = guard.rights.confirm(site.token())
    assert confirmed
    assert guard.rights.status(confirmed[1]) == confirmed[0]
