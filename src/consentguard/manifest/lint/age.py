"""Age: no lower than the law where the policy says that it applies."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.law import places_in, regions_of
from consentguard.law.ages import AgeLimit, age_limit
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook
from consentguard.manifest.schema import Purpose

RULES = Rulebook()


@RULES.rule(
    "L-AGE-BELOW-LAW",
    "warning",
    title="An age below the one at which people can consent",
    explanation="""The policy lets people in from an age at which, in a country where it applies, the law does not let
    them consent alone; and there a purpose of the policy rests on consent. Such a consent is not valid unless a parent
    or guardian gives it. Raise the age, or let it follow the law of each visitor's place: `by_jurisdiction`, with your
    own number as `at_least`. Only countries whose law the table of ages knows are judged.""",
    source="Art. 8(1) GDPR and the laws that lower its age; 15 U.S.C. 6501 ff.; the table of ages in the reference",
)
def below_law(case: Case) -> Iterator[Hit]:
    rule = case.manifest.age
    if rule is None or not isinstance(rule.threshold, int):
        return
    higher = sorted(
        (row.threshold, place, row) for place, row in _limits(case).items() if row.threshold > rule.threshold
    )
    if higher:
        strictest = higher[-1][2]
        places = "; ".join(f"{age} in {', '.join(_of(higher, age))}" for age in sorted({age for age, *_ in higher}))
        message = f"{rule.threshold} is below the age of consent: {places} ({strictest.source})"
        hint = f'say {strictest.threshold}, or `threshold = "by_jurisdiction"` and `at_least = {rule.threshold}`'
        yield Hit("age.threshold", message, hint)


def _of(rows: list[tuple[int, str, AgeLimit]], age: int) -> list[str]:
    return [place for years, place, _ in rows if years == age]


def _limits(case: Case) -> dict[str, AgeLimit]:
    """The law of each place where the policy applies and rests on consent, as far as it is known."""
    controller = case.manifest.controller
    home = [controller.country] if controller and controller.country != "unstated" else []
    regions = [region for _, applied in case.regimes.values() for region in applied.applies] + home
    places = dict.fromkeys(place for region in regions for place in places_in(region, case.today))
    known = ((place, age_limit(place, case.today)) for place in places if _rests_on_consent(case, place))
    return {place: row for place, row in known if row is not None}


def _rests_on_consent(case: Case, place: str) -> bool:
    around = (*regions_of(place, case.today), "default")
    return any(_basis(purpose, around) == "consent" for purpose in case.manifest.purposes.values())


def _basis(purpose: Purpose, around: tuple[str, ...]) -> str:
    if isinstance(purpose.basis, str):
        return purpose.basis
    return next((purpose.basis[region] for region in around if region in purpose.basis), "unstated")
