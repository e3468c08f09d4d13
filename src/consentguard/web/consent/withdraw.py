"""The page on which somebody takes back what they agreed to, by nothing but the number of their receipt."""

from __future__ import annotations

from typing import Literal

from consentguard.consent import ConsentError
from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.records import EVERYONE
from consentguard.site import Site
from consentguard.web.consent.decisions import asks, decide
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import N_, spoken

LIMIT = "60/hour"
"""How often one client may send a number: nobody finds one by trying, and many people share an address."""
NUMBER = 32
BUTTON = N_("Take back everything I agreed to")
COMPONENT = "receipt"
Problem = Literal["unknown", "of a browser", "nothing"]
_ERRORS: dict[Problem, str] = {
    "unknown": N_("There is no receipt with this number. It has 32 digits, from 0 to 9 and from a to f."),
    "of a browser": N_(
        "This is the choice of another browser, made by somebody who was not signed in: that browser alone keeps it. "
        "Open this site there, and refuse in your privacy choices."
    ),
    "nothing": N_("This receipt agrees to nothing, so there is nothing to take back."),
}


def withdraw(guard: Guard, inbound: Inbound) -> Outbound:
    """GET asks for the number of a receipt; POST takes back what it agreed to, and leads to a page that says so.

    Where the receipt is of this browser's own choice, the browser refuses from now on as well.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    if inbound.method != "POST":
        return _page(guard, inbound, language)
    outcome = _taken_back(guard, inbound, language)
    if isinstance(outcome, str):
        return _page(guard, inbound, language, outcome)
    done = f"{inbound.url_for('withdraw', **inbound.params)}?done=1"
    return Outbound(status=303, redirect=done, cookies=outcome, private=True)


def can_withdraw(site: Site) -> bool:
    """Whether the policy asks anybody for consent, in a browser or on a form."""
    return asks(site) or bool(site.form_purposes)


def _taken_back(guard: Guard, inbound: Inbound, language: str) -> tuple[Cookie, ...] | Problem:
    """The cookies to set, or what was wrong with the number; it is never told back."""
    number = inbound.value("receipt").lower()
    record = guard.consent.find(number)
    if record is None:
        return "unknown"
    if not record.accepted:
        return "nothing"
    kept = guard.cookies.choice(inbound.cookies.get(CHOICE))
    try:
        own = kept is not None and kept.record == number
        cookies = _refused_here(guard, inbound, language, number) if own else ()
        subject = inbound.subject() if own else None
        if not own or record.subject not in (EVERYONE, guard.pseudonyms.of(subject) if subject else EVERYONE):
            guard.consent.withdraw_receipt(number, component=COMPONENT, language=language)
    except ConsentError:
        return "of a browser"
    return cookies


def _refused_here(guard: Guard, inbound: Inbound, language: str, number: str) -> tuple[Cookie, ...]:
    """The refusal of this browser: one record, however often the form is sent."""
    _, cookies = decide(
        guard, inbound, (), policy="", method="withdraw", component=COMPONENT, language=language, nonce=number
    )
    return cookies


def _page(guard: Guard, inbound: Inbound, language: str, problem: Problem | None = None) -> Outbound:
    say = spoken(language).say
    number = Field(
        id="receipt",
        name="receipt",
        label=say("Number of the receipt"),
        hint=say("It stands on the receipt that you were given, and on the page where you downloaded it."),
        error=say(_ERRORS[problem]) if problem else "",
        max_length=NUMBER,
    )
    choices = Link(
        url=inbound.url_for("preferences", **inbound.params), label=title_of("preferences", language), language=language
    )
    return show(
        guard,
        inbound,
        "withdraw",
        language,
        say("Take back your consent"),
        status=422 if problem else 200,
        notice=say("What you agreed to is taken back.") if "done" in inbound.query else "",
        lead=(say("You can take back your consent at any time. What was done until then stays lawful."),),
        forms=(
            Form(
                action=inbound.url_for("withdraw", **inbound.params),
                fields=(number,),
                buttons=(Option(value="withdraw", label=say(BUTTON)),),
            ),
        ),
        onward=(choices,) if asks(guard.site) else (),
    )


ROUTES = (Route(name="withdraw", path="withdraw", endpoint=withdraw, enabled=can_withdraw, methods=FORM, limit=LIMIT),)
