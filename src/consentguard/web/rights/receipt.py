"""A request of somebody who is known by nothing but the choice that their browser keeps."""

from __future__ import annotations

from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.rights import Asked, Details
from consentguard.rights.people import RECEIPT
from consentguard.site import Site
from consentguard.web.consent.decisions import asks as asks_for_consent
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.privacy import jurisdiction_of
from consentguard.web.rights.confirm import onward
from consentguard.web.rights.offer import asks
from consentguard.web.sheet import Fact, Form, Option, show
from consentguard.words import Words, words

RIGHT = "access"
"""What is asked for so. Everything else a visitor does on the page of the choice itself, at once."""


def by_receipt(guard: Guard, inbound: Inbound) -> Outbound:
    """GET says what would be asked for; POST asks, and leads to the copy: our own signature in the cookie is proof."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, record = words(language), _record(guard, inbound)
    if record is None:
        return _none(guard, inbound, w)
    if inbound.method != "POST":
        return _question(guard, inbound, w, record)
    asked = Asked(
        right=RIGHT,
        language=language,
        jurisdiction=jurisdiction_of(guard.site, inbound.headers, inbound.address) or record.jurisdiction or None,
        channel="receipt",
        identity="receipt",
        subject=SubjectRef(RECEIPT, record.id),
        details=Details(receipt=record.id),
    )
    request = guard.rights.take(asked)
    return onward(guard, inbound, request, guard.rights.code(request), **inbound.params)


def takes_receipts(site: Site) -> bool:
    """Whether visitors choose in their browser, and may ask for a copy of what we keep."""
    from consentguard.rights import offered

    return asks(site) and asks_for_consent(site) and RIGHT in offered(site.policy.manifest)


def _record(guard: Guard, inbound: Inbound) -> ConsentRecord | None:
    choice = guard.cookies.choice(inbound.cookies.get(CHOICE))
    return guard.consent.find(choice.record) if choice and choice.record else None


def _question(guard: Guard, inbound: Inbound, w: Words, record: ConsentRecord) -> Outbound:
    button = Option(value="send", label=w.say("Send the request"))
    return show(
        guard,
        inbound,
        "receipt_request",
        w.language,
        w.say("Ask by your receipt"),
        lead=(w.say("We know you by the choice that this browser keeps, so no mail is needed. You get a copy of it."),),
        facts=(Fact(label=w.say("Number of the receipt"), value=record.id),),
        forms=(Form(action=inbound.url_for("receipt_request", **inbound.params), buttons=(button,)),),
    )


def _none(guard: Guard, inbound: Inbound, w: Words) -> Outbound:
    url = inbound.url_for("request", language=w.language)
    by_mail = Link(url=url, label=w.say("Make a new request"), language=w.language)
    lead = w.say("This browser keeps no choice that is on record, so we cannot know you by it.")
    title = w.say("Ask by your receipt")
    return show(guard, inbound, "receipt_request", w.language, title, status=404, lead=(lead,), onward=(by_mail,))
