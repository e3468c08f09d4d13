"""Categories of data: collected for something, and special ones only under a condition."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook

RULES = Rulebook()


@RULES.rule(
    "L-NO-PURPOSE",
    "error",
    title="Data for no purpose",
    explanation="""Data is collected for specified purposes, and only as far as these need it. This category serves
    none. Name its `purposes`, or stop collecting it.""",
    source="Art. 5(1)(b)-(c) and 13(1)(c) GDPR",
)
def no_purpose(case: Case) -> Iterator[Hit]:
    for name, category in case.manifest.categories.items():
        if not category.purposes and not category.only_purposes:
            yield Hit(f"categories.{name}.purposes", "it serves no purpose", "name at least one")


@RULES.rule(
    "L-SPECIAL-CONDITION",
    "error",
    title="Special categories with no condition",
    explanation="""Health, beliefs, ethnicity, biometrics and the like may be processed only under one of the
    conditions of Art. 9(2), beside the legal basis of the purpose. Name it in `condition`, such as
    `explicit_consent`.""",
    source="Art. 9 GDPR; s. 44-46 Kenya Data Protection Act 2019",
)
def special_condition(case: Case) -> Iterator[Hit]:
    for name, category in case.manifest.categories.items():
        if category.kind.startswith("special.") and category.condition is None:
            message = f"`{category.kind}` is a special category of data, and no condition is named"
            yield Hit(f"categories.{name}.condition", message, 'such as `condition = "explicit_consent"`')
