"""`{% load consentguard %}`: what a site's own templates ask for: links, the banner, and what waits for consent."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language

from consentguard.site import Site
from consentguard.web import notice
from consentguard.web.consent import banner, gated
from consentguard.web.links import Html, Links, page_links
from consentguard_django import conf
from consentguard_django.middleware import privacy_of
from consentguard_django.views import url_for

register = template.Library()


@register.simple_tag
def privacy_links() -> Links:
    """The links in the current language, else in the site's first.

    `{% privacy_links %}` writes a list; `{% privacy_links as links %}` leaves the markup to the template, which
    loops over `link.url` and `link.label`.
    """
    site = conf.site()
    return page_links(site, _language(site), url_for)


@register.simple_tag(takes_context=True)
def consent_head(context: Context, language: str = "", nonce: str = "") -> Html:
    """`{% consent_head %}`, in the head before any other script: what keeps the site to the visitor's choice."""
    site = conf.site()
    return banner.head(site, _language(site, language), url_for, nonce or _nonce(context))


@register.simple_tag(takes_context=True)
def consent_banner(context: Context, language: str = "") -> Html:
    """`{% consent_banner %}`, first in the body: asks those who have not chosen."""
    site = conf.site()
    here = getattr(context.get("request"), "path", "")
    return banner.banner(site, _language(site, language), url_for, _rendered, here)


@register.simple_tag(takes_context=True)
def consent_script(context: Context, name: str, src: str, nonce: str = "", **attributes: object) -> Html:
    """`{% consent_script "analytics" src="/static/stats.js" %}`: a script that runs once its purpose, or service, is
    allowed. Raises ConsentError for a name that the policy does not have.
    """
    return gated.script(conf.site(), name, src, nonce or _nonce(context), attributes)


@register.simple_tag(takes_context=True)
def consent_frame(
    context: Context, name: str, src: str, title: str, language: str = "", nonce: str = "", **attributes: object
) -> Html:
    """`{% consent_frame "video" src="https://..." title="..." width="560" height="315" %}`: a frame that loads once
    it is allowed, and in its place a button that allows it. Raises ConsentError as above.
    """
    site = conf.site()
    return gated.frame(
        site,
        name,
        src,
        title,
        language=_language(site, language),
        url_for=url_for,
        render=_rendered,
        nonce=nonce or _nonce(context),
        attributes=attributes,
    )


@register.simple_block_tag(end_name="endconsent")
def consent(content: str, name: str) -> Html:
    """`{% consent "video" %}...{% endconsent %}`: a piece of the page that is there once it is allowed, and inert
    before. Raises ConsentError as above.
    """
    return gated.piece(conf.site(), name, content)


@register.simple_tag
def privacy_notice(purpose: str, language: str = "") -> Html:
    """`{% privacy_notice "newsletter" %}`, beside a form: what its data is for, on which basis, who gets it, for how
    long, and how to end it. Raises ConsentError for a purpose that the policy does not have.
    """
    site = conf.site()
    told = notice.notice(site, purpose, _language(site, language), url_for)
    return Html(_rendered(notice.TEMPLATE, told, told.language))


@register.simple_tag(takes_context=True)
def age_claim(context: Context) -> str:
    """`{% age_claim as age %}{% if age == "over" %}`: `over`, `under`, or nothing before the visitor has said it.

    A page that asks is one visitor's own, as caches are told. Needs the request in the context.
    """
    return privacy_of(context["request"]).age or ""


def _language(site: Site, language: str = "") -> str:
    """The language that was asked for, else the current one, else the site's first."""
    return banner.language_among(site, language, get_language() or "")


def _nonce(context: Context) -> str:
    """The nonce of the page's content security policy, as Django 6 or django-csp has it; empty where there is none."""
    request = context.get("request")
    nonce: Any = context.get("csp_nonce", getattr(request, "csp_nonce", None))
    return "" if nonce is None else str(nonce)


def _rendered(name: str, page: Any, language: str) -> str:
    with translation.override(language):
        return render_to_string(name, {"page": page})
