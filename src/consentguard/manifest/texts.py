"""Which of a manifest's texts a reader gets: in their language, else in a kindred one, else in the site's first."""

from __future__ import annotations

from consentguard.manifest.vocabulary import Text


def localised(value: Text, language: str, default: str) -> tuple[str, str]:
    """A text of the manifest and, where it is not in `language` or a kindred one, the language that it is in.

    `default` is the site's first language: that of a text without one. Two empty texts where there is nothing.
    """
    texts = {default: value} if isinstance(value, str) else value
    alike = [known for known in texts if known.partition("-")[0] == language.partition("-")[0]]
    for known in (language, language.partition("-")[0], *alike, default, *texts):
        if texts.get(known):
            return texts[known], "" if known in alike else known
    return "", ""
