"""A request and a response as the core sees them: adapters make the one and answer with the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from consentguard.records import SubjectRef
from consentguard.web.circumstances import Circumstances

FORM_LIMIT = 64 * 1024
"""Bytes of a body at most: no form or document of ours comes near."""
FORM_FIELDS = 100
"""Fields of a form at most."""


class UrlFor(Protocol):
    """Where the pages of consentguard stand in a host's site."""

    def __call__(self, name: str, /, **params: str) -> str:
        """The path of a route (`url_for("policy", language="es")`), a file (`url_for("static", path="pages.css")`),
        or the host's own first page (`url_for("home")`). Always a path, never a host name.
        """


def _nobody() -> None:
    return None


def _nowhere() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What an endpoint may know of a request.

    `params` are the parts of the route's path; `headers` are named as the standards write them (`Accept-Language`).
    `body` holds what was sent, of which an adapter reads no more than FORM_LIMIT + 1 bytes: so many are refused.
    `form` is made of it before an endpoint sees it: each field's values in order. `address` is the client's IP
    address, and `secure` says whether the request came over TLS. `subject` tells who is signed in, `circumstances` how
    they signed in; `sign_in` gives the path where one can, empty where the host names none. They may ask the database:
    each is called only where it matters.
    """

    method: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    address: str = field(default="", repr=False)
    secure: bool = False
    subject: Callable[[], SubjectRef | None] = field(default=_nobody, repr=False)
    sign_in: Callable[[], str] = _nowhere
    circumstances: Circumstances = field(default=Circumstances(), repr=False)
    url_for: UrlFor

    def value(self, name: str) -> str:
        """The last value of a form's field, without the white space around it; empty where there is none."""
        values = self.form.get(name) or ("",)
        return values[-1].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie to set, for the whole site (`Path=/`); with `max_age` 0 it is removed, of `domain` where one is named.

    `Secure` is the adapter's to add where the request came over https.
    """

    name: str
    value: str = field(repr=False)
    max_age: int
    http_only: bool = True
    same_site: Literal["Lax", "Strict"] = "Lax"
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to download, or one that a page loads and shows (`shown`).

    Content that is made as it is sent comes in pieces: an adapter takes each once, hands it on before it takes the
    next, and lets go of the iterator where nobody takes more.
    """

    content: bytes | Iterator[bytes] = field(repr=False)
    name: str
    media_type: str
    shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """What an endpoint answers: `template` with the `page` it shows in `language`, a path to `redirect` to (303),
    `json`, or a `file`.

    Without any of these the host answers `status` in its own manner, such as with its own page for 404. `vary` are
    request headers that the answer depends on: added to the host's, never in their place. `private` answers are
    about one visitor: `Cache-Control: no-store`, `Referrer-Policy: same-origin`, never an ETag.
    """

    status: int = 200
    template: str = ""
    page: Any = None
    language: str = ""
    redirect: str = ""
    json: object = None
    file: File | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Sequence[Cookie] = ()
    vary: tuple[str, ...] = ()
    private: bool = False
