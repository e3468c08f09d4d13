"""How many decisions accept what they are asked: by purpose, version, language, day, and how they were made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from consentguard.consent.policy import ID
from consentguard.records import Tally

By = Literal["purpose", "version", "language", "day", "method", "component"]
Verdict = Literal["accepted", "partly", "refused"]


@dataclass(frozen=True, slots=True)
class Rate:
    """The decisions of one `group`: its values in the order that was asked for, such as `("analytics", "2026-05-01")`.

    Of a purpose, `partly` are those that accept only some of its services; of everything else, those that accept some
    of what they were asked.
    """

    group: tuple[str, ...]
    accepted: int
    partly: int
    refused: int

    @property
    def total(self) -> int:
        """How many decisions there are."""
        return self.accepted + self.partly + self.refused

    @property
    def ratio(self) -> float:
        """How many of them accept all of it: between 0 and 1."""
        return self.accepted / self.total


def rates(tallies: Iterable[Tally], *by: By) -> tuple[Rate, ...]:
    """The rates of each group, in the order of the groups; `tallies` are those of `consentguard.consent.record.ACT`.

    What was imported from another package is no decision that was made here, and counts nowhere.
    """
    counts: Counter[tuple[tuple[str, ...], Verdict]] = Counter()
    said: dict[str, Sequence[tuple[Mapping[str, str], Verdict]]] = {}
    for tally in tallies:
        if tally.details not in said:  # the same from day to day, and read once
            said[tally.details] = tuple(_outcomes(tally.details, each="purpose" in by))
        day = tally.day.isoformat()
        for named, verdict in said[tally.details]:
            counts[tuple([day if name == "day" else named[name] for name in by]), verdict] += tally.count
    groups = sorted({group for group, _ in counts})
    return tuple(
        Rate(group, counts[group, "accepted"], counts[group, "partly"], counts[group, "refused"]) for group in groups
    )


def _read(details: str) -> Mapping[str, str]:
    """What the entries say; nothing where nobody of ours wrote it."""
    try:
        facts = json.loads(details)
        said = {name: facts[name] for name in ("policy", "accepted", "refused", "language", "method", "component")}
    except (ValueError, KeyError, TypeError):
        return {}
    return said if all(isinstance(text, str) for text in said.values()) and said["method"] != "import" else {}


def _outcomes(details: str, *, each: bool) -> Iterator[tuple[Mapping[str, str], Verdict]]:
    """What a decision comes to, with what it is grouped by: for each of its purposes, or as a whole."""
    facts = _read(details)
    if not facts:
        return
    accepted, refused = facts["accepted"].split(), facts["refused"].split()
    named = {**facts, "version": facts["policy"][:ID]}
    if not each:
        yield named, _verdict(accepted, refused)
        return
    for purpose in dict.fromkeys(item.partition("/")[0] for item in (*accepted, *refused)):
        yield {**named, "purpose": purpose}, _verdict(_of(purpose, accepted), _of(purpose, refused))


def _verdict(accepted: list[str], refused: list[str]) -> Verdict:
    if accepted and refused:
        return "partly"
    return "accepted" if accepted else "refused"


def _of(purpose: str, items: list[str]) -> list[str]:
    return [item for item in items if item.partition("/")[0] == purpose]
