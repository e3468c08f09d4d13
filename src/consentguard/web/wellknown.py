"""What a site says of itself at well-known places (RFC 8615): these stand at its root, whatever our prefix is."""

from __future__ import annotations

from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import Route


def gpc(guard: Guard, inbound: Inbound) -> Outbound:  # noqa: ARG001 - as every endpoint
    """That the site honours Global Privacy Control, and since which version of its policy (W3C GPC, section 4).

    A version that is not published has no date, and so says none.
    """
    record = guard.site.published
    dated = {"lastUpdate": record.published.isoformat()} if record else {}
    return Outbound(json={"gpc": True, **dated})


def honours_signal(site: Site) -> bool:
    """Whether Global Privacy Control refuses anything there."""
    return bool(site.refused_by_signal)


ROUTES = (Route(name="gpc", path=".well-known/gpc.json", endpoint=gpc, enabled=honours_signal, localised=False),)
