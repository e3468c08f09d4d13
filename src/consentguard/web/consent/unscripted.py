"""The style sheet of browsers that run no scripts: it shows the banner for as long as there is no choice in force."""

from __future__ import annotations

from consentguard.guard import Guard
from consentguard.web.consent.decisions import asks, choice_of
from consentguard.web.frame import language_of
from consentguard.web.messages import File, Inbound, Outbound
from consentguard.web.privacy import is_answered, sends_signal
from consentguard.web.routes import Route

SHOWN = """@import "{sheet}";
.cg[data-consent-banner] {{ display: block; }}
:is(.cg,#cg) .cg-banner.cg-banner {{ position: static; max-height: none; margin-block: .75rem; }}
"""
"""Above the page and not over it: no script makes room for it at the end."""
HIDDEN = "/* nothing to ask */\n"


def unscripted(guard: Guard, inbound: Inbound) -> Outbound:
    """About one visitor, so that nobody keeps it."""
    if language_of(guard.site, inbound) is None:
        return Outbound(status=404)
    shown = SHOWN.format(sheet=inbound.url_for("static", path="banner.css"))
    text = shown if _is_asked(guard, inbound) else HIDDEN
    return Outbound(
        file=File(content=text.encode(), name="banner.css", media_type="text/css", shown=True), private=True
    )


def _is_asked(guard: Guard, inbound: Inbound) -> bool:
    refused = sends_signal(inbound.headers) and is_answered(guard.site, guard.site.consent_policy.purposes)
    return choice_of(guard, inbound) is None and not refused


ROUTES = (Route(name="unscripted", path="banner.css", endpoint=unscripted, enabled=asks),)
