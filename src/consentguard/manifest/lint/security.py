"""Security: no measure is claimed wider than what holds it."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.lint.phrases import Pattern
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook

RULES = Rulebook()

_ENCRYPTED_AT_REST = Pattern(
    {
        "en": r"\bencrypt\w*\b[^.]*\bat rest\b|\bat rest\b[^.]*\bencrypt\w*|\bencrypted storage\b|\bstored? encrypted\b"
        r"|\bAES-?(?:128|256)\b",
        "es": r"\bcifra\w*\b[^.]*\ben reposo\b|\ben reposo\b[^.]*\bcifra\w*|\balmacenamiento cifrado\b"
        r"|\b(?:almacena|guarda)\w* cifrad[oa]s?\b|\bAES-?(?:128|256)\b",
    },
    unless={"en": r"\b(?:no|not)\b|\bpasswords?\b", "es": r"\bno\b|\bcontraseñas?\b"},
)


@RULES.rule(
    "L-ENCRYPTION-WIDE",
    "error",
    title="Encryption claimed for more than has it",
    explanation="""A sentence speaks of encryption at rest and does not say of what, while categories of the policy
    are not marked `encrypted`: readers take it for all of their data. Mark each category that is encrypted and leave
    the sentence out, for the page names them; or, where whole disks are encrypted, let the measure's `owner` attest it
    `until` a date.""",
    source="Art. 5(1)(a) and 32(1)(a) GDPR",
)
def encryption_wide(case: Case) -> Iterator[Hit]:
    plain = [name for name, category in case.manifest.categories.items() if not category.encrypted]
    attested = {
        name for name, one in case.manifest.measures.items() if one.owner and one.until and case.today <= one.until
    }
    for phrase in case.phrases:
        table, _, rest = phrase.where.partition(".")
        by_somebody = table == "measures" and rest.partition(".")[0] in attested
        if plain and phrase.section == "security" and not by_somebody and (said := _ENCRYPTED_AT_REST.find(phrase)):
            hint = (
                f"mark what is `encrypted`, attest the measure, or leave it out: {', '.join(plain[:3])} are not marked"
            )
            yield Hit(phrase.where, f"it says “{said}”, and not of what", hint)
