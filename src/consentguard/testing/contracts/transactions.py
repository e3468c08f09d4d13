"""What `Transactions` owes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consentguard.ports import InsideTransactionError, Stores, Transactions
from consentguard.records import EvidenceEntry
from consentguard.testing.contracts.base import ENTRY, Contract, identifier
from consentguard.testing.races import Race


class TransactionsContract(Contract):
    """All of a block or nothing, and a way to know whether there is one."""

    port = Transactions
    attribute = "transactions"

    def test_what_a_block_did_is_kept(self, stores: Stores, race: Race) -> None:
        """A transaction of our own is committed at its end: others see it."""
        with stores.transactions.atomic():
            stores.entries.add(ENTRY)
        assert race(_waiting, 1) == [1]

    def test_all_or_nothing(self, stores: Stores, race: Race) -> None:
        """A block that fails leaves nothing, and its error goes on as it was."""
        error = ZeroDivisionError("mine")
        with pytest.raises(ZeroDivisionError) as caught, stores.transactions.atomic():
            stores.entries.add(ENTRY)
            raise error
        assert caught.value is error
        assert stores.entries.waiting() == 0
        assert race(_waiting, 1) == [0]

    def test_a_block_inside_another_is_undone_alone(self, stores: Stores) -> None:
        """What fails inside a transaction and is caught there takes nothing else with it."""
        with stores.transactions.atomic():
            stores.entries.add(_entry(1))
            with pytest.raises(ZeroDivisionError), stores.transactions.atomic():
                stores.entries.add(_entry(2))
                raise ZeroDivisionError
            stores.entries.add(_entry(3))
        assert [entry.id for entry in stores.entries.unsealed(None, 9)] == [identifier(1), identifier(3)]

    def test_a_block_inside_another_is_undone_with_it(self, stores: Stores) -> None:
        """The end of an inner block keeps nothing yet."""
        with pytest.raises(ZeroDivisionError), stores.transactions.atomic():
            with stores.transactions.atomic():
                stores.entries.add(ENTRY)
            raise ZeroDivisionError
        assert stores.entries.waiting() == 0

    def test_outside_is_refused_inside(self, stores: Stores) -> None:
        """However deep, whatever was done before; and the transaction goes on."""
        with stores.transactions.atomic():
            with pytest.raises(InsideTransactionError), stores.transactions.atomic():
                stores.transactions.outside()
            stores.entries.add(ENTRY)
            with pytest.raises(InsideTransactionError) as caught:
                stores.transactions.outside()
        assert caught.value.hint, "the error says what to do"
        assert stores.entries.waiting() == 1

    def test_outside_passes_where_there_is_no_transaction(self, stores: Stores) -> None:
        """Before the first, after one that was kept, and after one that was undone."""
        stores.transactions.outside()
        with stores.transactions.atomic():
            stores.entries.add(ENTRY)
        stores.transactions.outside()
        with pytest.raises(ZeroDivisionError), stores.transactions.atomic():
            raise ZeroDivisionError
        stores.transactions.outside()

    def test_what_is_joined_stands_alone_where_there_is_nothing_to_join(self, stores: Stores, race: Race) -> None:
        """Outside a transaction a joined method is one of its own: kept when it returns, with nothing left open."""
        stores.entries.add(ENTRY)
        stores.transactions.outside()
        assert race(_waiting, 1) == [1]

    def test_reading_leaves_nothing_open(self, stores: Stores) -> None:
        """After a look at the facts a durable method is still allowed."""
        stores.entries.unsealed(None, 1)
        stores.transactions.outside()
        assert stores.tokens.find("0" * 64, "status", ENTRY.at) is None
        assert not stores.recovery_codes.spend("0" * 32, "0" * 64, ENTRY.at)


def _entry(number: int) -> EvidenceEntry:
    return replace(ENTRY, id=identifier(number))


def _waiting(stores: Stores, number: int) -> int:
    return stores.entries.waiting()
