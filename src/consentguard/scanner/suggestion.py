"""The lines of `privacy.toml` that would name what a scan saw and the policy does not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

import tomlkit

from consentguard.manifest.schema import Manifest
from consentguard.scanner.comparison import undeclared
from consentguard.scanner.sightings import REQUESTS, Sighting, Subject

_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_WORDS = re.compile(r"[a-z0-9]+")


def suggest(manifest: Manifest, sightings: Iterable[Sighting]) -> str:
    """Entries of `[cookies]` as TOML, for somebody to look through; empty where the policy names all.

    Each waits for consent until somebody says that it is essential, and serves a purpose of its own until somebody
    says which.
    """
    entries: dict[str, list[Subject]] = {}
    taken = {*(manifest.cookies or {}), *manifest.purposes}
    for subject in undeclared(manifest, sightings):
        if name := _entry(subject):
            entries.setdefault(f"{name}_found" if name in taken else name, []).append(subject)
    if not entries:
        return ""
    document = tomlkit.document()
    cookies = tomlkit.table(is_super_table=True)
    for name, found in entries.items():
        table = tomlkit.table()
        for key, value in _facts(found):
            table.add(key, value)
        cookies.add(name, table)
    document.add("cookies", cookies)
    return tomlkit.dumps(document)


def pattern(name: str) -> str:
    """A name with `*` from its first part on that holds a number, for that part differs by visitor or account."""
    head, *rest = re.split(r"([_.-])", name)
    for place, part in enumerate(rest):
        if any(character.isdigit() for character in part) and any(map(str.isalnum, head + "".join(rest[:place]))):
            return f"{head}{''.join(rest[:place])}*"
    return name


def _entry(subject: Subject) -> str:
    """The name of the entry that it belongs to; empty for what no policy can name."""
    if subject.kind in REQUESTS:
        return _slug(subject.host.removeprefix("www.")) if _HOST.fullmatch(subject.host) else ""
    return _slug(pattern(subject.name)) if _COOKIE_NAME.fullmatch(subject.name) else ""


def _slug(text: str) -> str:
    """A name as a policy has them: `www.youtube.com` gives `youtube_com`, `_ga_*` gives `ga`."""
    slug = "_".join(_WORDS.findall(text.lower()))
    return slug if slug[:1].isalpha() else f"service_{slug}"


def _facts(found: list[Subject]) -> Iterator[tuple[str, object]]:
    names = {pattern(subject.name) for subject in found if subject.kind not in REQUESTS}
    frames = {subject.host for subject in found if subject.kind == "frame"}
    hosts = {subject.host for subject in found if subject.kind == "request"} - frames
    yield from (
        (key, sorted(those)) for key, those in (("names", names), ("iframes", frames), ("hosts", hosts)) if those
    )
    lives = [subject.lasts for subject in found if subject.kind == "cookie"]
    if lives:
        longest = max((life for life in lives if life is not None), default=None)
        yield (
            "lifetime",
            "session" if longest is None else f"P{max(1, math.ceil(longest.total_seconds() / 86400 - 1e-3))}D",
        )
