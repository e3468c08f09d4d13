"""How far a document is in force: its version, its date, and why it is still a draft."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest
from consentguard.publish.document import Document
from consentguard.words import words


def stamped(
    document: Document, manifest: Manifest, version: str, published: dt.date | None, findings: Iterable[Finding]
) -> Document:
    """`document` with its version, the day of its publication where the policy shows that, and what keeps it a draft.

    `published` is None for a version that is not in force; errors among the `findings` of lint keep it a draft too.
    """
    dated = published and manifest.changes.dated == "version"
    return replace(
        document,
        version=version,
        updated=published.isoformat() if published and dated else "",
        draft=reasons(document.language, findings, published=published is not None),
    )


def reasons(language: str, findings: Iterable[Finding], *, published: bool) -> tuple[str, ...]:
    """What keeps a policy from being in force: errors of lint that are left, or that it is not published yet.

    Empty when nothing does.
    """
    spoken = words(language)
    errors = list(dict.fromkeys(finding.id for finding in findings if finding.severity == "error"))
    said = []
    if errors:
        said.append(
            spoken.say_count(
                "One weakness must be mended first: {ids}.",
                "{count} weaknesses must be mended first: {ids}.",
                len(errors),
                ids=", ".join(errors),
            )
        )
    if not published:
        said.append(spoken.say("This version has not been published."))
    return tuple(said)
