"""The rows of a record of processing, and what is missing from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A mandatory item that the manifest does not state: where it belongs and which rule asks for it."""

    where: str
    what: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One row: a category of data used for a purpose as controller, or handled for somebody as processor.

    Texts are in the record's language; `rests_on` names what the row comes from, as in a published document;
    `fideslang` gives its data, legal bases and rights in that taxonomy.
    """

    role: str
    purpose: str = ""
    joint_controllers: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    safeguards: tuple[str, ...] = ()
    retention: str = ""
    security: tuple[str, ...] = ()
    legal_basis: str = ""
    special_condition: str = ""
    balancing: str = ""
    rights: tuple[str, ...] = ()
    automated_decisions: str = ""
    sources: tuple[str, ...] = ()
    location: tuple[str, ...] = ()
    on_behalf_of: str = ""
    processing: str = ""
    rests_on: tuple[str, ...] = ()
    fideslang: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
