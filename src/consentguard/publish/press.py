"""The files that a version of a policy is published as."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentguard.findings import Finding
from consentguard.manifest.canonical import canonical
from consentguard.publish.document import Document
from consentguard.publish.documents import build
from consentguard.publish.drafts import stamped
from consentguard.publish.html import page
from consentguard.publish.kinds import kinds
from consentguard.publish.markdown import markdown
from consentguard.publish.record import record
from consentguard.publish.versions import CONSENT, MANIFEST, content_version, plain_data_map, pretty

if TYPE_CHECKING:
    from consentguard.datamap.map import DataMap
    from consentguard.manifest.load import Policy


@dataclass(frozen=True, kw_only=True)
class Press:
    """Prints a policy on a day: every document in every language, and the record of processing.

    A `draft` is watermarked, with the `errors` of lint that are left among its reasons. `consent` is what visitors are
    asked, as canonical JSON; empty where nobody is asked anything.
    """

    policy: Policy
    data_map: DataMap | None
    today: dt.date
    languages: Sequence[str]
    jurisdiction: str | None = None
    draft: bool = False
    errors: tuple[Finding, ...] = ()
    consent: bytes = b""

    def files(self) -> dict[str, str | bytes]:
        """What to write: file name -> content."""
        found: dict[str, str | bytes] = {MANIFEST: canonical(self.policy.manifest) + b"\n"}
        if self.consent:
            found[CONSENT] = self.consent + b"\n"
        found["data_map.json"] = pretty(plain_data_map(self.data_map))
        for document in self._documents():
            found[f"{document.id}.{document.language}.html"] = page(document)
            found[f"{document.id}.{document.language}.md"] = markdown(document)
        return found | self._record()

    def _documents(self) -> Iterator[Document]:
        version, manifest = content_version(self.policy, self.data_map, self.consent), self.policy.manifest
        published = None if self.draft else self.today
        for language in self.languages:
            for kind in kinds(manifest):
                document = build(kind, manifest, self.data_map, language, self.jurisdiction, today=self.today)
                yield stamped(document, manifest, version, published, self.errors)

    def _record(self) -> dict[str, str | bytes]:
        made = record(self.policy.manifest, self.data_map, self.languages[0], today=self.today)
        return {
            "record.json": pretty(made.as_json()),
            "record.jsonld": pretty(made.as_jsonld()),
            "record.csv": made.as_csv().encode("utf-8-sig"),  # the mark tells spreadsheets that it is UTF-8
            "record.md": made.as_markdown(),
        }
