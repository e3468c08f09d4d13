"""Lint of a policy: weak, contradictory or unlawful points under stable ids, each with a page in the reference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from consentguard.deployment import IDS
from consentguard.findings import Finding
from consentguard.manifest.lint import (
    acceptance,
    age,
    contact,
    cookies,
    data,
    information,
    lapsed,
    recipients,
    retention,
    rights,
    security,
    transfers,
    wording,
)
from consentguard.manifest.lint.rulebook import Case, Rule
from consentguard.manifest.load import Policy

__all__ = ["RULES", "Rule", "lint"]

_THEMES = (
    information, contact, data, retention, rights, recipients, transfers, cookies, age, security, wording,
    lapsed, acceptance,
)  # fmt: skip

RULES: Mapping[str, Rule] = {rule.id: rule for theme in _THEMES for rule in theme.RULES}
"""Every rule by its id, theme by theme: the reference pages are written from it."""


def lint(policy: Policy, today: dt.date) -> tuple[Finding, ...]:
    """Everything that is weak in a policy on a given day, in the order of its file.

    An accepted finding is a `note` until its acceptance lapses, then a `warning`. An acceptance that accepts nothing is
    a finding itself.
    """
    found = list(_found(policy, today))
    accepted = {name: each for name, each in policy.manifest.accept.items() if name not in IDS}
    judged = [*acceptance.apply(found, accepted, today), *_idle(policy, acceptance.unused(found, accepted))]
    return tuple(sorted(judged, key=lambda finding: finding.line or 0))


def _found(policy: Policy, today: dt.date) -> Iterator[Finding]:
    case = Case(policy.manifest, today)
    for rule in RULES.values():
        for where, message, hint in rule.check(case):
            yield _finding(policy, rule, where, message, hint)


def _idle(policy: Policy, names: Iterator[str]) -> Iterator[Finding]:
    for name in names:
        where = f"accept.{name}"
        if name in RULES:
            yield _finding(policy, RULES["L-ACCEPT-UNUSED"], where, "it accepts nothing that is found", "remove it")
        else:
            near = get_close_matches(name, [*RULES, *IDS], 1)
            hint = f"did you mean `{near[0]}`?" if near else "the reference lists every id"
            yield _finding(policy, RULES["L-ACCEPT-UNKNOWN"], where, f"lint knows no `{name}`", hint)


def _finding(policy: Policy, rule: Rule, where: str, message: str, hint: str) -> Finding:
    line = policy.line(where)
    return Finding(id=rule.id, severity=rule.severity, message=message, where=where, line=line, hint=hint)
