"""The page on which somebody who is signed in sees what they agreed to, and takes each of it back with one click."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consentguard.consent import ConsentError
from consentguard.consent.wording import Wording
from consentguard.guard import Guard
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.web.consent.decisions import asks, choice_of, decide, place_of
from consentguard.web.consent.withdraw import can_withdraw
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Fact, Form, Option, show
from consentguard.words import N_, spoken

COMPONENT = "agreements"
LIMIT = "600/hour"
"""How often one client may send the form: nobody may be kept from taking back what they agreed to."""
TITLE = N_("What you agreed to")


def agreements(guard: Guard, inbound: Inbound) -> Outbound:
    """GET lists what somebody agrees to now; POST takes one of it back, and leads to a page that says so.

    Whoever is not signed in is shown the way by receipt.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    who = inbound.subject()
    if who is None:
        return _stranger(guard, inbound, language)
    if inbound.method != "POST":
        return _page(guard, inbound, language, guard.consent.agreed_by(who))
    try:
        cookies = _withdrawn(guard, inbound, language, who, inbound.value("answer"))
    except ConsentError:
        return _page(guard, inbound, language, guard.consent.agreed_by(who), misread=True)
    done = f"{inbound.url_for(COMPONENT, **inbound.params)}?done=1"
    return Outbound(status=303, redirect=done, cookies=cookies, private=True)


def _withdrawn(guard: Guard, inbound: Inbound, language: str, who: SubjectRef, purpose: str) -> tuple[Cookie, ...]:
    """One record, and where this browser keeps a choice of its own that accepts the purpose, the cookies of another.

    Raises ConsentError for a purpose of which nobody is asked.
    """
    choice = choice_of(guard, inbound)
    begins = f"{purpose}/"
    if choice is None or not any(item == purpose or item.startswith(begins) for item in choice.accepted):
        place = place_of(guard, inbound) or ""
        guard.consent.withdraw([purpose], who, component=COMPONENT, language=language, jurisdiction=place)
        return ()
    left = [item for item in choice.accepted if item != purpose and not item.startswith(begins)]
    _, cookies = decide(
        guard,
        inbound,
        left,
        policy=choice.version,
        method="save" if left else "withdraw",
        component=COMPONENT,
        language=language,
    )
    return cookies


def _page(
    guard: Guard, inbound: Inbound, language: str, found: Mapping[str, ConsentRecord], *, misread: bool = False
) -> Outbound:
    say = spoken(language).say
    notice = say("Your consent is taken back.") if "done" in inbound.query else ""
    lead = say("You can take back your consent at any time. What was done until then stays lawful.")
    nothing = say("There is nothing that you agreed to.")
    return show(
        guard,
        inbound,
        COMPONENT,
        language,
        say(TITLE),
        status=422 if misread else 200,
        notice=say("Nothing was changed: please choose again.") if misread else notice,
        notice_kind="problem" if misread else "done",
        lead=(lead if found else nothing,),
        facts=tuple(_facts(guard, language, found)),
        forms=(_form(guard, inbound, language, found),) if found else (),
        onward=(_choices(inbound, language),) if asks(guard.site) else (),
    )


def _facts(guard: Guard, language: str, found: Mapping[str, ConsentRecord]) -> Iterator[Fact]:
    wording, speech = Wording(guard.site.policy.manifest, language), spoken(language)
    for name, record in found.items():
        since = speech.say("Since {date}", date=speech.date(record.at.date()))
        yield Fact(label=wording.purpose(name), value=since)


def _form(guard: Guard, inbound: Inbound, language: str, found: Mapping[str, ConsentRecord]) -> Form:
    """A button for each purpose: to take it back is one click, as it was to give it."""
    wording = Wording(guard.site.policy.manifest, language)
    buttons = (
        Option(value=name, label=wording.say("Take back: {purpose}", purpose=wording.purpose(name))) for name in found
    )
    return Form(action=inbound.url_for(COMPONENT, **inbound.params), buttons=tuple(buttons))


def _stranger(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    say = spoken(language).say
    by_receipt = Link(
        url=inbound.url_for("withdraw", language=language),
        label=say("Take back your consent by receipt"),
        language=language,
    )
    return show(
        guard,
        inbound,
        COMPONENT,
        language,
        say(TITLE),
        status=403 if inbound.method == "POST" else 200,
        lead=(say("Sign in to see what you agreed to. Without an account you need your receipt."),),
        onward=(by_receipt, *((_choices(inbound, language),) if asks(guard.site) else ())),
    )


def _choices(inbound: Inbound, language: str) -> Link:
    url = inbound.url_for("preferences", language=language)
    return Link(url=url, label=title_of("preferences", language), language=language)


ROUTES = (
    Route(name=COMPONENT, path="agreements", endpoint=agreements, enabled=can_withdraw, methods=FORM, limit=LIMIT),
)
