"""The form by which visitors choose in detail, as the page of preferences and the dialog both show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from consentguard.consent.wording import Wording
from consentguard.records import ConsentMethod
from consentguard.site import Site
from consentguard.web.sheet import Field, Form, Option

SAVE, ACCEPT, REFUSE = "save", "accept", "refuse"
METHODS: Mapping[str, ConsentMethod] = {SAVE: "save", ACCEPT: "accept", REFUSE: "reject"}


def choices(
    site: Site, language: str, action: str, *, field: str, chosen: Collection[str] = (), scripted: bool = False
) -> Form:
    """A box for each purpose, and for each of its services where it has several; none ticked but the `chosen`.

    Three buttons of equal rank. A `scripted` form has a box for all services of a purpose too, which a script heeds:
    without one nobody could tell what a ticked purpose with an unticked service means.
    """
    policy, wording = site.consent_policy, Wording(site.policy.manifest, language)
    say = wording.say
    boxes = Field(
        id=field,
        name="accepted",
        label=say("I agree to"),
        kind="checkbox",
        required=False,
        options=tuple(_option(site, wording, name, chosen, scripted=scripted) for name in policy.purposes),
    )
    return Form(
        action=action,
        fields=(boxes,),
        hidden={"version": policy.id, "offered": " ".join(policy.purposes)},
        buttons=(
            Option(value=SAVE, label=say("Save my choice")),
            Option(value=ACCEPT, label=say("Accept all")),
            Option(value=REFUSE, label=say("Refuse all")),
        ),
    )


def _option(site: Site, wording: Wording, purpose: str, chosen: Collection[str], *, scripted: bool) -> Option:
    services = [name for name, service in site.consent_policy.services.items() if service.purpose == purpose]
    several = len(services) > 1
    return Option(
        value=purpose,
        label=wording.purpose(purpose),
        hint=wording.purpose_text(purpose),
        chosen=purpose in chosen,
        all_label=wording.say("All of these") if several and scripted else "",
        parts=tuple(_parts(wording, purpose, services, chosen)) if several else (),
    )


def _parts(wording: Wording, purpose: str, services: Collection[str], chosen: Collection[str]) -> Iterator[Option]:
    for name in services:
        item = f"{purpose}/{name}"
        yield Option(
            value=item,
            label=wording.service(name),
            hint=wording.service_text(name),
            chosen=purpose in chosen or item in chosen,
        )
