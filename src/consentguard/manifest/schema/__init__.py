"""The schema of privacy.toml: one frozen struct per section, with what each key means."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from consentguard.manifest.schema.conduct import (
    Acceptance,
    Age,
    Backups,
    Changes,
    Consent,
    Cookie,
    Guardian,
    Measure,
    Statement,
    TwoFactor,
)
from consentguard.manifest.schema.data import Archive, Category, EndsOn, Fallback, Prohibited, Purpose, Retention, Store
from consentguard.manifest.schema.people import (
    BusinessDays,
    Complaint,
    Contact,
    Controller,
    Regime,
    Regimes,
    Right,
    Site,
    Subject,
)
from consentguard.manifest.schema.section import Section, When
from consentguard.manifest.schema.sharing import Agreement, Disclosure, Recipient, Safeguard, Transfer
from consentguard.manifest.vocabulary import DisclosureGround, Name, RegionOrDefault, RightName, Term, Text

__all__ = [
    "Acceptance",
    "Age",
    "Agreement",
    "Archive",
    "Backups",
    "BusinessDays",
    "Category",
    "Changes",
    "Complaint",
    "Consent",
    "Contact",
    "Controller",
    "Cookie",
    "Disclosure",
    "EndsOn",
    "Fallback",
    "Guardian",
    "Manifest",
    "Measure",
    "Prohibited",
    "Purpose",
    "Recipient",
    "Regime",
    "Regimes",
    "Retention",
    "Right",
    "Safeguard",
    "Section",
    "Site",
    "Statement",
    "Store",
    "Subject",
    "Transfer",
    "TwoFactor",
    "When",
]


class Manifest(Section, frozen=True):
    """A site's privacy policy. A section's absence switches its feature off."""

    manifest: Annotated[Literal[1], Meta(description="The version of this format.")]
    controller: Controller | None = None
    site: Site = Site()
    regimes: Regimes = Regimes()
    backups: Backups | None = None
    subjects: dict[Name, Subject] = {}
    purposes: dict[Name, Purpose] = {}
    prohibited: dict[Name, Prohibited] = {}
    categories: dict[Name, Category] = {}
    recipients: dict[Name, Recipient] = {}
    transfers: list[Transfer] = []
    disclosures: dict[DisclosureGround, Disclosure] = {}
    stores: dict[Name, Store] = {}
    cookies: dict[Name, Cookie] | None = None
    consent: Consent = Consent()
    rights: dict[RightName, Right] | None = None
    automated_decisions: Annotated[
        Text, Meta(description="`none`, `unstated`, or what is decided and how (Art. 13(2)(f), 22 GDPR).")
    ] = "unstated"
    complaints: dict[RegionOrDefault, Complaint] = {}
    age: Age | None = None
    twofactor: TwoFactor | None = None
    measures: dict[Name, Measure] = {}
    changes: Changes = Changes()
    statements: list[Statement] = []
    terms: Annotated[
        dict[Term, Text],
        Meta(description="Words for names that have no title of their own: items, moments, events, plans, roles."),
    ] = {}
    accept: Annotated[dict[str, Acceptance], Meta(description="Accepted lint findings, by id, such as `L-30BD`.")] = {}
