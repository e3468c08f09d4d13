"""Writes the OpenAPI 3.1 description of the JSON endpoints that a site has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from consentguard.web.bodies import JSON, Problem
from consentguard.web.forms import URLENCODED
from consentguard.web.routes import Route

Schema = dict[str, Any]
Allowed = Mapping[tuple[str, str], Sequence[str]]
"""The values that a field takes on this site, by its body's and its own name."""

REFERENCE = "#/components/schemas/{name}"
BEARER = "machine"
_PARAMETER = re.compile("<([a-z]+)>")
_ALWAYS = (HTTPStatus.BAD_REQUEST, HTTPStatus.SERVICE_UNAVAILABLE)
"""What any operation may answer: to an address that none can read, and while the database or the keyring is away."""
_WITH_BODY = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
)
"""What an operation that takes a body may answer too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one method of a route does: it `takes` one body and `gives` another with `status`; None is any object.

    `refuses` are the answers that it has beside those of its like; who calls it by a token is a `machine`. A body that
    is a `form` is signed by what it holds, and takes no token.
    """

    summary: str
    gives: type[msgspec.Struct] | None
    status: HTTPStatus = HTTPStatus.OK
    takes: type[msgspec.Struct] | None = None
    refuses: tuple[HTTPStatus, ...] = ()
    form: bool = False

    def bodies(self) -> Iterator[type[msgspec.Struct]]:
        """Every body that it takes or gives."""
        yield from filter(None, (self.takes, self.gives, Problem))


Operations = Mapping[str, Mapping[str, Operation]]
"""By a route's name and a method."""


def description(title: str, prefix: str, routes: Iterable[Route], operations: Operations, allowed: Allowed) -> Schema:
    """The document for endpoints that stand below `prefix` (a path; empty for the root)."""
    routes = tuple(routes)
    bodies = {body for route in routes for each in operations[route.name].values() for body in each.bodies()}
    _, schemas = msgspec.json.schema_components(sorted(bodies, key=lambda body: body.__name__), ref_template=REFERENCE)
    for (body, name), values in allowed.items():
        if body in schemas:
            field = schemas[body]["properties"][name]
            narrowed = {"enum": list(values)}
            schemas[body]["properties"][name] = {**field, "items": narrowed} if "items" in field else narrowed
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": prefix or "/"}],
        "paths": {_path(route): _methods(route, operations[route.name]) for route in routes},
        "components": {
            "schemas": schemas,
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
    }


def _path(route: Route) -> str:
    return "/" + _PARAMETER.sub(r"{\1}", route.path)


def _methods(route: Route, operations: Mapping[str, Operation]) -> Schema:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    methods = {method.lower(): _operation(route, method, each) for method, each in operations.items()}
    return {"parameters": parameters, **methods} if parameters else methods


def _operation(route: Route, method: str, operation: Operation) -> Schema:
    refusals = sorted({*_ALWAYS, *operation.refuses, *(_WITH_BODY if operation.takes else ())})
    described: Schema = {
        "operationId": f"{route.name}_{method.lower()}",
        "summary": operation.summary,
        "responses": {
            str(operation.status.value): _answer(operation.status, operation.gives),
            **{str(status.value): _answer(status, Problem) for status in refusals},
        },
    }
    if operation.takes:
        sent_as = URLENCODED if operation.form else JSON
        described["requestBody"] = {"required": True, "content": _content(operation.takes, sent_as)}
    if route.caller == "machine" and not operation.form:
        described["security"] = [{BEARER: []}]
    return described


def _answer(status: HTTPStatus, body: type[msgspec.Struct] | None) -> Schema:
    return {"description": status.phrase, "content": _content(body)}


def _content(body: type[msgspec.Struct] | None, sent_as: str = JSON) -> Schema:
    return {sent_as: {"schema": {"$ref": REFERENCE.format(name=body.__name__)} if body else {"type": "object"}}}
