"""A run of retention that several workers share: nothing else touches its shares, and they end with its rules."""

from __future__ import annotations

import datetime as dt

import pytest

from consentguard import jobs
from consentguard.plan import shares as parting
from consentguard.plan.shares import Shares
from consentguard.records import Run
from consentguard.retention import Retention
from tests.core.retention_kit import accepted, keys, under
from tests.core.test_retention_acceptance import logs, site


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are worth parting."""
    monkeypatch.setattr(parting, "WORTH", 2)


def begun(room: Retention) -> tuple[Run, tuple[Run, ...]]:
    """A run of which two shares are handed out."""
    [run] = room.begin(room.due())
    run, shares = Shares(execution=room.execution).next(run, 2)
    assert len(shares) == 2
    return run, shares


def test_workers_do_what_a_run_does() -> None:
    """It has run once the runs have ended, and not before."""
    room = accepted(site(at_most="P30D"))
    run, shares = begun(room)
    for share in shares:
        room.execution.carry_on(share)
    run, none = Shares(execution=room.execution).next(run, 2)
    assert (run.state, none, keys(room, "Log")) == ("done", (), [1])
    assert room.last_run() is None
    room.finish()
    assert room.last_run() == room.clock.now() == jobs.last_run(room.stores, "retention")


def test_what_events_ended_leaves_shares_to_the_workers() -> None:
    """A schedule of every few minutes is not held up by a large run."""
    room = accepted(site(at_most="P30D"))
    begun(room)
    room.purge()
    assert keys(room, "Log") == [1, 2, 3]


def test_a_run_alone_does_the_shares_that_nobody_did() -> None:
    """A site that has given its workers up goes on without them."""
    room = accepted(site(at_most="P30D"))
    _, shares = begun(room)
    room.run(room.due())
    assert keys(room, "Log") == [1]
    assert {run.state for run in room.stores.runs.about(shares[0].about)} == {"done"}


def test_a_run_by_other_rules_is_given_up_with_its_shares() -> None:
    """What is kept longer by now is deleted by no worker that comes late."""
    room = accepted(site(at_most="P30D"))
    _, shares = begun(room)
    room.clock.tick(dt.timedelta(seconds=1))  # type: ignore[attr-defined]
    longer = under(room, logs(at_most="P90D"))
    longer.run(longer.due())
    again = [longer.stores.runs.find(share.id) for share in shares]
    assert [share.state if share else "" for share in again] == ["stopped", "stopped"]
    assert [longer.execution.carry_on(share).state for share in again if share] == ["stopped", "stopped"]
    assert keys(longer, "Log") == [1, 2]
