"""How the site conducts itself: cookies, age, second factor, measures, backups, changes, prose."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, field

from consentguard.manifest.schema.section import Section, When
from consentguard.manifest.vocabulary import (
    ByLanguage,
    CookieName,
    Duration,
    FactorRule,
    FrameHost,
    Lifetime,
    NoticeChannel,
    PurposeName,
    RecipientName,
    StatedDuration,
    StatementSection,
    Text,
    VerificationName,
)


class Backups(Section, frozen=True):
    """How often backups are made and how long one is kept: erased data lives on in them until then."""

    every: StatedDuration = "unstated"
    keep: StatedDuration = "unstated"
    encrypted: bool | Literal["unstated"] = "unstated"


ConsentModeKey = Literal["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage"]
"""What Google Consent Mode v2 asks about."""


class Cookie(Section, frozen=True):
    """A service: cookies, scripts and frames that serve a purpose together, and that a visitor can refuse alone."""

    purpose: Annotated[
        PurposeName, Meta(description="An entry of `[purposes]`; left out, the purpose has this entry's name.")
    ] = ""
    names: Annotated[list[CookieName], Meta(description="Names or patterns, such as `_ga_*`.")] = []
    iframes: Annotated[
        list[FrameHost], Meta(description="Hosts whose frames wait for consent, such as `www.youtube.com`.")
    ] = []
    hosts: Annotated[
        list[FrameHost], Meta(description="Hosts that its scripts speak to, such as `*.google-analytics.com`.")
    ] = []
    consent_mode: Annotated[
        list[ConsentModeKey], Meta(description="What consent to this service grants in Google Consent Mode v2.")
    ] = []
    title: Text = ""
    description: Text = ""
    essential: Annotated[bool, Meta(description="Needed for what the visitor asked for: set without consent.")] = False
    lifetime: Lifetime = "unstated"
    provider: RecipientName | None = None


class Consent(Section, frozen=True):
    """How visitors are asked about cookies and other uses that need their consent."""

    lasts: Annotated[Duration, Meta(description="How long a choice holds before visitors are asked again.")] = "P182D"
    title: Annotated[Text, Meta(description="The banner's heading, in place of ours.")] = ""
    text: Annotated[Text, Meta(description="What the banner says, in place of ours.")] = ""
    accept: Annotated[Text, Meta(description="The button that accepts everything, in place of ours.")] = ""
    refuse: Annotated[Text, Meta(description="The button that refuses everything, in place of ours.")] = ""
    settings: Annotated[Text, Meta(description="The button that leads to the details, in place of ours.")] = ""
    record: Annotated[
        list[Literal["address", "user_agent"]],
        Meta(description="What else a record keeps: the network of the IP address, the name of the browser."),
    ] = []


class Guardian(Section, frozen=True):
    """How a parent or guardian consents for a child."""

    verify: Annotated[
        VerificationName,
        Meta(description="How they are verified: by the mailed `link`, by a signed `form`, or in a way of the host's."),
    ] = "link"
    answer_within: Annotated[
        Duration, Meta(description="How long they have to answer; then the addresses are forgotten.")
    ] = "P14D"


class Age(Section, frozen=True):
    """How the site deals with age."""

    threshold: Annotated[
        Annotated[int, Meta(ge=1, le=25)] | Literal["by_jurisdiction"],
        Meta(description="From which age on people are let in, in years; or what the law says where they are."),
    ]
    mode: Annotated[
        Literal["not_directed", "attest", "screen"],
        Meta(
            description="`not_directed` asks nobody anything; `attest` asks for a yes; `screen` asks for a birth date."
        ),
    ] = "not_directed"
    erase_within: Annotated[
        StatedDuration, Meta(description="How soon a minor's data goes once it was reported: three days unless stated.")
    ] = "unstated"
    guardian_contact: Annotated[
        bool, Meta(description="Whether a parent or guardian can turn to the site: a page takes their reports.")
    ] = False
    guardian: Annotated[
        Guardian | None, Meta(description="Present, a child can ask a parent or guardian to agree.")
    ] = None
    at_least: Annotated[
        Annotated[int, Meta(ge=1, le=25)] | None,
        Meta(description="With `by_jurisdiction`: the policy's own age, which a law can only raise."),
    ] = None
    basis: Annotated[
        Literal["consent", "sale"],
        Meta(description="With `by_jurisdiction`: which age of the law counts, that to consent or that to be sold."),
    ] = "consent"
    retry_after: Annotated[
        Duration,
        Meta(description="How long after a refusal that address gives no answer again; `P0D`: only the cookie counts."),
    ] = "P1D"


class TwoFactor(Section, frozen=True):
    """The second factor at sign-in: who may use it and who must."""

    methods: list[Literal["totp", "webauthn", "recovery_codes"]] = field(
        default_factory=lambda: ["totp", "recovery_codes"]
    )
    user_verification: Annotated[
        Literal["preferred", "required"],
        Meta(description="Whether a passkey's device has to ask for a PIN, a finger or a face, or does where it can."),
    ] = "preferred"
    required_for: Annotated[
        list[FactorRule], Meta(description="Who must have one: the site lets nobody of them in without it.")
    ] = []
    remember_for: Annotated[
        Duration | None,
        Meta(description="How long a browser may be remembered where somebody asks for it; never unless said."),
    ] = None


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
