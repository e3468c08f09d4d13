"""Where an unsafe request may come from, and where a redirect may lead."""

from __future__ import annotations

from consentguard.errors import ConsentGuardError
from consentguard.site import Site
from consentguard.web.messages import Inbound

_NEVER_IN_A_PATH = frozenset(map(chr, (*range(33), 92, 127)))
"""Control characters and spaces, which browsers take out of an address; the backslash, which they take for a slash."""


class RefusalError(ConsentGuardError):
    """A request that is answered with `status`, and by no endpoint. `message` may be shown to whoever sent it.

    `retry_after` is in how many seconds it may be sent again; 0 where nobody can say.
    """

    def __init__(self, status: int, message: str, *, hint: str = "", retry_after: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.retry_after = retry_after


def check_origin(site: Site, inbound: Inbound) -> None:
    """Raises RefusalError unless a page of this site, or of a trusted origin, sent an unsafe request.

    `Sec-Fetch-Site` decides where the browser sends it, since no page can write that header (Fetch Metadata Request
    Headers, section 2.3); an old browser, or one that talks plain http, sends `Origin` alone. That is held against
    what is configured, never against `Host`, which is the proxy's or the attacker's to choose. `Origin: null` is what
    a page says that hides where it comes from.
    """
    told, origin = inbound.headers.get("Sec-Fetch-Site"), inbound.headers.get("Origin", "")
    if told == "same-origin":
        return
    trusted = site.settings.trusted_origins
    if told is None and origin and origin in (site.base_url, *trusted):
        return
    if told in ("same-site", "cross-site") and origin in trusted:
        return
    ours = f"answers at {site.base_url}" if site.base_url else "does not know where it answers"
    raise RefusalError(
        403,
        "This was not sent from a page of this site, so nothing was changed.",
        hint=f"this site {ours}, as base_url says; another origin of yours goes into trusted_origins",
    )


def check_text(inbound: Inbound) -> None:
    """Raises RefusalError for a path or query with a null character, which no database of ours keeps in a text."""
    if any("\0" in value for value in (*inbound.params.values(), *inbound.query.values())):
        raise RefusalError(400, "The address holds a null character.")


def local_path(text: str) -> str:
    """The text if it is a path of this very site, for a redirect to follow; else nothing.

    Refused is what a browser would take for another site: a scheme, `//host`, `/\\host`, and any of these behind
    characters that it passes over.
    """
    local = text.startswith("/") and not text.startswith("//") and _NEVER_IN_A_PATH.isdisjoint(text)
    return text if local else ""
