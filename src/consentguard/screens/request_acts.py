"""What comes of the forms on the page of a rights request."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import cast

import msgspec

from consentguard.letters import Letter
from consentguard.records import Denial, Identity, RequestChannel, RightsRequest
from consentguard.rights import COPIES, Asked, Details, PlanChangedError
from consentguard.rights.deciding import DENIALS
from consentguard.rights.receiving import SPEAKING
from consentguard.screens import request_forms as forms
from consentguard.screens.desk import PAGE, Act, DeskError, Form, Page, Part, Seat, Sent, hidden
from consentguard.screens.telling import Told, told_plan

SEEN = "seen"
"""The field that says which letter was looked at."""
OWED = " Its letter could not be sent, and is owed."


def enter_page(seat: Seat) -> Page:
    """The page on which a request is taken down for somebody who phoned or wrote."""
    guard = seat.guard
    form = forms.entering(guard.rights.offered("staff"), guard.site.policy.manifest.site.languages)
    lead = "For somebody who phoned or wrote. A mail asks them to confirm it, unless you see a proof of who they are."
    return Page(title="Take a request down", lead=lead, parts=(Part(title="A new request", forms=(form,)),))


def _enter(seat: Seat, _: str, sent: Sent) -> Told:
    identity, channel = sent.one("identity"), sent.one("channel")
    if channel not in forms.CHANNELS or identity not in ("", *SPEAKING):
        raise DeskError("this is no way in which a request comes in", hint="choose one of the form")
    speaks = bool(identity)
    details = Details(
        note=sent.one("note", PAGE),
        agent=sent.one("agent") if speaks else "",
        authority=sent.one("authority") if speaks else "",
        person=sent.one("person") if speaks else "",
        entered_by=seat.by,
    )
    asked = Asked(
        right=sent.one("right"),
        address=sent.one("address"),
        language=sent.one("language"),
        jurisdiction=sent.one("jurisdiction").upper() or None,
        channel=cast(RequestChannel, channel),
        identity=identity,
        details=details,
        received_at=sent.moment("received_at"),
    )
    request = seat.guard.rights.take(asked)
    return _told(f"Taken down. It is answered by {request.due_on}.", request, id_=request.id)


def _approve(seat: Seat, id_: str, sent: Sent) -> Told:
    """The approval; a copy that nobody else has to look at is released, and its link goes out."""
    guard = seat.guard
    request = guard.rights.approve(id_, sent.one("digest"), seat.by)
    if request.state != "approved":
        return Told("Approved. Another person has to approve it too.")
    if request.right not in COPIES:
        return Told("Approved. It can be carried out now.")
    sent_off = guard.rights.is_ready(request) and guard.rights.mail_copy(request, *guard.exports.issue(request))
    return Told(
        "Released, and a link to the copy was mailed." if sent_off else "Released. No link to it could be mailed.",
        good=sent_off,
    )


def _carry_out(seat: Seat, id_: str, sent: Sent) -> Told:
    """The doing of the plan that was looked at, or the going on with what was begun."""
    guard = seat.guard
    if guard.rights.find(id_).state not in ("running", "partial") and not guard.rights.plan(id_).is_of(
        sent.one("digest")
    ):
        raise PlanChangedError("the plan is another one by now", hint="look at it again below")
    done = guard.rights.carry_out(id_)
    return _told(told_plan(done).sentence, done.request)


def _assign(seat: Seat, id_: str, sent: Sent) -> Told:
    request = seat.guard.rights.assign(id_, sent.one("to"))
    return Told(f"{request.assigned} looks after it." if request.assigned else "Nobody in particular looks after it.")


def _verify(seat: Seat, id_: str, sent: Sent) -> Told:
    request = seat.guard.rights.verify(id_, cast(Identity, sent.one("identity")), seat.by)
    return _told(f"Confirmed. It is answered by {request.due_on}.", request)


def _ask_proof(seat: Seat, id_: str, _: Sent) -> Told:
    return _told("A proof is asked for.", seat.guard.rights.ask_proof(id_, seat.by))


def _extend(seat: Seat, id_: str, sent: Sent) -> Told | Part:
    rights, reason = seat.guard.rights, sent.one("reason", PAGE)
    request = rights.find(id_)
    letter = rights.previews.extension(request, reason)
    if sent.one(SEEN) != _mark(letter):
        return _look(letter, forms.extending(request)[0], sent, "Put it off, and send this letter")
    extended = rights.extend(id_, reason, seat.by)
    return _told(f"Put off to {extended.due_on}.", extended)


def _refuse(seat: Seat, id_: str, sent: Sent) -> Told | Part:
    rights, reason = seat.guard.rights, sent.one("reason", PAGE)
    denial, request = cast(Denial, sent.one("denial")), rights.find(id_)
    if denial not in DENIALS:
        raise DeskError("nothing is said of why it is refused", hint="choose a reason")
    letter = rights.previews.denial(request, denial, reason)
    refusing = forms.refusing(request)
    if sent.one(SEEN) != _mark(letter) and refusing:
        return _look(letter, refusing[0], sent, "Refuse, and send this letter")
    return _told("Refused.", rights.deny(id_, denial, seat.by, reason))


def _revoke(seat: Seat, id_: str, _: Sent) -> Told:
    return _told("Ended.", seat.guard.rights.revoke(id_, seat.by))


def _settle(seat: Seat, id_: str, sent: Sent) -> Told:
    errands = seat.guard.errands
    mine = {errand.id for errand in errands.all_of(id_)}
    if sent.one("errand") not in mine:
        raise DeskError("this is no errand of the request", hint="choose one of the form")
    errand = errands.settle(sent.one("errand"), seat.by, sent.one("proof"))
    return Told(f"{errand.target} has done its part. Go on with the request, or leave that to the next run.")


def _look(letter: Letter, form: Form, sent: Sent, button: str) -> Part:
    """The letter, to be looked at before the very same one goes out."""
    filled = form.filled(sent)
    fields = (*filled.fields, hidden(SEEN, _mark(letter)))
    ready = Form(act=form.act, key=SEEN, title=form.title, fields=fields, button=button, grave=form.grave, opened=True)
    return Part(title="This letter would go out", letter=letter, forms=(ready,))


def _mark(letter: Letter) -> str:
    """By which a letter is known again."""
    return hashlib.sha256(msgspec.json.encode(asdict(letter))).hexdigest()


def _told(sentence: str, request: RightsRequest, id_: str = "") -> Told:
    return Told(f"{sentence}{OWED if request.owes else ''}", good=not request.owes, id=id_)


ENTER = Act(name="enter", may="requests.enter", do=_enter)
ACTS = (
    Act(name="approve", may="requests.approve", do=_approve),
    Act(name="carry_out", may="requests.carry_out", do=_carry_out),
    Act(name="assign", may="requests.assign", do=_assign),
    Act(name="verify", may="requests.verify", do=_verify),
    Act(name="ask_proof", may="requests.verify", do=_ask_proof),
    Act(name="extend", may="requests.extend", do=_extend),
    Act(name="refuse", may="requests.refuse", do=_refuse),
    Act(name="revoke", may="requests.refuse", do=_revoke),
    Act(name="settle", may="errands.settle", do=_settle),
)
