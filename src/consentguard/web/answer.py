"""The one door to every endpoint: what adapters call, and what is answered when an endpoint cannot be."""

from __future__ import annotations

import logging
from dataclasses import replace

from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.web.forms import read_form
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.refusals import show_refusal
from consentguard.web.routes import READ, Route
from consentguard.web.safety import RefusalError, check_origin, check_text

OWN = (404, 405)
"""What a host says in its own manner."""
UNREAD = {"X-Content-Type-Options": "nosniff"}
"""Of every answer: no browser takes it for anything else than it says."""
PRIVATE = {
    **UNREAD,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    # a click into another site's frame is sent from a page of ours, so that check_origin lets it pass
    "X-Frame-Options": "SAMEORIGIN",
}
"""Of a page about somebody: nothing keeps it, no other site is told of it, and none shows it in a frame."""

_log = logging.getLogger("consentguard")


def answer(route: Route, guard: Guard, inbound: Inbound) -> Outbound:
    """What an endpoint answers, or why it was not asked. Raises no ConsentGuardError.

    404 where the policy has no such page, 405 for another method, 403 for a form of another site, 413, 415 or 400 for
    a body that cannot be read, 429 for too many attempts; and 503, with no details but in the log, while the database,
    the keyring, a setting or a transaction of the host's keeps the endpoint from answering.
    """
    try:
        outbound = _ask(route, guard, inbound)
    except RefusalError as refusal:
        if refusal.status not in OWN:
            _log.warning("%s %s refused with %d: %s", inbound.method, route.name, refusal.status, refusal)
        outbound = _refused(route, guard, inbound, refusal)
    except ConsentGuardError as error:
        _log.error("%s %s failed: %s", inbound.method, route.name, error)
        outbound = _refused(route, guard, inbound, RefusalError(503, "The site cannot answer now."))
    return guarded(outbound, changing=inbound.method not in READ)


def guarded(outbound: Outbound, *, changing: bool) -> Outbound:
    """The answer with the headers that keep it from being stored, misread, framed by other sites or told to them."""
    private = outbound.private or changing or bool(outbound.cookies)
    headers = {**outbound.headers, **PRIVATE} if private else {**UNREAD, **outbound.headers}
    return replace(outbound, headers=headers, private=private)


def _ask(route: Route, guard: Guard, inbound: Inbound) -> Outbound:
    if not route.enabled(guard.site):
        raise RefusalError(404, "There is no such page.")
    if inbound.method == "OPTIONS":
        return Outbound(status=204, headers={"Allow": _allowed(route)})
    if inbound.method not in route.methods:
        raise RefusalError(405, f"This answers {_allowed(route)}.")
    check_text(inbound)
    if inbound.method not in READ:
        if route.caller == "browser":
            check_origin(guard.site, inbound)
        inbound = replace(inbound, form=read_form(inbound, expected=route.localised))
        # what the host began before us nobody would end, and a cookie would tell of a choice that is on no record
        guard.stores.transactions.outside()
        _count(route, guard, inbound)
    return route.endpoint(guard, inbound)


def _count(route: Route, guard: Guard, inbound: Inbound) -> None:
    if route.limit:
        from consentguard.web.limits import check_limit  # a site without forms never loads what counts them

        check_limit(route, guard.site, inbound)


def _allowed(route: Route) -> str:
    return ", ".join((*route.methods, "OPTIONS"))


def _refused(route: Route, guard: Guard, inbound: Inbound, refusal: RefusalError) -> Outbound:
    """The refusal as a page for people, as JSON for programs, or for the host to say."""
    headers = {"Allow": _allowed(route)} if refusal.status == 405 else {}
    if refusal.retry_after:
        headers["Retry-After"] = str(refusal.retry_after)
    if not route.localised:
        return Outbound(status=refusal.status, json={"error": refusal.message}, headers=headers)
    if refusal.status in OWN:
        return Outbound(status=refusal.status, headers=headers)
    try:
        sheet = show_refusal(route, guard, inbound, refusal)
    except ConsentGuardError as error:
        _log.error("no page can say so: %s", error)
        return Outbound(status=refusal.status, headers=headers)
    return replace(sheet, headers={**sheet.headers, **headers})
