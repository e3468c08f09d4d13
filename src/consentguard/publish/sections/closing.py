"""Children, what is expected of clients, and how the policy changes."""

from __future__ import annotations

from consentguard.manifest.ages import years_wanted
from consentguard.manifest.schema import Age
from consentguard.publish.document import Section, Sentence
from consentguard.publish.edition import Edition
from consentguard.publish.sections.who import contact
from consentguard.publish.vocabulary import NOTICE_CHANNELS


def children(e: Edition) -> Section | None:
    """How the site deals with age."""
    return e.section("children", e.words.say("Children"), _threshold(e), _found(e), _guardian(e))


def responsibilities(e: Edition) -> Section | None:
    """What clients and users are responsible for."""
    return e.section("responsibilities", e.words.say("What you are responsible for"))


def changes(e: Edition) -> Section | None:
    """How people hear of a new version."""
    rule = e.manifest.changes
    text = e.text(rule.text)
    return e.section(
        "changes",
        e.words.say("Changes to this policy"),
        _notify(e),
        _notice(e),
        e.sentence(text, "changes.text") if text else None,
    )


def _threshold(e: Edition) -> Sentence | None:
    rule = e.manifest.age
    if rule is None:
        return None
    if isinstance(rule.threshold, str) and e.jurisdiction is None:
        return e.sentence(_by_law(e, rule), "age.threshold", "age.at_least", "age.basis", "age.mode")
    age = str(years_wanted(rule, e.jurisdiction, e.today))
    texts = {
        "not_directed": e.words.say("Our service is not meant for people under {age}.", age=age),
        "attest": e.words.say("You must confirm that you are {age} or older to use our service.", age=age),
        "screen": e.words.say(
            "We ask in which month you were born and keep only the outcome; people under {age} cannot use our service.",
            age=age,
        ),
    }
    return e.sentence(texts[rule.mode], "age.threshold", "age.mode")


def _by_law(e: Edition, rule: Age) -> str:
    """For everybody, wherever they are: which age it is depends on their law."""
    say = e.words.say
    texts = {
        "not_directed": say(
            "Our service is not meant for people who, by the law of their country, are too young to decide about their"
            " data alone."
        ),
        "attest": say(
            "To use our service you must confirm that, by the law of your country, you are old enough to decide about"
            " your data alone."
        ),
        "screen": say(
            "We ask in which month you were born and keep only the outcome; people who, by the law of their country,"
            " are too young to decide about their data alone cannot use our service."
        ),
    }
    floor = [say("That is never under {age}.", age=str(rule.at_least))] if rule.at_least else []
    return " ".join((texts[rule.mode], *floor))


def _found(e: Edition) -> Sentence | None:
    rule = e.manifest.age
    if rule is None or rule.erase_within == "unstated":
        return None
    text = e.words.say(
        "When we learn that we hold data of somebody younger, we delete it within {period}.",
        period=e.words.period(rule.erase_within),
    )
    return e.sentence(text, "age.erase_within")


def _guardian(e: Edition) -> Sentence | None:
    if e.manifest.age is None or not e.manifest.age.guardian_contact:
        return None
    controller = e.manifest.controller
    if contact(e) is None or controller is None:
        return e.sentence(e.words.say("A parent or guardian can contact us."), "age.guardian_contact")
    text = e.words.say("A parent or guardian can write to us: {contact}", contact=controller.contact)
    return e.sentence(text, "age.guardian_contact", "controller.contact")


def _notify(e: Edition) -> Sentence | None:
    channels = e.manifest.changes.notify
    if not channels:
        return None
    ways = e.words.all_of(e.words.say(NOTICE_CHANNELS[channel]) for channel in channels)
    return e.sentence(e.words.say("We tell you about changes {ways}.", ways=ways), "changes.notify")


def _notice(e: Edition) -> Sentence | None:
    notice = e.manifest.changes.notice
    if notice is None:
        return None
    text = e.words.say(
        "We announce a significant change at least {period} before it takes effect.", period=e.words.period(notice)
    )
    return e.sentence(text, "changes.notice")
