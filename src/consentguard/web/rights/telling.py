"""What the pages of a request have in common: what each right does, how far a request is, and names of the policy."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.schema import Manifest
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.publish.vocabulary import RIGHTS
from consentguard.records import RightsRequest
from consentguard.rights import Details
from consentguard.web.sheet import Fact
from consentguard.words import N_, Words

EFFECTS = {
    "access": N_("Once you confirm, you can download a copy of the personal data about you."),
    "portability": N_("Once you confirm, you can download your personal data in a common format."),
    "erasure": N_("Once you confirm, we delete the personal data about you. This cannot be undone."),
    "rectification": N_("Once you confirm, we correct the personal data about you."),
    "objection": N_("Once you confirm, we end those uses of your data that you can object to."),
    "restriction": N_("Once you confirm, we keep the personal data about you and use it for nothing."),
    "withdrawal": N_("Once you confirm, we take your consent as withdrawn."),
    "opt_out": N_("Once you confirm, we end the sale of your data and marketing to you."),
}
"""What confirming a request leads to."""
STATES = {
    "received": N_("Waiting for your confirmation"),
    "confirmed": N_("Confirmed; we are working on it"),
    "approved": N_("Confirmed; we are working on it"),
    "running": N_("Confirmed; we are working on it"),
    "partial": N_("Done as far as it can be now; something is still open"),
    "denied": N_("Refused"),
    "revoked": N_("Closed: taken back"),
    "done": N_("Done"),
    "expired": N_("Closed: not confirmed in time"),
}
WAITS_FOR_PROOF = N_("Waiting for a proof that you may act for somebody else")


def purposes(manifest: Manifest, w: Words) -> dict[str, str]:
    """What each purpose of a policy is called."""
    return {name: named(manifest, w, name, entry.title) for name, entry in manifest.purposes.items()}


def categories(manifest: Manifest, w: Words) -> dict[str, str]:
    """What each category of data of a policy is called."""
    return {name: named(manifest, w, name, entry.title) for name, entry in manifest.categories.items()}


def named(manifest: Manifest, w: Words, name: str, title: Text) -> str:
    """What something of the policy is called: by its title, else by its name."""
    text = localised(title, w.language, manifest.site.languages[0])[0] or name.replace("_", " ")
    return text[:1].upper() + text[1:]


def facts(w: Words, known: RightsRequest) -> tuple[Fact, ...]:
    """What was asked, when, and until when it is answered."""
    return (
        Fact(label=w.say("Request"), value=w.say(RIGHTS[known.right][0])),
        Fact(label=w.say("Received"), value=w.date(known.received_at.date())),
        Fact(label=w.say("Answer no later than"), value=w.date(known.due_on)),
    )


def particulars(manifest: Manifest, w: Words, details: Details) -> Iterator[Fact]:
    """What was asked for beside the right itself: names of the policy and a day, and nothing that says who asked."""
    for label, chosen, known in (
        (w.say("Uses"), details.purposes, purposes(manifest, w)),
        (w.say("Data"), details.categories, categories(manifest, w)),
    ):
        if titles := [known[name] for name in chosen if name in known]:
            yield Fact(label=label, value="; ".join(titles))
    if details.until:
        yield Fact(label=w.say("Until"), value=w.date(details.until))
