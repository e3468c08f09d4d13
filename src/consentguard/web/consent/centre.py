"""What the dialog of preferences shows: the same for every visitor, so that it may be kept; the script ticks boxes."""

from __future__ import annotations

from dataclasses import dataclass

from consentguard.consent.wording import Wording
from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.consent.choices import choices
from consentguard.web.consent.decisions import asks
from consentguard.web.frame import language_of
from consentguard.web.languages import direction
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Inbound, Outbound, UrlFor
from consentguard.web.pages import FRESH_FOR
from consentguard.web.routes import Route
from consentguard.web.sheet import Form
from consentguard.words import N_, spoken

LEAD = N_("Some uses of your data are yours to decide. You can change or take back your choice here at any time.")
SIGNAL = N_(
    "Your browser sends Global Privacy Control. Until you choose otherwise, we take that as a no to {purposes}."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """What the template shows. `signal` is for those whose browser sends Global Privacy Control, and `receipt` for
    those who have chosen: the script shows them.
    """

    language: str
    direction: str
    title: str
    lead: str
    signal: str
    close: str
    forms: tuple[Form, ...]
    links: tuple[Link, ...]
    receipt: Link


def centre(guard: Guard, inbound: Inbound) -> Outbound:
    """The dialog in the language of its path, or in the visitor's; 404 for a language that the site does not have."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    return Outbound(
        template="consentguard/centre.html",
        page=_page(guard.site, language, inbound.url_for),
        language=language,
        headers={
            "Content-Language": language,
            "Cache-Control": f"public, max-age={FRESH_FOR}, must-revalidate",
            "X-Robots-Tag": "noindex",
        },
        vary=() if "language" in inbound.params else ("Accept-Language",),
    )


def signal_text(site: Site, language: str) -> str:
    """What Global Privacy Control refuses here; empty where it refuses nothing."""
    wording = Wording(site.policy.manifest, language)
    refused = [f"“{wording.purpose(name)}”" for name in site.consent_policy.purposes if name in site.refused_by_signal]
    return wording.say(SIGNAL, purposes=spoken(language).all_of(refused)) if refused else ""


def _page(site: Site, language: str, url_for: UrlFor) -> Centre:
    wording = Wording(site.policy.manifest, language)
    cookies = Link(
        url=url_for("cookies", language=language), label=wording.say("All cookies of this site"), language=language
    )
    return Centre(
        language=language,
        direction=direction(language),
        title=title_of("preferences", language),
        lead=wording.say(LEAD),
        signal=signal_text(site, language),
        close=wording.say("Close"),
        forms=(choices(site, language, url_for("preferences", language=language), field="cg-accepted", scripted=True),),
        links=(cookies,) if "cookies" in site.kinds() else (),
        receipt=Link(
            url=url_for("receipt", language=language), label=wording.say("Receipt of your choice"), language=language
        ),
    )


ROUTES = (Route(name="centre", path="centre", endpoint=centre, enabled=asks),)
