"""What encrypted columns of this process work with, since they know of no site: its keyring, and its data keys."""

from __future__ import annotations

import os

from consentguard.crypto.cipher import Context
from consentguard.crypto.column import Column, Declaration
from consentguard.crypto.data_keys import SubjectKeys
from consentguard.crypto.errors import UnknownKeyError
from consentguard.crypto.keyring import Keyring
from consentguard.crypto.sources import Installed
from consentguard.crypto.sources import install_data_keys as install_data_keys
from consentguard.crypto.sources import install_lazily as install_lazily

ASK_FOR_NULL = "ask only whether it is NULL; compare values where they are read"
"""What to do where a query asks of an encrypted column what only plaintext can answer."""


def install(keyring: Keyring) -> None:
    """Make a keyring that of the process, in place of the one before."""
    Installed.keyring, Installed.subject_keys = keyring, None


def current() -> Keyring:
    """The keyring of the process: what was installed, else what the environment holds when it is first asked for.

    Raises KeyringError when there is neither.
    """
    if Installed.keyring is None:
        source = Installed.source
        Installed.keyring = source() if source else Keyring.from_environment(os.environ)
    return Installed.keyring


def subject_keys() -> SubjectKeys:
    """The keys of data subjects under the process's keyring. Raises KeyringError; UnknownKeyError without a table."""
    keys = Installed.subject_keys
    if keys is None or keys.keyring is not current():
        if Installed.data_keys is None:
            hint = "Django: add consentguard_django to INSTALLED_APPS; SQLAlchemy: `installed.install_data_keys`"
            raise UnknownKeyError("there is no table of data keys in this process", hint=hint)
        keys = SubjectKeys(current(), Installed.data_keys(), ttl=Installed.ttl)
        Installed.subject_keys = keys
    return keys


def uninstall() -> None:
    """Leave the process without a keyring and without data keys, as at its start."""
    Installed.keyring = Installed.source = Installed.data_keys = Installed.subject_keys = None


class InstalledColumn:
    """One column under the process's keyring, whichever that is by then."""

    def __init__(self, declared: Declaration) -> None:
        self.declared = declared
        self._column: Column | None = None

    def current(self) -> Column:
        """The column, made anew when another keyring was installed. Raises KeyringError."""
        ring, column = Installed.keyring, self._column
        if ring is None or column is None or column.keyring is not ring:
            column = self._column = Column(self.declared, current(), subject_keys)
        return column


def context_of(name: str) -> Context:
    """The context that a name says: the table's and the column's with a dot between; a table's own may hold dots."""
    table, _, column = name.rpartition(".")
    return Context(table, column)


def check_name(name: str) -> None:
    """Refuse a name that a developer gave to a column and that is none; empty is no name at all. Raises TypeError."""
    if name and name.count(".") != 1:
        raise TypeError(f'Encrypted(..., name={name!r}): a name is "table.column"')


def cannot_answer(column: object, question: str) -> str:
    """The message of an error where a query asks what only plaintext can answer."""
    return f"{column} is encrypted, so the database cannot answer `{question}`"
