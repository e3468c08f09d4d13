"""Which pages of requests a site has, and how often each may be sent."""

from __future__ import annotations

from consentguard.guard import Guard
from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.rights import offered
from consentguard.site import Site

REQUESTS = "10/hour"
"""How often one client may ask: each time somebody gets a mail."""
TO_ONE_MAILBOX = "3/day"
"""How often anybody may have one address mailed."""
LOOKS = "60/hour"


def asks(site: Site) -> bool:
    """Whether the policy offers a right on our page that we can carry out."""
    return bool(offered(site.policy.manifest))


def answers(site: Site) -> bool:
    """Whether the policy has a right that we can carry out, however it is asked for: mails lead to our pages too."""
    return any(name in CARRIED_OUT for name, _ in (site.policy.manifest.rights or {}).items())


def may_be_mailed(guard: Guard, address: str) -> bool:
    """Whether one more mail to a mailbox is bearable: whoever fills somebody's is told no more than anybody else."""
    return is_within(guard, "request.mailbox", guard.pseudonyms.of_address(address))


def is_within(guard: Guard, what: str, mailbox: str) -> bool:
    """Count a mail to somebody, by their pseudonym: whether it is not one too many."""
    from consentguard.web.limits import is_within  # a site without forms never loads what counts them

    return is_within(TO_ONE_MAILBOX, guard.site, what, mailbox)
