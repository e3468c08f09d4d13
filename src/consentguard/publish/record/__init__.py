"""The record of processing activities: Art. 30(1) GDPR as controller, Art. 30(2) as processor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from consentguard.law import regime, regimes
from consentguard.manifest.schema import Manifest
from consentguard.publish.edition import Edition
from consentguard.publish.record.activities import as_controller, as_processor
from consentguard.publish.record.formats import csv_of, markdown_of
from consentguard.publish.record.gaps import gaps
from consentguard.publish.record.linked import linked
from consentguard.publish.record.rows import Activity, Gap
from consentguard.publish.sections.who import reachable
from consentguard.words import words

if TYPE_CHECKING:
    from consentguard.datamap.map import DataMap

__all__ = ["Activity", "Gap", "Record", "record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The whole record: who keeps it, every activity, what is missing, and the data map as Mermaid source.

    `editions` are what it is written from, in its own language and then in the site's others.
    """

    language: str
    controller: Mapping[str, str]
    activities: tuple[Activity, ...]
    missing: tuple[Gap, ...]
    picture: str = ""
    editions: tuple[Edition, ...]

    def as_json(self) -> dict[str, Any]:
        """The record with stable keys; texts are in the record's language."""
        return {
            "language": self.language,
            "controller": dict(self.controller),
            "activities": [asdict(activity) for activity in self.activities],
            "missing": [asdict(gap) for gap in self.missing],
            "picture": self.picture,
        }

    def as_jsonld(self) -> dict[str, Any]:
        """The record as linked data: JSON-LD 1.1 in the terms of W3C DPV 2, with titles in every language."""
        return linked(self.editions)

    def as_csv(self) -> str:
        """One table, a row per activity, with the columns that regulators' templates ask for."""
        return csv_of(self.controller, self.activities, words(self.language))

    def as_markdown(self) -> str:
        """The record for people to read, with the data map as a picture."""
        return markdown_of(self.controller, self.activities, self.missing, self.picture, words(self.language))


def record(manifest: Manifest, data_map: DataMap | None, language: str | None = None, *, today: dt.date) -> Record:
    """The record of processing in `language`, by default the site's first."""
    known = manifest.site.languages
    editions = tuple(
        Edition(manifest=manifest, words=words(spoken), data_map=data_map, today=today)
        for spoken in dict.fromkeys([language or known[0], *known])
    )
    e = editions[0]
    return Record(
        language=e.words.language,
        controller={**dict(_controller(e)), **_laws(e)},
        activities=(*as_controller(e), *as_processor(e)),
        missing=tuple(gaps(e)),
        picture=_picture(data_map),
        editions=editions,
    )


def _picture(data_map: DataMap | None) -> str:
    if data_map is None:
        return ""
    from consentguard.datamap.picture import mermaid

    return mermaid(data_map)


def _controller(e: Edition) -> Iterator[tuple[str, str]]:
    someone = e.manifest.controller
    if someone is None:
        return
    for key in ("name", "legal_entity", "address", "contact", "phone"):
        value = getattr(someone, key)
        if value not in ("", "unstated"):
            yield key, value
    if someone.country != "unstated":
        yield "country", e.words.country(someone.country)
    if not isinstance(someone.dpo, str):
        yield "data_protection_officer", reachable(someone.dpo)
    for region, contact in someone.representatives.items():
        yield f"representative_{region}", reachable(contact)


def _laws(e: Edition) -> dict[str, str]:
    """The privacy laws that the policy answers to, and for whom."""
    applied = ((name, getattr(e.manifest.regimes, name)) for name in regimes())
    stated = [f"{regime(name).title} ({e.words.places(law.applies)})" for name, law in applied if law]
    return {"privacy_laws": "; ".join(stated)} if stated else {}
