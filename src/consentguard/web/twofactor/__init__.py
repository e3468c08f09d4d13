"""The endpoints of the second factor: to set one up, to give a code of it or a recovery code, and to take it away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from consentguard.guard import Guard
from consentguard.records import FactorMethod
from consentguard.site import Site
from consentguard.web.frame import language_of
from consentguard.web.messages import Cookie, Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.twofactor import passkeys
from consentguard.web.twofactor.codes import DOWNLOAD, codes_file, codes_sheet
from consentguard.web.twofactor.devices import END, END_ALL, devices_sheet
from consentguard.web.twofactor.passkey_sheets import PASSKEY, RENEW_BY_PASSKEY, is_offered, offers_codes
from consentguard.web.twofactor.sheets import (
    ACTIVATE,
    RECOVER,
    REMOVE,
    REMOVE_APP,
    RENEW,
    START,
    VERIFY,
    factor_sheet,
    setup_sheet,
    stranger_sheet,
)
from consentguard.web.twofactor.visit import Visit, setup_cookie

if TYPE_CHECKING:
    from consentguard.twofactor import Result  # its libraries are not loaded to start a site

__all__ = ["ROUTES", "devices", "factor", "offers", "setup"]

LIMIT = "60/hour"
"""How often one client may send a form of these pages. What guessing needs is counted for each factor beside it."""
Act = Callable[[Visit], Outbound]


def factor(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows how far somebody is; POST takes what they give, makes new recovery codes, or takes a factor away."""
    given = {VERIFY: _verify, PASSKEY: _use_passkey, RECOVER: _recover}
    renewed = {RENEW: _renew, RENEW_BY_PASSKEY: _renew_by_passkey}
    acts = {**given, **renewed, DOWNLOAD: codes_file, REMOVE: _remove, REMOVE_APP: _remove_app}
    return _for_somebody(guard, inbound, factor_sheet, acts)


def setup(guard: Guard, inbound: Inbound) -> Outbound:
    """POST begins to set a factor up, or activates it by a code; GET shows what the app needs meanwhile."""
    return _for_somebody(guard, inbound, _setup_page, {START: _start, ACTIVATE: _activate})


def devices(guard: Guard, inbound: Inbound) -> Outbound:
    """GET lists the browsers in which somebody gave a second factor; POST ends one of them, or all."""
    return _for_somebody(guard, inbound, devices_sheet, {END: _end, END_ALL: _end_all})


def offers(site: Site) -> bool:
    """Whether the policy offers a second factor of any kind."""
    return offers_codes(site) or passkeys.offers(site)


