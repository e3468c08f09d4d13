"""The page of the browsers in which somebody gave a second factor: when, until when, and how to end one."""

from __future__ import annotations

from collections.abc import Sequence

from consentguard.cookies import FACTOR
from consentguard.records import FactorSession
from consentguard.web.links import Link
from consentguard.web.messages import Outbound
from consentguard.web.sheet import Field, Form, Option
from consentguard.web.twofactor.visit import Visit

END, END_ALL = "end", "end_all"
"""What the buttons of the forms answer."""


def devices_sheet(visit: Visit) -> Outbound:
    """The list; with the forms for who gave a second factor lately."""
    say, fresh = visit.speech.say, visit.verdict == "ok"
    found = visit.guard.sessions.of(visit.who) if visit.is_verified(visit.standing) else ()
    back = Link(url=visit.at("factor"), label=say("Second factor"), language=visit.language)
    again = visit.at("factor", again="1", next=visit.at("factor_devices"))
    ways = (Link(url=again, label=say("Give your second factor"), language=visit.language),)
    lead = say("In these browsers you gave your second factor. End one that you do not know, or no longer use.")
    return visit.show(
        "factor_devices",
        say("Your devices"),
        notice=say("It is ended.") if visit.inbound.query.get("done") == END and fresh else "",
        lead=(lead if found and fresh else say("Give your second factor to see your devices."),),
        forms=_forms(visit, found) if found and fresh else (),
        onward=(*(() if fresh and found else ways), back),
    )


def _forms(visit: Visit, found: Sequence[FactorSession]) -> tuple[Form, ...]:
    say, action = visit.speech.say, visit.at("factor_devices")
    options = tuple(
        Option(value=each.id, label=_name(visit, each), hint=_hint(visit, each), chosen=not number)
        for number, each in enumerate(found)
    )
    field = Field(id="device", name="device", kind="radio", label=say("Browser"), options=options)
    return (
        Form(action=action, fields=(field,), buttons=(Option(value=END, label=say("End it")),)),
        Form(action=action, buttons=(Option(value=END_ALL, label=say("End all, this one too")),)),
    )


def _name(visit: Visit, session: FactorSession) -> str:
    name = session.label or visit.speech.say("A browser")
    here = visit.guard.sessions.is_at(session, visit.inbound.cookies.get(FACTOR, ""))
    return visit.speech.say("{name} (this one)", name=name) if here else name


def _hint(visit: Visit, session: FactorSession) -> str:
    speech = visit.speech
    given = speech.say(
        "Given on {day}, last used on {seen}.", day=_day(visit, session), seen=speech.date(session.seen_on)
    )
    if not session.remembered:
        return given
    until = speech.say("Remembered until {day}.", day=speech.date(session.expires_at.date()))
    return f"{given} {until}"


def _day(visit: Visit, session: FactorSession) -> str:
    return visit.speech.date(session.verified_at.date())
