"""A first policy from what a site shows: privacy.toml and register() calls, every guess marked as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.host import Survey
from consentguard.starter.guesses import Guesses
from consentguard.starter.policy import policy
from consentguard.starter.registrations import registrations


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The texts of the two files that `consentguard init` writes, and how many columns it could guess of how many."""

    policy: str
    registrations: str
    guessed: int
    columns: int


def start(survey: Survey, tables: tuple[Table, ...], tags: Mapping[str, Tag]) -> Start:
    """Guess a first policy and the tags that it needs. Nothing is written, and no model is changed."""
    guesses = Guesses.of(tables, tags)
    return Start(
        policy=policy(survey, guesses),
        registrations=registrations(guesses),
        guessed=sum(len(table.columns) for table in guesses.tables),
        columns=sum(len(table.columns) + len(table.open) for table in guesses.tables),
    )
