"""What a mailed link says to whoever holds it, where it takes the second factor of the person concerned as well."""

from __future__ import annotations

from dataclasses import replace

from consentguard.assurance import Verdict
from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.assurance import Browser
from consentguard.web.demands import Demand
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.sheet import Fact, show
from consentguard.words import N_, Words

_ALONE = N_("A mail alone is not enough: this concerns an account with a second factor.")
_SIGN_IN = N_("Sign in to that account and give the factor. You then come back to this page.")
_GIVE = N_("Give your second factor. You then come back to this page.")
_SEVERAL = N_("Several such accounts have this address, and no link can speak for all of them. Write to us.")
_UNUSED = N_("Nothing has been done, and the link stays as it was.")
_LOST = N_("If you have lost the second factor, write to us. We then ask for another proof of who you are.")


def ask_factor(
    guard: Guard, inbound: Inbound, name: str, w: Words, browser: Browser, holders: tuple[SubjectRef, ...], here: str
) -> Outbound:
    """403, with the way to the second factor and back `here`, and to us for whoever has lost it.

    No code is taken on this page: whoever has the mailbox alone could lock the factor by wrong ones.
    """
    verdict = browser.step_up() if (browser.who,) == holders else "sign_in"
    way = _SEVERAL if len(holders) > 1 else _SIGN_IN if verdict == "sign_in" else _GIVE
    controller = guard.site.policy.manifest.controller
    return show(
        guard,
        inbound,
        name,
        w.language,
        w.say("Show that it is you"),
        status=403,
        lead=tuple(map(w.say, (_ALONE, way, _UNUSED, _LOST))),
        facts=(Fact(label=w.say("Write to"), value=controller.mailbox),) if controller and controller.mailbox else (),
        onward=() if len(holders) > 1 else _to(guard, inbound, here, w, verdict),
    )


def _to(guard: Guard, inbound: Inbound, here: str, w: Words, verdict: Verdict) -> tuple[Link, ...]:
    """Where the factor is given, or who has it signs in; nothing where the host has no page for that."""
    path = Demand.of(guard, replace(inbound, method="GET"), here).place(verdict)
    label = w.say("Sign in") if verdict == "sign_in" else w.say("Give your second factor")
    return (Link(url=path, label=label, language=w.language),) if path else ()
