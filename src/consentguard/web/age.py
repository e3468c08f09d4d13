"""The page that asks for a month and a year of birth, and what it says to those who are old enough or are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote, urlencode

from consentguard.age import AgeError
from consentguard.cookies import AGE
from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.safety import local_path
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import Words, words

Mistake = Literal["month", "year", "date"]
LIMIT = "10/hour"
"""How often one client may answer: whoever clears their cookies to try again comes to an end."""
_MONTH = re.compile(r"[1-9]|1[0-2]", re.ASCII)
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_DIGITS = 4


def screen(guard: Guard, inbound: Inbound) -> Outbound:
    """GET asks, or shows the outcome that holds already; POST keeps the outcome and leads back here.

    Whoever has an outcome is not screened again, whatever they type. Nothing on the page tells the threshold.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    standing = guard.age.standing(guard.cookies.age(inbound.cookies.get(AGE)), inbound.subject())
    if standing == "over":
        return _welcome(guard, inbound, language)
    if standing == "under":
        return _not_yet(guard, inbound, language)
    return _answered(guard, inbound, language) if inbound.method == "POST" else _question(guard, inbound, language)


def asks(site: Site) -> bool:
    """Whether the policy has ages screened."""
    age = site.policy.manifest.age
    return age is not None and age.mode == "screen"


def _answered(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    month, year = inbound.value("month"), inbound.value("year")
    if not _MONTH.fullmatch(month):
        return _question(guard, inbound, language, "month")
    if not _YEAR.fullmatch(year):
        return _question(guard, inbound, language, "year")
    try:
        claim = guard.age.screen(int(year), int(month), subject=inbound.subject())
    except AgeError:
        return _question(guard, inbound, language, "date")
    kept = guard.cookies.keep_age(claim)
    onward, here = _onward(inbound), inbound.url_for("age", **inbound.params)
    return Outbound(
        status=303,
        redirect=f"{here}?{urlencode({'next': onward})}" if onward else here,
        cookies=(Cookie(name=kept.name, value=kept.value, max_age=kept.max_age),),
        private=True,
    )


def _question(guard: Guard, inbound: Inbound, language: str, mistake: Mistake | None = None) -> Outbound:
    """The neutral form. Nothing is filled in but what was typed a moment ago."""
    speech, onward = words(language), _onward(inbound)
    say = speech.say
    form = Form(
        action=inbound.url_for("age", **inbound.params),
        fields=(_month(inbound, speech, mistake), _year(inbound, speech, mistake)),
        hidden={"next": onward} if onward else {},
        buttons=(Option(value="screen", label=say("Continue")),),
    )
    return show(
        guard,
        inbound,
        "age",
        language,
        say("When were you born?"),
        status=422 if mistake else 200,
        lead=(say("We look at what you say once and do not keep it; we keep only the result."),),
        forms=(form,),
    )


def _month(inbound: Inbound, speech: Words, mistake: Mistake | None) -> Field:
    typed, names = inbound.value("month"), speech.locale.months["stand-alone"]["wide"]
    months = (Option(value=str(n), label=names[n], chosen=typed == str(n)) for n in range(1, 13))
    return Field(
        id="month",
        name="month",
        label=speech.say("Month of birth"),
        kind="select",
        error=speech.say("Choose the month.") if mistake == "month" else "",
        autocomplete="bday-month",
        options=(Option(value="", label=speech.say("Choose")), *months),
    )


def _year(inbound: Inbound, speech: Words, mistake: Mistake | None) -> Field:
    errors = {
        "year": speech.say("Write the year in four digits."),
        "date": speech.say("Please check the month and the year."),
    }
    return Field(
        id="year",
        name="year",
        label=speech.say("Year of birth"),
        kind="number",
        value=inbound.value("year")[:_DIGITS],
        hint=speech.say("Four digits"),
        error=errors.get(mistake or "", ""),
        autocomplete="bday-year",
        max_length=_DIGITS,
    )


def _welcome(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    say = words(language).say
    way_on = Link(url=_onward(inbound) or inbound.url_for("home"), label=say("Continue"), language=language)
    return show(
        guard, inbound, "age", language, say("Thank you"), notice=say("You can go on from here."), onward=(way_on,)
    )


def _not_yet(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    """A kind word, and somebody to write to."""
    say = words(language).say
    return show(
        guard,
        inbound,
        "age",
        language,
        say("Not yet"),
        lead=(
            say("From what you told us, this part of the site is not for you yet. You have done nothing wrong."),
            say("We have not kept when you were born."),
            say("If something is not right, a parent or guardian can write to us."),
        ),
        onward=tuple(_ways_on(guard.site, inbound, language, say("Back to the first page"))),
    )


def _ways_on(site: Site, inbound: Inbound, language: str, home: str) -> Iterator[Link]:
    controller = site.policy.manifest.controller
    if controller and "@" in controller.contact:
        address = controller.contact
        yield Link(url=f"mailto:{quote(address, safe='@')}", label=address, language=language)
    yield Link(url=inbound.url_for("home"), label=home, language=language)


def _onward(inbound: Inbound) -> str:
    """Where the visitor was going: a path of this site, or nothing."""
    return local_path(inbound.value("next") or inbound.query.get("next", ""))


ROUTES = (Route(name="age", path="age", endpoint=screen, enabled=asks, methods=FORM, limit=LIMIT),)
