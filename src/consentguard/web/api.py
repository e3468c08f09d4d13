"""The endpoints that speak JSON: a visitor's choice, how far a request is, and requests that another system sends."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus

from msgspec import UNSET

from consentguard.consent import ConsentError
from consentguard.cookies import Choice
from consentguard.guard import Guard
from consentguard.records import Token
from consentguard.rights import RightsError
from consentguard.web import consent, rights
from consentguard.web.bodies import ChoiceHeld, ChoiceMade, Chosen, Progress, Received, RequestMade, give, problem, read
from consentguard.web.frame import language_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.openapi import Operation, Operations, description
from consentguard.web.routes import FORM, Route

_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]{20,128}=*)", re.IGNORECASE | re.ASCII)


def choice(guard: Guard, inbound: Inbound) -> Outbound:
    """GET gives the visitor's choice; POST records one and sets the cookie that keeps it."""
    if inbound.method != "POST":
        return give(_held(guard, inbound))
    body = read(inbound, ChoiceMade)
    if isinstance(body, Outbound):
        return body
    language = language_of(guard.site, inbound) or guard.site.policy.manifest.site.languages[0]
    try:
        cookie = consent.choose(guard, inbound, body.accepted, language, method="api")
    except ConsentError as error:
        return problem(422, error.message)
    made = replace(inbound, cookies={**inbound.cookies, cookie.name: cookie.value})
    return replace(give(_held(guard, made)), cookies=(cookie,))


def status(guard: Guard, inbound: Inbound) -> Outbound:
    """How far a request is, for whoever has its code."""
    request = guard.rights.status(inbound.params["code"])
    if request is None:
        return problem(404, "There is no request with this code.")
    received_on = request.received_at.date()
    return give(Progress(right=request.right, state=request.state, received_on=received_on, due_on=request.due_on))


def receive(guard: Guard, inbound: Inbound) -> Outbound:
    """A request that another system took down, such as a help desk. The person confirms it by mail as ever."""
    if _caller(guard, inbound) is None:
        return problem(401, "The token is missing, unknown or expired.", WWW_Authenticate="Bearer")
    body = read(inbound, RequestMade)
    if isinstance(body, Outbound):
        return body
    languages = guard.site.policy.manifest.site.languages
    language = languages[0] if body.language is UNSET else body.language
    if language not in languages:
        return problem(422, "The site does not have this language.")
    try:
        request = guard.rights.receive(body.right, body.email, language=language, jurisdiction=None)
    except RightsError as error:
        return problem(422, error.message)
    return give(Received(id=request.id, due_on=request.due_on), 202)


def describe(guard: Guard, inbound: Inbound) -> Outbound:
    """The OpenAPI description of the endpoints that the policy gives the site."""
    site = guard.site
    controller = site.policy.manifest.controller
    document = description(
        controller.name if controller else site.base_url,
        prefix=inbound.url_for("openapi").removesuffix(f"/{_DESCRIPTION}"),
        routes=(route for route in ROUTES if route.enabled(site)),
        operations=OPERATIONS,
        allowed={
            ("ChoiceMade", "accepted"): guard.consent.purposes(),
            ("RequestMade", "right"): guard.rights.offered(),
            ("RequestMade", "language"): site.policy.manifest.site.languages,
        },
    )
    return Outbound(json=document)


def _held(guard: Guard, inbound: Inbound) -> ChoiceHeld:
    held, place = consent.choice_of(guard, inbound), consent.place_of(guard, inbound)
    return ChoiceHeld(
        version=guard.site.version,
        needs_choice=guard.consent.needs_choice(held, place),
        purposes=list(guard.consent.purposes(place)),
        choice=_chosen(held) if held else None,
    )


def _chosen(held: Choice) -> Chosen:
    return Chosen(accepted=sorted(held.accepted), chosen_at=held.at, holds_until=held.until, record=held.record)


def _caller(guard: Guard, inbound: Inbound) -> Token | None:
    """The token of the system that sent the request, if it has one that counts."""
    sent = _BEARER.fullmatch(inbound.headers.get("Authorization", ""))
    if sent is None:
        return None
    return guard.stores.tokens.find(Token.digest_of(sent[1]), "machine", guard.clock.now())


_DESCRIPTION = "api/openapi.json"
OPERATIONS: Operations = {
    "api_choice": {
        "GET": Operation(summary="The choice that this browser keeps.", gives=ChoiceHeld),
        "POST": Operation(
            summary="Record a choice, and set the cookie that keeps it.",
            takes=ChoiceMade,
            gives=ChoiceHeld,
            refuses=(HTTPStatus.FORBIDDEN,),
        ),
    },
    "api_requests": {
        "POST": Operation(
            summary="Take a request down; the person is asked by mail to confirm it.",
            takes=RequestMade,
            gives=Received,
            status=HTTPStatus.ACCEPTED,
            refuses=(HTTPStatus.UNAUTHORIZED,),
        ),
    },
    "api_status": {
        "GET": Operation(
            summary="How far a request is, by the code that its sender was given.",
            gives=Progress,
            refuses=(HTTPStatus.NOT_FOUND,),
        ),
    },
    "openapi": {"GET": Operation(summary="This description.", gives=None)},
}
ROUTES = (
    Route(
        name="api_choice",
        path="api/choice",
        endpoint=choice,
        enabled=consent.asks,
        methods=FORM,
        localised=False,
        limit=consent.LIMIT,
    ),
    Route(
        name="api_requests",
        path="api/requests",
        endpoint=receive,
        enabled=rights.asks,
        methods=("POST",),
        localised=False,
        caller="machine",
        limit=consent.LIMIT,
    ),
    Route(
        name="api_status",
        path="api/requests/<code>",
        endpoint=status,
        enabled=rights.asks,
        localised=False,
    ),
    Route(
        name="openapi",
        path=_DESCRIPTION,
        endpoint=describe,
        enabled=lambda site: consent.asks(site) or rights.asks(site),
        localised=False,
    ),
)
