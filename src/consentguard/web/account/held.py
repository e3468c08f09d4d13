"""What is held of somebody, in words: which data, where, how many rows, until when and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consentguard.exports.contents import Part, parts
from consentguard.guard import Guard
from consentguard.plan.steps import Found
from consentguard.retention import RetentionError
from consentguard.web.rights.telling import categories
from consentguard.web.sheet import Grid, grid
from consentguard.words import Words

EXPLAINED = 20
"""Rows of a table that are looked at one by one; the others follow the same rules."""
REASONS = 2
"""Different ends that a table's cell tells of."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of these people."""

    guard: Guard
    words: Words
    people: Sequence[Found]

    def grid(self) -> Grid | None:
        """A row for each table with rows about them; None where there is none."""
        say = self.words.say
        rows = [*self._rows()]
        header = (say("Data"), say("Where"), say("Rows"), say("How long, and why"))
        return grid("held", say("What we hold about you"), header, rows) if rows else None

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        titles = categories(self.guard.site.policy.manifest, self.words)
        held = self._categories()
        for part in parts(self.guard.site.data_map, self.people):
            if number := sum(self.guard.stores.dataset.count(each.selection) for each in part.extracts):
                data = "; ".join(titles[name] for name in held.get(part.label, ()))
                yield data or in_words(part.label), in_words(part.label), str(number), self._why(part, number)

    def _categories(self) -> dict[str, tuple[str, ...]]:
        """The categories that each table holds."""
        found: dict[str, dict[str, None]] = {}
        for entry in self.guard.site.data_map.entries:
            if entry.category:
                found.setdefault(entry.table, {})[entry.category] = None
        return {label: tuple(names) for label, names in found.items()}

    def _why(self, part: Part, number: int) -> str:
        keys = [
            key for extract in part.extracts for key in self.guard.stores.dataset.keys(extract.selection, "", EXPLAINED)
        ][:EXPLAINED]
        try:
            kept = self.guard.retention.explain_rows(part.label, keys)
        except RetentionError:
            return self.words.say("How long it is kept is not stated.")
        told = Counter(self.guard.retention.sentence(each, self.words) for each in kept.values())
        shown = [*told][:REASONS]
        rest = number - sum(told[sentence] for sentence in shown)
        if rest > 0 and len(told) > 1:
            shown.append(
                self.words.say_count(
                    "{count} more row by the same rules.", "{count} more rows by the same rules.", rest
                )
            )
        return " ".join(shown)


def in_words(name: str) -> str:
    """The name of a table or a column as words: `inbox.ConnectedChannel` is "Connected channel"."""
    words = [
        word if word.isupper() and len(word) > 1 else word.lower() for word in _WORD.findall(name.rpartition(".")[2])
    ]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
