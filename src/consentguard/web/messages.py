"""A request and a response as the core sees them: adapters make the one and answer with the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

UrlFor = Callable[..., str]
"""`url_for("policy", language="es")`: the path of one of our routes, or of a static file with `url_for("static", path=...)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What an endpoint may know of a request."""

    method: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    url_for: UrlFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What an endpoint answers: a page (`template` and the `page` it shows) or a redirect (`location`)."""

    status: int = 200
    template: str = ""
    page: Any = None
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
