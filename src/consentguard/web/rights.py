"""The pages of a rights request: the form, the mailed confirmation, and how far the request is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from consentguard.guard import Guard
from consentguard.publish.vocabulary import RIGHTS
from consentguard.records import RightsRequest
from consentguard.rights import COPIES, offered
from consentguard.rights.addresses import LONGEST_ADDRESS, is_address
from consentguard.rights.terms import CONFIRM_WITHIN, copy_until
from consentguard.site import Site
from consentguard.web.copies import STATUS_CODE
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.privacy import jurisdiction_of
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Fact, Field, Form, Option, show
from consentguard.words import N_, Words, words

REQUESTS = "10/hour"
"""How often one client may ask: each time somebody gets a mail."""
TO_ONE_MAILBOX = "3/day"
"""How often anybody may have one address mailed."""
LOOKS = "60/hour"
_NO_ERRORS: Mapping[str, str] = {}
_CHOOSE = N_("Choose what you ask for.")
_NO_ADDRESS = N_("Write an e-mail address, such as name@example.com.")
_KEEP = N_("Keep the address of this page to yourself: whoever has it can see your request.")
_EFFECTS = {
    "access": N_("Once you confirm, you can download a copy of the personal data about you."),
    "portability": N_("Once you confirm, you can download your personal data in a common format."),
    "erasure": N_("Once you confirm, we delete the personal data about you. This cannot be undone."),
    "rectification": N_("Once you confirm, we correct the personal data about you."),
    "objection": N_("Once you confirm, we end those uses of your data that you can object to."),
    "restriction": N_("Once you confirm, we keep the personal data about you and use it for nothing."),
    "withdrawal": N_("Once you confirm, we take your consent as withdrawn."),
    "opt_out": N_("Once you confirm, we end the sale of your data and marketing to you."),
}
_STATES = {
    "received": N_("Waiting for your confirmation"),
    "confirmed": N_("Confirmed; we are working on it"),
    "approved": N_("Confirmed; we are working on it"),
    "running": N_("Confirmed; we are working on it"),
    "partial": N_("Done as far as it can be now; something is still open"),
    "denied": N_("Refused; we have written to you why"),
    "revoked": N_("Closed: taken back"),
    "done": N_("Done"),
    "expired": N_("Closed: not confirmed in time"),
}
_NOT_DOWNLOADED = N_("Closed: the copy was not downloaded in time")


def request(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows the form; POST takes a request and leads to a page that says the same whoever has the address."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    if inbound.method == "POST":
        return _asked(guard, inbound, language)
    return _sent(guard, inbound, language) if inbound.query.get("sent") else _form(guard, inbound, language)


def confirm(guard: Guard, inbound: Inbound) -> Outbound:
    """GET says what the mailed link would confirm, and changes nothing; POST confirms and leads to the status."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    token = inbound.params["token"]
    if inbound.method != "POST":
        known = guard.rights.peek(token)
        return _question(guard, inbound, language, known) if known else _nothing(guard, inbound, "confirm", language)
    confirmed = guard.rights.confirm(token)
    if confirmed is None:
        return _nothing(guard, inbound, "confirm", language)
    known, code = confirmed
    params = {name: value for name, value in inbound.params.items() if name != "token"}
    if known.right not in COPIES:
        return Outbound(status=303, redirect=inbound.url_for("status", **params, code=code), private=True)
    page = inbound.url_for("copy", **params, token=guard.exports.issue(known)[0])
    return Outbound(status=303, redirect=f"{page}?{STATUS_CODE}={code}", private=True)