def _for_somebody(guard: Guard, inbound: Inbound, page: Act, acts: Mapping[str, Act]) -> Outbound:
    """What a page answers to somebody who is signed in; everybody else is sent home."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    who = inbound.subject()
    if who is None:
        return stranger_sheet(guard, inbound, language)
    visit = Visit(guard=guard, inbound=inbound, language=language, who=who)
    act = acts.get(inbound.value("answer"), page) if inbound.method == "POST" else page
    return act(visit)


def _setup_page(visit: Visit) -> Outbound:
    enrolment = visit.enrolment()
    return setup_sheet(visit, enrolment) if enrolment else visit.to(visit.at("factor", next=visit.onward))


def _start(visit: Visit) -> Outbound:
    standing = visit.standing
    beside = standing is not None and standing.id in standing.passkeys and visit.verdict == "ok"
    if standing and standing.state != "pending" and not beside:
        return visit.to(visit.at("factor", next=visit.onward))
    if kept := visit.kept_from_setting_up():
        return kept
    begun = visit.guard.twofactor.enrol(visit.who, verified=beside)
    return visit.to(visit.at("factor_setup", next=visit.onward), setup_cookie(visit, begun))


def _activate(visit: Visit) -> Outbound:
    if visit.enrolment() is None:
        return visit.to(visit.at("factor", next=visit.onward))
    _ = visit.epoch
    verified, code = passkeys.is_protected(visit.standing) and visit.verdict == "ok", visit.inbound.value("code")
    result = visit.guard.twofactor.activate(visit.who, code, verified=verified, language=visit.language)
    if result.verdict == "ok":
        given = visit.given(result.factor, "otp")
        return codes_sheet(visit, result.recovery_codes, given) if result.recovery_codes else _on(visit, "", given)
    enrolment = visit.enrolment()
    return setup_sheet(visit, enrolment, result) if enrolment else visit.to(visit.at("factor", next=visit.onward))


def _verify(visit: Visit) -> Outbound:
    _ = visit.epoch  # before the code is compared: what changes meanwhile ends what comes of it
    result = visit.guard.twofactor.verify(visit.who, visit.inbound.value("code"), language=visit.language)
    return _answered(visit, result, VERIFY, "otp")


def _use_passkey(visit: Visit) -> Outbound:
    if not is_offered(visit):
        return factor_sheet(visit)
    _ = visit.epoch
    result = visit.guard.passkeys.verify(visit.who, visit.inbound.value("credential"))
    return _answered(visit, result, PASSKEY, "webauthn")


def _recover(visit: Visit) -> Outbound:
    _ = visit.epoch
    result = visit.guard.twofactor.recover(visit.who, visit.inbound.value("code"), language=visit.language)
    return _answered(visit, result, RECOVER, "recovery")


def _renew(visit: Visit) -> Outbound:
    """New recovery codes, in a browser that gave the factor before, for one more code."""
    if visit.standing is None or visit.verdict != "ok":
        return factor_sheet(visit)
    _ = visit.epoch
    result = visit.guard.twofactor.renew_codes(visit.who, visit.inbound.value("code"), language=visit.language)
    return _renewed(visit, result, RENEW, "otp")


def _renew_by_passkey(visit: Visit) -> Outbound:
    """The same, for a passkey that is given once more."""
    if visit.standing is None or visit.verdict != "ok" or not is_offered(visit):
        return factor_sheet(visit)
    _ = visit.epoch
    answer = visit.inbound.value("credential")
    result = visit.guard.passkeys.renew_codes(visit.who, answer, language=visit.language)
    return _renewed(visit, result, RENEW_BY_PASSKEY, "webauthn")


def _renewed(visit: Visit, result: Result, answer: str, method: FactorMethod) -> Outbound:
    if result.verdict != "ok":
        return factor_sheet(visit, result, answer)
    return codes_sheet(visit, result.recovery_codes, visit.given(result.factor, method), renewed=True)


def _answered(visit: Visit, result: Result, answer: str, method: FactorMethod) -> Outbound:
    """The way on with the cookies that prove it; or the page again, with what is wrong beside the field."""
    if result.verdict == "ok":
        return _on(visit, answer, visit.given(result.factor, method))
    if result.verdict in ("absent", "disabled"):
        return visit.to(visit.at("factor", next=visit.onward))  # whose page says so
    return factor_sheet(visit, result, answer)


def _on(visit: Visit, answer: str, cookies: tuple[Cookie, ...]) -> Outbound:
    return visit.to(visit.onward or visit.at("factor", done=answer), *cookies)


def _remove_app(visit: Visit) -> Outbound:
    standing = visit.standing
    if standing is None or not standing.passkeys or visit.verdict != "ok":
        return factor_sheet(visit)
    visit.guard.twofactor.remove_app(visit.who, language=visit.language)
    return visit.to(visit.at("factor"))


def _remove(visit: Visit) -> Outbound:
    if visit.standing is None or visit.verdict != "ok":
        return factor_sheet(visit)
    visit.guard.twofactor.remove(visit.who, language=visit.language)
    return visit.to(visit.at("factor", done=REMOVE), *visit.browser.forgotten())


def _end(visit: Visit) -> Outbound:
    if visit.verdict != "ok":
        return devices_sheet(visit)
    visit.guard.sessions.end(visit.who, visit.inbound.value("device"))
    return visit.to(visit.at("factor_devices", done=END))


def _end_all(visit: Visit) -> Outbound:
    if visit.verdict != "ok":
        return devices_sheet(visit)
    visit.guard.sessions.end_all(visit.who)
    return visit.to(visit.at("factor"), *visit.browser.forgotten())


ROUTES = (
    Route(name="factor", path="second-factor", endpoint=factor, enabled=offers, methods=FORM, limit=LIMIT),
    Route(
        name="factor_setup",
        path="second-factor/setup",
        endpoint=setup,
        enabled=offers_codes,
        methods=FORM,
        limit=LIMIT,
    ),
    Route(
        name="factor_devices",
        path="second-factor/devices",
        endpoint=devices,
        enabled=offers,
        methods=FORM,
        limit=LIMIT,
    ),
)
