"""How long data is kept: periods that are missing, never begin, never end, or leave the backups out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from consentguard.manifest.lint.phrases import Pattern
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import Category, Retention

RULES = Rulebook()

EVERY_ROW_HAS = frozenset(
    {"created", "received", "recorded", "collected", "sent", "issued", "issued_on", "fiscal_year_end"}
)
"""Moments that come for every row by themselves; any other anchor is an event that may never happen."""

_AS_LONG_AS_NECESSARY = Pattern(
    {
        "en": r"\b(?:as|so) long as (?:it )?(?:is )?(?:reasonably )?(?:necessary|needed|required)\b",
        "es": r"\b(?:mientras|el tiempo que|el plazo que) (?:sea|resulte) (?:razonablemente )?necesario\b",
    }
)
_ARCHIVED = Pattern(
    {"en": r"\barchi(?:v|ev)ed\b", "es": r"\barchiva(?:n|do|da|dos|das)?\b"},
    unless={"en": r"\bdelet|\beras", "es": r"\belimin|\bborra|\bsuprim"},
)
_HEDGED = Pattern(
    {
        "en": r"\b(?:typically|usually|generally|normally|in most cases|as a rule)\b",
        "es": r"\b(?:normalmente|generalmente|habitualmente|usualmente|típicamente|por lo general|por regla general)\b",
    }
)
_MAY_DELETE = Pattern(
    {
        "en": r"\b(?:may|might) be (?:deleted|erased|removed|destroyed)\b"
        r"|\bwe (?:may|might) (?:delete|erase|remove)\b",
        "es": r"\b(?:podrá|podrán|puede|pueden|podría|podrían) "
        r"(?:ser (?:eliminad|borrad|suprimid)[oa]s?|eliminarse|borrarse|suprimirse)\b"
        r"|\bpod(?:emos|remos|ríamos) (?:eliminar|borrar|suprimir)\b",
    }
)
_BACKUP = Pattern({"en": r"\bback-?ups?\b", "es": r"\b(?:copias? de (?:seguridad|respaldo)|respaldos?)\b"})


def retention_of(category: Category) -> Retention:
    """The retention of a category; an empty one where the policy is silent."""
    return Retention() if category.retention == "unstated" else category.retention


def _has_period(retention: Retention) -> bool:
    stated = [retention.at_most, retention.at_least, *(event.delete_within for event in retention.ends_on)]
    tables = (retention.at_most_by_plan, retention.at_most_by_jurisdiction, retention.at_least_by_jurisdiction)
    given = any(period not in (None, "unstated") for period in stated)
    return given or any(tables) or retention.while_active or bool(retention.open_ended)


@RULES.rule(
    "L-NO-PERIOD",
    "error",
    title="Data with no period",
    explanation="""People must be told how long their data is kept, or by what criteria that is decided. “As long as
    necessary” repeats the law and tells them nothing. Give each category a period (`at_most`, `at_least`, by plan,
    while the account is active), or say in `open_ended` why none can be given.""",
    source="Art. 5(1)(e) and 13(2)(a) GDPR; Article 29 Working Party, WP260 rev.01, annex (2018-04-11)",
)
def no_period(case: Case) -> Iterator[Hit]:
    for name, category in case.manifest.categories.items():
        if not _has_period(retention_of(category)):
            hint = "give `at_most`, `at_least` or `while_active`, or say why not in `open_ended`"
            yield Hit(f"categories.{name}.retention", "no period is stated", hint)
    for phrase in case.phrases:
        if phrase.section == "retention" and (words := _AS_LONG_AS_NECESSARY.find(phrase)):
            yield Hit(phrase.where, f"“{words}” is no period", "leave it out: the periods of the categories say it")


@RULES.rule(
    "L-ARCHIVE",
    "error",
    title="Archived rather than deleted, with no end",
    explanation="""Moving data into an archive is keeping it. A policy that calls storage temporary and then archives
    the data contradicts itself, unless the archive has an end of its own. Delete the data, or give
    `archive.at_most`.""",
    source="Art. 5(1)(e) GDPR",
)
def archive(case: Case) -> Iterator[Hit]:
    for name, category in case.manifest.categories.items():
        kept = retention_of(category)
        ends = kept.archive is not None and kept.archive.at_most != "unstated"
        if (kept.then == "archive" or kept.archive) and not ends:
            message = "it is archived, and the archive has no end"
            yield Hit(f"categories.{name}.retention.then", message, "delete it, or give `archive.at_most`")
    for phrase in case.phrases:
        if phrase.section == "retention" and (words := _ARCHIVED.find(phrase)):
            yield Hit(phrase.where, f"“{words}” is not deleted", "say when the archive is deleted")


@RULES.rule(
    "L-EVENT-NO-FALLBACK",
    "error",
    title="A period that may never begin",
    explanation="""The period counts from an event, such as a delivery. Where the event never comes, the data never
    goes. Give `fallback`: how long the data is kept at most, from a moment that every row has.""",
    source="Art. 5(1)(e) GDPR",
)
def event_without_fallback(case: Case) -> Iterator[Hit]:
    for name, category in case.manifest.categories.items():
        kept = retention_of(category)
        timed = kept.at_most not in (None, "unstated") or kept.at_most_by_plan or kept.at_most_by_jurisdiction
        event = kept.from_ is not None and kept.from_ not in EVERY_ROW_HAS and not kept.while_active
        if timed and event and kept.fallback is None:
            message = f"if `{kept.from_}` never comes, this is never deleted"
            yield Hit(f"categories.{name}.retention.from", message, 'add `fallback = { at_most = "P30D" }`')


@RULES.rule(
    "L-ACTIVE-FALLBACK",
    "error",
    title="An active account that goes by a fallback",
    explanation="""The data is kept while the account is active, and `fallback` promises an end where the account never
    ends: that is an account in use. Retention keeps it, and the published sentence is untrue. Remove `fallback`, or
    count from the last use instead of `while_active`.""",
    source="Art. 5(1)(a) and 12(1) GDPR",
)
def active_with_fallback(case: Case) -> Iterator[Hit]:
    for name, category in case.manifest.categories.items():
        kept = retention_of(category)
        if kept.while_active and kept.fallback is not None:
            message = "an account that is in use would go by the fallback"
            yield Hit(f"categories.{name}.retention.fallback", message, "remove it, or count from the last use")


@RULES.rule(
    "L-MAY-DELETE",
    "warning",
    title="Deletion that may or may not happen",
    explanation="""That data may be deleted is no promise to delete it: the words leave it open whether, and who
    decides. Say that it is deleted, and when.""",
    source="Art. 12(1) GDPR; Article 29 Working Party, WP260 rev.01, par. 13 (2018-04-11)",
)
def may_delete(case: Case) -> Iterator[Hit]:
    return _in_retention(case, _MAY_DELETE, "say that it is deleted, and when")


@RULES.rule(
    "L-HEDGE",
    "warning",
    title="A period that usually holds",
    explanation="""Words such as “typically” take back the period that they stand beside: nobody can tell in which
    cases it does not hold. State the rule, and its exceptions if there are any.""",
    source="Art. 12(1) GDPR; Article 29 Working Party, WP260 rev.01, par. 12-13 (2018-04-11)",
)
def hedged(case: Case) -> Iterator[Hit]:
    return _in_retention(case, _HEDGED, "state the rule, and its exceptions")


def _in_retention(case: Case, pattern: Pattern, hint: str) -> Iterator[Hit]:
    for phrase in case.phrases:
        if phrase.section == "retention" and (words := pattern.find(phrase)):
            yield Hit(phrase.where, f"it says “{words}”", hint)


@RULES.rule(
    "L-BACKUP-GAP",
    "warning",
    title="Deletion that is silent about backups",
    explanation="""Data that is deleted lives on in the backups until they expire. A policy that promises deletion
    without a word on backups promises too much. Say in `[backups]` how long one is kept, or in a statement on
    retention that there are none.""",
    source="Art. 12(1) and 17 GDPR; ICO, Right to erasure, on backups",
)
def backup_gap(case: Case) -> Iterator[Hit]:
    backups, rights = case.manifest.backups, case.manifest.rights
    said = any(p.section in ("retention", "rights") and _BACKUP.find(p) for p in case.phrases)
    if said or (backups is not None and backups.keep != "unstated"):
        return
    if backups is not None:
        yield Hit(
            "backups.keep", "backups are made, but nothing says how long erased data stays in them", "give `keep`"
        )
    elif rights is not None and "erasure" in rights:
        hint = "add `[backups]` with `keep`, or a statement on retention that there are none"
        yield Hit("rights.erasure", "deletion is offered, and nothing is said about backups", hint)


@RULES.rule(
    "L-EVIDENCE-RETENTION",
    "warning",
    title="Logs go before the proof is needed",
    explanation="""A ceiling on logs also takes the records that show that a consent was given or a request was
    answered. Keep these apart: a category of the kind `evidence` that holds keyed references only, with a legal basis
    and a period of its own, and stands in the record of processing.""",
    source="Art. 5(2), 7(1) and 30 GDPR",
)
def evidence_retention(case: Case) -> Iterator[Hit]:
    categories = case.manifest.categories
    if _kinds(case, "evidence"):
        return
    for name in _kinds(case, "log"):
        ceiling = retention_of(categories[name]).at_most
        if ceiling not in (None, "unstated"):
            message = f"after {ceiling} nothing is left that shows how requests and consents were handled"
            yield Hit(f"categories.{name}.retention.at_most", message, "add a category of the kind `evidence`")


def _kinds(case: Case, kind: Literal["log", "evidence"]) -> list[str]:
    return [name for name, category in case.manifest.categories.items() if category.kind == kind]
