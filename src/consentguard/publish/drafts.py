"""Why a text is still a draft, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from consentguard.findings import Finding
from consentguard.publish.words import words


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
