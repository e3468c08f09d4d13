"""The schema of privacy.toml: one frozen struct per section, with what each key means."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from consentguard.manifest.vocabulary import (
    AnchorName,
    ByLanguage,
    CategoryName,
    Channel,
    Country,
    DataKind,
    Deadline,
    DisclosureGround,
    Duration,
    EventName,
    HttpUrl,
    Language,
    LegalBasis,
    Lifetime,
    Name,
    NoticeChannel,
    PlanName,
    ProhibitedName,
    PurposeName,
    RecipientName,
    RecipientRole,
    Region,
    RegionOrDefault,
    RetentionAction,
    RightName,
    Role,
    SpecialCondition,
    StatedCountry,
    StatedDuration,
    StatementSection,
    SubjectName,
    Term,
    Text,
)


class Section(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every table of the manifest: frozen, and an unknown key is a mistake."""


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


class Site(Section, frozen=True):
    """The sites and services that the policy covers."""

    hosts: list[str] = []
    base_url: HttpUrl | None = None
    services: list[str] = []
    languages: Annotated[list[Language], Meta(min_length=1)] = field(default_factory=lambda: ["en"])
    hosting_country: StatedCountry = "unstated"


class When(Section, frozen=True):
    """For whom an entry holds; an empty list means everyone."""

    jurisdiction: list[Region] = []
    plan: list[PlanName] = []


class Backups(Section, frozen=True):
    """How often backups are made and how long one is kept: erased data lives on in them until then."""

    every: StatedDuration = "unstated"
    keep: StatedDuration = "unstated"
    encrypted: bool | Literal["unstated"] = "unstated"


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


class Purpose(Section, frozen=True):
    """Why data is used, and on which legal basis in which region."""

    title: Text = ""
    description: Text = ""
    basis: LegalBasis | dict[RegionOrDefault, LegalBasis] = "unstated"
    balancing: Annotated[str, Meta(description="The balancing test behind legitimate interests: a document.")] = ""
    marketing: Annotated[bool, Meta(description="Direct marketing: an objection is always granted.")] = False


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
    open_ended: Annotated[str, Meta(description="Why no period can be given.")] = ""
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


class Agreement(Section, frozen=True):
    """The contract with a recipient (Art. 28(3) GDPR)."""

    document: str
    until: dt.date | None = None


class Recipient(Section, frozen=True):
    """Somebody outside who receives personal data (Art. 13(1)(e), 30(1)(d) GDPR)."""

    role: RecipientRole
    title: Text = ""
    named: Annotated[bool, Meta(description="False where the policy gives a category of recipients only.")] = True
    country: StatedCountry | list[Country] = "unstated"
    receives: Annotated[
        dict[CategoryName, list[str]], Meta(description="What it gets: a category, and which items (empty: all).")
    ] = {}
    purposes: list[PurposeName] = []
    deidentified: Literal["no", "pseudonymised", "anonymised"] = "no"
    agreement: Agreement | Literal["unstated"] = "unstated"
    when: When = When()


class Safeguard(Section, frozen=True):
    """What protects data that goes to a third country (Art. 45-49 GDPR)."""

    instrument: Annotated[str, Meta(description="`scc`, `uk_idta`, `uk_addendum`, `adequacy`, `bcr`, `dpf`, ...")]
    module: str = ""
    document: str = ""
    until: dt.date | None = None


class Transfer(Section, frozen=True):
    """Data that crosses a border (Chapter V GDPR; EDPB Guidelines 05/2021)."""

    kind: Annotated[
        Literal["onward", "direct_collection"],
        Meta(description="`direct_collection`: the person sends it there themselves, which is no transfer."),
    ]
    to: StatedCountry
    via: RecipientName | None = None
    of: Annotated[list[Region], Meta(description="Whose data: the regions of the people concerned.")] = []
    safeguards: list[Safeguard] = []


class Disclosure(Section, frozen=True):
    """A ground on which data may be disclosed outside the list of recipients."""

    text: Text = ""
    notice: Literal["prior", "after", "none", "unstated"] = "unstated"


class Store(Section, frozen=True):
    """A place with personal data that the site's models do not show."""

    kind: Literal["external", "logs", "cache", "search", "files", "mailbox", "warehouse"]
    title: Text = ""
    holds: list[CategoryName] = []
    at_most: StatedDuration = "unstated"
    recipient: RecipientName | None = None
    owner: Annotated[str, Meta(description="The role that answers for it when no connector does.")] = ""


class Cookie(Section, frozen=True):
    """One or more cookies that serve a purpose together."""

    purpose: PurposeName
    names: Annotated[list[str], Meta(min_length=1, description="Names or patterns, such as `_ga_*`.")]
    title: Text = ""
    description: Text = ""
    essential: Annotated[bool, Meta(description="Needed for what the visitor asked for: set without consent.")] = False
    lifetime: Lifetime = "unstated"
    provider: RecipientName | None = None


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
    text: Text = ""


class Age(Section, frozen=True):
    """How the site deals with age."""

    threshold: Annotated[int, Meta(ge=1, le=25)]
    mode: Annotated[
        Literal["not_directed", "attest", "screen"],
        Meta(
            description="`not_directed` asks nobody anything; `attest` asks for a yes; `screen` asks for a birth date."
        ),
    ] = "not_directed"
    erase_within: Annotated[StatedDuration, Meta(description="How soon a minor's data goes once found.")] = "unstated"
    guardian_contact: bool = False


class TwoFactor(Section, frozen=True):
    """The second factor at sign-in: who may use it and who must."""

    methods: list[Literal["totp", "webauthn", "recovery_codes"]] = field(
        default_factory=lambda: ["totp", "recovery_codes"]
    )
    required_for: list[str] = []


class Measure(Section, frozen=True):
    """A technical or organisational measure (Art. 32 GDPR) that a role attests until a date."""

    title: Text = ""
    text: Text = ""
    kind: Literal["technical", "organisational"] = "organisational"
    owner: Annotated[str, Meta(description="The role that answers for it.")] = ""
    evidence: list[str] = []
    attested_on: dt.date | None = None
    until: dt.date | None = None
    review_every: Duration | None = None


class Complaint(Section, frozen=True):
    """The supervisory authority that people of a region can complain to (Art. 13(2)(d) GDPR)."""

    name: str
    url: HttpUrl | None = None


class Changes(Section, frozen=True):
    """How people hear of a new version of the policy."""

    notify: list[NoticeChannel] = []
    notice: Annotated[Duration | None, Meta(description="How long before a material change takes effect.")] = None
    dated: Annotated[
        Literal["version", "unstated"],
        Meta(description="`version`: the page shows the date of its version; `unstated`: it shows none."),
    ] = "version"
    text: Text = ""


class Statement(Section, frozen=True):
    """Prose of the policy that no other key carries; published as it stands, and linted."""

    section: StatementSection
    text: ByLanguage
    when: When = When()


class Acceptance(Section, frozen=True):
    """A known weakness that is accepted for a time, with a reason."""

    reason: Annotated[str, Meta(min_length=1)]
    until: dt.date
    where: Annotated[list[str], Meta(description="Key paths it covers; empty: the finding wherever it is.")] = []


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
