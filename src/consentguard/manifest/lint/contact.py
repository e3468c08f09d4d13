"""Whom to write to, and whether all can read it: contact, dates, languages, broken characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook

RULES = Rulebook()

_REACHABLE = re.compile(r"[^@\s\[\]]+@[^@\s\[\]]+\.[^@\s\[\].]+|https?://\S+")
_EMPTY_CONTACT = re.compile(r"^(?:contact(?: us)?|contacto|e-?mail|correo(?: electrónico)?)\s*:?$", re.IGNORECASE)
_OBFUSCATED = re.compile(r"\[email(?:\s|&#160;)protected\]", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b")
_MOJIBAKE = re.compile(r"[ÃÂ][\u0080-\u00bf]|â[€\u0080][\u0080-\uffff]|ï»¿|\ufffd")
_MONTHS = 12
_SHOWN = 5


@RULES.rule(
    "L-NO-CONTROLLER",
    "warning",
    title="Nobody is named",
    explanation="""Whoever reads a policy must learn who is responsible for their data. Without `[controller]` the
    pages name nobody: enough to try a piece out, and not enough to publish. Write `[controller]` with at least a `name`
    and a `contact`.""",
    source="Art. 13(1)(a) GDPR",
)
def no_controller(case: Case) -> Iterator[Hit]:
    if case.manifest.controller is None and not case.regimes:  # where a law is declared, it asks for a controller
        yield Hit("controller", "nobody is named as responsible", "write `[controller]` with a `name` and a `contact`")


@RULES.rule(
    "L-CONTACT",
    "error",
    title="Nobody to write to",
    explanation="""The policy must say how to reach whoever is responsible. An empty line, an address hidden from
    robots or “through the help desk” cannot be written to by somebody without an account. Give an e-mail address (or
    a page that anybody can use) in `controller.contact`.""",
    source="Art. 13(1)(a) GDPR; 11 CCR 7011(e)",
)
def contact(case: Case) -> Iterator[Hit]:
    controller = case.manifest.controller
    if controller is not None and not _REACHABLE.fullmatch(controller.contact):
        message = f"`{controller.contact}` is no address that anybody can write to"
        yield Hit("controller.contact", message, "give an e-mail address, or the address of a page")
    for phrase in case.phrases:
        empty = phrase.section == "contact" and _EMPTY_CONTACT.match(phrase.text)
        if empty or _OBFUSCATED.search(phrase.text):
            yield Hit(phrase.where, "the contact is empty", "leave it out: `controller.contact` is published")


@RULES.rule(
    "L-DATE",
    "warning",
    title="A date that can be read two ways",
    explanation="""07/01/2026 is July in one country and January in another. Dates of the policy come from its version
    and are written out in the reader's language; a date in a sentence should be written out too, or as
    2026-01-07.""",
    source="ISO 8601-1:2019; Art. 12(1) GDPR",
)
def ambiguous_date(case: Case) -> Iterator[Hit]:
    for phrase in case.phrases:
        for match in _NUMERIC_DATE.finditer(phrase.text):
            first, second = int(match[1]), int(match[2])
            if 0 < first <= _MONTHS and 0 < second <= _MONTHS and first != second:
                yield Hit(
                    phrase.where, f"{match[0]} can be read two ways", "leave it out, or write the month as a word"
                )


@RULES.rule(
    "L-ENCODING",
    "warning",
    title="Broken characters",
    explanation="""The text was once read in another encoding than it was written in: an em dash became “â€“”. Type
    the characters anew and save the file as UTF-8.""",
    source="Art. 12(1) GDPR; Unicode Standard, ch. 3.9",
)
def encoding(case: Case) -> Iterator[Hit]:
    for phrase in case.phrases:
        if match := _MOJIBAKE.search(phrase.text):
            yield Hit(phrase.where, f"“{match[0]}” was read in the wrong encoding", "type the characters anew")


@RULES.rule(
    "L-UNTRANSLATED",
    "warning",
    title="A page in two languages",
    explanation="""A text of the policy is not written in every language of `site.languages`. The page in that language
    shows it in another one, and who needs the page cannot read it. Add the text, or leave the language out until you
    have it. A plain string, such as a company's name, stands in every language as it is.""",
    source="Article 29 Working Party, WP260 rev.01, par. 13 (2018-04-11)",
)
def untranslated(case: Case) -> Iterator[Hit]:
    written: dict[str, set[str]] = {}
    for phrase in case.phrases:
        text, _, last = phrase.where.rpartition(".")
        if last == phrase.language:
            written.setdefault(text, set()).add(last)
    for language in case.manifest.site.languages:
        readable = {language, language.partition("-")[0]}
        if missing := [text for text, known in written.items() if not readable & known]:
            hint = f"add `{language}` to {', '.join(missing[:_SHOWN])}{' and others' if len(missing) > _SHOWN else ''}"
            yield Hit("site.languages", f"texts that are not written in `{language}`: {len(missing)}", hint)


@RULES.rule(
    "L-DATE-MISSING",
    "warning",
    title="No date",
    explanation="""Readers cannot tell which policy holds when the page shows no date, least of all when it promises
    one. Leave `changes.dated` out: the page then shows the day on which its version was published.""",
    source="Article 29 Working Party, WP260 rev.01, par. 29-31 (2018-04-11)",
)
def date_missing(case: Case) -> Iterator[Hit]:
    if case.manifest.changes.dated == "unstated":
        yield Hit("changes.dated", "the page shows no date", 'say `dated = "version"`, or leave it out')
