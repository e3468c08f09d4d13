"""Cookies and other trackers: set with consent where the law asks for it, with a real choice and a known lifetime."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.lint.information import basis_in
from consentguard.manifest.lint.phrases import Pattern
from consentguard.manifest.lint.rulebook import Case, Hit, Rulebook

RULES = Rulebook()

_BY_BROWSER = Pattern(
    {
        "en": r"\b(?:control|manage|refuse|reject|disable|block|delete)\b[^.]*\bbrowser\b|\bbrowser settings\b",
        "es": r"\b(?:controlar|gestionar|administrar|rechazar|desactivar|bloquear|eliminar)\b[^.]*\bnavegador\b",
    }
)
_BY_SITE = Pattern(
    {
        "en": r"\bcookie (?:settings|preferences|page|banner)\b|\bpreference cent(?:re|er)\b|\bwithdraw\b",
        "es": r"\b(?:preferencias|configuración|página|aviso) de (?:las )?cookies\b|\bcentro de preferencias\b"
        r"|\bretirar\b",
    }
)


def _regions_with_consent(case: Case) -> list[str]:
    """Regions in which a declared regime lets nothing but essential trackers be set without consent."""
    return [place for law, applied in case.regimes.values() if law.trackers_need_consent for place in applied.applies]


@RULES.rule(
    "L-GA-CONSENT",
    "error",
    title="Analytics or marketing cookies without consent",
    explanation="""In the European Economic Area nothing may be stored on or read from a device without consent,
    unless it is strictly needed for what the visitor asked for. Legitimate interests are no basis for analytics
    cookies such as those of Google Analytics, anonymised or not. Set the basis of the cookie's purpose to `consent`
    there.""",
    source="Art. 5(3) Directive 2002/58/EC; CJEU C-673/17 Planet49 (2019-10-01); EDPB Guidelines 2/2023 (2024-10-07)",
)
def trackers_without_consent(case: Case) -> Iterator[Hit]:
    for name, cookie in (case.manifest.cookies or {}).items():
        purpose = case.manifest.purposes.get(cookie.purpose)
        for region in _regions_with_consent(case):
            basis = "unstated" if purpose is None else basis_in(case, purpose, region)
            if not cookie.essential and basis not in ("consent", "unstated"):
                message = f"it is not essential, and its purpose rests on {basis.replace('_', ' ')} in {region}"
                yield Hit(
                    f"cookies.{name}.purpose", message, f'give a purpose with `basis = {{ {region} = "consent" }}`'
                )


@RULES.rule(
    "L-COOKIE-BROWSER",
    "warning",
    title="No choice but the browser's settings",
    explanation="""The settings of a browser are neither a consent nor a way to withdraw one: they know nothing of
    purposes. Give visitors a page on the site on which they choose and change their mind, and name it; the browser's
    settings may be mentioned beside it.""",
    source="Art. 7(3) GDPR; Art. 5(3) Directive 2002/58/EC; EDPB Guidelines 05/2020, par. 89 (2020-05-04)",
)
def browser_only(case: Case) -> Iterator[Hit]:
    optional = any(not cookie.essential for cookie in (case.manifest.cookies or {}).values())
    on_site = {p.language for p in case.phrases if p.section == "cookies" and _BY_SITE.find(p)}
    if not optional or not _regions_with_consent(case):
        return
    for phrase in case.phrases:
        if phrase.section == "cookies" and phrase.language not in on_site and (words := _BY_BROWSER.find(phrase)):
            yield Hit(phrase.where, f"“{words}” is the only choice", "name the page of the site on which to choose")


@RULES.rule(
    "L-COOKIE-LIFETIME",
    "warning",
    title="A cookie with no lifetime",
    explanation="""Visitors must be told how long a cookie lasts and whether others can read it. Give `lifetime`:
    `session`, or a period such as `P13M`.""",
    source="Art. 13(2)(a) GDPR; CJEU C-673/17 Planet49, par. 75-81 (2019-10-01)",
)
def cookie_lifetime(case: Case) -> Iterator[Hit]:
    for name, cookie in (case.manifest.cookies or {}).items():
        if cookie.lifetime == "unstated":
            yield Hit(f"cookies.{name}.lifetime", "its lifetime is not stated", 'such as `lifetime = "P13M"`')
