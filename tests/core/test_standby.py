"""A site that answers nobody while its database is a copy that was put back."""

from __future__ import annotations

from consentguard.ports import LedgerError
from consentguard.tombstones.standby import ANXIOUS, CALM, Standby


class Asked:
    """A ledger that is asked, and a clock."""

    def __init__(self) -> None:
        self.due: bool | None = False
        self.times = 0
        self.at = 0.0
        self.standby = Standby(lambda: self.at)

    def is_due(self) -> bool:
        self.times += 1
        if self.due is None:
            raise LedgerError("away")
        return self.due

    def refuses(self, database: str = "default") -> bool:
        return self.standby.refuses(database, self.is_due)


def test_it_is_asked_at_the_start_and_rarely_after_it() -> None:
    """A request costs nothing but a look at the clock."""
    asked = Asked()
    assert not any(asked.refuses() for _ in range(100))
    assert asked.times == 1
    asked.at += CALM
    assert not asked.refuses()
    assert asked.times == 2


def test_it_refuses_until_the_replay() -> None:
    """A few seconds after the replay the site answers again, without a restart."""
    asked = Asked()
    asked.due = True
    assert asked.refuses()
    asked.due = False
    assert asked.refuses()
    asked.at += ANXIOUS
    assert not asked.refuses()


def test_a_ledger_that_is_away_refuses_only_where_nothing_is_known() -> None:
    """It fails closed at the start; a running site does not go down with an object store."""
    asked = Asked()
    asked.due = None
    assert asked.refuses()
    asked.due = False
    asked.at += ANXIOUS
    assert not asked.refuses()
    asked.due = None
    asked.at += CALM
    assert not asked.refuses()


def test_each_database_is_known_by_itself() -> None:
    """One is restored without the others."""
    asked = Asked()
    assert not asked.refuses()
    asked.due = True
    assert asked.refuses("archive")
    assert not asked.refuses()
