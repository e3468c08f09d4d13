"""Decisions over a database that keeps them: sent twice, by several at once, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from consentguard.consent import Decision
from consentguard.consent.record import ACT
from consentguard.guard import Guard
from consentguard.ports import Stores
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.site import Site
from consentguard.testing.races import RACERS, Race
from tests.core.visits import ANA, Shop, shop

NEWS = "newsletter"
ROUNDS = 10
READERS_FROM = 2
"""The first two racers withdraw, the others look."""
PEOPLE = tuple(SubjectRef("user", str(number)) for number in range(24))
LOOKS = 20_000
Told = tuple[int, list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a shop, with its policy and its keys."""
    shop(tmp_path)
    return tmp_path


def guard_of(folder: Path, stores: Stores) -> Guard:
    """The shop's guard on a database, by the clock on the wall."""
    return Guard(Site(Shop(folder), {"keyring": "shop.keys"}), stores)


class Decisions:
    """What holds of decisions on every database, for the tests of an adapter to inherit."""

    def test_a_decision_sent_twice_is_one_entry(self, stores: Stores, folder: Path) -> None:
        """Whoever sends it again, because no answer came, gets the record that is there."""
        guard = guard_of(folder, stores)
        first, second = (_decide(guard, 1) for _ in range(2))
        assert first == second == guard.consent.find(first.id)
        assert stores.entries.waiting() == 1

    def test_a_decision_sent_twice_in_a_transaction_leaves_it_whole(self, stores: Stores, folder: Path) -> None:
        """What the caller did before and does after stands beside the one entry."""
        guard = guard_of(folder, stores)
        first = _decide(guard, 1)
        with stores.transactions.atomic():
            guard.evidence.record("note.written", "")
            assert _decide(guard, 1) == first
            guard.evidence.record("note.written", "")
        assert stores.entries.waiting() == 3

    def test_a_decision_sent_by_several_at_once_is_one_entry(self, stores: Stores, folder: Path, race: Race) -> None:
        """All of them get the same record, time after time."""
        found = race(partial(_decide_all, str(folder)))
        assert found == [found[0]] * RACERS
        kept = stores.entries.about(ACT, [guard_of(folder, stores).pseudonyms.of(ANA)])
        assert sorted(entry.id for entry in kept) == sorted(record.id for record in found[0])  # type: ignore[attr-defined]
        assert stores.entries.waiting() == ROUNDS

    def test_who_has_withdrawn_is_never_among_those_who_agree(self, stores: Stores, folder: Path, race: Race) -> None:
        """From the moment that it is written, in any process that asks after it."""
        guard = guard_of(folder, stores)
        for person in PEOPLE:
            guard.consent.give([NEWS], person, text="Send me news", component="form", language="en")
        assert guard.consent.consenting(NEWS, PEOPLE) == set(PEOPLE)
        for name in ("gone", "looking"):
            (folder / name).mkdir()
        told: Sequence[Told] = race(partial(_withdraw_or_look, str(folder)))  # type: ignore[assignment]
        assert [wrong for _, wrong in told] == [[]] * RACERS
        assert all(looks > 1 for looks, _ in told[READERS_FROM:]), told
        assert guard.consent.consenting(NEWS, PEOPLE) == frozenset()


def _decide(guard: Guard, number: int) -> ConsentRecord:
    decision = Decision(
        accepted=(NEWS,),
        policy=guard.site.consent_policy.id,
        method="save",
        component="banner",
        language="en",
        nonce=f"{number:032x}",
    )
    return guard.consent.decide(decision, ANA)


def _decide_all(folder: str, stores: Stores, _: int) -> list[ConsentRecord]:
    guard = guard_of(Path(folder), stores)
    return [_decide(guard, number) for number in range(ROUNDS)]


def _withdraw_or_look(folder: str, stores: Stores, number: int) -> Told:
    guard, gone = guard_of(Path(folder), stores), Path(folder) / "gone"
    if number >= READERS_FROM:
        return _look(guard, gone, number)
    while len(list((gone.parent / "looking").iterdir())) < RACERS - READERS_FROM:
        guard.consent.consenting(NEWS, PEOPLE[:1])  # until everybody who looks has begun to
    for person in PEOPLE[number::READERS_FROM]:
        guard.consent.withdraw([NEWS], person, component="settings", language="en")
        (gone / person.key).touch()
    return 0, []


def _look(guard: Guard, gone: Path, number: int) -> Told:
    """How often somebody looked until all had withdrawn, and who was still said to agree after that."""
    wrong: set[str] = set()
    for looks in range(1, LOOKS):
        withdrawn = {path.name for path in gone.iterdir()}
        agree = {who.key for who in guard.consent.consenting(NEWS, PEOPLE) if isinstance(who, SubjectRef)}
        wrong |= withdrawn & agree
        (gone.parent / "looking" / str(number)).touch()
        if len(withdrawn) == len(PEOPLE):
            return looks, sorted(wrong)
    raise TimeoutError("those who withdraw have not come to an end")
