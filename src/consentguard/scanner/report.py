"""What a scan found, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from consentguard.findings import Finding
from consentguard.scanner.sightings import Sighting, State, Subject, subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a scan saw in which states, what is wrong with it, and the lines of TOML that would name what is missing.

    `pages` are the paths that were visited.
    """

    url: str
    pages: tuple[str, ...]
    states: tuple[State, ...]
    sightings: tuple[Sighting, ...]
    findings: tuple[Finding, ...]
    suggestion: str

    @property
    def subjects(self) -> list[Subject]:
        """What was seen, each thing once, in whichever states."""
        return subjects(self.sightings)

    def as_data(self) -> dict[str, Any]:
        """The report as JSON has it; lifetimes are in seconds."""
        return {
            "url": self.url,
            "pages": list(self.pages),
            "states": list(self.states),
            "seen": [_plain(subject) for subject in self.subjects],
            "findings": [asdict(finding) for finding in self.findings],
            "suggestion": self.suggestion,
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from map(str, self.findings)
        if self.suggestion:
            yield f"\n{self.suggestion}"


def _plain(subject: Subject) -> dict[str, Any]:
    return {
        "kind": subject.kind,
        "name": subject.name,
        "host": subject.host,
        "http_only": any(sighting.http_only for sighting in subject.sightings),
        "lasts": None if subject.lasts is None else round(subject.lasts.total_seconds()),
        "states": list(subject.states),
        "page": subject.sightings[0].page,
    }
