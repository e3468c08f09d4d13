"""What the policy says of data: purposes, categories, and how long each is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from consentguard.manifest.schema.section import Section, When
from consentguard.manifest.vocabulary import (
    AnchorName,
    CategoryName,
    DataKind,
    Duration,
    EventName,
    LegalBasis,
    Name,
    PlanName,
    ProhibitedName,
    PurposeName,
    RecipientName,
    Region,
    RegionOrDefault,
    RetentionAction,
    SpecialCondition,
    StatedDuration,
    SubjectName,
    Text,
)


class Purpose(Section, frozen=True):
    """Why data is used, and on which legal basis in which region."""

    title: Text = ""
    description: Text = ""
    basis: LegalBasis | dict[RegionOrDefault, LegalBasis] = "unstated"
    balancing: Annotated[str, Meta(description="The balancing test behind legitimate interests: a document.")] = ""
    marketing: Annotated[bool, Meta(description="Direct marketing: an objection is always granted.")] = False
    gpc: Annotated[
        bool, Meta(description="Global Privacy Control refuses it, where it waits for consent or is marketing.")
    ] = True
    ask: Annotated[
        Literal["banner", "form"],
        Meta(description="Where consent is asked for: of every visitor in the banner, or on a form where it arises."),
    ] = "banner"


class Prohibited(Section, frozen=True):
    """A use that the policy rules out."""

    title: Text = ""
    description: Text = ""


class EndsOn(Section, frozen=True):
    """An event that ends retention early, such as a channel being disconnected."""

    event: EventName
    scope: Annotated[str, Meta(description="Which rows the event concerns: a relation or a subject.")] = ""
    hide: Literal["at_once", "no"] = "no"
    delete_within: StatedDuration = "unstated"


class Fallback(Section, frozen=True):
    """When data goes if the event that retention starts at never comes."""

    at_most: Duration
    from_: AnchorName = field(name="from", default="created")


class Archive(Section, frozen=True):
    """What happens to data that is archived rather than deleted."""

    at_most: StatedDuration = "unstated"
    encrypted: bool = False


class Retention(Section, frozen=True):
    """How long a category is kept, from when, and what happens then (Art. 5(1)(e), 13(2)(a) GDPR)."""

    from_: Annotated[AnchorName | None, Meta(description="The moment that the period counts from.")] = field(
        name="from", default=None
    )
    while_active: Annotated[bool, Meta(description="Kept while the account is active; `from` is its end.")] = False
    grace: Duration | None = None
    at_most: StatedDuration | None = None
    at_least: StatedDuration | None = None
    at_most_by_plan: dict[PlanName, Duration] = {}
    unknown_plan: Literal["shortest", "error"] = "shortest"
    downgrade_grace: Duration | None = None
    at_most_by_jurisdiction: dict[Region, Duration] = {}
    at_least_by_jurisdiction: dict[Region, Duration] = {}
    ends_on: list[EndsOn] = []
    fallback: Fallback | None = None
    then: RetentionAction = "delete"
    archive: Archive | None = None
    open_ended: Annotated[Text, Meta(description="Why no period can be given.")] = ""
    text: Text = ""


class Category(Section, frozen=True):
    """A category of personal data; columns are tagged with its name in code."""

    title: Text = ""
    description: Text = ""
    kind: DataKind = "unstated"
    subjects: list[SubjectName] = []
    sources: Annotated[dict[Name, list[str]], Meta(description="Where it comes from, and which items.")] = {}
    purposes: list[PurposeName] = []
    only_purposes: Annotated[
        list[PurposeName], Meta(description="Used for these purposes and for nothing else; replaces `purposes`.")
    ] = []
    prohibited: list[ProhibitedName] = []
    condition: Annotated[
        SpecialCondition | None, Meta(description="Art. 9(2) GDPR: why special categories may be processed.")
    ] = None
    required: Literal["contract", "law", "optional", "unstated"] = "unstated"
    encrypted: Annotated[bool, Meta(description="The policy claims encryption at rest for this category.")] = False
    held_by: Annotated[
        RecipientName | None, Meta(description="The recipient that stores it; no column of this site does.")
    ] = None
    retention: Retention | Literal["unstated"] = "unstated"
    when: When = When()


class Store(Section, frozen=True):
    """A place with personal data that the site's models do not show."""

    kind: Literal["external", "logs", "cache", "search", "files", "mailbox", "warehouse"]
    title: Text = ""
    holds: list[CategoryName] = []
    at_most: StatedDuration = "unstated"
    recipient: RecipientName | None = None
    owner: Annotated[str, Meta(description="The role that answers for it when no connector does.")] = ""
