"""The prose of a manifest: every text that people read, with its key path, section and language; and patterns in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from consentguard.manifest.schema import Manifest
from consentguard.manifest.vocabulary import StatementSection, Text

_PROSE: tuple[tuple[str, StatementSection, tuple[str, ...]], ...] = (
    ("subjects", "data", ("title", "processing")),
    ("categories", "data", ("title", "description")),
    ("purposes", "purposes", ("title", "description")),
    ("prohibited", "sharing", ("title", "description")),
    ("recipients", "sharing", ("title",)),
    ("disclosures", "sharing", ("text",)),
    ("cookies", "cookies", ("title", "description")),
    ("rights", "rights", ("text",)),
    ("measures", "security", ("title", "text")),
)
"""Tables of entries, the section of the page that their texts stand in, and which keys are texts."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Phrase(NamedTuple):
    """One sentence in one language; `where` is the key path of the text that it stands in."""

    where: str
    section: StatementSection
    language: str
    text: str


class Pattern:
    """A way of saying something, in English and Spanish: what it matches, and what in a sentence speaks against it."""

    def __init__(self, says: Mapping[str, str], unless: Mapping[str, str] | None = None) -> None:
        """Keys are languages, values regular expressions; case does not matter."""
        self._says = {language: re.compile(regex, re.IGNORECASE) for language, regex in says.items()}
        against = (unless or {}).items()
        self._unless = {language: re.compile(regex, re.IGNORECASE) for language, regex in against}

    def find(self, phrase: Phrase) -> str:
        """The words of the sentence that the pattern matches; empty when it does not say so."""
        language = phrase.language.partition("-")[0]
        match = self._says[language].search(phrase.text) if language in self._says else None
        against = self._unless.get(language)
        if match is None or (against and against.search(phrase.text)):
            return ""
        return match.group().strip()


def phrases(manifest: Manifest) -> Iterator[Phrase]:
    """Every sentence of every text of the manifest, in the order of its sections."""
    for where, section, text in _texts(manifest):
        for place, language, words in _localised(where, text, manifest.site.languages[0]):
            for sentence in filter(None, _SENTENCE_END.split(words.strip())):
                yield Phrase(place, section, language, sentence)


def _texts(manifest: Manifest) -> Iterator[tuple[str, StatementSection, Text]]:
    for key, section, names in _PROSE:
        entries: Mapping[str, Any] = getattr(manifest, key) or {}
        for name, entry in entries.items():
            yield from ((f"{key}.{name}.{part}", section, getattr(entry, part)) for part in names)
    for name, category in manifest.categories.items():
        if category.retention != "unstated":
            yield f"categories.{name}.retention.text", "retention", category.retention.text
            yield f"categories.{name}.retention.open_ended", "retention", category.retention.open_ended
    yield "automated_decisions", "rights", manifest.automated_decisions
    yield "changes.text", "changes", manifest.changes.text
    for index, statement in enumerate(manifest.statements):
        yield f"statements[{index}].text", statement.section, statement.text


def _localised(where: str, text: Text, default: str) -> Iterator[tuple[str, str, str]]:
    """Each language of a text; a plain string is in the site's first language."""
    if isinstance(text, str):
        yield where, default, text
    else:
        yield from ((f"{where}.{language}", language, words) for language, words in text.items())
