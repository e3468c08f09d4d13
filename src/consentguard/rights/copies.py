"""A copy of somebody's data as a zip file: the rows as JSON, and a page that says what is in it and what is not."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from consentguard.manifest.texts import localised
from consentguard.plan.export import Extract, export
from consentguard.plan.steps import Found
from consentguard.ports import Dataset
from consentguard.records import RightsRequest
from consentguard.rights.mails import Mails
from consentguard.words import Words, words

DATA, README = "data.json", "README.txt"


@dataclass(frozen=True, slots=True)
class Copies:
    """Writes copies; nothing of them is kept."""

    mails: Mails
    dataset: Dataset

    def zip(self, request: RightsRequest, people: Iterable[Found], now: dt.datetime) -> tuple[bytes, dict[str, int]]:
        """The file, and how many rows of which table are in it. Rows are read in portions and written as they come."""
        parts = tuple(export(self.mails.data_map, people))
        file, rows = io.BytesIO(), dict[str, int]()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_dated(README, now), self._readme(request, parts, now))
            with archive.open(_dated(DATA, now), "w", force_zip64=True) as data:
                for piece in self._json(request, parts, now, rows):
                    data.write(piece)
        return file.getvalue(), rows

    def _json(
        self, request: RightsRequest, parts: Iterable[Extract], now: dt.datetime, rows: dict[str, int]
    ) -> Iterator[bytes]:
        about = {"right": request.right, "received_on": request.received_at.date(), "made_at": now}
        yield b'{"request":' + msgspec.json.encode(about) + b',"tables":['
        for number, part in enumerate(parts):
            yield b",\n" * bool(number) + self._header(part, request.language) + b',"rows":['
            columns, label = [entry.column for entry in part.entries], part.selection.label
            for first, row in enumerate(self.dataset.rows(part.selection, columns)):
                yield b",\n" * bool(first) + msgspec.json.encode(dict(row), enc_hook=str)
                rows[label] = rows.get(label, 0) + 1
            yield b"]}"
        yield b"]}\n"

    def _header(self, part: Extract, language: str) -> bytes:
        """The table's name, whom its rows are about, and what each column holds; without the closing brace."""
        manifest = self.mails.data_map.manifest
        columns = {
            entry.column: localised(manifest.categories[entry.category].title, language, manifest.site.languages[0])[0]
            or entry.category
            for entry in part.entries
            if entry.category
        }
        about = {"table": part.selection.label, "about": part.subject, "columns": columns}
        return msgspec.json.encode(about).removesuffix(b"}")

    def _readme(self, request: RightsRequest, parts: Iterable[Extract], now: dt.datetime) -> str:
        return "\n\n".join(self._said(words(request.language), request, parts, now)) + "\n"

    def _said(self, w: Words, request: RightsRequest, parts: Iterable[Extract], now: dt.datetime) -> Iterator[str]:
        asked, made = w.date(request.received_at.date()), w.date(now.date())
        yield w.say("You asked for a copy of your data on {asked}. It was made on {made}.", asked=asked, made=made)
        yield w.say("{file} holds it, table by table, as JSON, a format that programs can read.", file=DATA)
        if any(part.withheld for part in parts):
            yield w.say("Proofs of who you are, such as passwords, are left out: they are stored scrambled.")
        yield from self.mails.elsewhere(w)


def _dated(name: str, now: dt.datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, now.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info
