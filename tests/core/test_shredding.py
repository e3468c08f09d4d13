"""Shredding: a data subject's key goes with what their values are found by, all of it or nothing, and is taken down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import pytest

from consentguard.crypto import installed
from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.errors import ErasedError
from consentguard.crypto.index.kinds import Exact
from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import SealedColumn
from consentguard.encryption import Encryption
from consentguard.memory import MemoryStores
from consentguard.memory.columns import MemorySealedRows
from consentguard.memory.data_keys import MemoryDataKeys
from consentguard.ports import StoreError
from consentguard.records import SubjectRef
from consentguard.shredding import Shredding, ShreddingError
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from tests.core.rights_kit import Shop, shop
from tests.core.vault_kit import NOTE, Vault, column
from tests.web_policy import BareHost

EMAIL = Declaration(context=Context("shop_customer", "email"), indexes=(Exact("email"),), subject="user")
PHONE = Declaration(context=Context("shop_customer", "phone"), subject="user")
ADA, BOB = SubjectRef("user", "7"), SubjectRef("user", "8")
ADDRESS = "ada@example.org"


@pytest.fixture
def vault() -> Vault:
    """Two rows of Ada's and one of Bob's: an address that can be searched, a phone number, a note of nobody's."""
    made = Vault(keyring(), (column("email", EMAIL), column("phone", PHONE), column("note", NOTE)))
    made.add(7, email=ADDRESS, phone="+502 1", note="n")
    made.add(7, email=ADDRESS)
    made.add(8, email="bob@example.org", phone="+502 2")
    return made


def entries(stores: MemoryStores) -> list[tuple[str, str]]:
    """The acts that were taken down, with their details."""
    return [(entry.act, entry.details) for entry in stores.entries.unsealed(None, 99)]


def found_by_email(vault: Vault) -> int:
    """How many rows a search for Ada's address finds."""
    digest = Column(EMAIL, vault.ring, lambda: SubjectKeys(vault.ring, vault.stores.data_keys)).digest(
        EMAIL.indexes[0], ADDRESS
    )
    return sum(bytes(row["email"])[2:18] == digest for row in vault.table.rows)  # type: ignore[call-overload]


def test_nothing_of_a_shredded_person_is_readable_or_found(vault: Vault) -> None:
    """What is theirs raises ErasedError and is found by nothing; another's, and what is bound to no person, stays."""
    assert found_by_email(vault) == 2
    done = vault.encryption.shredding.shred(ADA)
    assert (done.keys, done.cleared) == (1, {"Customer.email": 2})
    assert found_by_email(vault) == 0
    for name in ("email", "phone"):
        with pytest.raises(ErasedError):
            vault.texts(name)
    assert vault.texts("note") == ["n", None, None]
    del vault.table.rows[:2]
    assert (vault.texts("email"), vault.texts("phone")) == (["bob@example.org"], ["+502 2"])


def test_it_is_taken_down_without_a_name(vault: Vault) -> None:
    """The pseudonym and counts: neither the key nor whose it was."""
    vault.encryption.shredding.shred(ADA)
    assert entries(vault.stores) == [("subject.shredded", '{"cleared.Customer.email":2,"keys":1}')]
    (entry,) = vault.stores.entries.unsealed(None, 9)
    assert (len(entry.subject), entry.subject.isalnum()) == (32, True)


def test_a_second_time_there_is_nothing_left_to_do(vault: Vault) -> None:
    """And no harm in it; what is written for the person afterwards has a key of its own."""
    shredding = vault.encryption.shredding
    shredding.shred(ADA)
    done = shredding.shred(ADA)
    assert (done.keys, done.cleared) == (0, {"Customer.email": 0})
    vault.table.rows.clear()
    vault.add(7, email=ADDRESS)
    assert vault.texts("email") == [ADDRESS]
    assert shredding.shred(ADA).keys == 1


