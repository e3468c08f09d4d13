"""What got worse for visitors between two versions of what they are asked, in words that they and an admin read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consentguard.consent.policy import Change, ChangeKind, ConsentPolicy
from consentguard.words import N_, Words, spoken

SENTENCES: Mapping[ChangeKind, str] = {
    "purpose": N_("{purpose} is something new that we ask about."),
    "service": N_("{purpose} now includes {service}."),
    "provider": N_("{service} has another provider, or sends data to another country."),
    "names": N_("{service} sets more cookies than before."),
    "iframes": N_("{service} shows content of more sites than before."),
    "hosts": N_("{service} sends data to more sites than before."),
    "consent_mode": N_("{service} allows Google more than before."),
}


def sentence(change: Change, policy: ConsentPolicy, language: str) -> str:
    """A change that led to `policy`, in one sentence of a language: "Statistics now includes Matomo."."""
    return told(change, policy.document, language)


def told(change: Change, document: Mapping[str, Any], language: str) -> str:
    """A change that led to a published document, in one sentence of a language."""
    speech = spoken(language)
    if change.kind == "controller":
        return _controller(document, speech)
    if change.kind == "purpose":
        return speech.say(SENTENCES["purpose"], purpose=_title(document, "purposes", change.name, language))
    title = _title(document, "services", change.name, language)
    facts = document["services"][change.name]
    if change.kind == "lifetime":
        return _lifetime(title, facts["lifetime"], speech)
    if change.kind == "service":
        purpose = _title(document, "purposes", facts["purpose"], language)
        return speech.say(SENTENCES["service"], purpose=purpose, service=title)
    return speech.say(SENTENCES[change.kind], service=title)


def _controller(document: Mapping[str, Any], speech: Words) -> str:
    controller = document["controller"] or {}
    if name := controller.get("legal_entity") or controller.get("name"):
        return speech.say("Somebody else answers for this site now: {controller}.", controller=name)
    return speech.say("Somebody else answers for this site now.")


def _lifetime(service: str, lifetime: str, speech: Words) -> str:
    if lifetime == "unstated":
        return speech.say("{service} no longer says how long it keeps its cookies.", service=service)
    return speech.say(
        "{service} keeps its cookies for longer than before: {period}.",
        service=service,
        period=speech.period(lifetime),
    )


def _title(document: Mapping[str, Any], kind: str, name: str, language: str) -> str:
    """What a purpose or service is called there: in this language, else in the site's first, else by its name."""
    titles = document[kind].get(name, {}).get("title", {})
    return str(titles.get(language) or next(filter(None, titles.values()), name))
