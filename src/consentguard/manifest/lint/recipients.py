"""Who receives data: where they are, under which agreement, and whether it is a sale."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook

RULES = Rulebook()


@RULES.rule(
    "L-RECIPIENT-COUNTRY",
    "warning",
    title="A recipient in no country",
    explanation="""Without the recipients' countries nobody can tell whether data leaves the region, and neither can
    lint. Give `country` for each recipient; for a category of recipients, the countries that they may be in. Where
    you know who they are, name them.""",
    source="Art. 13(1)(e)-(f) and 30(1)(d)-(e) GDPR; CJEU C-154/21 Österreichische Post (2023-01-12)",
)
def recipient_country(case: Case) -> Iterator[Hit]:
    for name, recipient in case.manifest.recipients.items():
        if recipient.country == "unstated" or not recipient.country:
            what = "it is" if recipient.named else "these are a category only, and it is"
            yield Hit(f"recipients.{name}.country", f"{what} not stated where they are", 'such as `country = "US"`')


@RULES.rule(
    "L-BUYER",
    "error",
    title="A recipient that buys the data",
    explanation="""A recipient with the role `buyer` receives data for money or other value. Where the policy rules
    out selling, it contradicts itself; elsewhere people have a right to opt out, and in the EEA it needs their
    consent. Remove the recipient, or accept this finding with the reason why it is lawful.""",
    source="Cal. Civ. Code 1798.120 and 1798.140(ad); Art. 5(1)(a)-(b) and 6 GDPR",
)
def buyer(case: Case) -> Iterator[Hit]:
    for name, recipient in case.manifest.recipients.items():
        if recipient.role == "buyer":
            contradicts = " although the policy rules it out" if "sale" in case.manifest.prohibited else ""
            yield Hit(f"recipients.{name}.role", f"personal data is sold{contradicts}", "remove the recipient")


@RULES.rule(
    "L-NO-AGREEMENT",
    "error",
    title="A processor with no agreement",
    explanation="""Whoever processes data on our behalf does so under a contract that binds them. None is named for
    this recipient. Give `agreement = { document = "..." }`, with `until` where it ends.""",
    source="Art. 28(3)-(4) GDPR; s. 42(2) Kenya Data Protection Act 2019; Cal. Civ. Code 1798.100(d)",
)
def no_agreement(case: Case) -> Iterator[Hit]:
    for name, recipient in case.manifest.recipients.items():
        if recipient.role in ("processor", "subprocessor") and recipient.agreement == "unstated":
            hint = 'add `agreement = { document = "contracts/....pdf" }`'
            yield Hit(f"recipients.{name}.agreement", "no agreement with this processor is named", hint)
