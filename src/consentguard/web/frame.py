"""What every page shows around its content: the site's name, ways to the other pages, the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from consentguard.site import Site
from consentguard.web.languages import direction, negotiate
from consentguard.web.links import Html, Links, page_links
from consentguard.web.messages import Inbound, UrlFor
from consentguard.words import spoken

STYLESHEET = "pages.css"
NOWHERE = Links()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`site` is the controller's name; `links` lead to the privacy pages, `languages` to this one in another language,
    `alternates` say so to search engines. A page that is not for search engines is a `draft`.
    """

    language: str
    direction: str
    title: str
    site: str
    home: str
    stylesheet: str
    links: Links
    languages: Links
    alternates: Html
    skip_label: str
    links_label: str
    languages_label: str
    draft: bool

    @property
    def multilingual(self) -> bool:
        """Whether there is another language to choose."""
        return len(self.languages) > 1


def language_of(site: Site, inbound: Inbound) -> str | None:
    """The language that the path names, else the visitor's best; None for one that the site does not have."""
    languages = site.policy.manifest.site.languages
    named = inbound.params.get("language")
    language = named or negotiate(inbound.headers.get("Accept-Language", ""), languages)
    return language if language in languages else None


def frame(
    site: Site, language: str, url_for: UrlFor, title: str, *, languages: Links = NOWHERE, current: str = ""
) -> dict[str, Any]:
    """The fields of a Frame, to make a page of: `Sheet(**frame(...), lead=...)`; `current` is the page's route."""
    controller, say = site.policy.manifest.controller, spoken(language).say
    return {
        "language": language,
        "direction": direction(language),
        "title": title,
        "site": controller.name if controller else "",
        "home": url_for("home"),
        "stylesheet": url_for("static", path=STYLESHEET),
        "links": page_links(site, language, url_for, current),
        "languages": languages,
        "alternates": languages.alternates(),
        "skip_label": say("Skip to the text"),
        "links_label": say("Privacy pages"),
        "languages_label": say("Languages"),
        "draft": True,
    }
