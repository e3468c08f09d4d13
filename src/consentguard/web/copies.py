"""The page of a copy: a link opens it, and a button downloads the copy, once."""

from __future__ import annotations

import re

from consentguard.exports import Delivery
from consentguard.guard import Guard
from consentguard.rights import COPIES, FactorNeededError, offered
from consentguard.site import Site
from consentguard.web.assurance import Browser
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.mailed import ask_factor
from consentguard.web.messages import File, Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Form, Option, show
from consentguard.words import words

DOWNLOADS = "60/hour"
ZIP = "application/zip"
STATUS_CODE = "request"
"""The part of the address that holds the code of the request's own page, where it is known."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def copy(guard: Guard, inbound: Inbound) -> Outbound:
    """GET offers the copy, and changes nothing; POST uses the link up and downloads it."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    token, browser = inbound.params["token"], Browser.of(guard, inbound)
    try:
        if inbound.method != "POST":
            ready = guard.exports.peek(token, browser.shown) is not None
            return _offer(guard, inbound, language) if ready else _gone(guard, inbound, language)
        delivery = guard.exports.for_token(token, browser.shown)
    except FactorNeededError as error:
        return ask_factor(guard, inbound, "copy", words(language), browser, error.holders, _here(inbound))
    return download(delivery) if delivery else _gone(guard, inbound, language)


def download(delivery: Delivery) -> Outbound:
    """A copy as it goes out: private, and never kept on the way."""
    return Outbound(file=File(content=delivery.chunks, name=delivery.name, media_type=ZIP), private=True)


def gives(site: Site) -> bool:
    """Whether the policy has a right that a copy answers, however it is asked for."""
    return any(name in COPIES for name, _ in (site.policy.manifest.rights or {}).items())


def _offer(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    w = words(language)
    return show(
        guard,
        inbound,
        "copy",
        language,
        w.say("Your copy is ready"),
        lead=(
            w.say("The copy is made while you download it, and we keep none. This link works once."),
            w.say("If the download breaks off, ask for a new link on the page of your request."),
        ),
        forms=(Form(action=_here(inbound), buttons=(Option(value="download", label=w.say("Download")),)),),
        onward=_status(inbound, language, asks=_asks(guard)),
    )


def _gone(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    """410, and the same for a link that was used, is too old, or never was one."""
    w = words(language)
    lead = w.say("It was used already, it is too old, or a part of it was lost on the way. Nothing was changed.")
    title = w.say("This link no longer works")
    return show(
        guard,
        inbound,
        "copy",
        language,
        title,
        status=410,
        lead=(lead,),
        onward=_status(inbound, language, asks=_asks(guard)),
    )


def _here(inbound: Inbound) -> str:
    """The page itself, with the code of the request's own where it is known."""
    here, code = inbound.url_for("copy", **inbound.params), _code(inbound)
    return f"{here}?{STATUS_CODE}={code}" if code else here


def _asks(guard: Guard) -> bool:
    return bool(offered(guard.site.policy.manifest))


def _status(inbound: Inbound, language: str, *, asks: bool) -> tuple[Link, ...]:
    """Where to go on: the page of the request, or the form for a new one."""
    w = words(language)
    if code := _code(inbound):
        url = inbound.url_for("status", language=language, code=code)
        return (Link(url=url, label=w.say("Your request"), language=language),)
    if not asks:
        return ()
    url = inbound.url_for("request", language=language)
    return (Link(url=url, label=w.say("Make a new request"), language=language),)


def _code(inbound: Inbound) -> str:
    """The code of the request's own page, as far as it can be one; anybody can write anything into an address."""
    code = inbound.query.get(STATUS_CODE, "")
    return code if _CODE.fullmatch(code) else ""


ROUTES = (Route(name="copy", path="copy/<token>", endpoint=copy, enabled=gives, methods=FORM, limit=DOWNLOADS),)
