"""What platforms call when one of their users wants data deleted, or disconnects: machines, known by a signature."""

from __future__ import annotations

from http import HTTPStatus

from consentguard.guard import Guard
from consentguard.platforms import PlatformError, SignedRequestError
from consentguard.site import Site
from consentguard.web.bodies import Deletion, Disconnection, SignedRequest, give, problem
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.openapi import Operation, Operations
from consentguard.web.rights import answers
from consentguard.web.routes import Route

CALLS = "600/hour"
"""How often one address may call: a platform tries again where a site does not answer."""
_FIELD = "signed_request"


def delete(guard: Guard, inbound: Inbound) -> Outbound:
    """Open a request for whom the platform names, and say where its user can follow it."""
    languages = guard.site.policy.manifest.site.languages
    try:
        confirmed = guard.platforms.delete(inbound.params["platform"], inbound.value(_FIELD), language=languages[0])
    except PlatformError as error:
        return problem(HTTPStatus.NOT_FOUND, error.message)
    except SignedRequestError as error:
        return problem(HTTPStatus.BAD_REQUEST, error.message)
    url = guard.link("status", language=languages[0], code=confirmed.code)
    return give(Deletion(url=url, confirmation_code=confirmed.code))


def deauthorise(guard: Guard, inbound: Inbound) -> Outbound:
    """Let go what is kept for whom the platform names: they have disconnected the site there."""
    try:
        ended = guard.platforms.deauthorise(inbound.params["platform"], inbound.value(_FIELD))
    except PlatformError as error:
        return problem(HTTPStatus.NOT_FOUND, error.message)
    except SignedRequestError as error:
        return problem(HTTPStatus.BAD_REQUEST, error.message)
    return give(Disconnection(disconnected=ended))


def is_called(site: Site) -> bool:
    """Whether a platform is named in the settings, and the policy has rights."""
    return bool(site.settings.platforms) and answers(site)


OPERATIONS: Operations = {
    "platform_delete": {
        "POST": Operation(
            summary="A platform's user wants their data deleted there (Meta's data deletion callback).",
            takes=SignedRequest,
            gives=Deletion,
            refuses=(HTTPStatus.NOT_FOUND,),
            form=True,
        ),
    },
    "platform_deauthorise": {
        "POST": Operation(
            summary="A platform's user has disconnected the site there (Meta's deauthorise callback).",
            takes=SignedRequest,
            gives=Disconnection,
            refuses=(HTTPStatus.NOT_FOUND,),
            form=True,
        ),
    },
}
ROUTES = (
    Route(
        name="platform_delete",
        path="platforms/<platform>/delete",
        endpoint=delete,
        enabled=is_called,
        methods=("POST",),
        localised=False,
        caller="machine",
        limit=CALLS,
    ),
    Route(
        name="platform_deauthorise",
        path="platforms/<platform>/deauthorise",
        endpoint=deauthorise,
        enabled=is_called,
        methods=("POST",),
        localised=False,
        caller="machine",
        limit=CALLS,
    ),
)
