"""The words that privacy.toml is written in: names, places, periods, legal bases, rights, roles."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

END = r"$(?!\n)"
"""The end of a word: to Python's `$` alone, a word with a line break after it would be one too."""
NAME = f"^[a-z][a-z0-9_]*{END}"
DURATION = (
    r"P(?=[0-9T])(?:[0-9]{1,3}Y)?(?:[0-9]{1,4}M)?(?:[0-9]{1,4}W)?(?:[0-9]{1,5}D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,6}H)?(?:[0-9]{1,6}M)?(?:[0-9]{1,6}S)?)?"
)
"""ISO 8601, whole numbers only; so many digits that no sum of periods leaves the calendar."""
COOKIE = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""A token (RFC 9110 section 5.6.2), as names of cookies are (RFC 6265 section 4.1.1)."""
REGION = r"(?:EEA|EU|[A-Z]{2}(?:-[A-Z0-9]{1,3})?)"


def _word(pattern: str, description: str, *examples: str, **marks: str) -> Meta:
    extra: dict[str, Any] = {f"x-{mark}": value for mark, value in marks.items()}
    return Meta(
        pattern=f"^{pattern}{END}", description=description, examples=list(examples), extra_json_schema=extra or None
    )


def _refers_to(section: str) -> Meta:
    """Mark a name that must stand in another section; the loader checks it and suggests the nearest."""
    extra: dict[str, Any] = {"x-refers-to": section}
    return Meta(pattern=NAME, description=f"The name of an entry of `[{section}]`.", extra_json_schema=extra)


Name = Annotated[str, Meta(pattern=NAME, description="Lower-case letters, digits and underscores.")]
PurposeName = Annotated[str, _refers_to("purposes")]
CategoryName = Annotated[str, _refers_to("categories")]
SubjectName = Annotated[str, _refers_to("subjects")]
RecipientName = Annotated[str, _refers_to("recipients")]
ProhibitedName = Annotated[str, _refers_to("prohibited")]

Language = Annotated[str, _word(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", "A BCP 47 language tag.", "en", "es")]
ByLanguage = Annotated[dict[Language, str], Meta(min_length=1, extra_json_schema={"x-by": "language"})]
Text = str | ByLanguage
"""Text for people: one string in the site's default language, or a table of one string per language."""

