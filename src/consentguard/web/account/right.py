"""The page of one right in somebody's account: done at once for who signed in lately, else confirmed by mail."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.records import RightsRequest
from consentguard.rights import COPIES, PROTECTED, Asked, Details
from consentguard.web.account.correcting import Correcting
from consentguard.web.account.overview import ACTS, acts
from consentguard.web.account.person import Person, again, anonymous, people, person_of
from consentguard.web.copies import download
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.privacy import jurisdiction_of
from consentguard.web.rights.details import Asking, Filled
from consentguard.web.rights.offer import may_be_mailed
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import N_, Words, words

EFFECTS = {
    "access": N_("You get a copy of the personal data about you, as a zip file."),
    "portability": N_("You get your personal data in a common format, as a zip file."),
    "erasure": N_("We delete the personal data about you, and your account with it. This cannot be undone."),
    "rectification": N_("Write over what is wrong, and leave the rest as it is."),
    "objection": N_("We end the uses that you choose."),
    "restriction": N_("We keep the data that you choose, and use it for nothing."),
    "withdrawal": N_("We take your consent as withdrawn. What was done before stays lawful."),
    "opt_out": N_("We end the sale of your data and marketing to you."),
}
"""What a click leads to."""
BUTTONS = {
    "access": N_("Download"),
    "portability": N_("Download"),
    "erasure": N_("Delete my account and data"),
    "rectification": N_("Correct it"),
    "objection": N_("Object"),
    "restriction": N_("Restrict"),
    "withdrawal": N_("Take it back"),
    "opt_out": N_("Opt out"),
}
_NO_ERRORS: Mapping[str, str] = {}
_STALE = N_("You signed in more than 15 minutes ago. Sign in again, or let us mail a link to your address to confirm.")
_OR_MAIL = N_("Show by your second factor that it is you, or let us mail a link to your address to confirm.")
_log = logging.getLogger("consentguard")


def account_right(guard: Guard, inbound: Inbound) -> Outbound:
    """GET says what would be done, and asks for what is needed; POST does it, or mails a link to confirm it."""
    language, right = language_of(guard.site, inbound), inbound.params["right"]
    if language is None or right not in acts(guard):
        return Outbound(status=404)
    w, person = words(language), person_of(guard, inbound)
    if person is None:
        return anonymous(guard, inbound, inbound.url_for("account_right", **inbound.params))
    if inbound.method != "POST":
        return _form(guard, inbound, w, person)
    filled = _filled(guard, inbound, w, person)
    if filled.errors:
        return _form(guard, inbound, w, person, filled.errors)
    if _takes_factor(inbound, person):
        return _form(guard, inbound, w, person, status=403)
    if not person.recent:
        return _by_mail(guard, inbound, w, person, filled.details)
    asked = _asked(guard, inbound, w, person, filled.details)
    return _answered(guard, inbound, guard.rights.take(asked))


def _takes_factor(inbound: Inbound, person: Person) -> bool:
    """Whether a second factor has to be given first, in whose place no mail will do."""
    return person.must_step_up and inbound.params["right"] in PROTECTED


def _asked(guard: Guard, inbound: Inbound, w: Words, person: Person, details: Details) -> Asked:
    """The request: the session's own where they signed in lately, else one that a mail asks to confirm."""
    return Asked(
        right=inbound.params["right"],
        address=person.address,
        language=w.language,
        jurisdiction=jurisdiction_of(guard.site, inbound.headers, inbound.address),
        channel="account",
        identity="session" if person.recent else "",
        subject=person.subject if person.recent else None,
        details=details,
    )


def _answered(guard: Guard, inbound: Inbound, request: RightsRequest) -> Outbound:
    """The copy, or the page of the request. What takes no time is done now; the rest is for the next run."""
    if request.right in COPIES:
        if delivery := guard.exports.for_request(request):
            return download(delivery)
    elif request.right != "erasure" and guard.rights.may_begin(request):
        try:
            guard.rights.carry_out(request.id)
        except ConsentGuardError as error:
            _log.error("the request %s was taken, and waits: %s", request.id, error)
    here = {name: value for name, value in inbound.params.items() if name == "language"}
    page = inbound.url_for("status", **here, code=guard.rights.code(request))
    return Outbound(status=303, redirect=page, private=True)


def _by_mail(guard: Guard, inbound: Inbound, w: Words, person: Person, details: Details) -> Outbound:
    if not person.address:
        return _form(guard, inbound, w, person, status=403)
    if may_be_mailed(guard, person.address):
        guard.rights.take(_asked(guard, inbound, w, person, details))
    here = {name: value for name, value in inbound.params.items() if name == "language"}
    return Outbound(status=303, redirect=f"{inbound.url_for('account', **here)}?done=mailed", private=True)


def _form(
    guard: Guard,
    inbound: Inbound,
    w: Words,
    person: Person,
    errors: Mapping[str, str] = _NO_ERRORS,
    status: int = 200,
) -> Outbound:
    right, here = inbound.params["right"], inbound.url_for("account_right", **inbound.params)
    mails = bool(person.address) and not _takes_factor(inbound, person)
    stale = w.say(_OR_MAIL if person.must_step_up else _STALE) if mails and not person.recent else person.stale(w)
    fields = _fields(guard, inbound, w, person, errors)
    empty = right == "rectification" and not fields
    possible = (person.recent or mails) and not empty
    label = w.say(BUTTONS[right] if person.recent else N_("Mail me a link to confirm"))
    form = Form(action=here, fields=fields, buttons=(Option(value="send", label=label),))
    lead = (
        w.say("There is nothing that you can correct here yourself. Please ask us.") if empty else w.say(EFFECTS[right])
    )
    return show(
        guard,
        inbound,
        "account_right",
        w.language,
        w.say(ACTS[right]),
        status=422 if errors else status,
        notice=stale,
        notice_kind="problem",
        lead=(lead,),
        forms=(form,) if possible else (),
        onward=(*again(guard, inbound, here, w, person.verdict), to_account(inbound, w)),
    )


def to_account(inbound: Inbound, w: Words) -> Link:
    """Back to the first page of the account."""
    here = {name: value for name, value in inbound.params.items() if name == "language"}
    return Link(url=inbound.url_for("account", **here), label=w.say("Your data"), language=w.language)


def _fields(guard: Guard, inbound: Inbound, w: Words, person: Person, errors: Mapping[str, str]) -> tuple[Field, ...]:
    right = inbound.params["right"]
    if right == "rectification":
        return Correcting(guard, inbound, w, people(guard, person), person.recent).fields(errors)
    return Asking(guard, inbound, w).fields(right, errors)


def _filled(guard: Guard, inbound: Inbound, w: Words, person: Person) -> Filled:
    right = inbound.params["right"]
    if right == "rectification":
        return Correcting(guard, inbound, w, people(guard, person), person.recent).filled()
    return Asking(guard, inbound, w).filled(right)
