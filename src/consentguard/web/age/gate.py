"""Keeps a view of the host's for those who are old enough: asks who has not said so, and turns away who is not."""

from __future__ import annotations

from consentguard.records import LET_IN
from consentguard.web.age.asking import rule_of
from consentguard.web.age.page import ask_path, not_yet
from consentguard.web.answer import guarded
from consentguard.web.frame import language_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.privacy import Privacy

PAGES = frozenset({"document", "iframe", "frame"})
"""What `Sec-Fetch-Dest` says of a request for something to read."""


def turned_away(privacy: Privacy, inbound: Inbound, here: str) -> Outbound | None:
    """What is answered in the view's place; None for who may go on: who is old enough, or let in by a guardian.

    Whoever has not said their age is led to the question and from there to `here`, a path of this site; whoever is too
    young reads so. A program gets 403 with JSON in both cases. Raises AgeError where the policy has nobody asked, so
    that a view is never open by mistake; StoreError.
    """
    site = privacy.guard.site
    rule_of(site)
    age = privacy.age
    if age in LET_IN:
        return None
    language = language_of(site, inbound) or site.policy.manifest.site.languages[0]
    if _is_program(inbound):
        return guarded(_told(age or "unknown", ask_path(inbound, language, "")), changing=True)
    if age == "under":
        return guarded(not_yet(privacy.guard, inbound, language, status=403), changing=True)
    return guarded(Outbound(status=303, redirect=ask_path(inbound, language, here)), changing=True)


def _told(age: str, ask: str) -> Outbound:
    error = "This is not for people of that age." if age == "under" else "Nobody has said how old they are."
    return Outbound(status=403, json={"error": error, "age": age} | ({} if age == "under" else {"ask": ask}))


def _is_program(inbound: Inbound) -> bool:
    """Whether a script or another program asks, and so cannot fill in a page."""
    headers = inbound.headers
    accept, into = headers.get("Accept", ""), headers.get("Sec-Fetch-Dest", "")
    if into in PAGES or "text/html" in accept:
        return False
    return into == "empty" or "json" in accept or headers.get("X-Requested-With") == "XMLHttpRequest"
