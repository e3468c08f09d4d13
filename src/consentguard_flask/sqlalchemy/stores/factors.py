"""Second factors and recovery codes: what counts or claims is one statement, and committed at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from consentguard.records import Authenticator
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores.rows import add, first, portions, records


class Authenticators:
    """`consentguard.ports.Authenticators`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.authenticators

    def add(self, authenticator: Authenticator) -> None:
        """Joined. Keep a pending authenticator, in place of the subject's other pending ones."""
        columns = self._table.c
        pending = (columns.subject == authenticator.subject, columns.state == "pending")
        with self._database.atomic():
            self._database.remove(self._table, *pending)
            add(self._database, self._table, authenticator)

    def of(self, subject: str) -> Sequence[Authenticator]:
        """A subject's authenticators, the oldest first: by `(created_at, id)`."""
        return records(self._database, _statements(self._table).theirs.params(who=subject), Authenticator)

    def find(self, id: str) -> Authenticator | None:  # noqa: A002 - the record's own word
        """The authenticator with this id, or None."""
        return first(self._database, sa.select(self._table).where(self._table.c.id == id), Authenticator)

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have an active authenticator."""
        columns = self._table.c
        active = sa.select(columns.subject).where(columns.state == "active")
        found = (self._database.read(active.where(columns.subject.in_(some))) for some in portions(subjects))
        return frozenset(each.subject for some in found for each in some)

    def begin_attempt(self, id: str, now: dt.datetime, next_at: dt.datetime, most: int) -> bool:  # noqa: A002
        """Durable. Count an attempt before it is verified, and allow none before `next_at`; the verdict."""
        values = {"which": id, "now": now, "then": next_at, "most": most}
        return self._database.durable_verdict(_statements(self._table).attempt, values)

    def claim_step(self, id: str, step: int) -> bool:  # noqa: A002 - the record's own word
        """Durable. Accept a code's time step: the authenticator is active, its failures forgotten; the verdict."""
        return self._database.durable_verdict(_statements(self._table).accept, {"which": id, "step": step})

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the authenticators of these subjects; how many went."""
        return sum(self._database.remove(self._table, self._table.c.subject.in_(some)) for some in portions(subjects))


class _Statements(NamedTuple):
    theirs: sa.Select[Any]
    attempt: sa.Update
    accept: sa.Update


@lru_cache(maxsize=8)
def _statements(table: sa.Table) -> _Statements:
    """What is asked for each code, made once: SQLAlchemy takes longer to make a statement than to execute it."""
    columns = table.c
    state = sa.case((columns.failures + 1 >= sa.bindparam("most"), "disabled"), else_=columns.state)
    due = sa.or_(columns.next_at.is_(None), columns.next_at <= sa.bindparam("now"))
    # in this order: MariaDB reads in one assignment what the one before it wrote
    count = sa.update(table).ordered_values(
        (columns.state, state), (columns.failures, columns.failures + 1), (columns.next_at, sa.bindparam("then"))
    )
    accept = sa.update(table).values(state="active", last_step=sa.bindparam("step"), failures=0, next_at=None)
    theirs = sa.select(table).where(columns.subject == sa.bindparam("who"))
    return _Statements(
        theirs=theirs.order_by(columns.created_at, columns.id),
        attempt=count.where(columns.id == sa.bindparam("which"), columns.state != "disabled", due),
        accept=accept.where(columns.id == sa.bindparam("which"), columns.last_step < sa.bindparam("step")),
    )


class RecoveryCodes:
    """`consentguard.ports.RecoveryCodes`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.recovery_codes

    def replace(self, subject: str, digests: Sequence[str]) -> None:
        """Joined. A subject's new codes; whatever was there before is gone."""
        new = [{"subject": subject, "digest": digest} for digest in digests]
        with self._database.atomic():
            self._database.remove(self._table, self._table.c.subject == subject)
            if new:
                self._database.write(sa.insert(self._table), new)

    def spend(self, subject: str, digest: str, now: dt.datetime) -> bool:
        """Durable. Use a code; of several attempts at once exactly one gets True. False for a used or unknown one."""
        columns = self._table.c
        unused = (columns.subject == subject, columns.digest == digest, columns.used_at.is_(None))
        return self._database.durable_verdict(sa.update(self._table).where(*unused).values(used_at=now))

    def left(self, subject: str) -> int:
        """How many codes are still unused."""
        columns = self._table.c
        unused = (columns.subject == subject, columns.used_at.is_(None))
        query = sa.select(sa.func.count()).select_from(self._table).where(*unused)
        return int(self._database.read(query)[0][0])

    def remove(self, subjects: Sequence[str]) -> int:
        """Joined. Remove the codes of these subjects; how many went."""
        return sum(self._database.remove(self._table, self._table.c.subject.in_(some)) for some in portions(subjects))
