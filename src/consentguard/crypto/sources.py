"""Where this process's keyring and data keys come from: said at start-up, and without loading the cipher."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentguard.crypto.data_keys import SubjectKeys
    from consentguard.crypto.keyring import Keyring
    from consentguard.ports import DataKeys


class Installed:
    """What was installed, and what was made of it; nothing at the process's start."""

    keyring: Keyring | None = None
    source: Callable[[], Keyring] | None = None
    data_keys: Callable[[], DataKeys] | None = None
    ttl: float = 0
    subject_keys: SubjectKeys | None = None


def install_lazily(source: Callable[[], Keyring]) -> None:
    """Let the process's keyring come from `source` when it is first asked for, in place of the one before."""
    Installed.keyring, Installed.subject_keys, Installed.source = None, None, source


def install_data_keys(store: Callable[[], DataKeys], ttl: float = 0) -> None:
    """Let the keys of data subjects come from what `store` gives; `ttl` as `SubjectKeys` has it, in seconds."""
    Installed.data_keys, Installed.ttl, Installed.subject_keys = store, ttl, None