def status(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows how far a request is; POST mails another link to the copy that was asked for."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    code = inbound.params["code"]
    known = guard.rights.status(code)
    if known is None:
        return _nothing(guard, inbound, "status", language)
    if inbound.method != "POST":
        return _progress(guard, inbound, language, known)
    if not guard.rights.is_ready(known):
        return _progress(guard, inbound, language, known, answer=422)
    if _is_within(guard, "copy.mailbox", known.contact_ref):
        guard.rights.mail_copy(known, *guard.exports.issue(known))
    notice = words(language).say("We mail a link to the address that you gave. If no mail comes, try again tomorrow.")
    return _progress(guard, inbound, language, known, notice=notice)


def asks(site: Site) -> bool:
    """Whether the policy offers a right on our page that we can carry out."""
    return bool(offered(site.policy.manifest))


def _asked(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    right, address = inbound.value("right"), inbound.value("email")
    if right not in guard.rights.offered():
        return _form(guard, inbound, language, {"right": _CHOOSE})
    if not is_address(address):
        return _form(guard, inbound, language, {"email": _NO_ADDRESS})
    place = jurisdiction_of(guard.site, inbound.headers, inbound.address)
    if _may_be_mailed(guard, address):
        guard.rights.receive(right, address, language=language, jurisdiction=place)
    return Outbound(status=303, redirect=f"{inbound.url_for('request', **inbound.params)}?sent=1", private=True)


def _may_be_mailed(guard: Guard, address: str) -> bool:
    """Whether one more mail to a mailbox is bearable: whoever fills somebody's is told no more than anybody else."""
    return _is_within(guard, "request.mailbox", guard.pseudonyms.of_address(address))


def _is_within(guard: Guard, what: str, mailbox: str) -> bool:
    from consentguard.web.limits import is_within  # a site without forms never loads what counts them

    return is_within(TO_ONE_MAILBOX, guard.site, what, mailbox)


def _form(guard: Guard, inbound: Inbound, language: str, errors: Mapping[str, str] = _NO_ERRORS) -> Outbound:
    w = words(language)
    told = {field: w.say(mistake) for field, mistake in errors.items()}
    return show(
        guard,
        inbound,
        "request",
        language,
        title_of("request", language),
        status=422 if errors else 200,
        lead=(w.say("We mail a link to the address that you give. Nothing happens until you confirm there."),),
        forms=(
            Form(
                action=inbound.url_for("request", **inbound.params),
                fields=(_rights(guard, inbound, w, told), _address(inbound, w, told)),
                buttons=(Option(value="send", label=w.say("Send the request")),),
            ),
        ),
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


def _address(inbound: Inbound, w: Words, errors: Mapping[str, str]) -> Field:
    return Field(
        id="email",
        name="email",
        kind="email",
        label=w.say("Your e-mail address"),
        hint=w.say("The one that we know you by."),
        value=inbound.value("email")[:LONGEST_ADDRESS],
        error=errors.get("email", ""),
        autocomplete="email",
        max_length=LONGEST_ADDRESS,
    )


def _sent(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    w = words(language)
    notice = w.say("We have noted your request. Please check your mailbox.")
    within = w.period(CONFIRM_WITHIN)
    lead = w.say("Open the link in our mail within {period} to confirm. If no mail comes, ask again.", period=within)
    return show(guard, inbound, "request", language, w.say("Please confirm your request"), notice=notice, lead=(lead,))


def _question(guard: Guard, inbound: Inbound, language: str, known: RightsRequest) -> Outbound:
    w = words(language)
    return show(
        guard,
        inbound,
        "confirm",
        language,
        w.say("Confirm your request"),
        lead=(w.say(_EFFECTS[known.right]),),
        facts=_facts(w, known),
        forms=(
            Form(
                action=inbound.url_for("confirm", **inbound.params),
                buttons=(Option(value="confirm", label=w.say("Confirm")),),
            ),
        ),
    )


def _progress(
    guard: Guard, inbound: Inbound, language: str, known: RightsRequest, *, answer: int = 200, notice: str = ""
) -> Outbound:
    w, ready = words(language), guard.rights.is_ready(known)
    here = inbound.url_for("status", **inbound.params)
    anew = Form(action=here, buttons=(Option(value="mail", label=w.say("Mail me a link to the copy")),))
    return show(
        guard,
        inbound,
        "status",
        language,
        w.say("Your request"),
        status=answer,
        notice=notice,
        lead=(w.say(_KEEP),),
        facts=(*_facts(w, known), *_state(w, known, copy_until(known) if ready else None)),
        forms=(anew,) if ready else (),
        onward=(_anew(inbound, language),) if not ready and _is_missed(known) else (),
    )


def _state(w: Words, known: RightsRequest, ready_until: dt.datetime | None) -> tuple[Fact, ...]:
    if ready_until:
        last = Fact(label=w.say("Download before"), value=w.date(ready_until.date()))
        return Fact(label=w.say("State"), value=w.say("Ready to download")), last
    return (Fact(label=w.say("State"), value=w.say(_NOT_DOWNLOADED if _is_missed(known) else _STATES[known.state])),)


def _is_missed(known: RightsRequest) -> bool:
    """Whether a copy that is not ready was not downloaded in time; also before `expire` has closed its request."""
    return known.right in COPIES and known.confirmed_at is not None and known.state != "done"


def _facts(w: Words, known: RightsRequest) -> tuple[Fact, ...]:
    return (
        Fact(label=w.say("Request"), value=w.say(RIGHTS[known.right][0])),
        Fact(label=w.say("Received"), value=w.date(known.received_at.date())),
        Fact(label=w.say("Answer no later than"), value=w.date(known.due_on)),
    )


def _nothing(guard: Guard, inbound: Inbound, name: str, language: str) -> Outbound:
    """The same for a token that is wrong, used or too old."""
    w = words(language)
    lead = w.say("It was used already, it is too old, or a part of it was lost on the way. Nothing was changed.")
    title, anew = w.say("This link no longer works"), _anew(inbound, language)
    return show(guard, inbound, name, language, title, status=404, lead=(lead,), onward=(anew,))


def _anew(inbound: Inbound, language: str) -> Link:
    label = words(language).say("Make a new request")
    return Link(url=inbound.url_for("request", language=language), label=label, language=language)


def _route(name: str, path: str, limit: str) -> Route:
    endpoint = {"request": request, "confirm": confirm, "status": status}[name]
    return Route(name=name, path=path, endpoint=endpoint, enabled=asks, methods=FORM, limit=limit)


ROUTES = (
    _route("request", "requests", REQUESTS),
    _route("confirm", "requests/confirm/<token>", LOOKS),
    _route("status", "requests/<code>", LOOKS),
)
