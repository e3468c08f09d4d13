"""The people of the policy: the controller, the data subjects, their rights, whom they can turn to."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from consentguard.manifest.schema.section import Section
from consentguard.manifest.vocabulary import (
    Channel,
    Country,
    Deadline,
    HttpUrl,
    Language,
    Region,
    Role,
    StatedCountry,
    Text,
)


class Contact(Section, frozen=True):
    """Somebody who can be written to: a data protection officer, a representative."""

    name: str = ""
    email: str = ""
    address: str = ""
    url: HttpUrl | None = None


class Controller(Section, frozen=True):
    """Who is responsible for the data (Art. 13(1)(a), Art. 30(1)(a) GDPR)."""

    name: str
    legal_entity: str = "unstated"
    country: StatedCountry = "unstated"
    address: str = ""
    contact: Annotated[str, Meta(description="Where privacy questions go: an e-mail address, or `unstated`.")] = (
        "unstated"
    )
    phone: str = ""
    dpo: Contact | Literal["none", "unstated"] = "unstated"
    representatives: dict[Region, Contact] = {}

    @property
    def mailbox(self) -> str:
        """The contact, where it is an e-mail address; else empty."""
        return self.contact if "@" in self.contact else ""


class Site(Section, frozen=True):
    """The sites and services that the policy covers."""

    hosts: list[str] = []
    base_url: HttpUrl | None = None
    services: list[str] = []
    languages: Annotated[list[Language], Meta(min_length=1)] = field(default_factory=lambda: ["en"])
    hosting_country: StatedCountry = "unstated"


class Regime(Section, frozen=True):
    """Where a privacy law applies to people of this site."""

    applies: list[Region]


class Regimes(Section, frozen=True):
    """The privacy laws that the policy answers to; one resolver decides which holds for a person."""

    gdpr: Regime | None = None
    uk_gdpr: Regime | None = None
    ccpa: Regime | None = None
    kenya_dpa: Regime | None = None
    unknown: Annotated[
        Literal["strictest"], Meta(description="A person whose place is unknown gets the most protective regime.")
    ] = "strictest"


class Subject(Section, frozen=True):
    """A kind of data subject, and in which role the site holds their data (Art. 30(1)(c), 30(2) GDPR)."""

    title: Text = ""
    role: Role = "controller"
    controller: Annotated[str, Meta(description="Whose data it is when we are the processor, such as `tenant`.")] = ""
    processing: Annotated[Text, Meta(description="As a processor: the kinds of processing carried out.")] = ""


class BusinessDays(Section, frozen=True):
    """A time limit in working days."""

    business_days: Annotated[int, Meta(ge=1, le=365)]
    calendar: Annotated[Country | None, Meta(description="Whose public holidays do not count.")] = None


class Right(Section, frozen=True):
    """A right of data subjects, how it is exercised and how soon it is answered."""

    channels: list[Channel] = []
    complete_within: BusinessDays | Deadline = "law"
    url: HttpUrl | None = None
    regions: Annotated[list[Region], Meta(description="Where the right is offered; empty: to everyone.")] = []
    approval: Annotated[
        Literal["none", "one", "two"],
        Meta(description="How many people have to approve what a request would do, before it is done."),
    ] = "none"
    text: Text = ""


class Complaint(Section, frozen=True):
    """The supervisory authority that people of a region can complain to (Art. 13(2)(d) GDPR)."""

    name: str
    url: HttpUrl | None = None
