"""The endpoints that speak JSON: a visitor's choice, how far a request is, and requests that another system sends."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from http import HTTPStatus

from msgspec import UNSET

from consentguard.consent import ConsentError, OutdatedError, RepeatedError
from consentguard.cookies import Choice
from consentguard.guard import Guard
from consentguard.records import ConsentRecord, Token
from consentguard.rights import Asked, Details, RightsError, drp, offered
from consentguard.web import platforms, rights
from consentguard.web.bodies import (
    ChoiceHeld,
    ChoiceMade,
    Chosen,
    Progress,
    Received,
    RequestDetails,
    RequestMade,
    Speaker,
    give,
    problem,
    read,
)
from consentguard.web.consent.decisions import asks, choice_of, decide
from consentguard.web.consent.page import LIMIT
from consentguard.web.frame import language_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.openapi import Operation, Operations, description
from consentguard.web.routes import FORM, Route

OLDEST = dt.timedelta(days=366)
"""How long ago another system may have received a request."""
REFUSING = ("reject", "withdraw")
"""Methods that accept nothing, also where somebody is asked again."""
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]{20,128}=*)", re.IGNORECASE | re.ASCII)


def choice(guard: Guard, inbound: Inbound) -> Outbound:
    """GET gives the visitor's choice; POST records one and sets the cookie that keeps it."""
    if inbound.method != "POST":
        return give(_held(guard, choice_of(guard, inbound)))
    body = read(inbound, ChoiceMade)
    if isinstance(body, Outbound):
        return body
    if body.accepted and body.method in REFUSING:
        return problem(422, f"Whoever decides by {body.method} accepts nothing.")
    languages = guard.site.policy.manifest.site.languages
    named = "" if body.language is UNSET else body.language
    try:
        record, cookies = decide(
            guard,
            inbound,
            body.accepted,
            policy="" if body.policy is UNSET else body.policy,
            method=body.method,
            component=body.component,
            language=named if named in languages else language_of(guard.site, inbound) or languages[0],
            nonce="" if body.nonce is UNSET else body.nonce,
            again=body.again,
        )
    except (OutdatedError, RepeatedError) as error:
        return problem(409, error.message)
    except ConsentError as error:
        return problem(422, error.message)
    return replace(give(_held(guard, record)), cookies=cookies)


def status(guard: Guard, inbound: Inbound) -> Outbound:
    """How far a request is, for whoever has its code."""
    request = guard.rights.status(inbound.params["code"])
    if request is None:
        return problem(404, "There is no request with this code.")
    told = drp(request)
    progress = Progress(
        right=request.right,
        state=request.state,
        status=told.status,
        reason=told.reason,
        received_on=request.received_at.date(),
        due_on=request.due_on,
        extended_on=request.extended_on,
    )
    return give(progress)


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
    if wrong := _unknown(guard, body.details):
        return problem(422, wrong)
    received_at = None if body.received_at is UNSET else body.received_at
    if wrong := _over(guard, body.details, received_at):
        return problem(409, wrong)
    speaks = None if body.speaks is UNSET else body.speaks
    asked = Asked(
        right=body.right,
        address=body.email,
        language=language,
        channel="help_desk",
        identity=speaks.role if speaks else "",
        details=_details(body.details, speaks),
        received_at=received_at,
    )
    try:
        request = guard.rights.take(asked)
    except RightsError as error:
        return problem(422, error.message)
    return give(Received(id=request.id, due_on=request.due_on), 202)


def _details(given: RequestDetails, speaks: Speaker | None) -> Details:
    return Details(
        purposes=tuple(given.purposes),
        categories=tuple(given.categories),
        until=given.until,
        note=given.note,
        external=given.external,
        agent=speaks.name if speaks else "",
        authority=speaks.authority if speaks else "",
        person=speaks.person if speaks else "",
    )


def _unknown(guard: Guard, given: RequestDetails) -> str:
    """What is named that the policy does not have; empty for nothing."""
    manifest = guard.site.policy.manifest
    if set(given.purposes) - set(manifest.purposes):
        return "The policy does not have one of the purposes."
    return "The policy does not have one of the categories." if set(given.categories) - set(manifest.categories) else ""


def _over(guard: Guard, given: RequestDetails, received_at: dt.datetime | None) -> str:
    """What is past by now; empty for nothing."""
    now = guard.clock.now()
    if received_at and now - received_at > OLDEST:
        return "The request was received more than a year ago."
    return "The restriction would end before it begins." if given.until and given.until <= now.date() else ""


def describe(guard: Guard, inbound: Inbound) -> Outbound:
    """The OpenAPI description of the endpoints that the policy gives the site."""
    site = guard.site
    controller = site.policy.manifest.controller
    document = description(
        controller.name if controller else site.base_url,
        prefix=inbound.url_for("openapi").removesuffix(f"/{_DESCRIPTION}"),
        routes=(route for route in (*ROUTES, *platforms.ROUTES) if route.enabled(site)),
        operations={**OPERATIONS, **platforms.OPERATIONS},
        allowed={
            ("ChoiceMade", "accepted"): site.consent_policy.items,
            ("RequestMade", "right"): offered(site.policy.manifest, "help_desk"),
            ("RequestMade", "language"): site.policy.manifest.site.languages,
            ("RequestDetails", "purposes"): tuple(site.policy.manifest.purposes),
            ("RequestDetails", "categories"): tuple(site.policy.manifest.categories),
        },
    )
    if made := document["components"]["schemas"].get(ChoiceMade.__name__):
        deciding = sorted(set(made["properties"]["method"]["enum"]) - set(REFUSING))
        nothing, other = {"accepted": {"maxItems": 0}}, {"method": {"enum": deciding}}
        made["anyOf"] = [{"properties": nothing}, {"properties": other}]
    return Outbound(json=document)


def _held(guard: Guard, made: Choice | ConsentRecord | None) -> ChoiceHeld:
    asked = guard.site.consent_policy
    return ChoiceHeld(
        policy=asked.id,
        needs_choice=bool(asked.purposes) and made is None,
        purposes=list(asked.purposes),
        choice=_chosen(made) if made else None,
    )


def _chosen(made: Choice | ConsentRecord) -> Chosen:
    record = made.id if isinstance(made, ConsentRecord) else made.record
    return Chosen(accepted=sorted(made.accepted), chosen_at=made.at, holds_until=made.until, record=record)


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
            refuses=(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
        ),
    },
    "api_requests": {
        "POST": Operation(
            summary="Take a request down; the person is asked by mail to confirm it.",
            takes=RequestMade,
            gives=Received,
            status=HTTPStatus.ACCEPTED,
            refuses=(HTTPStatus.UNAUTHORIZED, HTTPStatus.CONFLICT),
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
        enabled=asks,
        methods=FORM,
        localised=False,
        limit=LIMIT,
    ),
    Route(
        name="api_requests",
        path="api/requests",
        endpoint=receive,
        enabled=rights.answers,
        methods=("POST",),
        localised=False,
        caller="machine",
        limit=LIMIT,
    ),
    Route(
        name="api_status",
        path="api/requests/<code>",
        endpoint=status,
        enabled=rights.answers,
        localised=False,
    ),
    Route(
        name="openapi",
        path=_DESCRIPTION,
        endpoint=describe,
        enabled=lambda site: asks(site) or rights.answers(site),
        localised=False,
    ),
)
