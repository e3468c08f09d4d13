"""What `check` says of deletion that does not last: no ledger, or a database that keeps what it deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

from consentguard.errors import ConsentGuardError
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest


class Asked(Protocol):
    """The databases of a site: `consentguard.host.Host`."""

    def database_names(self) -> Sequence[str]:
        """Their aliases or binds."""

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        """The rows of one statement."""


_OFF = 0


def no_ledger(manifest: Manifest, ledger: str) -> Iterator[Finding]:
    """A warning for a policy that promises erasure on a site that keeps no ledger."""
    if _erases(manifest) and not ledger:
        message = "erasure is promised, and nothing outside the database knows of it: a backup brings people back"
        hint = 'name a place in the setting `ledger`, such as "file:privacy.ledger.jsonl"'
        yield Finding(id="P-NO-LEDGER", severity="warning", message=message, where="rights.erasure", hint=hint)


def readable_remains(manifest: Manifest, host: Asked) -> Iterator[Finding]:
    """A warning for each database that keeps what it deleted, where the policy promises erasure. It asks them."""
    for name in _databases(host) if _erases(manifest) else ():
        if _keeps_deleted(name, host):
            message = "SQLite leaves deleted values readable in its file, since secure_delete is off"
            hint = "run `PRAGMA secure_delete = ON` on each new connection"
            yield Finding(id="P-SECURE-DELETE", severity="warning", message=message, where=name, hint=hint)


def _databases(host: Asked) -> Sequence[str]:
    """The site's databases; none of a site that has none."""
    with suppress(ConsentGuardError):
        return host.database_names()
    return ()


def _erases(manifest: Manifest) -> bool:
    return "erasure" in (manifest.rights or {})


def _keeps_deleted(database: str, host: Asked) -> bool:
    """Whether a database is SQLite's with secure_delete off; one that cannot be asked is not judged."""
    with suppress(ConsentGuardError):
        [[kind, setting]] = host.ask(database, lambda kind: _QUESTIONS.get(kind, _OTHER))
        return kind == "sqlite" and setting == _OFF
    return False


_QUESTIONS = {"sqlite": "SELECT 'sqlite', secure_delete FROM pragma_secure_delete"}
_OTHER = "SELECT '', 1"
