"""Scripts, frames and pieces of a page that wait for consent, as a template's tags write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from consentguard.consent import ConsentError
from consentguard.consent.wording import Wording
from consentguard.errors import ConsentGuardError
from consentguard.site import Site
from consentguard.web.consent.banner import Render, nonce_attribute
from consentguard.web.languages import direction
from consentguard.web.links import Html
from consentguard.web.messages import UrlFor
from consentguard.words import N_

TEMPLATE = "consentguard/frame.html"
TEXT = N_("This is content of {source}. When it is shown, {source} learns that you are here.")
SHOW = N_("Show it")
LEAVE = N_("Open it at {source}")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)


class MarkupError(ConsentGuardError):
    """A tag was given what is no attribute of an element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the template shows. `attributes` are those of the frame, as HTML; while it waits, it has no `src`."""

    name: str
    src: str
    title: str
    attributes: Html
    waits: bool
    stylesheet: str
    nonce: str
    language: str
    direction: str
    text: str
    show: str
    leave: str


def script(site: Site, name: str, src: str, nonce: str = "", attributes: Mapping[str, object] | None = None) -> Html:
    """A script of another address that runs once `name` is allowed: a purpose, or a service of `[cookies]`.

    Raises ConsentError for a name that the policy does not have, and MarkupError.
    """
    given = dict(attributes or {})
    if not waits(site, name):
        return Html(f'<script src="{escape(src)}"{nonce_attribute(nonce)}{_written(given)}></script>')
    if kind := given.pop("type", ""):
        given["data-type"] = kind
    gate = f'type="text/plain" data-consent="{name}" data-src="{escape(src)}"'
    return Html(f"<script {gate}{nonce_attribute(nonce)}{_written(given)}></script>")


def piece(site: Site, name: str, content: str) -> Html:
    """A piece of a page that is there once `name` is allowed, and inert before. Raises ConsentError."""
    return Html(f'<template data-consent="{name}">{content}</template>' if waits(site, name) else content)


def frame(
    site: Site,
    name: str,
    src: str,
    title: str,
    *,
    language: str,
    url_for: UrlFor,
    render: Render,
    nonce: str = "",
    attributes: Mapping[str, object] | None = None,
) -> Html:
    """A frame that loads once `name` is allowed, and in its place who it is from, a button, and a link.

    Raises ConsentError for a name that the policy does not have, and MarkupError.
    """
    wording = Wording(site.policy.manifest, language)
    source = _source(site, wording, name, src)
    page = Frame(
        name=name,
        src=src,
        title=title,
        attributes=Html(_written(attributes or {})),
        waits=waits(site, name),
        stylesheet=url_for("static", path="frame.css"),
        nonce=nonce,
        language=language,
        direction=direction(language),
        text=wording.say(TEXT, source=source),
        show=wording.say(SHOW),
        leave=wording.say(LEAVE, source=source),
    )
    return Html(render(TEMPLATE, page, language))


def waits(site: Site, name: str) -> bool:
    """Whether a purpose or service is one that visitors are asked about.

    Raises ConsentError for a name that the policy does not have, or that people agree to on a form: only the server
    knows about that.
    """
    purpose = site.consent_policy.purpose_of(name)
    if purpose in site.form_purposes:
        hint = "ask the request: privacy.allows"
        raise ConsentError(f"{name!r} is agreed to on a form, which no browser knows of", hint=hint)
    return purpose in site.consent_policy.purposes


def _source(site: Site, wording: Wording, name: str, src: str) -> str:
    """Who a frame is from: the provider of its service, else the host that it loads from, else the site itself."""
    known = wording.provider(name) if name in site.consent_policy.services else ""
    controller = site.policy.manifest.controller
    return known or urlsplit(src).hostname or (controller.name if controller else src)


def _written(attributes: Mapping[str, object]) -> str:
    return "".join(_attribute(name, value) for name, value in attributes.items() if value not in (None, False))


def _attribute(name: str, value: object) -> str:
    written = name.rstrip("_").replace("_", "-")
    if not _ATTRIBUTE.fullmatch(written):
        raise MarkupError(f"{name!r} is no attribute of an element", hint="letters, digits and hyphens")
    return f" {written}" if value is True else f' {written}="{escape(str(value))}"'
