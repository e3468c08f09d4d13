"""Does one errand: calls the host's connector, deletes a file, ends somebody's sessions; and says how one knows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from consentguard.datamap.paths import Schema
from consentguard.errands.notices import Notice, read, read_file
from consentguard.errors import ConsentGuardError
from consentguard.ports import Dataset, Files, Sealer
from consentguard.records import Errand, Selection, Test

Connector = Callable[[Notice], str]
"""A function of the host's: does what a notice says, and returns what proves it. It raises where it could not."""
_log = logging.getLogger("consentguard.errands")


class ErrandError(ConsentGuardError):
    """An errand is not there, is done already, or could not be done and is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Does errands, each outside of a transaction: what happens elsewhere cannot be taken back."""

    schema: Schema
    dataset: Dataset
    sealer: Sealer
    files: Files
    sessions: Callable[[Sequence[str]], int]
    connectors: Mapping[str, Connector]

    def do(self, errand: Errand) -> str:
        """Do it, and say what proves it. Raises ErrandError where it could not be done now."""
        try:
            if errand.kind == "file":
                return self._file(errand)
            if errand.kind == "session":
                ended = self.sessions([who.key for who in self.notice(errand).subjects])
                return f"sessions ended: {ended}"
            return self._connected(errand)
        except Exception as error:  # whatever a host's own code raises, its other errands go on
            _log.warning("errand %s to %s failed: %s", errand.id, errand.target, type(error).__name__)
            raise ErrandError("the errand could not be done, and is tried again") from error

    def notice(self, errand: Errand) -> Notice:
        """What has to be known to do it. Raises ErrandError for one that is done: then nothing is."""
        if errand.state == "done" or errand.kind == "file":
            raise ErrandError("nothing is known of the errand any more", hint="it is done, or about a file")
        return replace(read(self.sealer.open(errand.payload)), id=errand.id)

    def _connected(self, errand: Errand) -> str:
        if errand.target not in self.connectors:
            hint = "put it back into the setting `connectors`, or settle the errand by hand"
            raise ErrandError(f"there is no connector for {errand.target!r} any more", hint=hint)
        proof = str(self.connectors[errand.target](self.notice(errand)) or "")
        if not proof:
            raise ErrandError(f"the connector for {errand.target!r} returned nothing that proves it")
        return proof

    def _file(self, errand: Errand) -> str:
        """Delete a file, unless a row still names it: then it is that one's too."""
        file = read_file(self.sealer.open(errand.payload))
        if others := sum(self._naming(file.name)):
            return f"left: rows that still name it: {others}"
        self.files.delete(file.label, file.column, file.name)
        return "deleted"

    def _naming(self, name: str) -> Iterator[int]:
        """How many rows name a file, column by column. A name in other letters is another file's."""
        for label, table in self.schema.items():
            for column in (each.name for each in table.columns if each.type == "file"):
                alike = Selection(label=label, where=(Test(column, "among", (name,)),))
                yield sum(str(row[column]) == name for row in self.dataset.rows(alike, [column]))
