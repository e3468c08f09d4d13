"""Of whom a second factor is required: the rules of `twofactor.required_for`, taken apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["role", "group", "permission"]
EVERYONE = "everyone"
"""The role of whoever is signed in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One of them: a role such as `staff`, a `group` by its name, a `permission` such as `billing.refund`."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """As the policy writes it."""
        return self.name if self.kind == "role" else f"{self.kind}:{self.name}"


def rules(required_for: Iterable[str]) -> tuple[Rule, ...]:
    """The rules that the policy lists; the loader has held each to its grammar."""
    return tuple(_rule(text) for text in required_for)


def _rule(text: str) -> Rule:
    kind, found, name = text.partition(":")
    return Rule(cast(Kind, kind), name.strip()) if found else Rule("role", text)
