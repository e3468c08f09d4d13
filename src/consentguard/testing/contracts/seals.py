"""What `EvidenceSeals` owes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import EvidenceSeals, StoreError, Stores
from consentguard.records import Checkpoint, Seal
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ELSEWHERE,
    Contract,
    entry,
    identifier,
    in_utc,
    refused,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

MANY = 1200


def seal(sequence: int) -> Seal:
    """The seal of the entry of the same number."""
    hashes = [f"{number:064x}" for number in (sequence - 1, sequence)]
    return Seal(sequence=sequence, entry=identifier(sequence), previous=hashes[0], hash=hashes[1], at=MOMENT)


def checkpoint(sequence: int) -> Checkpoint:
    """The checkpoint at that seal."""
    digest = seal(sequence).hash
    return Checkpoint(sequence=sequence, hash=digest, at=MOMENT, removed=sequence, key_id=7, mac="d" * 64)


class EvidenceSealsContract(Contract):
    """The chain over a segment's entries."""

    port = EvidenceSeals
    attribute = "seals"

    def test_a_seal_comes_back_with_its_entry(self, stores: Stores) -> None:
        """Every field of both."""
        stores.entries.add(entry(1))
        assert stores.seals.extend([replace(seal(1), at=MOMENT.astimezone(ELSEWHERE))])
        ((back, its),) = stores.seals.read(0, 9)
        assert (back, its) == (seal(1), entry(1))
        assert in_utc(back.at)
        assert stores.seals.last() == seal(1)

    def test_nothing_is_sealed_at_first(self, stores: Stores) -> None:
        """An empty database."""
        assert stores.seals.last() is None
        assert list(stores.seals.read(0, 9)) == []
        assert stores.seals.checkpoint() is None

    def test_seals_are_read_in_order_and_in_portions(self, stores: Stores) -> None:
        """Those after a sequence, at most so many; 10 comes after 9."""
        self._sealed(stores, 11)
        assert [each.sequence for each, _ in stores.seals.read(0, 99)] == list(range(1, 12))
        assert [each.sequence for each, _ in stores.seals.read(8, 2)] == [9, 10]
        assert list(stores.seals.read(11, 9)) == []

    def test_a_seal_without_its_entry_is_read_all_the_same(self, stores: Stores) -> None:
        """An entry that somebody took away shows as missing."""
        assert stores.seals.extend([seal(1)])
        assert list(stores.seals.read(0, 9)) == [(seal(1), None)]

    def test_a_sequence_is_sealed_once(self, stores: Stores) -> None:
        """All or none: with one sequence taken, nothing is appended; and the stores go on."""
        self._sealed(stores, 2)
        assert not stores.seals.extend([replace(seal(2), entry=identifier(9)), seal(3)])
        assert not stores.seals.extend([seal(1), seal(2)])
        assert [each for each, _ in stores.seals.read(0, 9)] == [seal(1), seal(2)]
        assert stores.seals.extend([seal(3)])

    def test_an_entry_is_sealed_once(self, stores: Stores) -> None:
        """All or none: with one entry sealed already, nothing is appended."""
        self._sealed(stores, 2)
        assert not stores.seals.extend([seal(3), replace(seal(4), entry=identifier(2))])
        assert stores.seals.last() == seal(2)

    def test_no_seals_are_no_change(self, stores: Stores) -> None:
        """There is nothing that somebody else could have done first."""
        assert stores.seals.extend([])
        assert stores.seals.last() is None

    def test_many_seals_at_once(self, stores: Stores, race: Race) -> None:
        """More than a statement may have values; and committed, as what is durable is."""
        assert stores.seals.extend([seal(number) for number in range(1, MANY + 1)])
        assert race(_last, 1) == [seal(MANY)]
        assert len(stores.seals.read(0, 2 * MANY)) == MANY

    def test_of_several_sealers_one_is_first(self, stores: Stores, race: Race) -> None:
        """The others are told so, and nothing of theirs is kept."""
        assert the_winner(race(_extend)) is True
        assert len(stores.seals.read(0, 9)) == 2

    def test_sealing_is_refused_inside_a_transaction(self, stores: Stores) -> None:
        """Nothing is sealed whose act may still be undone."""
        with refused(stores):
            stores.seals.extend([seal(1)])
        assert stores.seals.last() is None

    def test_a_sealed_prefix_goes_and_leaves_a_checkpoint(self, stores: Stores) -> None:
        """Seals and entries up to it; what is not sealed stays."""
        self._sealed(stores, 3)
        stores.entries.add(entry(4))
        assert stores.seals.prune(replace(checkpoint(2), at=MOMENT.astimezone(ELSEWHERE))) == 2
        assert list(stores.seals.read(0, 9)) == [(seal(3), entry(3))]
        assert list(stores.entries.unsealed(None, 9)) == [entry(4)]
        left = stores.seals.checkpoint()
        assert left == checkpoint(2)
        assert left is not None
        assert in_utc(left.at)

    def test_everything_sealed_may_go(self, stores: Stores) -> None:
        """Then there is no last seal, and a newer checkpoint stands in place of the older; the chain goes on."""
        self._sealed(stores, 3)
        assert stores.seals.prune(checkpoint(1)) == 1
        assert stores.seals.prune(checkpoint(3)) == 2
        assert stores.seals.last() is None
        assert stores.seals.checkpoint() == checkpoint(3)
        assert stores.seals.extend([seal(4)])

    def test_only_entries_that_are_there_are_counted(self, stores: Stores) -> None:
        """An entry that was gone before does not go again."""
        stores.entries.add(entry(2))
        assert stores.seals.extend([seal(1), seal(2)])
        assert stores.seals.prune(checkpoint(2)) == 1

    @pytest.mark.parametrize(
        "wrong", [replace(checkpoint(2), hash="0" * 64), checkpoint(4)], ids=["its hash", "its sequence"]
    )
    def test_a_checkpoint_that_no_seal_has_removes_nothing(self, stores: Stores, wrong: Checkpoint) -> None:
        """Only a link of this very chain may stand for what went."""
        self._sealed(stores, 3)
        assert stores.seals.prune(checkpoint(1)) == 1
        with pytest.raises(StoreError) as caught:
            stores.seals.prune(wrong)
        assert caught.value.hint, "the error says what to do"
        assert [each for each, _ in stores.seals.read(0, 9)] == [seal(2), seal(3)]
        assert stores.seals.checkpoint() == checkpoint(1)

    def test_a_pruning_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """Seals, entries and the older checkpoint are as they were."""
        stores.entries.add(entry(1))
        assert stores.seals.extend([seal(1)])
        with undone(stores):
            assert stores.seals.prune(checkpoint(1)) == 1
        assert list(stores.seals.read(0, 9)) == [(seal(1), entry(1))]
        assert stores.seals.checkpoint() is None

    @staticmethod
    def _sealed(stores: Stores, most: int) -> None:
        with stores.transactions.atomic():
            for number in range(1, most + 1):
                stores.entries.add(entry(number))
        assert stores.seals.extend([seal(number) for number in range(1, most + 1)])


def _last(stores: Stores, number: int) -> Seal | None:
    return stores.seals.last()


def _extend(stores: Stores, number: int) -> object:
    links = [replace(seal(sequence), entry=identifier(100 * number + sequence)) for sequence in (1, 2)]
    return verdict(partial(stores.seals.extend, links))
