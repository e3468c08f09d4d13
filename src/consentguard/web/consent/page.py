"""The page of preferences: what a visitor may choose about, what they chose, and the form to choose anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from consentguard.consent import ConsentError, ConsentPolicy, OutdatedError
from consentguard.consent.wording import Wording
from consentguard.cookies import CHOICE, Choice
from consentguard.guard import Guard
from consentguard.web.consent.centre import LEAD, signal_text
from consentguard.web.consent.choices import ACCEPT, METHODS, REFUSE, SAVE, choices
from consentguard.web.consent.decisions import asks, choice_of, decide
from consentguard.web.frame import language_of
from consentguard.web.links import Link, title_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.privacy import sends_signal
from consentguard.web.routes import FORM, Route
from consentguard.web.safety import local_path
from consentguard.web.sheet import Fact, show
from consentguard.words import spoken

if TYPE_CHECKING:
    from consentguard.publish.edition import Edition

Problem = Literal["", "misread", "outdated"]
COMPONENTS = ("preferences", "banner")
"""Where a form that is sent here may stand: on this page, or in the banner of a browser that runs no scripts."""
LIMIT = "600/hour"
"""How often one client may send a choice: many people share an address, and none of them may be kept from refusing."""


def preferences(guard: Guard, inbound: Inbound) -> Outbound:
    """GET shows the choice and the form; POST records a choice and leads back, with the cookie that keeps it. From the
    banner it leads back to the page that the banner stood on.

    To refuse is always possible. To accept is not, where the form shows a version that no longer holds: nobody agrees
    to what they have not read.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    if inbound.method != "POST":
        return _page(guard, inbound, language)
    answer = inbound.value("answer")
    accepted, component = _accepted(inbound, answer), inbound.value("component") or COMPONENTS[0]
    if accepted is None or component not in COMPONENTS:
        return _page(guard, inbound, language, problem="misread")
    try:
        _, cookies = decide(
            guard,
            inbound,
            accepted,
            policy=inbound.value("version"),
            method=METHODS[answer],
            component=component,
            language=language,
        )
    except OutdatedError:
        return _page(guard, inbound, language, problem="outdated")
    except ConsentError:
        return _page(guard, inbound, language, problem="misread")
    here = f"{inbound.url_for('preferences', **inbound.params)}?saved=1"
    back = _place_of_banner(inbound) if component == "banner" else ""
    return Outbound(status=303, redirect=back or here, cookies=cookies, private=True)


def _accepted(inbound: Inbound, answer: str) -> Collection[str] | None:
    """What the form accepts; None where none of its buttons sent it. To accept all is to accept what was shown: a form
    that does not say what it showed accepts nothing.
    """
    shown = inbound.value("offered").split() or None
    answers = {SAVE: inbound.form.get("accepted", ()), ACCEPT: shown, REFUSE: ()}
    return answers.get(answer)


def _place_of_banner(inbound: Inbound) -> str:
    """The path of the page that a form came from; nothing where the browser does not tell, or it is no path.

    The rest of the address is left out, so that the way back never leads to another site.
    """
    try:
        told = urlsplit(inbound.headers.get("Referer", ""))
    except ValueError:
        return ""
    return local_path(f"{told.path}?{told.query}" if told.query else told.path)


def _page(guard: Guard, inbound: Inbound, language: str, *, problem: Problem = "") -> Outbound:
    from consentguard.publish.edition import Edition  # only where a page is shown

    say, choice = spoken(language).say, choice_of(guard, inbound)
    purposes, chosen = guard.site.consent_policy.purposes, choice.accepted if choice else ()
    form = choices(
        guard.site, language, inbound.url_for("preferences", **inbound.params), field="accepted", chosen=chosen
    )
    edition = Edition(manifest=guard.site.policy.manifest, words=spoken(language), today=guard.site.today())
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
        lead=tuple(_lead(guard, inbound, language)),
        facts=tuple(_facts(guard.site.consent_policy, edition, choice)) if choice else (),
        forms=(form,) if purposes else (),
        onward=(_receipt(inbound, language),) if choice and choice.record else (),
    )


def _receipt(inbound: Inbound, language: str) -> Link:
    label = spoken(language).say("Receipt of your privacy choices")
    return Link(url=inbound.url_for("receipt", **inbound.params), label=label, language=language)


def _lead(guard: Guard, inbound: Inbound, language: str) -> Iterator[str]:
    wording = Wording(guard.site.policy.manifest, language)
    if not guard.site.consent_policy.purposes:
        yield wording.say("There is nothing here that needs your consent.")
        return
    if guard.cookies.choice(inbound.cookies.get(CHOICE)) and not choice_of(guard, inbound):
        yield wording.say("The policy has changed since you last chose, so please choose again.")
    yield wording.say(LEAD)
    if sends_signal(inbound.headers) and (told := signal_text(guard.site, language)):
        yield told


def _facts(policy: ConsentPolicy, edition: Edition, choice: Choice) -> Iterator[Fact]:
    speech = edition.words
    agreed = [_named(policy, edition, item) for item in policy.items if item in choice.accepted]
    yield Fact(label=speech.say("You agreed to"), value=edition.named(agreed) if agreed else speech.say("Nothing"))
    yield Fact(label=speech.say("Chosen on"), value=speech.date(choice.at.date()))
    yield Fact(label=speech.say("Holds until"), value=speech.date(choice.until.date()))
    yield Fact(label=speech.say("Version of the policy"), value=choice.version)


def _named(policy: ConsentPolicy, edition: Edition, item: str) -> str:
    """What a purpose is called, or a service as `purpose/service`."""
    purpose, _, service = item.partition("/")
    wording = Wording(policy.manifest, edition.words.language)
    return wording.service(service) if service else wording.purpose(purpose)


ROUTES = (Route(name="preferences", path="preferences", endpoint=preferences, enabled=asks, methods=FORM, limit=LIMIT),)
