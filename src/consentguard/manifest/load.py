"""Loads privacy.toml: read, parsed, validated once and frozen; or every mistake in it, with its line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from consentguard.errors import ManifestError
from consentguard.manifest import source as toml
from consentguard.manifest.keypath import steps
from consentguard.manifest.references import reference_mistakes
from consentguard.manifest.schema import Manifest, Purpose

if TYPE_CHECKING:
    from consentguard.manifest.positions import Positions


@dataclass(frozen=True)
class Policy:
    """A site's privacy policy as its file states it; `path` is the file and `source` its text."""

    manifest: Manifest
    path: Path
    source: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical manifest: the same however the file is laid out or commented."""
        from consentguard.manifest.canonical import digest

        return digest(self.manifest)

    def line(self, where: str) -> int | None:
        """The line, from 1, of a key path such as `statements[3].text.en`, or of the nearest table around it.

        None for a section that the file does not have, and for what is no key path.
        """
        return self._positions.line(steps(where))

    @cached_property
    def _positions(self) -> Positions:
        from consentguard.manifest.positions import Positions

        return Positions.of(self.source)


def load(path: Path) -> Policy:
    """Load a policy from its file. Raises ManifestError with every mistake."""
    return loads(toml.read(path), path)


def loads(source: str, path: Path) -> Policy:
    """Load a policy from the text of its file; `path` is for messages. Raises ManifestError with every mistake."""
    tables = toml.parse(source, path)
    try:
        manifest = msgspec.convert(tables, Manifest)
    except msgspec.ValidationError as refusal:
        reason = str(refusal)
    else:
        if not any(True for _ in reference_mistakes(tables)):
            return Policy(with_implied(manifest), path, source)
        reason = ""
    from consentguard.manifest.mistakes import mistakes

    raise ManifestError(f"{path} does not follow its schema", mistakes(tables, source, reason))


def with_implied(manifest: Manifest) -> Manifest:
    """The manifest with what a short one leaves out: a service without a purpose serves one of its own name.

    So the banner needs only `[cookies]`. Such a purpose waits for consent, unless all its services are essential.
    """
    cookies = {
        name: cookie if cookie.purpose else replace(cookie, purpose=name)
        for name, cookie in (manifest.cookies or {}).items()
    }
    asked = {cookie.purpose for cookie in cookies.values() if not cookie.essential}
    implied = {
        cookie.purpose: Purpose(basis="consent" if cookie.purpose in asked else "unstated")
        for cookie in cookies.values()
        if cookie.purpose not in manifest.purposes
    }
    if not implied and cookies == (manifest.cookies or {}):
        return manifest
    return replace(manifest, cookies=cookies, purposes=manifest.purposes | implied)
