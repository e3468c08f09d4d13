"""The keyring of the process: where it comes from, and that a column follows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.column import Declaration
from consentguard.crypto.errors import DecryptionError
from consentguard.crypto.installed import InstalledColumn, check_name, context_of, current, install, uninstall
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, KeyringError
from consentguard.errors import ConsentGuardError
from consentguard.testing.keys import keyring


@pytest.fixture
def bare_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A process that has no ring, and none afterwards."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    uninstall()
    yield monkeypatch
    uninstall()


def test_the_process_has_the_ring_that_was_installed(bare_process: pytest.MonkeyPatch) -> None:
    """The last one, in place of the environment's."""
    bare_process.setenv(VARIABLE, keyring().dumps())
    ring = keyring()
    install(keyring())
    install(ring)
    assert current() is ring


def test_the_process_falls_back_to_the_environment(bare_process: pytest.MonkeyPatch) -> None:
    """Read once: fields ask for every value."""
    ring = keyring()
    bare_process.setenv(VARIABLE, ring.dumps())
    assert current().keys == ring.keys
    assert current() is current()


def test_a_process_without_a_ring_says_how_to_make_one(bare_process: pytest.MonkeyPatch) -> None:
    """One message for whoever adds an encrypted field first and the key afterwards."""
    with pytest.raises(ConsentGuardError, match="there is no keyring") as caught:
        current()
    assert "consentguard keys new" in caught.value.hint


def test_a_column_follows_the_process(bare_process: pytest.MonkeyPatch) -> None:
    """It is made once for a ring, and anew when another was installed; without one it says so."""
    column, ring = InstalledColumn(Declaration(context=Context("customer", "email"))), keyring()
    install(ring)
    sealed = column.current().seal(b"ada@example.com")
    assert column.current() is column.current()
    assert Sealer(ring, Context("customer", "email")).open(sealed) == b"ada@example.com"
    install(ring.with_new_key())
    assert column.current().open(sealed) == b"ada@example.com"
    install(keyring())
    with pytest.raises(DecryptionError):
        column.current().open(sealed)
    uninstall()
    with pytest.raises(KeyringError):
        column.current()


def test_a_table_s_name_may_hold_dots() -> None:
    """As that of a table in a schema does; a column's name is what stands after the last."""
    assert context_of("clinic.customer.email") == Context("clinic.customer", "email")


@pytest.mark.parametrize("name", ["email", "clinic.customer.email"])
def test_a_name_that_a_developer_gives_is_a_table_s_and_a_column_s(name: str) -> None:
    """Anything else is refused where it is written; no name is none."""
    with pytest.raises(TypeError, match=r"table\.column"):
        check_name(name)
    check_name("customer.email")
    check_name("")
