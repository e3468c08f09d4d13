"""The keyring of this process, for encrypted columns: they know of no site."""

from __future__ import annotations

import os
from collections.abc import Callable

from consentguard.crypto.cipher import Context, Sealer
from consentguard.crypto.keyring import Keyring

ASK_FOR_NULL = "ask only whether it is NULL; compare values where they are read"
"""What to do where a query asks of an encrypted column what only plaintext can answer."""


class _Installed:
    keyring: Keyring | None = None
    source: Callable[[], Keyring] | None = None


def install(keyring: Keyring) -> None:
    """Make a keyring that of the process, in place of the one before."""
    _Installed.keyring = keyring


def install_lazily(source: Callable[[], Keyring]) -> None:
    """Let the process's keyring come from `source` when it is first asked for, in place of the one before."""
    _Installed.keyring, _Installed.source = None, source


def current() -> Keyring:
    """The keyring of the process: what was installed, else what the environment holds when it is first asked for.

    Raises KeyringError when there is neither.
    """
    if _Installed.keyring is None:
        source = _Installed.source
        _Installed.keyring = source() if source else Keyring.from_environment(os.environ)
    return _Installed.keyring


def uninstall() -> None:
    """Leave the process without a keyring, as at its start."""
    _Installed.keyring = _Installed.source = None


class ColumnSealer:
    """The sealer of one column under the process's keyring, whichever that is by then.

    `name` is the table's name and the column's with a dot between; a table's own may hold dots.
    """

    def __init__(self, name: str) -> None:
        self._table, _, self._column = name.rpartition(".")
        self._sealer: Sealer | None = None

    def current(self) -> Sealer:
        """The sealer, made anew when another keyring was installed. Raises KeyringError."""
        ring = current()
        if self._sealer is None or self._sealer.keyring is not ring:
            self._sealer = Sealer(ring, Context(self._table, self._column))
        return self._sealer


def check_name(name: str) -> None:
    """Refuse a name that a developer gave to a column and that is none; empty is no name at all. Raises TypeError."""
    if name and name.count(".") != 1:
        raise TypeError(f'Encrypted(..., name={name!r}): a name is "table.column"')


def cannot_answer(column: object, question: str) -> str:
    """The message of an error where a query asks what only plaintext can answer."""
    return f"{column} is encrypted, so the database cannot answer `{question}`"
