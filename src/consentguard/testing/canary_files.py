"""Files of the canary: each file column of a made-up data subject names one, which is looked for in the storage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from consentguard.ports import Files, FilesError, Storage
from consentguard.testing.canary_search import Residual, Search, Trace

PORTION = 1 << 20
OVERLAP = 32
"""How much of a portion is looked at again with the next: more bytes than a canary has."""
NO_STORAGE = "no file could be put there: the setting `files` has no `save` and `names`, see consentguard.ports.Storage"


@dataclass(slots=True, kw_only=True)
class KeptFile:
    """A file that a column of a row names; `key` is the row's, once that is there."""

    label: str
    column: str
    name: str
    canary: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The host's storage of files. `refused` says of which columns it took none, and why."""

    files: Files
    refused: dict[tuple[str, str], str] = field(default_factory=dict)

    def keep(self, label: str, column: str, name: str, canary: str) -> KeptFile | None:
        """A file with a canary in it, for a column; None where the storage takes none."""
        place = (label, column)
        if not isinstance(self.files, Storage):
            self.refused[place] = NO_STORAGE
            return None
        try:
            saved = self.files.save(label, column, name, canary.encode())
        except FilesError as error:
            self.refused[place] = error.message
            return None
        return KeptFile(label=label, column=column, name=saved, canary=canary)

    def holds(self, file: KeptFile, search: Search) -> bool:
        """Whether a file is there, and says what it did."""
        return any(canary == file.canary for canary, _ in self._own(file, search))

    def remove(self, files: Iterable[KeptFile]) -> None:
        """Take away whatever is left of these; one that cannot go holds nothing but a canary."""
        for file in files:
            with suppress(FilesError):
                self.files.delete(file.label, file.column, file.name)

    def left(self, files: Sequence[KeptFile], search: Search) -> Iterator[Trace | Residual]:
        """Canaries in these files, and in every other of the same storage; and where nobody looked."""
        for file in files:
            yield from self._own(file, search)
        for label, column in dict.fromkeys((file.label, file.column) for file in files):
            yield from self._everywhere(label, column, search)
        yield from (Residual(_place(*place), why) for place, why in self.refused.items())

    def _own(self, file: KeptFile, search: Search) -> Iterator[Trace]:
        """The canaries in a file of ours; none where it is gone."""
        with suppress(FilesError):
            yield from self._in(file.label, file.column, file.name, search)

    def _everywhere(self, label: str, column: str, search: Search) -> Iterator[Trace | Residual]:
        """In every file of a storage, and in their names: a host may have derived one from another."""
        if not isinstance(self.files, Storage):
            return  # no file was kept either
        unread = 0
        try:
            for name in self.files.names(label, column):
                yield from search.content(name.encode(), f"the names of {_place(label, column)}")
                try:
                    yield from self._in(label, column, name, search)
                except FilesError:
                    unread += 1
        except FilesError as error:
            yield Residual(_place(label, column), error.message)
        if unread:
            yield Residual(_place(label, column), f"{unread} of them could not be read")

    def _in(self, label: str, column: str, name: str, search: Search) -> Iterator[Trace]:
        """The canaries in a file. It is read in portions: a host's own may be large. Raises FilesError."""
        with self.files.open(label, column, name) as file:
            before = b""
            while portion := file.read(PORTION):
                yield from search.content(before + portion, _place(label, column))
                before = portion[-OVERLAP:]


def _place(label: str, column: str) -> str:
    return f"the files of {label}.{column}"
