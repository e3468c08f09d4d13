"""Which other places and recipients a request concerns, by the policy alone (Art. 17, 18 and 19 GDPR)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from consentguard.datamap.map import DataMap
from consentguard.manifest.schema import Manifest
from consentguard.records import Concern, ErrandKind

NOT_TOLD = ("authority",)
"""Roles that are no recipients (Art. 4(9) GDPR): authorities that get data for an inquiry of theirs."""


class Target(NamedTuple):
    """Somewhere to go to, and what for."""

    kind: ErrandKind
    name: str


def targets(data_map: DataMap, concern: Concern) -> Iterator[Target]:
    """The places that may hold data about the person, the recipients to be told, the clients to forward it to.

    A place is asked also where nobody was found: a mailbox knows people whom no table does. It is not where nothing is
    known by which it could find them. A recipient whose own place is asked is not told twice.
    """
    if concern.kind is not None and (concern.address or concern.people or concern.external):
        manifest = data_map.manifest
        places = [
            name
            for name, store in manifest.stores.items()
            if not store.holds or not concern.categories or set(store.holds) & concern.categories
        ]
        told = {manifest.stores[name].recipient for name in places}
        recipients = [name for name in _recipients(manifest, concern.categories) if name not in told]
        yield from (Target(concern.kind, name) for name in dict.fromkeys([*places, *recipients]))
    yield from (Target("forward", name) for name in dict.fromkeys(concern.controllers))


def _recipients(manifest: Manifest, categories: Collection[str]) -> Iterator[str]:
    """Who outside has got data of one of these categories that still leads to somebody."""
    holders = {category.held_by for name, category in manifest.categories.items() if name in categories}
    for name, recipient in manifest.recipients.items():
        gets = name in holders or set(recipient.receives) & set(categories)
        if gets and recipient.role not in NOT_TOLD and recipient.deidentified != "anonymised":
            yield name
