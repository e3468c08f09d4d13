"""The committed list of gaps that `coverage = "new-only"` puts up with: today's are named, new ones fail."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from consentguard.errors import SettingsError
from consentguard.findings import Finding

HINT = "write it anew with `consentguard check --write-baseline`"
Gap = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Known gaps, each by its finding's id and place; `path` is the JSON file that they are kept in."""

    path: Path
    known: frozenset[Gap]

    @classmethod
    def of(cls, path: Path, gaps: Iterable[Finding]) -> Baseline:
        """A baseline that puts up with `gaps`."""
        return cls(path, frozenset(map(_gap, gaps)))

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read the file; a site without one has no known gaps. Raises SettingsError when it cannot be read."""
        try:
            content = json.loads(path.read_text("utf-8"))
            return cls(path, frozenset((code, where) for code, places in content["gaps"].items() for where in places))
        except FileNotFoundError:
            return cls(path, frozenset())
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise SettingsError(f"the baseline {path} cannot be read: {error}", hint=HINT) from error

    def write(self) -> None:
        """Write the file, sorted, so that two people's changes merge. Raises SettingsError when that fails."""
        gaps: dict[str, list[str]] = {}
        for code, where in sorted(self.known):
            gaps.setdefault(code, []).append(where)
        try:
            self.path.write_text(json.dumps({"gaps": gaps}, indent=2) + "\n", "utf-8")
        except OSError as error:
            raise SettingsError(f"the baseline {self.path} cannot be written: {error}") from error

    def judge(self, gaps: Iterable[Finding]) -> Iterator[Finding]:
        """The gaps with known ones as notes and new ones as errors, and a note for each known one that is closed."""
        found = {_gap(gap): gap for gap in gaps}
        for key, gap in found.items():
            yield replace(gap, severity="note" if key in self.known else "error")
        for code, where in sorted(self.known - found.keys()):
            message = f"the baseline still lists {code} here, and the gap is closed"
            yield Finding(id="D-STALE-BASELINE", severity="note", message=message, where=where, hint=HINT)


def _gap(finding: Finding) -> Gap:
    return finding.id, finding.where
