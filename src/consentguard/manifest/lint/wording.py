"""Weak sentences: what a policy should not say in these words, in English and in Spanish."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.lint.phrases import Pattern
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook

RULES = Rulebook()

_ENCRYPTED_PASSWORD = Pattern(
    {
        "en": r"\bencrypted passwords?\b"
        r"|\bpasswords?(?: (?:is|are|stored|kept|being|always))* encrypted\b(?! (?:connection|channel|link|form))",
        "es": r"\bcontraseñas?(?: (?:está|están|se guardan?|almacenadas?))? (?:cifrada|encriptada)s?\b",
    }
)
_CONSENT_BY_USE = Pattern(
    {
        "en": r"\bby (?:using|accessing|visiting|continuing to use)\b[^.]*"
        r"\byou (?:hereby |also |thereby )?(?:consent|agree|accept)\b"
        r"|\bcontinued use\b[^.]*\b(?:you (?:accept|agree|consent)|acceptance|agreement|consent)\b",
        "es": r"\b(?:al|por) (?:usar|utilizar|acceder|navegar|visitar|seguir usando|continuar usando)\b[^.]*"
        r"\b(?:acepta|consiente|da su consentimiento)\b"
        r"|\buso continuado\b[^.]*\b(?:acepta|aceptación|consiente|consentimiento)\b",
    },
    unless={"en": r"\b(?:not|never)\b", "es": r"\b(?:no|nunca)\b"},
)
_OUR_CARDS = Pattern(
    {
        "en": r"\bwe (?:collect|store|keep|hold|record|retain|save)\b[^.]*"
        r"\bcards? (?:details|numbers?|data|information)\b",
        "es": r"\b(?:recopilamos|recogemos|almacenamos|guardamos|conservamos)\b[^.]*"
        r"\b(?:datos|números?|información)(?: completos?)? de (?:su |sus |la |las )?tarjetas?\b",
    },
    unless={"en": r"\b(?:not|never|don[’']t)\b", "es": r"\b(?:no|nunca)\b"},
)
_ANONYMISED = Pattern(
    {
        "en": r"\banonymi[sz]ed (?:data|information|form|statistics)\b",
        "es": r"\b(?:datos|información|forma|estadísticas) anonimizad[oa]s?\b",
    },
    unless={"en": r"\bnot\b", "es": r"\bno\b"},
)
_VAGUE = Pattern(
    {
        "en": r"\b(?:best|highest) ethic(?:s|al standards?)\b|\butmost (?:care|respect|ethics|confidentiality)\b",
        "es": r"\b(?:la )?(?:mejor|mayor|más alta) ética\b|\bmáxim[oa] (?:cuidado|respeto|ética|confidencialidad)\b",
    }
)
_NEVER = Pattern(
    {
        "en": r"(?<!you )\b(?:will|shall)\s+never\b|\bwe[’']ll never\b",
        "es": r"\b(?:nunca|jamás) (?:\w+ )?\w+(?:remos|rá|rán)\b",
    }
)
_ABSOLUTE = Pattern(
    {
        "en": r"\ball (?:such |of these |these |our )?transfers\b[^.]*\b(?:comply|complies|compliant)\b"
        r"|\b(?:fully|100 ?%|completely|totally) (?:compliant|secure|safe)\b"
        r"|\bguarantees? (?:the |absolute |full |complete )*(?:security|safety|confidentiality)\b",
        "es": r"\btodas (?:estas |esas |las |nuestras )*transferencias\b[^.]*\bcumplen\b"
        r"|\b(?:totalmente|completamente|100 ?%) segur[oa]s?\b"
        r"|\bgarantizamos (?:la |una )?(?:absoluta |plena |total )?(?:seguridad|confidencialidad)\b",
    },
    unless={"en": r"\b(?:no|not|cannot|can[’']t|never)\b", "es": r"\b(?:no|ningún|ninguna|nunca)\b"},
)


def _said(case: Case, pattern: Pattern, hint: str, *sections: str) -> Iterator[Hit]:
    """A hit for every sentence (of these sections, or of any) that says so."""
    for phrase in case.phrases:
        if (not sections or phrase.section in sections) and (words := pattern.find(phrase)):
            yield Hit(phrase.where, f"it says “{words}”", hint)


@RULES.rule(
    "L-HASH",
    "warning",
    title="Passwords called encrypted",
    explanation="""What is encrypted can be decrypted; a password must not be. Sites store a salted hash, from which
    nobody can read the password back. A policy that speaks of encrypted passwords is either wrong about the site or
    tells of a weakness. Say that passwords are stored as a hash.""",
    source="Art. 32(1) GDPR; OWASP Password Storage Cheat Sheet",
)
def encrypted_password(case: Case) -> Iterator[Hit]:
    return _said(case, _ENCRYPTED_PASSWORD, "say that passwords are stored as a hash")


@RULES.rule(
    "L-CONSENT-BY-USE",
    "error",
    title="Consent by using the service",
    explanation="""Consent is a clear affirmative act for a specific purpose. Using a service, or going on to use it
    after a change, is neither consent to processing nor acceptance of a new policy. Leave the sentence out: name a
    legal basis for each purpose, ask for consent where that is the basis, and tell people of changes before they take
    effect.""",
    source="Art. 4(11) and 7 GDPR; CJEU C-673/17 Planet49 (2019-10-01); EDPB Guidelines 05/2020 (2020-05-04)",
)
def consent_by_use(case: Case) -> Iterator[Hit]:
    return _said(case, _CONSENT_BY_USE, "leave it out, and name a legal basis for each purpose")


@RULES.rule(
    "L-PAN",
    "warning",
    title="Card numbers that we say we collect",
    explanation="""The policy says that the site itself collects or keeps card details. Where a payment processor
    takes them, that is not so, and it would bring the whole site under the card industry's rules. Say that card
    details go to the processor alone, and set `held_by` on the category. A site may keep the last four digits.""",
    source="PCI DSS v4.0.1 (June 2024), requirement 3; Art. 5(1)(c) GDPR",
)
def card_numbers(case: Case) -> Iterator[Hit]:
    hint = "say that card details go to the payment processor and are not stored"
    yield from _said(case, _OUR_CARDS, hint)
    for name, category in case.manifest.categories.items():
        items = {item for listed in category.sources.values() for item in listed}
        if not category.held_by and items & {"card_details", "card_number", "card_data", "pan", "cvc"}:
            yield Hit(f"categories.{name}.sources", "card details are kept by the site itself", "set `held_by`")


@RULES.rule(
    "L-ANON",
    "error",
    title="Called anonymised, but pseudonymised",
    explanation="""Data is anonymous only when nobody can single out, link or infer a person by any means reasonably
    likely to be used. Analytics data with an identifier or an address is pseudonymous at best, and still personal
    data; what is truly anonymous needs no entry among the recipients of personal data. Say pseudonymised, and set
    `deidentified` to it.""",
    source="Recital 26 and Art. 4(5) GDPR; Article 29 Working Party, Opinion 05/2014 (2014-04-10)",
)
def anonymised(case: Case) -> Iterator[Hit]:
    for name, recipient in case.manifest.recipients.items():
        if recipient.deidentified == "anonymised":
            message = "it receives personal data that is said to be anonymised"
            yield Hit(f"recipients.{name}.deidentified", message, 'say `deidentified = "pseudonymised"`')
    yield from _said(case, _ANONYMISED, "say pseudonymised, or aggregated", "data", "purposes", "sharing", "cookies")


@RULES.rule(
    "L-VAGUE",
    "warning",
    title="Wording that nothing can be held to",
    explanation="""A promise of the best ethics or the utmost care binds nobody: no one can tell when it is broken. It
    reads as a promise all the same. Say what is done and what is not done.""",
    source="Art. 12(1) GDPR; Article 29 Working Party, WP260 rev.01, par. 12-13 (2018-04-11)",
)
def vague(case: Case) -> Iterator[Hit]:
    return _said(case, _VAGUE, "say what is done and what is not done")


@RULES.rule(
    "L-NEVER",
    "warning",
    title="A promise for ever",
    explanation="""A policy that says “will never” cannot be changed in that point by a notice: people relied on it
    for all time, and taking it back is unfair to them even when they are told. Say what holds today as a rule
    (`[prohibited]`), and let the rules on changes protect it.""",
    source="Art. 5(1)(a) GDPR; FTC v. Toysmart.com (2000)",
)
def never(case: Case) -> Iterator[Hit]:
    return _said(case, _NEVER, "say “we do not”, and list the use under `[prohibited]`")


@RULES.rule(
    "L-ABSOLUTE",
    "warning",
    title="An absolute claim",
    explanation="""That all transfers comply, or that data is completely secure, is more than anybody can know. One
    exception makes the whole policy untrue. Name the safeguard of each transfer and the measures that are taken.""",
    source="Art. 5(1)(a) and 5(2) GDPR",
)
def absolute(case: Case) -> Iterator[Hit]:
    return _said(case, _ABSOLUTE, "name the safeguard or the measure instead")
