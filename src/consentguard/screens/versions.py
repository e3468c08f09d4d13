"""The page of consent versions: what visitors were asked from when on, and what changed between two versions."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from consentguard.consent.changes import told
from consentguard.consent.policy import identify, worse_between
from consentguard.words import SOURCE_LANGUAGE, words

if TYPE_CHECKING:
    from consentguard.guard import Guard

BEFORE, AFTER = "before", "after"
"""The names of the form's fields."""
FIRST = "This is the first version: whoever chose nothing yet is asked."
_IN_LANGUAGES = ("title", "description", "banner")
_WORDS = re.compile(r"\S*\s*")


@dataclass(frozen=True, slots=True)
class Listed:
    """A version in the list: its id, since when it is in force, and what got worse since the one before."""

    id: str
    since: str
    purposes: str
    again: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A version in the form."""

    id: str
    label: str
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text, which the other version has too or not."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A text or a fact that is not the same in two versions; empty where one of them lacks it."""

    place: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two versions: for visitors in sentences, and each text by its language."""

    title: str
    verdict: str
    sentences: tuple[str, ...]
    texts: tuple[tuple[str, tuple[Changed, ...]], ...]


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """The page: versions, the newest first, and the difference of the two that are asked for, if there are two."""

    listed: tuple[Listed, ...]
    choices: tuple[Choice, ...]
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class _Version:
    id: str
    document: Mapping[str, Any]
    published: dt.date | None

    @property
    def since(self) -> str:
        return f"{self.published}" if self.published else "not published yet"


def versions_page(guard: Guard, before: str, after: str) -> VersionsPage:
    """The page about two versions by their ids: the newest, and the one before it, for what is no id of theirs.

    Raises PublishError.
    """
    known = tuple(_versions(guard))
    newest = {version.id: version for version in reversed(known)}
    usual = [*newest.values()][:2]
    new = newest.get(after) or next(iter(usual), None)
    old = newest.get(before) or next(reversed(usual), None)
    return VersionsPage(
        listed=tuple(_listed(known))[::-1],
        choices=tuple(_choice(version, old, new) for version in newest.values()),
        difference=_difference(old, new) if old and new and old.id != new.id else None,
    )


def _versions(guard: Guard) -> Iterator[_Version]:
    """Each version from the day on which it came into force, the oldest first, and the draft after them."""
    from consentguard.publish.versions import Versions

    site, last = guard.site, ""
    folder = Versions(site.settings.published)
    for entry in folder.all():
        text = folder.consent(entry.version)
        name = identify(text) if text else ""
        if text and name != last:
            yield _Version(name, json.loads(text), entry.published)
        last = name
    draft = site.consent_policy
    if draft.purposes and draft.id != last:
        yield _Version(draft.id, draft.document, None)


def _listed(known: Sequence[_Version]) -> Iterator[Listed]:
    for place, version in enumerate(known):
        sentences = _sentences(known[place - 1].document, version.document) if place else ()
        again = _verdict(sentences) if place else FIRST
        yield Listed(version.id, version.since, ", ".join(version.document["purposes"]) or "none", again, sentences)


def _choice(version: _Version, old: _Version | None, new: _Version | None) -> Choice:
    return Choice(version.id, f"{version.id}, {version.since}", version is old, version is new)


def _sentences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(told(change, new, SOURCE_LANGUAGE) for change in worse_between(old, new))


def _verdict(sentences: Sequence[str]) -> str:
    if sentences:
        return "Visitors who chose before are asked again."
    return "Nothing got worse for visitors: choices made before still count."


def _difference(old: _Version, new: _Version) -> Difference:
    sentences = _sentences(old.document, new.document)
    were, are = _texts(old.document), _texts(new.document)
    compared = ((language, _compared(were.get(language, {}), are.get(language, {}))) for language in {**are, **were})
    texts = tuple((_in(language), changed) for language, changed in compared if changed)
    return Difference(f"From {old.id} to {new.id}", _verdict(sentences), sentences, texts)


def _in(language: str) -> str:
    known = words(SOURCE_LANGUAGE).locale.languages
    return f"In {known.get(language, language)}" if language else "In every language"


def _texts(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The texts of a document in each language, by the place where they stand; under no language its facts."""
    found: dict[str, dict[str, str]] = {"": {}}
    for path, value in _leaves(document, ()):
        named = next((place for place, key in enumerate(path) if key in _IN_LANGUAGES and place in (0, 2)), None)
        if named is None:
            found[""][".".join(path)] = value
        else:
            language, place = path[named + 1], (*path[: named + 1], *path[named + 2 :])
            found.setdefault(language, {})[".".join(place)] = value
    return found


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif value not in (None, "", []):
        said = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        yield path, ", ".join(said) if isinstance(said, list) else str(said)


def _compared(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Changed, ...]:
    places = [place for place in {**new, **old} if old.get(place) != new.get(place)]
    return tuple(Changed(place, *_pieces(old.get(place, ""), new.get(place, ""))) for place in places)


def _pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts, cut where they begin and cease to agree."""
    was, now = _WORDS.findall(old), _WORDS.findall(new)
    before, after = [], []
    for kind, start, end, begin, stop in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        before.append(Piece("".join(was[start:end]), kind != "equal"))
        after.append(Piece("".join(now[begin:stop]), kind != "equal"))
    return tuple(piece for piece in before if piece.text), tuple(piece for piece in after if piece.text)
