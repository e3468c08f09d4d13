"""Whom somebody looks for in the admin: what they type becomes pseudonyms before it reaches any address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consentguard.plan.people import address_of
from consentguard.records import SubjectRef
from consentguard.screens.shape import Screen

if TYPE_CHECKING:
    from consentguard.guard import Guard

VIEWED = "records.viewed"
"""The act that an admin takes down when somebody opens one person's records."""
SEEK_HELP = "A person: an e-mail address, or kind:key such as user:12. Or how a record's {fields} begins."
SEEK_ROWS = "How a record's {fields} begins."
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Sought:
    """What a text typed into a search means: the pseudonyms of `people`, or `text` to look for; never both."""

    people: tuple[str, ...] = ()
    text: str = ""


def sought(guard: Guard, typed: str) -> Sought:
    """What somebody looks for. An address is never a text to look for: that would stand in the browser's history.

    With an address everybody is meant whose mail goes there, and the address itself; with a reference the person, and
    the address that their mail goes to. Raises KeyringError and StoreError.
    """
    text = typed.strip()
    if "@" in text:
        owners = (guard.pseudonyms.of(subject) for subject in _owners(guard, text))
        return Sought(people=(guard.pseudonyms.of_address(text), *owners))
    kind, _, key = text.partition(":")
    if key and kind in guard.site.policy.manifest.subjects:
        address = address_of(guard.site.data_map, guard.stores.dataset, SubjectRef(kind, key))
        addresses = [guard.pseudonyms.of_address(address)] if address else []
        return Sought(people=(guard.pseudonyms.of(SubjectRef(kind, key)), *addresses))
    return Sought(text=text)


def named(guard: Guard, typed: str) -> tuple[SubjectRef, ...]:
    """The data subjects whom somebody names by an address, or as kind:key. Raises StoreError."""
    text = typed.strip()
    if "@" in text:
        return tuple(_owners(guard, text))
    kind, _, key = text.partition(":")
    return (SubjectRef(kind, key),) if key and kind in guard.site.policy.manifest.subjects else ()


def pseudonyms(parameter: str) -> tuple[str, ...]:
    """The pseudonyms that an address of ours holds, joined by commas; what is none is left out."""
    return tuple(each for each in parameter.split(",") if _PSEUDONYM.fullmatch(each))


def viewed(guard: Guard, screen: Screen, people: Iterable[str]) -> None:
    """Joined. Take down that somebody opened these persons' records. Raises KeyringError and StoreError."""
    with guard.stores.transactions.atomic():
        for pseudonym in people:
            guard.evidence.record(VIEWED, pseudonym, screen=screen.name)


def _owners(guard: Guard, address: str) -> Iterator[SubjectRef]:
    for subject, (label, column) in guard.site.data_map.addresses.items():
        for key in guard.stores.dataset.match(label, column, address):
            yield SubjectRef(subject, key)
