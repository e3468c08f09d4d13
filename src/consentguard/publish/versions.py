"""The published versions of a policy: each in a folder of its own that is never touched again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import rfc8785

from consentguard.errors import ConsentGuardError
from consentguard.manifest.canonical import plain
from consentguard.manifest.schema import Manifest

if TYPE_CHECKING:
    from consentguard.datamap.map import DataMap
    from consentguard.manifest.load import Policy

INDEX = "versions.json"
MANIFEST = "manifest.json"
CONSENT = "consent.json"
CHOICES_END = 400
"""Days after which no browser keeps a choice (RFC 6265bis section 5.5), however long the policy says it holds."""


class PublishError(ConsentGuardError):
    """A version cannot be published, or the folder of published versions cannot be read."""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One published version: `version` is its content's hash, `manifest` the manifest's digest.

    `material` are the key paths whose change since the version before people must be told of.
    """

    version: str
    published: dt.date
    manifest: str
    material: list[str] = []


def content_version(policy: Policy, data_map: DataMap | None, consent: bytes = b"") -> str:
    """The name of what a policy says of a site: 16 hex digits of SHA-256 over its manifest and its data map.

    Canonical JSON (RFC 8785), so that neither the layout of the file nor its comments make a new version. And over
    what visitors are asked, in the words that they are shown (`consent`, canonical too): another release may ask in
    other words, and those are published as well.
    """
    content: dict[str, Any] = {"manifest": plain(policy.manifest), "data_map": plain_data_map(data_map)}
    if consent:
        content["consent"] = hashlib.sha256(consent).hexdigest()
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()[:16]


def plain_data_map(data_map: DataMap | None) -> list[dict[str, Any]]:
    """The personal columns of a site: where each is, of which category, about whom."""
    found = [entry for entry in data_map.entries if entry.category] if data_map else []
    return [
        {"id": entry.id, "category": entry.category, "subjects": sorted(entry.subjects)}
        for entry in sorted(found, key=lambda entry: entry.id)
    ]


@dataclass(frozen=True, slots=True)
class Versions:
    """The folder of published versions: `versions.json`, the oldest first, and a folder for each."""

    folder: Path

    def all(self) -> tuple[Version, ...]:
        """Every version, the oldest first; none when nothing was ever published. Raises PublishError."""
        index = self.folder / INDEX
        try:
            return tuple(msgspec.json.decode(index.read_bytes(), type=list[Version]))
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.MsgspecError) as error:
            hint = "restore it from version control; it is written by `consentguard publish` alone"
            raise PublishError(f"{index} cannot be read: {error}", hint=hint) from error

    def latest(self) -> Version | None:
        """The version that is in force, if any."""
        return next(reversed(self.all()), None)

    def find(self, version: str) -> Version | None:
        """The version of that name as it was last published, if it was."""
        return next((entry for entry in reversed(self.all()) if entry.version == version), None)

    def manifest(self, version: str) -> Manifest:
        """The manifest of a published version. Raises PublishError."""
        file = self.folder / version / MANIFEST
        try:
            return msgspec.json.decode(file.read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError) as error:
            raise PublishError(f"{file} cannot be read: {error}", hint="restore it from version control") from error

    def consents(self, today: dt.date) -> tuple[bytes, ...]:
        """What visitors were asked in the versions that were in force of late: older choices have all run out.

        As published; a version that asks nothing has none. Raises PublishError.
        """
        known = self.all()
        ended = [(each.version, after.published) for each, after in pairwise(known)]
        recent = {version for version, end in ended if (today - end).days <= CHOICES_END}
        recent |= {each.version for each in known[-1:]}
        return tuple(text for text in map(self.consent, sorted(recent)) if text is not None)

    def consent(self, version: str) -> bytes | None:
        """What visitors were asked in a published version, as published; None where nothing. Raises PublishError."""
        file = self.folder / version / CONSENT
        try:
            return file.read_bytes() if file.exists() else None
        except OSError as error:
            raise PublishError(f"{file} cannot be read", hint="restore it from version control") from error

    def add(self, entry: Version, files: Mapping[str, str | bytes]) -> None:
        """Record a version with its files: there as a whole or not at all.

        A version that was in force before comes back into force as it was: its folder is never touched again.
        Raises PublishError when it is in force already or the folder cannot be written.
        """
        known = self.all()
        if known and known[-1].version == entry.version:
            raise PublishError(f"version {entry.version} is in force already")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if self.find(entry.version) is None:
                _place(files, self.folder / entry.version)
            _replace(self.folder / INDEX, pretty([msgspec.to_builtins(version) for version in (*known, entry)]))
        except OSError as error:
            raise _unwritable(self.folder, error) from error


def write(files: Mapping[str, str | bytes], folder: Path) -> None:
    """Write files into a folder, each as a whole, beside what stands there. Raises PublishError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _replace(folder / name, content)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _place(files: Mapping[str, str | bytes], target: Path) -> None:
    """Write a version's folder under a temporary name, then give it its own, over what an interrupted run left."""
    waiting = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        waiting.chmod(0o755)
        for name, content in files.items():
            (waiting / name).write_bytes(_bytes(content))
        if target.exists():
            shutil.rmtree(target)
        waiting.rename(target)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _replace(file: Path, content: str | bytes) -> None:
    waiting = file.with_name(f".{file.name}.new")
    waiting.write_bytes(_bytes(content))
    waiting.replace(file)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _unwritable(folder: Path, error: OSError) -> PublishError:
    return PublishError(f"{folder} cannot be written: {error}", hint="check the folder's rights")


def pretty(value: Any) -> str:
    """JSON for people and for version control: a key per line, in a stable order."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