Duration = Annotated[str, _word(DURATION, "An ISO 8601 duration.", "P90D", "P5Y", "PT1H")]
StatedDuration = Annotated[
    str, _word(f"(?:unstated|{DURATION})", "An ISO 8601 duration, or `unstated` where the policy is silent.", "P90D")
]
Deadline = Annotated[
    str, _word(f"(?:law|unstated|{DURATION})", "An ISO 8601 duration, `law` (as the law says) or `unstated`.", "P30D")
]
Lifetime = Annotated[
    str, _word(f"(?:session|unstated|{DURATION})", "An ISO 8601 duration, `session` or `unstated`.", "P1Y")
]
Country = Annotated[str, _word("[A-Z]{2}", "An ISO 3166-1 alpha-2 country code.", "US", "GT", "KE", code="country")]
StatedCountry = Annotated[
    str, _word("(?:unstated|[A-Z]{2})", "An ISO 3166-1 alpha-2 country code, or `unstated`.", "US", code="country")
]
STATED_COUNTRY = rf"^(?:unstated|[A-Z]{{2}}){END}"
OneStatedCountry = Annotated[
    str,
    Meta(
        description="An ISO 3166-1 alpha-2 country code, or `unstated`.",
        examples=["US"],
        extra_json_schema={"pattern": STATED_COUNTRY, "x-code": "country"},
    ),
]
"""A `StatedCountry` that stands beside a list of them: msgspec 0.22 frees memory that is not its own where a union
holds both a string with a pattern and a list or table, so there the section checks the pattern itself."""
_A_REGION = "`EEA`, `EU`, an ISO 3166-1 country or an ISO 3166-2 part of one."
Region = Annotated[str, _word(REGION, _A_REGION, "EEA", "US-CA", code="region")]
RegionOrDefault = Annotated[
    str, _word(f"(?:default|{REGION})", "A region, or `default` for everywhere else.", "EEA", code="region")
]
CookieName = Annotated[str, _word(COOKIE, "A cookie's name; `*` stands for any part.", "_ga_*")]
FrameHost = Annotated[
    str, _word(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+", "A host; `*.` for all below it.", "*.youtube.com")
]
HttpUrl = Annotated[str, _word(r"https?://[^\s/?#]+[^\s]*", "An absolute http(s) address.", "https://app.example.com")]
PlanName = Annotated[str, _word("[A-Za-z0-9][A-Za-z0-9_.-]*", "A plan tier of the site.", "free", "pro")]
AnchorName = Annotated[str, _word("[a-z][a-z0-9_.]*", "A moment that a tag in code binds to a column.", "created")]
Term = Annotated[str, _word("[A-Za-z0-9][A-Za-z0-9_.-]*", "A name that this policy uses.", "sender_name", "received")]
FactorRule = Annotated[
    str,
    _word(
        r"(?:[a-z][a-z0-9_]*|group:[^\s:](?:[^\n:]*[^\s:])?|permission:[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*)",
        "A role (`everyone`, `staff`, `superuser`, or one that the setting `has_role` knows), a group, a permission.",
        "staff",
        "group:billing",
        "permission:billing.refund",
    ),
]
VerificationName = Annotated[
    str,
    _word("[a-z][a-z0-9_]{0,39}", "`link`, `form`, or a name of the setting `guardian_methods`.", "link", "form"),
]
EventName = Annotated[str, _word("[a-z][a-z0-9_.]*", "Something that happens in the site.", "channel.disconnected")]

LegalBasis = Literal[
    "consent",
    "contract",
    "legal_obligation",
    "vital_interests",
    "public_task",
    "legitimate_interests",
    "unstated",
]
"""Art. 6(1)(a)-(f) GDPR."""

SpecialCondition = Literal[
    "explicit_consent",
    "employment",
    "vital_interests",
    "not_for_profit_body",
    "made_public",
    "legal_claims",
    "substantial_public_interest",
    "health_care",
    "public_health",
    "archiving_research",
]
"""Art. 9(2)(a)-(j) GDPR."""

DataKind = Literal[
    "contact",
    "identity",
    "organisation",
    "credential",
    "financial",
    "identifier.tax",
    "identifier.device",
    "identifier.online",
    "content",
    "communications",
    "usage",
    "device",
    "location",
    "log",
    "marketing",
    "evidence",
    "special.health",
    "special.biometric",
    "special.genetic",
    "special.religion",
    "special.politics",
    "special.union",
    "special.sexuality",
    "special.ethnicity",
    "criminal",
    "unstated",
]
"""What sort of data a category is; mapped to W3C DPV and fideslang keys in `law/vocabulary.toml`."""

Role = Literal["controller", "joint_controller", "processor"]
RecipientRole = Literal[
    "processor", "subprocessor", "controller", "joint_controller", "authority", "group_company", "buyer"
]
RetentionAction = Literal["delete", "anonymise", "redact", "archive", "shred"]
RightName = Literal[
    "access",
    "rectification",
    "erasure",
    "portability",
    "objection",
    "restriction",
    "withdrawal",
    "opt_out",
    "complaint",
    "human_review",
    "api_access",
]
CARRIED_OUT: tuple[RightName, ...] = (
    "access",
    "portability",
    "erasure",
    "rectification",
    "objection",
    "restriction",
    "withdrawal",
    "opt_out",
)
"""The rights that consentguard carries out; the form of the site takes those whose channels name it."""
Channel = Literal["page", "email", "account", "help_desk", "unsubscribe", "api", "callback", "post", "phone"]
NoticeChannel = Literal["posting", "email", "in_app", "knowledge_base"]
DisclosureGround = Literal[
    "law",
    "court_order",
    "rights_protection",
    "security",
    "business_transfer",
    "client_authorised",
    "service_delivery",
    "consent",
]
StatementSection = Literal[
    "introduction",
    "controller",
    "data",
    "sources",
    "purposes",
    "consent",
    "sharing",
    "transfers",
    "retention",
    "rights",
    "security",
    "incidents",
    "children",
    "cookies",
    "changes",
    "contact",
    "responsibilities",
]
