"""The page of preferences: what a visitor may choose about, what they chose, and the form to choose anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from consentguard.consent import ConsentError, OutdatedError
from consentguard.cookies import CHOICE, Choice
from consentguard.guard import Guard
from consentguard.records import ConsentMethod
from consentguard.web.consent.decisions import asks, choice_of, decide
from consentguard.web.frame import language_of
from consentguard.web.links import title_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Fact, Field, Form, Option, show
from consentguard.words import words

if TYPE_CHECKING:
    from consentguard.publish.edition import Edition

Problem = Literal["", "misread", "outdated"]
SAVE, ACCEPT, REFUSE = "save", "accept", "refuse"
METHODS: Mapping[str, ConsentMethod] = {SAVE: "save", ACCEPT: "accept", REFUSE: "reject"}
LIMIT = "600/hour"
"""How often one client may send a choice: many people share an address, and none of them may be kept from refusing."""


def preferences(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows the choice and the form; POST records a choice and leads back, with the cookie that keeps it.

    To refuse is always possible. To accept is not, where the form shows a version that no longer holds: nobody agrees
    to what they have not read.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    if inbound.method != "POST":
        return _page(guard, inbound, language)
    answer = inbound.value("answer")
    accepted = _accepted(inbound, answer)
    if accepted is None:
        return _page(guard, inbound, language, problem="misread")
    try:
        _, cookies = decide(
            guard,
            inbound,
            accepted,
            policy=inbound.value("version"),
            method=METHODS[answer],
            component="preferences",
            language=language,
        )
    except OutdatedError:
        return _page(guard, inbound, language, problem="outdated")
    except ConsentError:
        return _page(guard, inbound, language, problem="misread")
    back = inbound.url_for("preferences", **inbound.params)
    return Outbound(status=303, redirect=f"{back}?saved=1", cookies=cookies, private=True)


def _accepted(inbound: Inbound, answer: str) -> Collection[str] | None:
    """What the form accepts; None where none of its buttons sent it. To accept all is to accept what was shown."""
    answers = {SAVE: inbound.form.get("accepted", ()), ACCEPT: inbound.value("offered").split(), REFUSE: ()}
    return answers.get(answer)


def _page(guard: Guard, inbound: Inbound, language: str, *, problem: Problem = "") -> Outbound:
    from consentguard.publish.edition import Edition  # only where a page is shown

    say, choice = words(language).say, choice_of(guard, inbound)
    purposes = guard.site.consent_policy.purposes
    edition = Edition(manifest=guard.site.policy.manifest, words=words(language), today=guard.site.today())
    notices = {
        "": say("Your choice is saved.") if choice and "saved" in inbound.query else "",
        "misread": say("Nothing was saved: please choose again."),
        "outdated": say("The policy has changed since you opened this page. Nothing was saved: please choose again."),
    }
    return show(
        guard,
        inbound,
        "preferences",
        language,
        title_of("preferences", language),
        status=422 if problem else 200,
        notice=notices[problem],
        notice_kind="problem" if problem else "done",
        lead=tuple(_lead(guard, inbound, edition, purposes)),
        facts=tuple(_facts(edition, choice)) if choice else (),
        forms=(_form(guard, inbound, edition, purposes, choice),) if purposes else (),
    )


def _lead(guard: Guard, inbound: Inbound, edition: Edition, purposes: Collection[str]) -> Iterator[str]:
    say = edition.words.say
    if not purposes:
        yield say("There is nothing here that needs your consent.")
        return
    if guard.cookies.choice(inbound.cookies.get(CHOICE)) and not choice_of(guard, inbound):
        yield say("The policy has changed since you last chose, so please choose again.")
    yield say("Some uses of your data are yours to decide. You can change or take back your choice here at any time.")


def _facts(edition: Edition, choice: Choice) -> Iterator[Fact]:
    speech = edition.words
    agreed = [edition.purpose(name) for name in edition.manifest.purposes if name in choice.accepted]
    yield Fact(label=speech.say("You agreed to"), value=edition.named(agreed) if agreed else speech.say("Nothing"))
    yield Fact(label=speech.say("Chosen on"), value=speech.date(choice.at.date()))
    yield Fact(label=speech.say("Holds until"), value=speech.date(choice.until.date()))
    yield Fact(label=speech.say("Version of the policy"), value=choice.version)


def _form(guard: Guard, inbound: Inbound, edition: Edition, purposes: Collection[str], choice: Choice | None) -> Form:
    """A box for each purpose, none ticked that the visitor has not ticked, and three buttons of equal rank."""
    say = edition.words.say
    options = tuple(
        Option(
            value=name,
            label=edition.purpose(name),
            hint=edition.text(edition.manifest.purposes[name].description),
            chosen=choice is not None and name in choice.accepted,
        )
        for name in purposes
    )
    boxes = Field(
        id="accepted", name="accepted", label=say("I agree to"), kind="checkbox", required=False, options=options
    )
    return Form(
        action=inbound.url_for("preferences", **inbound.params),
        fields=(boxes,),
        hidden={"version": guard.site.consent_policy.id, "offered": " ".join(purposes)},
        buttons=(
            Option(value=SAVE, label=say("Save my choice")),
            Option(value=ACCEPT, label=say("Accept all")),
            Option(value=REFUSE, label=say("Refuse all")),
        ),
    )


ROUTES = (Route(name="preferences", path="preferences", endpoint=preferences, enabled=asks, methods=FORM, limit=LIMIT),)
