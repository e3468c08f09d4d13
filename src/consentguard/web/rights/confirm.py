"""The page of a mailed link: it shows what would be confirmed, and a button confirms it.

Whoever has the mailbox of somebody with a second factor, and not the factor, gets nowhere by it that matters.
"""

from __future__ import annotations

from consentguard.guard import Guard
from consentguard.records import RightsRequest
from consentguard.rights import COPIES, FactorNeededError
from consentguard.web.assurance import Browser
from consentguard.web.copies import STATUS_CODE
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.mailed import ask_factor
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights.offer import asks
from consentguard.web.rights.telling import EFFECTS, facts, particulars
from consentguard.web.sheet import Form, Option, show
from consentguard.words import Words, words


def confirm(guard: Guard, inbound: Inbound) -> Outbound:
    """GET says what the mailed link would confirm, and changes nothing; POST confirms and leads to the status."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, browser = words(language), Browser.of(guard, inbound)
    try:
        return (_confirmed if inbound.method == "POST" else _asked)(guard, inbound, w, browser)
    except FactorNeededError as error:
        here = inbound.url_for("confirm", **inbound.params)
        return ask_factor(guard, inbound, "confirm", w, browser, error.holders, here)


def _asked(guard: Guard, inbound: Inbound, w: Words, browser: Browser) -> Outbound:
    asked = guard.rights.peek(inbound.params["token"], browser.shown)
    return _question(guard, inbound, w, asked) if asked else nothing(guard, inbound, "confirm", w)


def _confirmed(guard: Guard, inbound: Inbound, w: Words, browser: Browser) -> Outbound:
    confirmed = guard.rights.confirm(inbound.params["token"], browser.shown)
    if confirmed is None:
        return nothing(guard, inbound, "confirm", w)
    params = {name: value for name, value in inbound.params.items() if name != "token"}
    known, code = confirmed
    return onward(guard, inbound, known, code, **params)


def onward(guard: Guard, inbound: Inbound, known: RightsRequest, code: str, **params: str) -> Outbound:
    """To the copy that was asked for, or else to the page of a request that is confirmed."""
    if known.right not in COPIES or not guard.rights.is_ready(known):
        return Outbound(status=303, redirect=inbound.url_for("status", **params, code=code), private=True)
    page = inbound.url_for("copy", **params, token=guard.exports.issue(known)[0])
    return Outbound(status=303, redirect=f"{page}?{STATUS_CODE}={code}", private=True)


def nothing(guard: Guard, inbound: Inbound, name: str, w: Words) -> Outbound:
    """The same for a token that is wrong, used or too old."""
    lead = w.say("It was used already, it is too old, or a part of it was lost on the way. Nothing was changed.")
    title = w.say("This link no longer works")
    return show(guard, inbound, name, w.language, title, status=404, lead=(lead,), onward=anew(guard, inbound, w))


def anew(guard: Guard, inbound: Inbound, w: Words) -> tuple[Link, ...]:
    """Where to ask again, where the site has such a page."""
    if not asks(guard.site):
        return ()
    url = inbound.url_for("request", language=w.language)
    return (Link(url=url, label=w.say("Make a new request"), language=w.language),)


def _question(guard: Guard, inbound: Inbound, w: Words, known: RightsRequest) -> Outbound:
    asked = particulars(guard.site.policy.manifest, w, guard.rights.means.details(known))
    return show(
        guard,
        inbound,
        "confirm",
        w.language,
        w.say("Confirm your request"),
        lead=(w.say(EFFECTS[known.right]),),
        facts=(*facts(w, known), *asked),
        forms=(
            Form(
                action=inbound.url_for("confirm", **inbound.params),
                buttons=(Option(value="confirm", label=w.say("Confirm")),),
            ),
        ),
    )
