"""Runs that several workers share: every row goes once, whoever is killed, and steps keep their order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec
import pytest

from consentguard.plan import execution as module
from consentguard.plan import shares as parting
from consentguard.plan.shares import Shares
from consentguard.plan.steps import Plan, Step
from consentguard.plan.written import share_of
from consentguard.records import Run, Selection
from tests.core.test_execution import Killed, Site, killed_at


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of ten rows; what has twenty is worth parting."""
    monkeypatch.setattr(module, "FIRST", 10)
    monkeypatch.setattr(module, "FEWEST", 10)
    monkeypatch.setattr(module, "MOST", 10)
    monkeypatch.setattr(parting, "WORTH", 20)


def finished(site: Site, run: Run, parts: int = 3) -> Run:
    """The run as several workers end it."""
    shares = Shares(execution=site.execution)
    run, handed = shares.next(run, parts)
    while handed:
        with ThreadPoolExecutor(parts) as workers:
            list(workers.map(site.execution.carry_on, handed))
        run, handed = shares.next(run, parts)
    return run


def test_several_workers_do_what_one_does() -> None:
    """The rows that are left, the counts and the state are the same."""
    alone, together = Site(notes=50), Site(notes=50)
    expected = alone.execution.carry_on(alone.start())
    done = finished(together, together.start())
    assert (together.rows(), done.counts, done.state) == (alone.rows(), expected.counts, expected.state)


def test_a_large_step_is_parted_into_about_equal_shares() -> None:
    """Each a run of its own; a coordinator that comes again gets the same ones."""
    site = Site(notes=50)
    shares = Shares(execution=site.execution)
    run, handed = shares.next(site.start(), 3)
    assert len(handed) == 3
    assert {share.id for share in shares.next(run, 3)[1]} == {share.id for share in handed}
    done = site.execution.carry_on(handed[0])
    assert (done.state, done.counts) in {("done", "[16]"), ("done", "[17]")}
    assert {share.id for share in shares.next(run, 3)[1]} == {share.id for share in handed[1:]}


@pytest.mark.parametrize("number", range(6))
def test_a_worker_that_is_killed_loses_nothing(number: int) -> None:
    """Its share is carried on by the next."""
    site, untouched = Site(notes=50), Site(notes=50)
    finished(untouched, untouched.start())
    run, handed = Shares(execution=site.execution).next(site.start(), 3)
    with killed_at(site, number), suppress(Killed):
        site.execution.carry_on(handed[0])
    finished(site, run)
    assert site.rows() == untouched.rows()


def test_whoever_carries_a_run_on_alone_does_the_shares_that_nobody_did() -> None:
    """Their rows are counted as the run's."""
    alone, site = Site(notes=50), Site(notes=50)
    expected = alone.execution.carry_on(alone.start())
    shares, seen = Shares(execution=site.execution), list[int]()
    run, handed = shares.next(site.start(), 3)
    site.execution.carry_on(handed[1])
    run = shares.joined(run, lambda _, rows: seen.append(rows))
    assert shares.joined(run, lambda *_: None) == run
    done = site.execution.carry_on(run)
    assert (site.rows(), done.counts, done.state) == (alone.rows(), expected.counts, expected.state)
    assert 30 <= sum(seen) <= 35


def test_shares_are_counted_once_however_often_their_end_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows came to the step after it was parted; whoever puts the shares together is killed between two batches."""
    site = Site(notes=40)
    everything = Step(action="delete", selection=Selection(label="Note", whole=True), ground="due")
    with site.stores.transactions.atomic():
        run = site.execution.start("retention", "", Plan(steps=(everything,), whole=(everything,)))
    shares = Shares(execution=site.execution)
    run, handed = shares.next(run, 2)
    for share in handed:
        site.execution.carry_on(share)
    there = len(site.tables["Note"].rows)
    done = sum(sum(msgspec.json.decode(share.counts)) for share in site.stores.runs.about(share_of(run)))
    site.tables["Note"].rows += [{"id": 500 + number, "user": 13, "text": "late"} for number in range(25)]
    advance, calls = site.stores.runs.advance, [0]

    def killed(run: Run, was: Run) -> bool:
        calls[0] += 1
        if calls[0] == 3:
            raise Killed
        return advance(run, was)

    monkeypatch.setattr(site.stores.runs, "advance", killed)
    with pytest.raises(Killed):
        shares.next(run, 2)
    monkeypatch.setattr(site.stores.runs, "advance", advance)
    run, _ = shares.next(site.stores.runs.find(run.id) or run, 2)
    assert (run.state, run.counts, there) == ("done", f"[{done + 25}]", 0)
