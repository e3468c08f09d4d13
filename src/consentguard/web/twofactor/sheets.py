"""What the pages of the second factor show: how far somebody is, and the forms that lead on from there."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from consentguard.guard import Guard
from consentguard.web.links import Html, Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.sheet import Fact, Field, Form, Option, show
from consentguard.web.twofactor.passkey_sheets import (
    PASSKEY,
    RENEW_BY_PASSKEY,
    is_offered,
    offers_codes,
    passkey_lead,
    passkey_problem,
    passkeys_link,
    renewal_form,
    script_of,
    use_form,
)
from consentguard.web.twofactor.visit import REMEMBER, Visit
from consentguard.words import N_, spoken

if TYPE_CHECKING:
    from consentguard.twofactor import Enrolment, Result, Standing

START, ACTIVATE, VERIFY, RECOVER, RENEW = "start", "activate", "verify", "recover", "renew"
REMOVE, REMOVE_APP = "remove", "remove_app"
"""What the buttons of the forms answer."""
Stage = Literal["none", "stale", "fresh"]
_LONGEST_CODE = 12
_LONGEST_RECOVERY_CODE = 64
_DONE = {
    VERIFY: N_("Thank you. The code was right."),
    PASSKEY: N_("Thank you. The passkey was right."),
    RECOVER: N_("Thank you. This recovery code is used up."),
}


def stranger_sheet(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    """For somebody who is not signed in."""
    say = spoken(language).say
    return show(
        guard,
        inbound,
        "factor",
        language,
        say("Second factor"),
        status=403,
        lead=(say("Please sign in first: a second factor belongs to an account."),),
        onward=(Link(url=inbound.url_for("home"), label=say("Back to the first page"), language=language),),
    )


def factor_sheet(visit: Visit, result: Result | None = None, answer: str = "") -> Outbound:
    """How far somebody is; after a code that was not taken, what is wrong in the form of that `answer`."""
    standing, say = visit.standing, visit.speech.say
    stage = _stage(visit, standing)
    problem = _problem(visit, result)
    refused = passkey_problem(visit, result) if answer in (PASSKEY, RENEW_BY_PASSKEY) else ""
    outbound = visit.show(
        "factor",
        say("Second factor"),
        status=422 if problem else 200,
        notice=refused or _done(visit, standing, stage),
        notice_kind="problem" if refused else "done",
        lead=_lead(visit, standing, stage),
        facts=_facts(visit, standing) if standing and stage == "fresh" else (),
        forms=_forms(visit, standing, stage, {answer: problem}),
        onward=_ways_on(visit, standing, stage),
        script=script_of(visit) if standing and standing.passkeys else "",
    )
    return _slowed(outbound, visit, result)


def _stage(visit: Visit, standing: Standing | None) -> Stage:
    """How much somebody has shown here: `fresh` is what it takes to change anything."""
    if not visit.is_verified(standing):
        return "none"
    return "fresh" if visit.verdict == "ok" and not visit.again else "stale"


def setup_sheet(visit: Visit, enrolment: Enrolment, result: Result | None = None) -> Outbound:
    """What an app needs, and the form for its first code."""
    speech, problem = visit.speech, _problem(visit, result)
    say, left = speech.say, enrolment.until - visit.guard.clock.now()
    outbound = visit.show(
        "factor_setup",
        say("Set up a second factor"),
        status=422 if problem else 200,
        lead=(
            say(
                "Scan the picture with an authenticator app, or type the key into it. Then type the code that it shows."
            ),
            say("You have {period} for that.", period=speech.period(_rounded_up(left))),
        ),
        picture=Html(enrolment.picture),
        picture_label=say("QR code for the authenticator app; the key says the same"),
        facts=(Fact(label=say("Key"), value=enrolment.key),),
        forms=(_code_form(visit, ACTIVATE, "factor_setup", say("Turn it on"), problem),),
    )
    return _slowed(outbound, visit, result)


def _done(visit: Visit, standing: Standing | None, stage: Stage) -> str:
    """What has just happened, as the address says: believed only where it is so."""
    say, done = visit.speech.say, visit.inbound.query.get("done", "")
    if done == REMOVE and standing is None:
        return say("Your second factor is removed.")
    return say(_DONE[done]) if stage == "fresh" and done in _DONE else ""


def _lead(visit: Visit, standing: Standing | None, stage: Stage) -> tuple[str, ...]:
    say = visit.speech.say
    if standing is None or standing.state == "pending":
        return say("With a second factor, knowing your password is not enough to enter your account."), *_kinds(visit)
    if standing.state == "disabled":
        way = say("Remove it, and set up a new one.") if stage == "fresh" else say("A recovery code lets you in.")
        return say("Your second factor was locked after too many wrong codes."), way
    if standing.passkeys and stage != "fresh":
        return (passkey_lead(visit, standing, again=stage == "stale"),)
    if stage == "fresh":
        return (say("Your second factor is on, and you have given it in this browser."),)
    if stage == "stale":
        return (say("Your second factor is on in this browser. To go on, please give a code again."),)
    return (say("Your second factor is on. Please give a code, or a recovery code if you have lost the app."),)


def _kinds(visit: Visit) -> Iterator[str]:
    """What somebody may have as a second factor here."""
    say = visit.speech.say
    if offers_codes(visit.guard.site):
        yield say("Besides the password you type a code that an app on your phone shows.")
        if is_offered(visit):
            yield say("Or you use a passkey of your phone, your computer or a security key instead of the code.")
    else:
        yield say("Besides the password you use a passkey of your phone, your computer or a security key.")


def _facts(visit: Visit, standing: Standing) -> tuple[Fact, ...]:
    say, left = visit.speech.say, visit.guard.twofactor.codes_left(visit.who)
    return (
        Fact(label=say("Set up on"), value=visit.speech.date(standing.since.date())),
        Fact(label=say("Recovery codes left"), value=str(left)),
    )


def _forms(visit: Visit, standing: Standing | None, stage: Stage, problems: dict[str, str]) -> tuple[Form, ...]:
    """What somebody may do next: only who gave a code lately may take the factor away."""
    say = visit.speech.say
    either = is_offered(visit)
    label = say("Set up an authenticator app") if either else say("Set up a second factor")
    start = _form(visit, START, "factor_setup", label)
    if standing is None or standing.state == "pending":
        return (start,) if offers_codes(visit.guard.site) else ()
    if stage == "fresh":
        renew = _renewal_forms(visit, standing, problems.get(RENEW, ""))
        remove = _form(visit, REMOVE, "factor", say("Remove the second factor"))
        return *renew, *_app_forms(visit, standing, start), remove
    keys = (
        (use_form(visit, _hidden(visit), *_remember(visit, PASSKEY)),)
        if standing.passkeys and is_offered(visit)
        else ()
    )
    recover = _recovery_form(visit, problems.get(RECOVER, ""))
    if not standing.takes_codes:
        return *keys, recover
    return *keys, _code_form(visit, VERIFY, "factor", say("Continue"), problems.get(VERIFY, "")), recover


def _app_forms(visit: Visit, standing: Standing, start: Form) -> tuple[Form, ...]:
    """What somebody who has passkeys may do about an app beside them."""
    if not standing.passkeys:
        return ()
    if standing.id in standing.passkeys:
        return (start,) if offers_codes(visit.guard.site) else ()
    return (_form(visit, REMOVE_APP, "factor", visit.speech.say("Remove the authenticator app")),)


def _ways_on(visit: Visit, standing: Standing | None, stage: Stage) -> tuple[Link, ...]:
    say = visit.speech.say
    none = standing is None or standing.state == "pending"
    keys = (passkeys_link(visit, first=none),) if (none or stage == "fresh") and is_offered(visit) else ()
    if stage == "fresh":
        return *keys, Link(url=visit.at("factor_devices"), label=say("Your devices"), language=visit.language)
    if standing is None or standing.state != "pending" or not visit.began_here(standing.id):
        return keys
    label = say("Go on with the set-up that you began")
    return Link(url=visit.at("factor_setup", next=visit.onward), label=label, language=visit.language), *keys


def _form(visit: Visit, answer: str, name: str, label: str, *fields: Field) -> Form:
    buttons = (Option(value=answer, label=label),)
    return Form(action=visit.at(name), fields=fields, hidden=_hidden(visit), buttons=buttons)


def _hidden(visit: Visit) -> dict[str, str]:
    hidden = {"next": visit.onward, "again": "1" if visit.again else ""}
    return {name: value for name, value in hidden.items() if value}


def _code_form(visit: Visit, answer: str, name: str, label: str, problem: str) -> Form:
    say = visit.speech.say
    field = Field(
        id="code",
        name="code",
        label=say("Code"),
        kind="code",
        hint=say("The six digits that the app on your phone shows now."),
        error=problem,
        autocomplete="one-time-code",
        max_length=_LONGEST_CODE,
    )
    return _form(visit, answer, name, label, field, *_remember(visit, answer))


def _remember(visit: Visit, answer: str) -> tuple[Field, ...]:
    """The box by which this browser is remembered, where the policy has it."""
    span, say = visit.guard.sessions.remember, visit.speech.say
    if span is None or answer not in (VERIFY, PASSKEY):
        return ()
    told = say("Remember this browser for {period}", period=visit.speech.period(f"P{max(1, span.days)}D"))
    hint = say("Only where nobody else uses it. Important changes still ask for a code.")
    option = Option(value="yes", label=told, hint=hint)
    label = say("This browser")
    return (
        Field(id=f"remember-{answer}", name=REMEMBER, label=label, kind="checkbox", required=False, options=(option,)),
    )


def _renewal_forms(visit: Visit, standing: Standing, problem: str) -> tuple[Form, ...]:
    """By a code or by a passkey, whichever they have, under one heading."""
    say = visit.speech.say
    code = _code_form(visit, RENEW, "factor", say("Make new recovery codes"), problem)
    by_code = (code,) if standing.takes_codes else ()
    by_passkey = (renewal_form(visit),) if standing.passkeys and is_offered(visit) else ()
    first, *others = (*by_passkey, *by_code) or (None,)
    if first is None:
        return ()
    text = f"{say('The old ones then count no more.')} {first.text}".rstrip()
    return replace(first, title=say("New recovery codes"), text=text), *others


def _recovery_form(visit: Visit, problem: str) -> Form:
    say = visit.speech.say
    field = Field(
        id="recovery",
        name="code",
        label=say("Recovery code"),
        error=problem,
        autocomplete="off",
        max_length=_LONGEST_RECOVERY_CODE,
    )
    return _form(visit, RECOVER, "factor", say("Use a recovery code"), field)


def _problem(visit: Visit, result: Result | None) -> str:
    """The verdict in words; what was wrong with a wrong code nobody learns."""
    speech = visit.speech
    if result is None:
        return ""
    if result.verdict == "throttled":
        period = speech.period(_rounded_up(_wait(visit, result)))
        return speech.say("Too many wrong codes. You can try again in {period}.", period=period)
    if result.verdict == "replay":
        return speech.say("This code was used already. Please wait for the next code.")
    return speech.say("This code is not right.")


def _slowed(outbound: Outbound, visit: Visit, result: Result | None) -> Outbound:
    """The answer, with the status for somebody who is too fast (RFC 6585 section 4) where that is so."""
    if result is None or result.verdict != "throttled":
        return outbound
    seconds = math.ceil(_wait(visit, result).total_seconds())
    return replace(outbound, status=429, headers={**outbound.headers, "Retry-After": str(max(1, seconds))})


def _wait(visit: Visit, result: Result) -> dt.timedelta:
    now = visit.guard.clock.now()
    return (result.retry_at or now) - now


def _rounded_up(span: dt.timedelta) -> str:
    """A span as an ISO 8601 duration: in seconds up to a minute, in minutes from there."""
    seconds = max(1, math.ceil(span.total_seconds()))
    return f"PT{seconds}S" if seconds <= 60 else f"PT{math.ceil(seconds / 60)}M"
