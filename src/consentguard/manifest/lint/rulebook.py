"""What a lint rule is: a small function over a case, registered with what its page in the reference says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from consentguard.findings import Severity
from consentguard.law import Law, regime
from consentguard.manifest.lint.phrases import Phrase, phrases
from consentguard.manifest.schema import Manifest, Regime


class Hit(NamedTuple):
    """A place where a rule fires: a key path, what is weak there, and how to mend it."""

    where: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Case:
    """What a rule looks at: the manifest, and the day on which it is judged."""

    manifest: Manifest
    today: dt.date

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """Every sentence of the manifest that people read."""
        return tuple(phrases(self.manifest))

    @cached_property
    def regimes(self) -> dict[str, tuple[Law, Regime]]:
        """The privacy laws that the manifest declares, by name, with where they apply."""
        declared = self.manifest.regimes
        named = {name: getattr(declared, name) for name in declared.__struct_fields__}
        return {name: (regime(name), applied) for name, applied in named.items() if isinstance(applied, Regime)}


Check = Callable[[Case], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A weakness that lint knows. `explanation` says what is weak, why, and how to mend it, for people.

    An `error` makes the published policy wrong or unlawful and keeps it a draft; a `warning` does not.
    """

    id: str
    severity: Severity
    title: str
    explanation: str
    source: str
    check: Check


class Rulebook:
    """The rules of one theme, in the order in which they are written."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def rule(
        self, name: str, severity: Severity, *, title: str, explanation: str, source: str
    ) -> Callable[[Check], Check]:
        """Register a check under its stable id, such as `L-30BD`."""

        def register(check: Check) -> Check:
            words = " ".join(explanation.split())
            self._rules.append(
                Rule(id=name, severity=severity, title=title, explanation=words, source=source, check=check)
            )
            return check

        return register

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)
