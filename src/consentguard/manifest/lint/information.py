"""What a policy has to say by law: sections, legal bases, and the items of Art. 13 GDPR that policies forget."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from consentguard.law import Law, regions_of
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import Purpose, Regime
from consentguard.manifest.vocabulary import LegalBasis

RULES = Rulebook()

_SECTIONS = {
    "controller": "controller",
    "categories": "data",
    "purposes": "purposes",
    "recipients": "sharing",
    "rights": "rights",
}
"""Items that are a whole section of the manifest; a statement of the given section may stand for it."""


def basis_in(case: Case, purpose: Purpose, region: str) -> LegalBasis:
    """The legal basis of a purpose in a region: the narrowest one that is given, else the default."""
    if isinstance(purpose.basis, str):
        return purpose.basis
    keys = (*regions_of(region, case.today), "default")
    return next((purpose.basis[key] for key in keys if key in purpose.basis), "unstated")


@RULES.rule(
    "L-SECTION-MISSING",
    "error",
    title="A section is missing",
    explanation="""A law that the policy declares asks it to say who is responsible, what is collected and why, who
    receives it and which rights people have. One of these sections is not there. Where there is nothing to list, such
    as no recipients at all, say so in a statement of that section.""",
    source="Art. 13(1)-(2) GDPR; Cal. Civ. Code 1798.130(a)(5); s. 29 Kenya Data Protection Act 2019",
)
def section_missing(case: Case) -> Iterator[Hit]:
    stated = {statement.section for statement in case.manifest.statements}
    for item, article in _items(case).items():
        if item in _SECTIONS and not getattr(case.manifest, item) and _SECTIONS[item] not in stated:
            yield Hit(item, f"the policy has no `[{item}]` ({article})", "add the section")


def _items(case: Case) -> dict[str, str]:
    """Every item that a declared regime asks for, with the article of the first that does."""
    items: dict[str, str] = {}
    for law, _ in case.regimes.values():
        for item, article in law.information.items():
            items.setdefault(item, f"{law.title}, {article}")
    return items


@RULES.rule(
    "L-BASIS-MISSING",
    "error",
    title="A purpose with no legal basis",
    explanation="""Data may be used only on a legal basis, and people must be told which. Give each purpose its
    `basis`, by region where it differs: consent, contract, legal obligation, vital interests, public task or
    legitimate interests.""",
    source="Art. 6(1) and 13(1)(c) GDPR",
)
def basis_missing(case: Case) -> Iterator[Hit]:
    for name, purpose in case.manifest.purposes.items():
        for region in _regions_that_ask(case, "legal_basis"):
            if basis_in(case, purpose, region) == "unstated":
                yield Hit(
                    f"purposes.{name}.basis", f"no legal basis is stated for {region}", 'such as `basis = "contract"`'
                )


def _regions_that_ask(case: Case, item: str) -> list[str]:
    asking = (applied.applies for law, applied in case.regimes.values() if item in law.information)
    return list(dict.fromkeys(region for applies in asking for region in applies))


@RULES.rule(
    "L-LI-BALANCING",
    "error",
    title="Legitimate interests that nobody weighed",
    explanation="""Legitimate interests are a basis only where people's interests and rights do not weigh more. That
    has to be weighed and written down before, and people can ask for it. Write the balancing test and name the
    document in `balancing`, or choose another basis.""",
    source="Art. 6(1)(f), 13(1)(d) and 21 GDPR; EDPB Guidelines 1/2024, version for consultation (2024-10-08)",
)
def balancing(case: Case) -> Iterator[Hit]:
    for name, purpose in case.manifest.purposes.items():
        bases = [purpose.basis] if isinstance(purpose.basis, str) else purpose.basis.values()
        if "legitimate_interests" in bases and not purpose.balancing:
            message = "it rests on legitimate interests, and no balancing test is named"
            yield Hit(f"purposes.{name}.basis", message, 'add `balancing = "docs/balancing.md"`')


@RULES.rule(
    "L-ART13-MISSING",
    "error",
    title="Information that the law asks for is missing",
    explanation="""Policies commonly forget to say that people can complain to a supervisory authority, whether
    decisions are automated, whether there is a data protection officer and a representative, whether data must be
    given, and that consent can be withdrawn. Each has a key of its own. Where there is none, say `none`.""",
    source="Art. 13(1)(a)-(b), 13(2)(c)-(f) and 27 GDPR; Article 29 Working Party, WP260 rev.01, annex (2018-04-11)",
)
def art13_missing(case: Case) -> Iterator[Hit]:
    seen: set[str] = set()
    for law, applied in case.regimes.values():
        for item, article in law.information.items():
            hit = _CHECKS[item](case, law, applied) if item in _CHECKS else None
            if hit and hit.where not in seen:
                seen.add(hit.where)
                yield hit._replace(message=f"{hit.message} ({law.title}, {article})")


def _complaint(case: Case, _: Law, applied: Regime) -> Hit | None:
    given = case.manifest.complaints
    if all("default" in given or set(regions_of(region, case.today)) & set(given) for region in applied.applies):
        return None
    return Hit(
        "complaints",
        "no authority to complain to is named",
        "add `[complaints.EEA]` with `name`, or `[complaints.default]`",
    )


def _automated(case: Case, _: Law, __: Regime) -> Hit | None:
    silent = case.manifest.automated_decisions == "unstated"
    hint = 'say `automated_decisions = "none"`, or what is decided and how'
    return Hit("automated_decisions", "nothing is said about automated decisions", hint) if silent else None


def _dpo(case: Case, _: Law, __: Regime) -> Hit | None:
    controller = case.manifest.controller
    silent = controller is None or controller.dpo == "unstated"
    hint = 'say `dpo = "none"`, or how to reach them'
    return Hit("controller.dpo", "nothing is said about a data protection officer", hint) if silent else None


def _representative(case: Case, law: Law, applied: Regime) -> Hit | None:
    controller = case.manifest.controller
    at_home = controller is not None and law.home in regions_of(controller.country, case.today)
    named = set(controller.representatives) if controller else set()
    wanted = {law.home, *applied.applies}
    if at_home or wanted & {region for name in named for region in regions_of(name, case.today)}:
        return None
    hint = f"add `[controller.representatives.{law.home}]`"
    return Hit(f"controller.representatives.{law.home}", f"no representative in {law.home} is named", hint)


def _withdrawal(case: Case, _: Law, applied: Regime) -> Hit | None:
    rights, purposes = case.manifest.rights, case.manifest.purposes.values()
    on_consent = any(basis_in(case, purpose, region) == "consent" for purpose in purposes for region in applied.applies)
    if not on_consent or not rights or "withdrawal" in rights:
        return None
    return Hit("rights.withdrawal", "data is used on consent, and nothing says that it can be withdrawn", "add it")


def _required(case: Case, _: Law, __: Regime) -> Hit | None:
    """Only of data that people give: what a device or somebody else sends, nobody can be obliged to provide."""
    asked = {
        name: one for name, one in case.manifest.categories.items() if not one.sources or _GIVEN & set(one.sources)
    }
    silent = [name for name, category in asked.items() if category.required == "unstated"]
    message = f"nothing says whether these must be given: {', '.join(silent)}"
    return Hit("categories", message, "set `required` on each: contract, law or optional") if silent else None


_GIVEN = {"you", "user"}
"""The sources that stand for the person concerned."""

_CHECKS: dict[str, Callable[[Case, Law, Regime], Hit | None]] = {
    "complaint": _complaint,
    "automated_decisions": _automated,
    "dpo": _dpo,
    "representative": _representative,
    "withdrawal": _withdrawal,
    "required": _required,
}
"""Items that one key of the manifest states; the others have a rule of their own."""