def test_what_would_become_unreadable_is_counted(vault: Vault) -> None:
    """By column; nothing is changed."""
    assert vault.encryption.shredding.outlook(ADA) == {"Customer.email": 2, "Customer.phone": 1}
    assert vault.encryption.shredding.outlook(SubjectRef("user", "07")) == {"Customer.email": 0, "Customer.phone": 0}
    assert vault.texts("phone") == ["+502 1", None, "+502 2"]
    assert entries(vault.stores) == []


@pytest.mark.parametrize("act", ["shred", "outlook"])
def test_a_kind_that_nothing_is_bound_to_is_a_mistake(vault: Vault, act: str) -> None:
    """Such as a slip of the keyboard: nobody should take it for done."""
    with pytest.raises(ShreddingError, match='the kind "usr"') as caught:
        getattr(vault.encryption.shredding, act)(SubjectRef("usr", "7"))
    assert caught.value.hint == "columns are bound to user"
    with pytest.raises(ShreddingError) as caught:
        getattr(Vault(keyring()).encryption.shredding, act)(ADA)
    assert "bound_to" in caught.value.hint


def test_a_shredding_that_fails_changes_nothing(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The evidence cannot be written: the key and the digests are there still."""

    def refuses(*_: object) -> NoReturn:
        raise StoreError("no")

    monkeypatch.setattr(vault.stores.entries, "add", refuses)
    with pytest.raises(StoreError):
        vault.encryption.shredding.shred(ADA)
    assert found_by_email(vault) == 2
    assert vault.texts("email")[0] == ADDRESS


def test_a_rotation_takes_what_was_shredded_for_done(vault: Vault) -> None:
    """It is never brought up to date any more, and nobody is told of it for ever."""
    vault.encryption.shredding.shred(ADA)
    vault.ring = vault.ring.with_new_key()
    (table,) = vault.encryption.rotation.tables()
    done = vault.encryption.rotation.run(table)
    assert [state.behind for state in done.after] == [0, 0, 0]
    assert done.refusals == 0


def test_a_rotation_clears_what_a_restored_copy_brought_back(vault: Vault) -> None:
    """The rows are those from before, the table of keys is today's: what is unreadable is found no more either."""
    before = [dict(row) for row in vault.table.rows]
    vault.encryption.shredding.shred(ADA)
    vault.table.rows[:] = before
    assert found_by_email(vault) == 2
    vault.ring = vault.ring.with_new_key()
    (table,) = vault.encryption.rotation.tables()
    vault.encryption.rotation.run(table)
    assert found_by_email(vault) == 0
    with pytest.raises(ErasedError):
        vault.texts("email")


@dataclass
class Apart:
    """A vault whose data keys stand in a database of their own."""

    vault: Vault
    keys: MemoryStores

    @property
    def shredding(self) -> Shredding:
        host = BareHost(Path(), {"default": self.vault.stores, "keys": self.keys}, sealed=self.vault.columns)
        return Encryption(host, self.vault.ring, "default", clock=FrozenClock(), data_keys="keys").shredding

    def enabled(self) -> int:
        """How many keys there are."""
        return sum(self.keys.wrapped_keys.under().values())


@pytest.fixture
def apart(vault: Vault) -> Apart:
    """The same keys, in the other database."""
    keys = MemoryStores("keys")
    SubjectKeys(vault.ring, keys.data_keys).for_writing([ADA, BOB])
    return Apart(vault, keys)


def test_keys_in_another_database_go_too(apart: Apart) -> None:
    """The digests and the evidence stand where the data is."""
    assert apart.shredding.shred(ADA).keys == 1
    assert apart.enabled() == 1
    assert found_by_email(apart.vault) == 0
    assert len(entries(apart.vault.stores)) == 1
    assert entries(apart.keys) == []


def test_a_database_of_keys_that_fails_leaves_everything(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says that it was done, and everything is readable: it is done again."""

    def refuses(self: object, subjects: Sequence[str], on: dt.date) -> NoReturn:
        raise StoreError("the keys are away")

    monkeypatch.setattr(MemoryDataKeys, "destroy", refuses)
    with pytest.raises(StoreError):
        apart.shredding.shred(ADA)
    monkeypatch.undo()
    assert (apart.enabled(), found_by_email(apart.vault), entries(apart.vault.stores)) == (2, 2, [])
    assert apart.shredding.shred(ADA).keys == 1


def test_a_transaction_that_fails_after_it_is_repaired_by_doing_it_again(apart: Apart) -> None:
    """The key in the other database is gone for good; the digests go, and the evidence says so, the second time."""
    with pytest.raises(ZeroDivisionError), apart.vault.stores.transactions.atomic():
        _ = apart.shredding.shred(ADA).keys / 0
    assert (apart.enabled(), found_by_email(apart.vault), entries(apart.vault.stores)) == (1, 2, [])
    assert apart.shredding.shred(ADA).keys == 0
    assert found_by_email(apart.vault) == 0
    assert entries(apart.vault.stores) == [("subject.shredded", '{"cleared.Customer.email":2,"keys":0}')]


def test_digests_that_cannot_be_cleared_keep_the_key(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes last: what is left is never half done where it can still be undone."""

    def refuses(*_: object) -> NoReturn:
        raise StoreError("no")

    monkeypatch.setattr(MemorySealedRows, "unindex", refuses)
    with pytest.raises(StoreError):
        apart.shredding.shred(ADA)
    assert apart.enabled() == 2


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop of the tests of rights: the notes of its orders and its invoices' totals are bound to their users."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    made = replace(shop(tmp_path), sealed=(_bound("Order", "note"), _bound("Invoice", "total")))
    try:
        installed.install_data_keys(lambda: made.stores("default").data_keys)
        installed.subject_keys().for_writing(
            [SubjectRef("user", "1"), SubjectRef("user", "2"), SubjectRef("lead", "7")]
        )
        yield made
    finally:
        installed.uninstall()


def _bound(label: str, name: str) -> SealedColumn:
    declared = Declaration(context=Context(label.lower(), name), subject="user")
    made = column(name, declared)
    return replace(made, label=label, db_table=label.lower(), subject="user", db_subject="user_id")


def confirmed(site: Shop, address: str) -> str:
    """The id of a request for erasure whose mailed link was followed."""
    site.guard().rights.receive("erasure", address, language="en", jurisdiction=None)
    found = site.guard().rights.confirm(site.token())
    assert found
    return found[0].id


def erase(site: Shop, address: str) -> None:
    """Ask for an erasure, confirm it, and carry it out."""
    site.guard().rights.carry_out(confirmed(site, address))


def test_an_erasure_shreds_whoever_is_erased(site: Shop) -> None:
    """With its evidence; who has no bound column keeps no key worth destroying."""
    erase(site, "anna@example.com")
    assert sum(site.stores("default").wrapped_keys.under().values()) == 2
    assert ("subject.shredded", '{"keys":1}') in entries(site.stores("default"))
    assert site.acts().count("subject.shredded") == 1


def test_what_the_law_keeps_stays_readable(site: Shop) -> None:
    """Ben's invoice is kept, and its total is sealed under his key: so the key is kept as well."""
    erase(site, "ben@example.com")
    assert site.names("Invoice") == [1]
    assert sum(site.stores("default").wrapped_keys.under().values()) == 3
    assert "subject.shredded" not in site.acts()


def test_an_erasure_that_fails_keeps_the_key(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it or nothing."""
    request, stores = confirmed(site, "anna@example.com"), site.stores("default")

    def refuses(*_: object) -> NoReturn:
        raise StoreError("no")

    monkeypatch.setattr(stores.requests, "change", refuses)
    with pytest.raises(StoreError):
        site.guard().rights.carry_out(request)
    assert site.names("User") == [1, 2]
    assert sum(stores.wrapped_keys.under().values()) == 3


def test_whoever_never_had_a_key_leaves_no_trace_of_shredding(site: Shop) -> None:
    """Evidence says what was done, and nothing was."""
    installed.subject_keys().destroy([SubjectRef("user", "1")])
    erase(site, "anna@example.com")
    assert "subject.shredded" not in site.acts()
