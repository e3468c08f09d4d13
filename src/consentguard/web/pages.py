"""The pages that show a published document, with everything a template needs ready-made: text, links, direction."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from consentguard.guard import Guard, Kind
from consentguard.publish.document import Document
from consentguard.web.languages import direction, negotiate
from consentguard.web.links import Html, Links, language_links, page_links
from consentguard.web.messages import Inbound, Outbound, UrlFor

STYLESHEET = "pages.css"
FRESH_FOR = 300
"""Seconds that a page may be shown again without asking: a mended policy is seen within minutes."""
MOST_ADDRESSES = 64
"""Pages kept for each guard: one per kind and language, and for each prefix under which a proxy shows the site."""

_made: WeakKeyDictionary[Guard, dict[str, tuple[Document, Page]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What the templates show. `site` is the controller's name; `links` lead to the pages, `languages` to this one's,
    `alternates` say so to search engines.

    `draft` is true while the policy is not published: search engines are asked to leave such a page alone.
    """

    kind: Kind
    language: str
    direction: str
    title: str
    site: str
    home: str
    article: Html
    draft: bool
    stylesheet: str
    links: Links
    languages: Links
    alternates: Html
    skip_label: str
    links_label: str
    languages_label: str

    @property
    def multilingual(self) -> bool:
        """Whether there is another language to choose."""
        return len(self.languages) > 1


def answer(kind: Kind, guard: Guard, inbound: Inbound) -> Outbound:
    """A page in the language of its path, or in the visitor's; 404 for a language that the site does not have."""
    languages = guard.policy.manifest.site.languages
    named = inbound.params.get("language")
    language = named or negotiate(inbound.headers.get("Accept-Language", ""), languages)
    if language not in languages:
        return Outbound(status=404)
    return Outbound(
        template="consentguard/page.html",
        page=page(guard, kind, language, inbound.url_for),
        language=language,
        headers={
            "Content-Language": language,
            "Cache-Control": f"public, max-age={FRESH_FOR}, must-revalidate",
        },
        vary=() if named else ("Accept-Language",),
    )


def page(guard: Guard, kind: Kind, language: str, url_for: UrlFor) -> Page:
    """The view model of one page, made anew when its document is, or when it stands at another address."""
    document, address = guard.document(kind, language), url_for(kind, language=language)
    made = _made.setdefault(guard, {})
    known = made.get(address)
    if known and known[0] is document:
        return known[1]
    if address not in made and len(made) >= MOST_ADDRESSES:
        made.clear()
    new = _page(guard, kind, document, url_for)
    made[address] = document, new
    return new


def _page(guard: Guard, kind: Kind, document: Document, url_for: UrlFor) -> Page:
    from consentguard.publish.words import words  # its dates and names of places are not loaded to start a site

    language = document.language
    in_each = language_links(guard, kind, url_for, current=language)
    controller, say = guard.policy.manifest.controller, words(language).say
    return Page(
        kind=kind,
        language=language,
        direction=direction(language),
        title=document.title,
        site=controller.name if controller else "",
        home=url_for("home"),
        article=Html(guard.article(kind, language)),
        draft=bool(document.draft),
        stylesheet=url_for("static", path=STYLESHEET),
        links=page_links(guard, language, url_for, current=kind),
        languages=in_each,
        alternates=in_each.alternates(),
        skip_label=say("Skip to the text"),
        links_label=say("Privacy pages"),
        languages_label=say("Languages"),
    )
