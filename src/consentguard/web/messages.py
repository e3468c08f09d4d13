"""A request and a response as the core sees them: adapters make the one and answer with the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class UrlFor(Protocol):
    """Where the pages of consentguard stand in a host's site."""

    def __call__(self, name: str, /, **params: str) -> str:
        """The path of a route (`url_for("policy", language="es")`), a file (`url_for("static", path="pages.css")`),
        or the host's own first page (`url_for("home")`).
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What an endpoint may know of a request.

    `params` are the parts of the route's path; `headers` are named as the standards write them (`Accept-Language`).
    """

    method: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    url_for: UrlFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What an endpoint answers: `template` with the `page` it shows, in `language`.

    Without a template the host answers `status` in its own manner, such as with its own page for 404. `vary` are
    request headers that the answer depends on: added to the host's, never in their place.
    """

    status: int = 200
    template: str = ""
    page: Any = None
    language: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    vary: tuple[str, ...] = ()
