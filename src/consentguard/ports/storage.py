"""What only the canary asks of a host's files, and a host may leave out: to add one, and to list them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from consentguard.ports.world import Files


@runtime_checkable
class Storage(Files, Protocol):
    """Files that can be added and listed too: the canary asks for that, which looks for a file of its own."""

    def save(self, label: str, column: str, name: str, content: bytes) -> str:
        """Keep a file, and say under which name: another one where this is taken. Raises FilesError."""

    def names(self, label: str, column: str) -> Iterator[str]:
        """Every file in the storage of a column, whatever names it. Raises FilesError."""
