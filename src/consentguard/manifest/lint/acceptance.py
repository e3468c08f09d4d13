"""Accepted findings: a known weakness with a reason and an end turns into a note, and back when the end has passed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from consentguard.findings import Finding
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import Acceptance

RULES = Rulebook()


def apply(findings: Sequence[Finding], accepted: dict[str, Acceptance], today: dt.date) -> Iterator[Finding]:
    """The findings, each accepted one with its severity lowered and the reason in its hint."""
    for finding in findings:
        acceptance = accepted.get(finding.id)
        covered = acceptance is not None and _covers(acceptance, finding)
        yield _accepted(finding, acceptance, today) if acceptance and covered else finding


def _accepted(finding: Finding, acceptance: Acceptance, today: dt.date) -> Finding:
    if acceptance.until < today:
        ended = f"its acceptance lapsed on {acceptance.until}: {acceptance.reason}"
        return replace(finding, severity="warning", hint=ended)
    return replace(finding, severity="note", hint=f"accepted until {acceptance.until}: {acceptance.reason}")


def _covers(acceptance: Acceptance, finding: Finding) -> bool:
    """Whether the finding is at or below one of the acceptance's places; no place means every place."""
    where = finding.where
    below = (where == place or where.startswith((f"{place}.", f"{place}[")) for place in acceptance.where)
    return not acceptance.where or any(below)


def unused(findings: Sequence[Finding], accepted: dict[str, Acceptance]) -> Iterator[str]:
    """The ids of acceptances that cover no finding."""
    for name, acceptance in accepted.items():
        if not any(finding.id == name and _covers(acceptance, finding) for finding in findings):
            yield name


def _nothing(_: Case) -> Iterator[Hit]:
    """Whether an acceptance is used is known when every other rule has spoken."""
    return iter(())


RULES.rule(
    "L-ACCEPT-UNKNOWN",
    "warning",
    title="An acceptance of an unknown finding",
    explanation="""`[accept.…]` names an id that lint does not know, perhaps misspelt. It accepts nothing. Correct the
    id or remove the entry.""",
    source="consentguard's own rule",
)(_nothing)

RULES.rule(
    "L-ACCEPT-UNUSED",
    "warning",
    title="An acceptance of what is not found",
    explanation="""`[accept.…]` accepts a finding that does not fire, or not at the places it names: the weakness was
    mended. Remove the entry, lest it hide the weakness when it comes back.""",
    source="consentguard's own rule",
)(_nothing)
