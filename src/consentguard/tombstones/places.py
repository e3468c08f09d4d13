"""Where the ledger of a database is, as the setting `ledger` says."""

from __future__ import annotations

from pathlib import Path

from consentguard.errors import SettingsError
from consentguard.ports import Ledger
from consentguard.tombstones.in_database import Ask, DatabaseLedger

FILE, DATABASE = "file:", "database:"
_EXAMPLES = 'it is such as "file:privacy.ledger.jsonl", "s3://bucket/ledger" or "database:archive"'
_FIRST = "default"


def ledger_at(place: str, root: Path, database: str, ask: Ask) -> Ledger:
    """The ledger of one database of a site: each has its own, since each is restored by itself.

    `place` is the setting, `root` where a relative path starts, `ask` the host's way to its databases. Raises
    SettingsError, also for a database as its own ledger, and where fsspec, which reaches object storage, is not
    installed.
    """
    if place.startswith(DATABASE):
        alias = place.removeprefix(DATABASE)
        if alias in ("", database):
            hint = "name another database, which is not restored with it, or a file"
            raise SettingsError(f"ledger is {place!r}, and a ledger comes back with the database it is in", hint=hint)
        return DatabaseLedger(ask, alias, database)
    if place.startswith(FILE) and place != FILE:
        from consentguard.tombstones.ledger import FileLedger

        return FileLedger(_of_database(root / place.removeprefix(FILE), database))
    if "://" not in place:
        raise SettingsError(f"ledger is {place!r}", hint=_EXAMPLES)
    try:
        from consentguard.tombstones.objects import ObjectLedger
    except ModuleNotFoundError as error:
        message, hint = f"the ledger {place} is reached through fsspec", "install consentguard[files]"
        raise SettingsError(message, hint=hint) from error
    return ObjectLedger(f"{place.rstrip('/')}/{database}")


def _of_database(path: Path, database: str) -> Path:
    """The file of the first database as it was named, and of another one beside it."""
    return path if database == _FIRST else path.with_name(f"{path.stem}.{database}{path.suffix}")
