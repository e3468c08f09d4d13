"""Where the ledger of a database is, as the setting `ledger` says."""

from __future__ import annotations

from pathlib import Path

from consentguard.errors import SettingsError
from consentguard.ports import Ledger

FILE, DATABASE = "file:", "database:"
_EXAMPLES = 'it is such as "file:privacy.ledger.jsonl" or "s3://bucket/ledger"'
_FIRST = "default"


def ledger_at(place: str, root: Path, database: str) -> Ledger:
    """The ledger of one database of a site: each has its own, since each is restored by itself.

    `place` is the setting, `root` where a relative path starts. Raises SettingsError, also where fsspec, which reaches
    object storage, is not installed.
    """
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
