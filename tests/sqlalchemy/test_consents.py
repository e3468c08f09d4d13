"""Who agrees by now, over a host's session that has read before, on each database."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import orm

from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.core.consent_kit import NEWS, PEOPLE, folder, guard_of
from tests.sqlalchemy.site import Person, opened

__all__ = ["folder"]


def test_a_session_that_has_read_sees_who_has_withdrawn_since(
    session: orm.Session, stores: SQLAlchemyStores, database: str, folder: Path
) -> None:
    """A worker reads whom to write to, and asks of each: what the database showed it first is no answer by then."""
    who = PEOPLE[0]
    guard_of(folder, stores).consent.give([NEWS], who, text="Send me news", component="form", language="en")
    session.add(Person(email="ana@example.com", name="Ana", joined=sa.func.now()))
    session.commit()
    (person,) = session.scalars(sa.select(Person))
    assert guard_of(folder, stores).consent.consenting(NEWS, [who]) == {who}
    with opened(database) as elsewhere:
        guard_of(folder, elsewhere).consent.withdraw([NEWS], who, component="settings", language="en")
        elsewhere.suppressions.add("a" * 64, NEWS, guard_of(folder, elsewhere).clock.now())
    assert guard_of(folder, stores).consent.consenting(NEWS, [who]) == frozenset()
    assert stores.suppressions.among(["a" * 64], NEWS) == {"a" * 64}
    assert not sa.inspect(person).expired
