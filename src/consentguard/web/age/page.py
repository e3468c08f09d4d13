"""The page that asks for a month and a year of birth, or for a yes, and what it says to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from consentguard.guard import Guard
from consentguard.manifest.ages import asks_guardians
from consentguard.records import LET_IN
from consentguard.site import Site
from consentguard.web.age.asking import Answer, Client, Mistake, affirmed, answered, rule_of
from consentguard.web.age.words import DIGITS, Asked, asked, wait
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.safety import local_path
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import spoken

GUARDIAN = "guardian"
"""The name of the page where a parent or guardian consents, on a site that has one."""


def screen(guard: Guard, inbound: Inbound) -> Outbound:
    """GET asks, or shows the outcome that holds already; POST keeps the outcome and leads back here.

    Whoever has an outcome is not asked again, whatever they type. Of a `screen`, nothing on the page tells the age.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    client = Client.sending(guard, inbound)
    standing = client.standing()
    if standing in LET_IN:
        return _welcome(guard, inbound, language)
    if standing == "under":
        return not_yet(guard, inbound, language)
    if inbound.method != "POST":
        return _question(client, inbound, language)
    answer = _answer(client, inbound)
    if answer.mistake:
        return _question(client, inbound, language, answer.mistake)
    return _too_soon(guard, inbound, language, answer.wait) if answer.wait else _led_back(inbound, answer)


def not_yet(guard: Guard, inbound: Inbound, language: str, status: int = 200) -> Outbound:
    """A kind word, the way by which a guardian may consent, and somebody to write to."""
    say = spoken(language).say
    lead = [say("From what you told us, this part of the site is not for you yet. You have done nothing wrong.")]
    if rule_of(guard.site).mode == "screen":
        lead.append(say("We have not kept when you were born."))
    if _contact(guard.site):
        lead.append(say("If something is not right, a parent or guardian can write to us."))
    onward = tuple(_ways_on(guard.site, inbound, language))
    return show(guard, inbound, "age", language, say("Not yet"), status=status, lead=tuple(lead), onward=onward)


def ask_path(inbound: Inbound, language: str, onward: str) -> str:
    """Where the question is asked, and from where the visitor goes on; only a path of this site is followed."""
    here, way_on = inbound.url_for("age", language=language), local_path(onward)
    return f"{here}?{urlencode({'next': way_on})}" if way_on else here


def _answer(client: Client, inbound: Inbound) -> Answer:
    if rule_of(client.guard.site).mode == "attest":
        return affirmed(client, inbound.value("old_enough"))
    return answered(client, inbound.value("month"), inbound.value("year"))


def _led_back(inbound: Inbound, answer: Answer) -> Outbound:
    onward, here = _onward(inbound), inbound.url_for("age", **inbound.params)
    return Outbound(
        status=303,
        redirect=f"{here}?{urlencode({'next': onward})}" if onward else here,
        cookies=(answer.cookie,) if answer.cookie else (),
        private=True,
    )


def _question(client: Client, inbound: Inbound, language: str, mistake: Mistake | None = None) -> Outbound:
    """The form. Nothing is filled in but what was typed a moment ago."""
    guard, say, onward = client.guard, spoken(language).say, _onward(inbound)
    said = asked(language, guard.age.threshold(client.place))
    error: Mapping[Mistake, str] = {mistake: said.mistakes[mistake]} if mistake else {}
    attest = rule_of(guard.site).mode == "attest"
    form = Form(
        action=inbound.url_for("age", **inbound.params),
        fields=(_yes(said, error),) if attest else (_month(inbound, said, error), _year(inbound, said, error)),
        hidden={"next": onward} if onward else {},
        buttons=(Option(value="screen", label=say("Continue")),),
    )
    title = say("Are you old enough?") if attest else say("When were you born?")
    lead = () if attest else (say("We look at what you say once and do not keep it; we keep only the result."),)
    status = 422 if mistake else 200
    return show(guard, inbound, "age", language, title, status=status, lead=lead, forms=(form,))


def _yes(said: Asked, error: Mapping[Mistake, str]) -> Field:
    return Field(
        id="old-enough",
        name="old_enough",
        label=said.affirm,
        kind="radio",
        error=error.get("yes", ""),
        options=(Option(value="yes", label=said.yes), Option(value="no", label=said.no)),
    )


def _month(inbound: Inbound, said: Asked, error: Mapping[Mistake, str]) -> Field:
    typed = inbound.value("month")
    months = (replace(option, chosen=option.value == typed) for option in said.months)
    return Field(
        id="month",
        name="month",
        label=said.month,
        kind="select",
        error=error.get("month", ""),
        autocomplete="bday-month",
        options=(Option(value="", label=said.choose), *months),
    )


def _year(inbound: Inbound, said: Asked, error: Mapping[Mistake, str]) -> Field:
    return Field(
        id="year",
        name="year",
        label=said.year,
        kind="number",
        value=inbound.value("year")[:DIGITS],
        hint=said.year_hint,
        error=error.get("year") or error.get("date", ""),
        autocomplete="bday-year",
        max_length=DIGITS,
    )


def _welcome(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    say = spoken(language).say
    way_on = Link(url=_onward(inbound) or inbound.url_for("home"), label=say("Continue"), language=language)
    return show(
        guard, inbound, "age", language, say("Thank you"), notice=say("You can go on from here."), onward=(way_on,)
    )


def _too_soon(guard: Guard, inbound: Inbound, language: str, seconds: int) -> Outbound:
    """For whoever answers from where somebody was refused a short while ago: nothing of it is looked at."""
    page = show(
        guard,
        inbound,
        "age",
        language,
        spoken(language).say("Not yet"),
        status=429,
        notice=wait(language, seconds),
        notice_kind="problem",
        onward=tuple(_ways_on(guard.site, inbound, language)),
    )
    return replace(page, headers={**page.headers, "Retry-After": str(seconds)})


def _ways_on(site: Site, inbound: Inbound, language: str) -> Iterator[Link]:
    say = spoken(language).say
    if asks_guardians(site.policy.manifest):
        address = inbound.url_for(GUARDIAN, language=language)
        yield Link(url=address, label=say("Ask a parent or guardian to agree"), language=language)
    if contact := _contact(site):
        yield Link(url=f"mailto:{quote(contact, safe='@')}", label=contact, language=language)
    yield Link(url=inbound.url_for("home"), label=say("Back to the first page"), language=language)


def _contact(site: Site) -> str:
    """The address of the site, where the policy names one."""
    controller = site.policy.manifest.controller
    return controller.mailbox if controller else ""


def _onward(inbound: Inbound) -> str:
    """Where the visitor was going: a path of this site, or nothing."""
    return local_path(inbound.value("next") or inbound.query.get("next", ""))
