"""What an app's own templates write of consent: the banner, and what waits for it. Named as in Django's templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, g, render_template, request

from consentguard.site import Site
from consentguard.web import notice
from consentguard.web.consent import banner, gated
from consentguard.web.links import Html
from consentguard_flask.pages import SHOWN, guards, url_for


def consent_head(language: str = "", nonce: str = "") -> Html:
    """`{{ consent_head() }}`, in the head before any other script: what keeps the site to the visitor's choice."""
    site = _site()
    return banner.head(site, language_of_page(site, language), url_for, nonce)


def consent_banner(language: str = "") -> Html:
    """`{{ consent_banner() }}`, first in the body: asks those who have not chosen."""
    site = _site()
    here = f"{request.root_path}{request.path}"
    return banner.banner(site, language_of_page(site, language), url_for, _rendered, here)


def consent_script(name: str, src: str, nonce: str = "", **attributes: object) -> Html:
    """`{{ consent_script("analytics", src="/static/stats.js") }}`: a script that runs once its purpose, or service,
    is allowed. Raises ConsentError for a name that the policy does not have.
    """
    return gated.script(_site(), name, src, nonce, attributes)


def consent_frame(name: str, src: str, title: str, language: str = "", nonce: str = "", **attributes: object) -> Html:
    """`{{ consent_frame("video", src="https://...", title="...", width=560, height=315) }}`: a frame that loads once
    it is allowed, and in its place a button that allows it. Raises ConsentError as above.
    """
    site = _site()
    return gated.frame(
        site,
        name,
        src,
        title,
        language=language_of_page(site, language),
        url_for=url_for,
        render=_rendered,
        nonce=nonce,
        attributes=attributes,
    )


def consent(name: str, caller: Callable[[], str]) -> Html:
    """`{% call consent("video") %}...{% endcall %}`: a piece of the page that is there once it is allowed, and inert
    before. Raises ConsentError as above.
    """
    return gated.piece(_site(), name, caller())


def privacy_notice(purpose: str, language: str = "") -> Html:
    """`{{ privacy_notice("newsletter") }}`, beside a form: what its data is for, on which basis, who gets it, for how
    long, and how to end it. Raises ConsentError for a purpose that the policy does not have.
    """
    site = _site()
    told = notice.notice(site, purpose, language_of_page(site, language), url_for)
    return Html(_rendered(notice.TEMPLATE, told, told.language))


def attach(app: Flask) -> None:
    """Give them to the app's templates."""
    for each in (consent_head, consent_banner, consent_script, consent_frame, consent, privacy_notice):
        app.add_template_global(each)


def _site() -> Site:
    return guards().of(request).site


def language_of_page(site: Site, language: str) -> str:
    """The language that was asked for, else that of the privacy page around it, else the site's first."""
    return banner.language_among(site, language, g.get(SHOWN, ""))


def _rendered(name: str, page: Any, language: str) -> str:  # noqa: ARG001 - an app's own words are its own to choose
    return render_template(name, page=page)
