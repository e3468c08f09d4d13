"""A column on its way in or out of encryption: phases, what is compared, and what is left for a person to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Declaration
from consentguard.crypto.index.kinds import Exact
from consentguard.datamap.schema import Beside
from consentguard.reencryption import ColumnError, Conversion, Progress
from consentguard.testing.keys import keyring
from tests.core.vault_kit import NOTE, PHONE, Vault, column

OF_SUBJECT = Declaration(context=Context("shop_customer", "note"), subject="user")
PLAIN = Beside("plain", "plain")


class Converted(Vault):
    """A table whose column `note` is encrypted, and `plain` is not."""

    def __init__(self, declared: Declaration = PHONE, load: Callable[[bytes], object] = bytes.decode) -> None:
        super().__init__(keyring(), (replace(column("note", declared, load), copies=PLAIN, copied_to=PLAIN),))
        self.ran: list[Sequence[str]] = []

    def conversion(self, way: str = "encrypt", read: Callable[[object], object] | None = None) -> Conversion:
        """The conversion, whose SQL is only taken down: there is no database to run it."""
        found = self.encryption.conversion("Customer.note", way, read)  # type: ignore[arg-type]
        found._execute = lambda statements: self.ran.append(statements("postgresql"))
        return found

    def put(self, plain: object, note: str | None = None, owner: int = 7) -> int:
        """A row with a plain value, and perhaps a sealed one."""
        key = self.add(owner, note=note)
        self.table.rows[-1]["plain"] = plain
        return key


@pytest.fixture
def vault() -> Converted:
    """Twenty rows that have only plain values, and one that has none."""
    vault = Converted()
    for number in range(20):
        vault.put(f"text {number}")
    vault.put(None)
    return vault


def told(progress: Progress) -> tuple[str, int, list[tuple[str, str]]]:
    """The phase, how many rows are left, and those that had to be left alone."""
    return progress.phase, progress.left, [(each.column, each.key) for each in progress.refused]


def test_a_column_goes_in_step_by_step(vault: Converted) -> None:
    """Each phase is kept; in the end every copy is there, and a database refuses what writes one column alone."""
    conversion = vault.conversion()
    assert told(conversion.progress()) == ("not begun", 20, [])
    conversion.expand()
    assert told(conversion.progress()) == ("expanded", 20, [])
    assert told(conversion.backfill()) == ("backfilled", 0, [])
    assert vault.texts("note") == [*(f"text {number}" for number in range(20)), None]
    assert told(conversion.verify()) == ("verified", 0, [])
    conversion.enforce()
    assert told(vault.conversion().progress()) == ("strict", 0, [])
    assert ["NEW" in " ".join(each) and "RAISE" in " ".join(each) for each in vault.ran] == [False, True]
    assert [entry.act for entry in vault.stores.entries.unsealed(None, 9)] == ["column.encrypted"]
    conversion.end()
    assert told(conversion.progress()) == ("ended", 0, [])


def test_the_way_back(vault: Converted) -> None:
    """The plain column is filled from the encrypted one."""
    back = Converted()
    back.ring = vault.ring
    for number in range(3):
        back.put(None, note=f"text {number}")
    conversion = back.conversion("decrypt")
    conversion.expand()
    assert told(conversion.backfill()) == ("backfilled", 0, [])
    assert [row["plain"] for row in back.table.rows] == ["text 0", "text 1", "text 2"]
    assert told(conversion.verify()) == ("verified", 0, [])
    conversion.enforce()
    assert [entry.act for entry in back.stores.entries.unsealed(None, 9)] == ["column.decrypted"]


@pytest.mark.parametrize("declared", [NOTE, OF_SUBJECT, replace(OF_SUBJECT, indexes=(Exact(),))])
def test_values_may_be_bound_and_searched(declared: Declaration) -> None:
    """To their row, or to a data subject, whose key is made where there is none."""
    vault = Converted(declared)
    for owner in (7, 8, 7):
        vault.put(f"of {owner}", owner=owner)
    conversion = vault.conversion()
    conversion.expand()
    assert told(conversion.backfill()) == ("backfilled", 0, [])
    assert vault.texts("note") == ["of 7", "of 8", "of 7"]
    assert told(conversion.verify()) == ("verified", 0, [])


def test_a_dry_run_changes_nothing(vault: Converted) -> None:
    """It may come before the trigger, and says what could not be sealed."""
    progress = vault.conversion().backfill(dry_run=True)
    assert (told(progress), progress.done) == (("not begun", 20, []), 0)
    assert {row["note"] for row in vault.table.rows} == {None}
    assert list(vault.stores.column_jobs.all()) == []


def test_nothing_is_copied_before_the_trigger_is_there(vault: Converted) -> None:
    """A copy could be stale by the next moment."""
    with pytest.raises(ColumnError, match="not begun"):
        vault.conversion().backfill()


def test_a_backfill_that_is_cut_short_goes_on_where_it_stopped(vault: Converted) -> None:
    """With the row after those that are done."""

    def interrupt(rows: int) -> None:
        raise KeyboardInterrupt

    conversion = vault.conversion()
    conversion.expand()
    with pytest.raises(KeyboardInterrupt):
        conversion.backfill(progress=interrupt)
    (job,) = vault.stores.column_jobs.all()
    assert (job.phase, job.last_key, job.done) == ("backfilling", "16", 16)
    assert told(conversion.progress()) == ("backfilling", 4, [])
    seen: list[int] = []
    assert told(conversion.backfill(progress=seen.append)) == ("backfilled", 0, [])
    assert seen == [4]


def test_a_row_that_came_behind_is_copied_by_the_next_run(vault: Converted) -> None:
    """Whatever put it there, a copy that is missing is counted."""
    conversion = vault.conversion()
    conversion.expand()
    conversion.backfill()
    conversion.verify()
    vault.table.rows[0]["note"] = None
    with pytest.raises(ColumnError, match="1 rows lost their copy"):
        conversion.enforce()
    assert told(conversion.progress()) == ("backfilling", 1, [])
    assert [told(step()) for step in (conversion.backfill, conversion.verify)] == [
        ("backfilled", 0, []), ("verified", 0, [])
    ]  # fmt: skip


def test_strict_comes_after_a_verification_that_found_nothing(vault: Converted) -> None:
    """Neither before it, nor after one that found something."""
    conversion = vault.conversion()
    conversion.expand()
    conversion.backfill()
    with pytest.raises(ColumnError, match="backfilled, and not verified"):
        conversion.enforce()
    vault.table.rows[3]["note"] = vault.sealed(vault.columns[0], "another", 4)
    vault.table.rows[5]["note"] = b"plain"
    progress = conversion.verify()
    assert told(progress) == ("backfilled", 0, [("Customer.note", "4"), ("Customer.note", "6")])
    assert progress.refused[0].why == "it is another than the plain value"
    assert "not a sealed one" in progress.refused[1].why
    with pytest.raises(ColumnError, match="not verified"):
        conversion.enforce()
    assert told(conversion.verify(mend=True)) == ("verified", 0, [])
    assert vault.texts("note")[3:6] == ["text 3", "text 4", "text 5"]


def test_what_cannot_be_sealed_is_named() -> None:
    """With its row; strict has to wait for it."""
    vault = Converted(replace(PHONE, indexes=(Exact("casefold"),)))
    for plain in ("5555 1234", "\ud800"):
        vault.put(plain)
    vault.columns = (replace(vault.columns[0], dump=lambda value: str(value).encode("utf-8", "surrogatepass")),)
    conversion = vault.conversion()
    conversion.expand()
    assert told(conversion.backfill()) == ("backfilling", 1, [("Customer.note", "2")])


def test_a_value_that_is_null_to_the_encrypted_column_is_named(vault: Converted) -> None:
    """It would have no copy for ever."""
    vault.columns = (replace(vault.columns[0], dump=lambda value: None if value == "text 7" else b"x"),)
    conversion = vault.conversion()
    conversion.expand()
    progress = conversion.backfill()
    assert told(progress) == ("backfilling", 1, [("Customer.note", "8")])
    assert "takes it for NULL" in progress.refused[0].why


@pytest.mark.parametrize(
    ("stored", "load", "meant"),
    [
        ("12", lambda plain: int(plain), b"12"),
        ("True", lambda plain: plain == b"1", b"True"),
        ("0012", bytes.decode, b"0012"),
        ("true", bytes.decode, b"true"),
    ],
    ids=["number", "truth", "text", "a text that looks like truth"],
)
def test_another_package_s_text_becomes_the_value_that_it_is_of(
    stored: str, load: Callable[[bytes], object], meant: bytes
) -> None:
    """A number a number, truth as this column writes it, and a text stays what it is."""
    vault = Converted(load=load)
    vault.put(f"foreign {stored}")
    conversion = vault.conversion(read=lambda value: str(value).removeprefix("foreign "))
    conversion.expand()
    assert told(conversion.backfill()) == ("backfilled", 0, [])
    assert vault.texts("note") == [meant.decode()]
    assert told(conversion.verify()) == ("verified", 0, [])


def test_a_pair_is_named_by_either_column(vault: Converted) -> None:
    """By the data map's names or the database's; where none is declared, the error says how."""
    for name in ("Customer.note", "Customer.plain", "shop_customer.note", "shop_customer.plain"):
        assert vault.encryption.conversion(name, "encrypt").pair.name == "encrypt Customer.note"
    vault.columns = (replace(vault.columns[0], copies=None),)
    with pytest.raises(ColumnError, match="copies="):
        vault.encryption.conversion("Customer.note", "encrypt")


def test_sealed_columns_of_two_pairs_are_told_apart(vault: Converted) -> None:
    """Each way is a work of its own."""
    vault.conversion().expand()
    assert vault.conversion("decrypt").progress().phase == "not begun"
