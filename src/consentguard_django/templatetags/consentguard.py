"""`{% load consentguard %}`: links to the privacy pages for a site's own templates."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from consentguard.web.languages import lookup
from consentguard.web.links import Links, page_links
from consentguard_django import conf
from consentguard_django.views import url_for

register = template.Library()


@register.simple_tag
def privacy_links() -> Links:
    """The links in the current language, else in the site's first.

    `{% privacy_links %}` writes a list; `{% privacy_links as links %}` leaves the markup to the template, which
    loops over `link.url` and `link.label`.
    """
    site = conf.site()
    languages = site.policy.manifest.site.languages
    return page_links(site, lookup([get_language() or ""], languages) or languages[0], url_for)
