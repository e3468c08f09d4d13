"""Who is responsible, for whose data, and how to reach them."""

from __future__ import annotations

from consentguard.manifest.schema import Contact, Controller, Subject
from consentguard.publish.document import Section, Sentence
from consentguard.publish.edition import Edition
from consentguard.words import N_

_ROLES = {
    "controller": N_("{people}: we decide why and how their data is used."),
    "joint_controller": N_("{people}: we decide together with others why and how their data is used."),
    "joint_controller, named": N_(
        "{people}: we decide together with others why and how their data is used. These others are: {others}."
    ),
    "processor": N_("{people}: we handle their data for others, who decide why and how it is used."),
    "processor, named": N_(
        "{people}: we handle their data for others, who decide why and how it is used. These others are: {others}."
    ),
    "processor for one": N_("{people}: we handle their data for {others}, who decides why and how it is used."),
}


def about(e: Edition) -> Section | None:
    """What the policy is and which sites it covers."""
    opening = None if e.statements("introduction") else _opening(e)
    return e.section("introduction", e.words.say("About this policy"), opening, _scope(e))


def who(e: Edition) -> Section | None:
    """The controller, its representatives, and the roles in which it holds data."""
    controller = e.manifest.controller
    said = (_responsible(e, controller), _particulars(e, controller), _officers(e, controller)) if controller else ()
    return e.section("controller", e.words.say("Who we are"), *said, _lead(e), _roles(e))


def reach(e: Edition) -> Section | None:
    """How to ask, and whom to complain to."""
    return e.section("contact", e.words.say("Questions and complaints"), contact(e), _officer(e), *_complaints(e))


def contact(e: Edition) -> Sentence | None:
    """Where privacy questions go; None when the policy does not say."""
    controller = e.manifest.controller
    if controller is None or controller.contact in ("", "unstated"):
        return None
    return e.sentence(
        e.words.say("Contact for privacy questions: {contact}", contact=controller.contact), "controller.contact"
    )


def _opening(e: Edition) -> Sentence | None:
    controller = e.manifest.controller
    if controller is None:
        return None
    text = e.words.say(
        "This policy explains which personal data {name} handles, why, and what you can decide about it.",
        name=controller.name,
    )
    return e.sentence(text, "controller.name")


def _scope(e: Edition) -> Sentence | None:
    site = e.manifest.site
    if not site.hosts and not site.services:
        return None
    text = e.words.say(
        "This policy covers {sites}.", sites=e.words.all_of([*site.hosts, *map(e.service, site.services)])
    )
    return e.sentence(text, *(f"site.{key}" for key in ("hosts", "services") if getattr(site, key)))


def _responsible(e: Edition, controller: Controller) -> Sentence:
    if controller.legal_entity in ("", "unstated", controller.name):
        text = e.words.say("{name} is responsible for your personal data.", name=controller.name)
        return e.sentence(text, "controller.name")
    text = e.words.say(
        "{name} is a service of {entity}, which is responsible for your personal data.",
        name=controller.name,
        entity=controller.legal_entity,
    )
    return e.sentence(text, "controller.name", "controller.legal_entity")


def _particulars(e: Edition, controller: Controller) -> tuple[Sentence, ...]:
    country = "" if controller.country == "unstated" else e.words.country(controller.country)
    facts = (
        ("country", e.words.say("Country: {value}", value=country), country),
        ("address", e.words.say("Address: {value}", value=controller.address), controller.address),
        ("phone", e.words.say("Phone: {value}", value=controller.phone), controller.phone),
    )
    return tuple(e.sentence(text, f"controller.{key}") for key, text, value in facts if value)


def _officer(e: Edition) -> Sentence | None:
    controller = e.manifest.controller
    if controller is None or isinstance(controller.dpo, str):
        return None
    text = e.words.say("Our data protection officer: {contact}", contact=reachable(controller.dpo))
    return e.sentence(text, "controller.dpo")


def _officers(e: Edition, controller: Controller) -> tuple[Sentence, ...]:
    officer = _officer(e)
    representatives = (
        e.sentence(
            e.words.say(
                "Our representative for people in {place}: {contact}",
                place=e.words.place(region),
                contact=reachable(someone),
            ),
            f"controller.representatives.{region}",
        )
        for region, someone in controller.representatives.items()
        if e.covers(region)
    )
    return tuple(filter(None, (officer, *representatives)))


def reachable(someone: Contact) -> str:
    """How somebody can be written to, on one line."""
    return ", ".join(filter(None, (someone.name, someone.email, someone.address, someone.url)))


def _lead(e: Edition) -> Sentence | None:
    if not e.manifest.subjects:
        return None
    return e.sentence(e.words.say("Whose data we handle, and who decides about it:"), "subjects")


def _roles(e: Edition) -> tuple[Sentence, ...]:
    return tuple(e.sentence(_role(e, name, entry), f"subjects.{name}") for name, entry in e.manifest.subjects.items())


def _role(e: Edition, name: str, entry: Subject) -> str:
    """Who decides about the data of a kind of people; others that are a kind of people themselves are many."""
    others, many = e.owner(entry), entry.controller in e.manifest.subjects
    named = "processor for one" if entry.role == "processor" and not many else f"{entry.role}, named"
    text = _ROLES[named if others and named in _ROLES else entry.role]
    return e.words.say(text, people=e.subject(name), others=others)


def _complaints(e: Edition) -> tuple[Sentence, ...]:
    return tuple(
        e.sentence(_complaint(e, region, ", ".join(filter(None, (body.name, body.url)))), f"complaints.{region}")
        for region, body in e.manifest.complaints.items()
        if region == "default" or e.covers(region)
    )


def _complaint(e: Edition, region: str, body: str) -> str:
    if region == "default":
        return e.words.say("You can complain to the data protection authority: {body}", body=body)
    return e.words.say(
        "If you are in {place}, you can complain to the data protection authority: {body}",
        place=e.words.place(region),
        body=body,
    )
