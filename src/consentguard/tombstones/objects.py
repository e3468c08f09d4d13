"""A ledger in object storage, or whatever else fsspec reaches: containers have no disk that outlasts them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter

from fsspec.core import url_to_fs

from consentguard.ports import LedgerError
from consentguard.records import Tombstone
from consentguard.tombstones.entries import parsed, written

ENDING = ".jsonl"


class ObjectLedger:
    """`consentguard.ports.Ledger` as one object for each append, which nothing ever writes again.

    An object is called by the first and the last id in it, so that its name alone says whether it has to be read.
    """

    def __init__(self, url: str) -> None:
        with _told(url):
            self._files, self._folder = url_to_fs(url)
        self._url = url

    def append(self, tombstones: tuple[Tombstone, ...]) -> None:
        """Write one object; object stores answer when it is kept. Raises LedgerError."""
        if not tombstones:
            return
        ids = sorted(each.id for each in tombstones)
        with _told(self._url):
            self._files.makedirs(self._folder, exist_ok=True)
            self._files.pipe_file(f"{self._folder}/{ids[0]}-{ids[-1]}{ENDING}", written(tombstones))

    def read(self, after: str = "") -> Iterator[Tombstone]:
        """The entries by id. Raises LedgerError."""
        found: list[Tombstone] = []
        with _told(self._url):
            self._files.invalidate_cache()  # other processes write too
            for path in self._names():
                if path.removesuffix(ENDING).rpartition("-")[2] > after:
                    lines = self._files.cat_file(path).splitlines()
                    found += (entry for entry in parsed(lines, self._url) if entry.id > after)
        yield from sorted(found, key=attrgetter("id"))

    def _names(self) -> list[str]:
        if not self._files.exists(self._folder):
            return []
        return sorted(path for path in self._files.ls(self._folder, detail=False) if path.endswith(ENDING))


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Every error as one of ours: each file system of fsspec raises its own kinds."""
    try:
        yield
    except LedgerError:
        raise
    except Exception as error:
        hint = "see that it is there, and what this process may do there; nothing was erased"
        raise LedgerError(f"the ledger {url} cannot be reached: {type(error).__name__}", hint=hint) from error
