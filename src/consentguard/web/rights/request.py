"""The public forms of a request: which right, who asks, and what else that right asks for."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from consentguard.guard import Guard
from consentguard.publish.vocabulary import RIGHTS
from consentguard.rights import Asked, Details
from consentguard.rights.terms import CONFIRM_WITHIN
from consentguard.web import minors
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.privacy import jurisdiction_of
from consentguard.web.rights.asker import Asker
from consentguard.web.rights.details import Asking
from consentguard.web.rights.offer import may_be_mailed
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import N_, Words, words

_NO_ERRORS: Mapping[str, str] = {}
_CHOOSE = N_("Choose what you ask for.")
_BY_MAIL = N_("We mail a link to the address that you give. Nothing happens until you confirm there.")
_BY_PROOF = N_("We write to the address that you give, which proof we need. Nothing happens until we have it.")


def request(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows the form; POST takes a request and leads to a page that says the same whoever has the address.

    A right that asks for more than an address has a page of its own, which is what a POST for it answers with.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    if inbound.method == "POST":
        return _asked(guard, inbound, words(language))
    sent = inbound.query.get("sent", "")
    return _sent(guard, inbound, words(language), sent) if sent else _form(guard, inbound, words(language))


def ask(guard: Guard, inbound: Inbound) -> Outbound:
    """The form of one right, with everything that it asks for: GET shows it, POST takes the request."""
    language, right = language_of(guard.site, inbound), inbound.params["right"]
    if language is None or right not in guard.rights.offered():
        return Outbound(status=404)
    w = words(language)
    if inbound.method != "POST":
        return _form_of(guard, inbound, w, right)
    asker, filled = Asker(inbound, w), Asking(guard, inbound, w).filled(right)
    errors = {**asker.errors(), **filled.errors}
    if errors:
        return _form_of(guard, inbound, w, right, errors)
    return _take(guard, inbound, w, right, filled.details)


def _asked(guard: Guard, inbound: Inbound, w: Words) -> Outbound:
    right, asker = inbound.value("right"), Asker(inbound, w)
    if right not in guard.rights.offered():
        return _form(guard, inbound, w, {"right": w.say(_CHOOSE)})
    if errors := asker.errors():
        return _form(guard, inbound, w, errors)
    if Asking(guard, inbound, w).more(right):
        return _form_of(guard, inbound, w, right)
    return _take(guard, inbound, w, right, Details())


def _take(guard: Guard, inbound: Inbound, w: Words, right: str, details: Details) -> Outbound:
    asker = Asker(inbound, w)
    if may_be_mailed(guard, asker.address):
        asked = Asked(
            right=right,
            address=asker.address,
            language=w.language,
            jurisdiction=jurisdiction_of(guard.site, inbound.headers, inbound.address),
            identity=asker.by,
            details=msgspec.structs.replace(details, **asker.details()),
        )
        guard.rights.take(asked)
    page = inbound.url_for("request", **_language(inbound))
    return Outbound(status=303, redirect=f"{page}?sent={asker.by or 1}", private=True)


def _form(guard: Guard, inbound: Inbound, w: Words, errors: Mapping[str, str] = _NO_ERRORS) -> Outbound:
    asker, here = Asker(inbound, w), inbound.url_for("request", **inbound.params)
    return show(
        guard,
        inbound,
        "request",
        w.language,
        title_of("request", w.language),
        status=422 if errors else 200,
        lead=(w.say(_BY_PROOF if asker.by else _BY_MAIL),),
        forms=(
            Form(
                action=here + asker.query,
                fields=(_rights(guard, inbound, w, errors), *asker.fields(errors)),
                buttons=(Option(value="send", label=w.say("Send the request")),),
            ),
        ),
        onward=(*asker.others(here), *minors.way(guard.site, inbound, w)),
    )


def _form_of(guard: Guard, inbound: Inbound, w: Words, right: str, errors: Mapping[str, str] = _NO_ERRORS) -> Outbound:
    """The page of one right; its parameters are its own, since the first page shows it too."""
    asker = Asker(inbound, w)
    params = {**_language(inbound), "right": right}
    here = inbound.url_for("ask", **params)
    lead = (w.say(RIGHTS[right][1]), w.say(_BY_PROOF if asker.by else _BY_MAIL))
    return show(
        guard,
        inbound,
        "ask",
        w.language,
        w.say(RIGHTS[right][0]),
        status=422 if errors else 200,
        params=params,
        lead=lead,
        forms=(
            Form(
                action=here + asker.query,
                fields=(*Asking(guard, inbound, w).fields(right, errors), *asker.fields(errors)),
                buttons=(Option(value="send", label=w.say("Send the request")),),
            ),
        ),
        onward=(*asker.others(here), _other_rights(inbound, w)),
    )


def _rights(guard: Guard, inbound: Inbound, w: Words, errors: Mapping[str, str]) -> Field:
    names, chosen = guard.rights.offered(), inbound.value("right")
    return Field(
        id="right",
        name="right",
        kind="radio",
        label=w.say("What are you asking for?"),
        error=errors.get("right", ""),
        options=tuple(
            Option(
                value=name,
                label=w.say(RIGHTS[name][0]),
                hint=w.say(RIGHTS[name][1]),
                chosen=name == chosen or len(names) == 1,
            )
            for name in names
        ),
    )


def _sent(guard: Guard, inbound: Inbound, w: Words, sent: str) -> Outbound:
    notice = w.say("We have noted your request. Please check your mailbox.")
    if sent in ("agent", "guardian"):
        title = w.say("Please show us that you may ask")
        lead = w.say("Answer our mail with a proof that you may act for the person. If no mail comes, ask again.")
    else:
        title, within = w.say("Please confirm your request"), w.period(CONFIRM_WITHIN)
        told = N_("Open the link in our mail within {period} to confirm. If no mail comes, ask again.")
        lead = w.say(told, period=within)
    return show(guard, inbound, "request", w.language, title, notice=notice, lead=(lead,))


def _other_rights(inbound: Inbound, w: Words) -> Link:
    label, url = w.say("Ask for something else"), inbound.url_for("request", **_language(inbound))
    return Link(url=url, label=label, language=w.language)


def _language(inbound: Inbound) -> dict[str, str]:
    """The part of a path that says the language, where the path that was asked for says it."""
    return {name: value for name, value in inbound.params.items() if name == "language"}
