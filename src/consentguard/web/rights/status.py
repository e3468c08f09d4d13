"""The page of a request, by its code: how far it is, what stays and why, and what its sender can do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from consentguard.guard import Guard
from consentguard.records import RightsRequest
from consentguard.rights import COPIES, StateError
from consentguard.rights.mails import DENIALS
from consentguard.rights.telling import Telling
from consentguard.web.frame import language_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.rights.confirm import anew, nothing
from consentguard.web.rights.offer import is_within
from consentguard.web.rights.telling import STATES, WAITS_FOR_PROOF, facts, particulars
from consentguard.web.sheet import Fact, Form, Option, show
from consentguard.words import N_, Words, words

REVOKE, MAIL = "revoke", "mail"
TOLD = ("partial", "done")
"""The states in which something came of a request."""
REVOCABLE = ("received", "confirmed", "approved")
"""The states in which nothing was done yet that could not be taken back."""
_KEEP = N_("Keep the address of this page to yourself: whoever has it can see your request.")
_NOT_DOWNLOADED = N_("Closed: the copy was not downloaded in time")
_MAILED = N_("We mail a link to the address that you gave. If no mail comes, try again tomorrow.")
_BEGUN = N_("It has been begun or closed meanwhile, so it cannot be taken back.")


def status(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows how far a request is; POST mails another link to the copy that was asked for, or takes it back."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, known = words(language), guard.rights.status(inbound.params["code"])
    if known is None:
        return nothing(guard, inbound, "status", w)
    if inbound.method != "POST":
        return _progress(guard, inbound, w, known)
    return (_taken_back if inbound.value("answer") == REVOKE else _mailed)(guard, inbound, w, known)


def _mailed(guard: Guard, inbound: Inbound, w: Words, known: RightsRequest) -> Outbound:
    if not _can_be_mailed(guard, known):
        return _progress(guard, inbound, w, known, answer=422)
    if is_within(guard, "copy.mailbox", known.contact_ref):
        guard.rights.mail_copy(known, *guard.exports.issue(known))
    return _progress(guard, inbound, w, known, notice=w.say(_MAILED))


def _taken_back(guard: Guard, inbound: Inbound, w: Words, known: RightsRequest) -> Outbound:
    try:
        revoked = guard.rights.revoke(known.id, by="sender") if known.state in REVOCABLE else None
    except StateError:
        revoked = None
    if revoked is None:
        newest = guard.rights.status(inbound.params["code"]) or known
        return _progress(guard, inbound, w, newest, answer=409, notice=w.say(_BEGUN), problem=True)
    return _progress(guard, inbound, w, revoked, notice=w.say("You have taken the request back. Nothing is done."))


def _progress(
    guard: Guard,
    inbound: Inbound,
    w: Words,
    known: RightsRequest,
    *,
    answer: int = 200,
    notice: str = "",
    problem: bool = False,
) -> Outbound:
    ready = guard.rights.is_ready(known)
    missed = _is_missed(guard, known)
    here = inbound.url_for("status", **inbound.params)
    asked = particulars(guard.site.policy.manifest, w, guard.rights.means.details(known))
    state = _state(w, known, guard.rights.copy_until(known) if ready else None, missed=missed)
    return show(
        guard,
        inbound,
        "status",
        w.language,
        w.say("Your request"),
        status=answer,
        notice=notice,
        notice_kind="problem" if problem else "done",
        lead=(w.say(_KEEP), *_told(guard, w, known)),
        facts=(*facts(w, known), *asked, *state),
        forms=tuple(Form(action=here, buttons=(button,)) for button in _buttons(guard, w, known)),
        onward=anew(guard, inbound, w) if missed or known.state in ("denied", "revoked", "expired") else (),
    )


def _buttons(guard: Guard, w: Words, known: RightsRequest) -> Iterator[Option]:
    if _can_be_mailed(guard, known):
        yield Option(value=MAIL, label=w.say("Mail me a link to the copy"))
    if known.state in REVOCABLE and not _is_missed(guard, known):
        yield Option(value=REVOKE, label=w.say("Take the request back"))


def _can_be_mailed(guard: Guard, known: RightsRequest) -> bool:
    """Whether there is a copy to link to, and an address to mail the link to."""
    return guard.rights.is_ready(known) and bool(guard.rights.means.address(known))


def _told(guard: Guard, w: Words, known: RightsRequest) -> Iterator[str]:
    """What came of it, or why nothing did, in sentences that name nobody."""
    if known.state in TOLD and known.right not in COPIES:
        yield from Telling(guard.site.data_map, w, known).lines()
    if known.state == "denied":
        yield w.say("We do not carry it out.")
        if known.denial in DENIALS:
            yield w.say(DENIALS[known.denial])
    elif known.extended_on:
        yield w.say(
            "The answer takes longer than we said at first: we put it off on {day}.", day=w.date(known.extended_on)
        )
    reason = guard.rights.means.details(known).reason
    if reason and (known.state == "denied" or known.extended_on):
        yield w.say("The reason is: {reason}", reason=reason)
    if known.paused_at:
        yield w.say("We wait for a proof of who you are. Please answer our mail.")


def _state(w: Words, known: RightsRequest, ready_until: dt.datetime | None, *, missed: bool) -> tuple[Fact, ...]:
    label = w.say("State")
    if ready_until:
        last = Fact(label=w.say("Download before"), value=w.date(ready_until.date()))
        return Fact(label=label, value=w.say("Ready to download")), last
    if missed:
        return (Fact(label=label, value=w.say(_NOT_DOWNLOADED)),)
    speaks = known.state == "received" and known.identity in ("agent", "guardian")
    return (Fact(label=label, value=w.say(WAITS_FOR_PROOF if speaks else STATES[known.state])),)


def _is_missed(guard: Guard, known: RightsRequest) -> bool:
    """Whether the time to download a copy has come and gone; also before `expire` has closed its request."""
    until = guard.rights.copy_until(known)
    return until is not None and until <= guard.clock.now() and known.state in ("confirmed", "approved", "expired")
