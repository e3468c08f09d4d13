"""What a person is told with a copy of their data (Art. 15(1) and (2) GDPR): for people, and for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.manifest.schema import Manifest, Transfer
from consentguard.publish.document import Document
from consentguard.publish.edition import Edition
from consentguard.publish.plain import plain
from consentguard.publish.record.activities import documented, kept, receivers
from consentguard.publish.sections import data, retention, rights, sharing, who
from consentguard.publish.sections.data import basis, items, uses
from consentguard.publish.sections.rights import how_soon, offered, ways
from consentguard.publish.vocabulary import RECIPIENT_ROLES, RIGHTS
from consentguard.words import words

_SECTIONS = (
    who.who,
    data.purposes,
    data.data,
    sharing.recipients,
    sharing.transfers,
    retention.retention,
    rights.rights,
    who.reach,
)
"""In the order of Art. 15(1) GDPR, and who answers for it all before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """`consentguard.ports.Informer` by the words that the published policy has."""

    data_map: DataMap
    today: dt.date

    def told(self, title: str, categories: Collection[str], language: str, jurisdiction: str | None) -> str:
        """As text, in a language."""
        e = self._edition(categories, language, jurisdiction)
        sections = tuple(filter(None, (write(e) for write in _SECTIONS)))
        return plain(Document(id="information", language=language, title=title, sections=sections))

    def facts(self, categories: Collection[str], language: str, jurisdiction: str | None) -> Mapping[str, object]:
        """As JSON: by the names of the policy, with the words for each in a language."""
        return _facts(self._edition(categories, language, jurisdiction))

    def _edition(self, categories: Collection[str], language: str, jurisdiction: str | None) -> Edition:
        return Edition(
            manifest=_about(self.data_map.manifest, categories),
            words=words(language),
            data_map=self.data_map,
            jurisdiction=jurisdiction,
            today=self.today,
        )


def _about(manifest: Manifest, categories: Collection[str]) -> Manifest:
    """The policy as far as it concerns data of these categories."""
    held = {name: entry for name, entry in manifest.categories.items() if name in categories}
    used = {purpose for entry in held.values() for purpose in uses(entry)}
    recipients = {
        name: msgspec.structs.replace(entry, receives=_among(held, entry.receives))
        for name, entry in manifest.recipients.items()
        if not entry.receives or entry.receives.keys() & held.keys()
    }
    gone = manifest.recipients.keys() - recipients.keys()
    return msgspec.structs.replace(
        manifest,
        categories=held,
        purposes={name: entry for name, entry in manifest.purposes.items() if name in used},
        recipients=recipients,
        transfers=[transfer for transfer in manifest.transfers if transfer.via not in gone],
    )


def _among(held: Collection[str], receives: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {category: what for category, what in receives.items() if category in held}


def _facts(e: Edition) -> Mapping[str, object]:
    manifest = e.manifest
    return {
        "language": e.words.language,
        "controller": manifest.controller,
        "purposes": {
            name: {"title": e.purpose(name), "basis": purpose.basis, "basis_in_words": basis(e, purpose)}
            for name, purpose in manifest.purposes.items()
        },
        "categories": {name: _category(e, name) for name in e.categories()},
        "recipients": {
            name: {
                "title": e.recipient(name),
                "role": e.words.say(RECIPIENT_ROLES[entry.role]),
                "country": entry.country,
                "receives": entry.receives,
            }
            for name, entry in manifest.recipients.items()
            if e.holds(entry.when)
        },
        "transfers": [_transfer(e, transfer) for transfer in manifest.transfers],
        "rights": {
            name: {
                "title": e.words.say(RIGHTS[name][0]),
                "meaning": e.words.say(RIGHTS[name][1]),
                "how": ways(e, name, right),
                "how_soon": how_soon(e, right),
            }
            for name, right in offered(e).items()
        },
        "complaints": dict(_complaints(e)),
        "automated_decisions": e.text(manifest.automated_decisions),
    }


def _category(e: Edition, name: str) -> Mapping[str, object]:
    entry = e.manifest.categories[name]
    return {
        "title": e.category(name),
        "items": items(e, entry),
        "purposes": uses(entry),
        "sources": entry.sources,
        "recipients": list(receivers(e, name)),
        "retention": kept(e, entry),
    }


def _transfer(e: Edition, transfer: Transfer) -> Mapping[str, object]:
    return {
        "kind": transfer.kind,
        "to": transfer.to,
        "via": transfer.via or "",
        "safeguards": documented(e, transfer),
    }


def _complaints(e: Edition) -> Iterator[tuple[str, Any]]:
    for region, body in e.manifest.complaints.items():
        if region == "default" or e.covers(region):
            yield region, body
