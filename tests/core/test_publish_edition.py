"""Which of a text's languages a reader gets, and when the page must say that it is another."""

from __future__ import annotations

import pytest

from consentguard.publish.edition import Edition
from consentguard.words import words
from tests.core.neutral import policy
from tests.core.policies import TODAY


@pytest.mark.parametrize(
    ("language", "texts", "shown", "marked"),
    [
        ("es", {"en": "Name", "es": "Nombre"}, "Nombre", ""),
        ("es-GT", {"en": "Name", "es": "Nombre"}, "Nombre", ""),
        ("es", {"en": "Name", "es-GT": "Nombre"}, "Nombre", ""),
        ("es", {"en": "Name", "fr": "Nom"}, "Name", "en"),
        ("es", {"fr": "Nom"}, "Nom", "fr"),
        ("es", "Name", "Name", "en"),
        ("es", {}, "", ""),
    ],
)
def test_a_reader_gets_the_nearest_language(
    language: str, texts: str | dict[str, str], shown: str, marked: str
) -> None:
    """The language itself, else a relative of it, else the site's first, else any; another one is marked as such."""
    edition = Edition(manifest=policy(), words=words(language), today=TODAY)
    assert edition.localised(texts) == (shown, marked)
