"""The pages that show a published document, with everything a template needs ready-made: text, links, direction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

from consentguard.guard import Guard
from consentguard.manifest.vocabulary import RightName
from consentguard.publish.document import Document
from consentguard.rights import offered
from consentguard.site import Kind, Site
from consentguard.web.frame import Frame, frame, language_of
from consentguard.web.links import Html, Link, language_links
from consentguard.web.messages import Inbound, Outbound, UrlFor
from consentguard.web.routes import Route
from consentguard.words import words

FRESH_FOR = 300
"""Seconds that a page may be shown again without asking: a mended policy is seen within minutes."""
MOST_ADDRESSES = 64
"""Pages kept for each site: one per kind and language, and for each prefix under which a proxy shows the site."""

_made: WeakKeyDictionary[Site, dict[str, tuple[Document, Page]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Frame):
    """What the templates show. While the policy is not published it is a draft, which search engines are asked to leave
    alone.
    """

    kind: Kind
    article: Html
    onward: tuple[Link, ...] = ()


def answer(kind: Kind, guard: Guard, inbound: Inbound) -> Outbound:
    """A page in the language of its path, or in the visitor's; 404 for a language that the site does not have."""
    site = guard.site
    language = language_of(site, inbound)
    if language is None:
        return Outbound(status=404)
    return Outbound(
        template="consentguard/page.html",
        page=page(site, kind, language, inbound.url_for),
        language=language,
        headers={
            "Content-Language": language,
            "Cache-Control": f"public, max-age={FRESH_FOR}, must-revalidate",
        },
        vary=() if "language" in inbound.params else ("Accept-Language",),
    )


def page(site: Site, kind: Kind, language: str, url_for: UrlFor) -> Page:
    """The view model of one page, made anew when its document is, or when it stands at another address."""
    document, address = site.document(kind, language), url_for(kind, language=language)
    made = _made.setdefault(site, {})
    known = made.get(address)
    if known and known[0] is document:
        return known[1]
    if address not in made and len(made) >= MOST_ADDRESSES:
        made.clear()
    new = _page(site, kind, document, url_for)
    made[address] = document, new
    return new


def _page(site: Site, kind: Kind, document: Document, url_for: UrlFor) -> Page:
    language = document.language
    in_each = language_links(site, kind, url_for, current=language)
    around = frame(site, language, url_for, document.title, languages=in_each, current=kind)
    around["draft"] = bool(document.draft)
    onward = tuple(_onward(site, language, url_for)) if kind == "deletion" else ()
    return Page(**around, kind=kind, article=Html(site.article(kind, language)), onward=onward)


def _onward(site: Site, language: str, url_for: UrlFor) -> Iterator[Link]:
    """From the page on deletion to the form, and for who has an account to the page of their data."""
    say = words(language).say
    right: RightName = "erasure"
    if right in offered(site.policy.manifest):
        url = url_for("ask", language=language, right=right)
        yield Link(url=url, label=say("Ask us to delete your data"), language=language)
    stated = dict((site.policy.manifest.rights or {}).items()).get(right)
    if stated and "account" in stated.channels:
        url = url_for("account_right", language=language, right=right)
        yield Link(url=url, label=say("Sign in and delete your account"), language=language)


def _route(kind: Kind, path: str, *, first: bool = False) -> Route:
    return Route(
        name=kind,
        first=first,
        path=path,
        endpoint=partial(answer, kind),
        enabled=lambda site: kind in site.kinds(),
    )


ROUTES = (
    _route("policy", "policy", first=True),
    _route("cookies", "cookies"),
    _route("deletion", "data-deletion"),
)
