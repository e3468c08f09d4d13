"""A ledger in one file of JSON Lines, on a disk that outlasts the database: several processes may write to it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

from consentguard.ports import LedgerError
from consentguard.records import Tombstone
from consentguard.tombstones.entries import parsed, written

OWNER_ONLY = 0o600
NEWLINE = b"\n"
_PORTION = 4096


class FileLedger:
    """`consentguard.ports.Ledger` in a file, which is only ever appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, tombstones: tuple[Tombstone, ...]) -> None:
        """Write entries and wait until the disk has them, and the file's place in its folder. Raises LedgerError."""
        try:
            with _opened(self.path) as descriptor:
                _cut_torn_line(descriptor)
                _write(descriptor, written(tombstones))
                os.fsync(descriptor)
            _sync(self.path.parent)
        except OSError as error:
            hint = "see that its folder is there and this process may write to it; nothing was erased"
            raise LedgerError(f"the ledger {self.path} cannot be written: {error.strerror}", hint=hint) from error

    def read(self, after: str = "") -> Iterator[Tombstone]:
        """The entries by id. A last line without its end was never acted upon, and is passed over.

        Raises LedgerError.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            content = b""
        except OSError as error:
            raise LedgerError(f"the ledger {self.path} cannot be read: {error.strerror}") from error
        *lines, _torn = content.split(NEWLINE)
        found = (entry for entry in parsed(lines, str(self.path)) if entry.id > after)
        yield from sorted(found, key=attrgetter("id"))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file, made where there is none, for this process alone until the block ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
    try:
        _lock(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)  # which unlocks it


def _lock(descriptor: int) -> None:
    """Wait until nobody else writes."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _cut_torn_line(descriptor: int) -> None:
    """Take away what a writer left that was killed: its append never returned, so nothing was erased on its word."""
    end = size = os.fstat(descriptor).st_size
    while end:
        start = max(0, end - _PORTION)
        os.lseek(descriptor, start, os.SEEK_SET)
        found = os.read(descriptor, end - start).rfind(NEWLINE)
        end = start if found < 0 else start + found + 1
        if found >= 0:
            break
    if end != size:
        os.ftruncate(descriptor, end)


def _write(descriptor: int, data: bytes) -> None:
    """All of it: one call may write less."""
    while data:
        data = data[os.write(descriptor, data) :]


def _sync(folder: Path) -> None:
    """Make a new file's place in its folder outlast a power cut; Windows cannot open a folder, nor needs to."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
