"""Links to a site's privacy pages, titled in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from consentguard.guard import Guard, Kind
from consentguard.web.languages import own_name
from consentguard.web.messages import UrlFor


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
        items = (f'<li><a href="{escape(link.url)}">{escape(link.label)}</a></li>' for link in self)
        return f'<ul class="consentguard-links">{"".join(items)}</ul>'

    __str__ = __html__


def page_links(guard: Guard, language: str, url_for: UrlFor, current: Kind | None = None) -> Links:
    """Links to every page that the policy has, in `language`."""
    return Links(
        Link(
            url=url_for(kind, language=language),
            label=guard.document(kind, language).title,
            language=language,
            current=kind == current,
        )
        for kind in guard.kinds()
    )


def language_links(guard: Guard, kind: Kind, url_for: UrlFor, current: str) -> Links:
    """Links to one page in each of the site's languages, each called by its own name."""
    return Links(
        Link(
            url=url_for(kind, language=language),
            label=own_name(language),
            language=language,
            current=language == current,
        )
        for language in guard.policy.manifest.site.languages
    )
