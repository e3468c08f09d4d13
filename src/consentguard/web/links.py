"""Links to a site's privacy pages, titled in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from consentguard.site import Form, Kind, Site
from consentguard.web.languages import own_name
from consentguard.web.messages import UrlFor
from consentguard.words import N_, spoken

_TITLES: Mapping[Form, str] = {"preferences": N_("Your privacy choices"), "request": N_("Ask about your data")}


class Html(str):
    """Text that is HTML already: `__html__` says so to both template engines, and neither escapes it again."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to a page: `language` is that of its label, `current` says that the reader is there."""

    url: str
    label: str
    language: str
    current: bool = False


class Links(tuple[Link, ...]):
    """Links that a template loops over, or puts on the page as they are: a list without any style."""

    __slots__ = ()

    def __html__(self) -> str:
        return f'<ul class="consentguard-links">{"".join(map(_item, self))}</ul>'

    def __str__(self) -> str:
        """The same, for Django's templates, which ask for `__html__` only what is a string already."""
        return Html(self.__html__())

    def alternates(self) -> Html:
        """The same for a page's head: each link leads to the page in another language."""
        links = (f'<link rel="alternate" hreflang="{link.language}" href="{escape(link.url)}">' for link in self)
        return Html("".join(links))


def _item(link: Link) -> str:
    current = ' aria-current="page"' if link.current else ""
    address = f'href="{escape(link.url)}" hreflang="{link.language}" lang="{link.language}"'
    return f"<li><a {address}{current}>{escape(link.label)}</a></li>"


def title_of(form: Form, language: str) -> str:
    """What the page of a form is called, and links to it."""
    return spoken(language).say(_TITLES[form])


def page_links(site: Site, language: str, url_for: UrlFor, current: str = "") -> Links:
    """Links to every page that the policy has, in `language`: its documents, then where visitors decide and ask."""
    titles: dict[Kind | Form, str] = {kind: site.document(kind, language).title for kind in site.kinds()}
    titles |= {form: title_of(form, language) for form in site.forms()}
    return Links(
        Link(url=url_for(name, language=language), label=title, language=language, current=name == current)
        for name, title in titles.items()
    )


def language_links(site: Site, name: str, url_for: UrlFor, current: str, **params: str) -> Links:
    """Links to one page in each of the site's languages, each called by its own name.

    `params` are the other parts of the page's path.
    """
    return Links(
        Link(
            url=url_for(name, **{**params, "language": language}),
            label=own_name(language),
            language=language,
            current=language == current,
        )
        for language in site.policy.manifest.site.languages
    )
