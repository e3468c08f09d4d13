"""The endpoints of passkeys: to add, rename and remove one, and what a browser is asked for.

A form carries a browser's answer like any other field, so everything but the ceremony itself happens as with codes:
redirects, cookies, pages that say what was wrong. Only the ceremony needs a script, `static/consentguard/passkeys.js`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from consentguard.extras import offers_passkeys
from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.bodies import Given, Sent, give, problem, read
from consentguard.web.frame import language_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.twofactor.codes import codes_sheet
from consentguard.web.twofactor.passkey_sheets import DROP, REGISTER, RENAME, passkeys_sheet
from consentguard.web.twofactor.sheets import REMOVE, stranger_sheet
from consentguard.web.twofactor.visit import Visit

if TYPE_CHECKING:
    from consentguard.twofactor import Standing

LIMIT = "60/hour"


class CeremonyAsked(Sent, frozen=True):
    """Which ceremony a browser is about to begin."""

    ceremony: Literal["register", "authenticate"]


class CeremonyGiven(Given, frozen=True):
    """The `publicKey` of `navigator.credentials.create()` or `.get()`, its bytes in base64url."""

    options: dict[str, Any]


def options(guard: Guard, inbound: Inbound) -> Outbound:
    """What a browser is asked for: options with a challenge that counts once, for whoever is signed in.

    403 for nobody, 404 for somebody who has no passkey to use, 409 for somebody who may not add one: they have to give
    their second factor first, or have as many as there may be.
    """
    from consentguard.twofactor import FactorError

    body, who = read(inbound, CeremonyAsked), inbound.subject()
    if isinstance(body, Outbound):
        return body
    if who is None:
        return problem(403, "Nobody is signed in.")
    first = guard.site.policy.manifest.site.languages[0]
    visit = Visit(guard=guard, inbound=inbound, language=first, who=who)
    if body.ceremony == "register" and visit.kept_from_setting_up():
        return problem(403, "Sign in again first.")
    try:
        asked = guard.passkeys.ask(who) if body.ceremony == "authenticate" else _new(visit)
    except FactorError as error:
        return problem(409, error.message)
    return problem(404, "There is no passkey.") if asked is None else give(CeremonyGiven(options=asked))


def passkeys(guard: Guard, inbound: Inbound) -> Outbound:
    """GET lists somebody's passkeys; POST adds one, or renames or removes the chosen one.

    Whoever has a second factor gives it first, unless they did lately.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    who = inbound.subject()
    if who is None:
        return stranger_sheet(guard, inbound, language)
    visit = Visit(guard=guard, inbound=inbound, language=language, who=who)
    if is_protected(visit.standing) and visit.verdict != "ok":
        return visit.to(visit.at("factor", again="1", next=visit.at("factor_passkeys", next=visit.onward)))
    if kept := visit.kept_from_setting_up():
        return kept
    act = {REGISTER: _register, RENAME: _rename, DROP: _drop}.get(inbound.value("answer"), passkeys_sheet)
    return act(visit) if inbound.method == "POST" else passkeys_sheet(visit)


def offers(site: Site) -> bool:
    """Whether the policy offers passkeys."""
    return offers_passkeys(site.policy.manifest)


def is_protected(standing: Standing | None) -> bool:
    """Whether somebody has a second factor in force."""
    return standing is not None and standing.state != "pending"


def _new(visit: Visit) -> dict[str, Any]:
    return visit.guard.passkeys.ask_new(visit.who, verified=_verified(visit))


def _verified(visit: Visit) -> bool:
    """Whether they have a second factor and gave it lately."""
    return is_protected(visit.standing) and visit.verdict == "ok"


def _register(visit: Visit) -> Outbound:
    from consentguard.twofactor import FactorError

    _ = visit.epoch  # before anything is verified: what changes meanwhile ends what comes of it
    answer, name = visit.inbound.value("credential"), visit.inbound.value("label")
    try:
        verified = _verified(visit)
        result = visit.guard.passkeys.add(visit.who, answer, name=name, verified=verified, language=visit.language)
    except FactorError:
        return visit.to(visit.at("factor_passkeys", next=visit.onward))  # which asks for the factor, or says enough
    if result.verdict != "ok":
        return passkeys_sheet(visit, visit.speech.say("No passkey was added. Please try again."))
    cookies = visit.given(result.factor, "webauthn")
    if result.recovery_codes:
        return codes_sheet(visit, result.recovery_codes, cookies)
    return visit.to(visit.at("factor_passkeys", done=REGISTER, next=visit.onward), *cookies)


def _rename(visit: Visit) -> Outbound:
    name = visit.inbound.value("label")
    return _changed(visit, RENAME, visit.guard.passkeys.rename(visit.who, visit.inbound.value("passkey"), name))


def _drop(visit: Visit) -> Outbound:
    passkey = visit.inbound.value("passkey")
    return _changed(visit, DROP, visit.guard.passkeys.remove(visit.who, passkey, language=visit.language))


def _changed(visit: Visit, answer: str, done: bool) -> Outbound:
    """The list, or where no factor is left the page that says so."""
    if not done:
        return passkeys_sheet(visit, unchosen=visit.speech.say("Choose a passkey."))
    if not is_protected(visit.standing):
        return visit.to(visit.at("factor", done=REMOVE), *visit.browser.forgotten())
    return visit.to(visit.at("factor_passkeys", done=answer, next=visit.onward))


ROUTES = (
    Route(
        name="factor_passkeys",
        path="second-factor/passkeys",
        endpoint=passkeys,
        enabled=offers,
        methods=FORM,
        limit=LIMIT,
    ),
    Route(
        name="passkey_options",
        path="second-factor/passkeys/options",
        endpoint=options,
        enabled=offers,
        methods=("POST",),
        localised=False,
        limit=LIMIT,
    ),
)
