"""How data is protected: what is encrypted, backups, the second factor, and the measures that roles attest."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.schema import Measure
from consentguard.publish.document import Block, Section, Sentence
from consentguard.publish.edition import Edition
from consentguard.publish.vocabulary import SECOND_FACTORS


def security(e: Edition) -> Section | None:
    """Every measure, none claimed for more than it covers."""
    measures = tuple(measure(e, name, entry) for name, entry in e.manifest.measures.items())
    return e.section(
        "security", e.words.say("How we protect it"), *_encrypted(e), _backups(e), _second_factor(e), measures
    )


def incidents(e: Edition) -> Section | None:
    """What happens when something goes wrong."""
    return e.section("incidents", e.words.say("If something goes wrong"))


def encrypted(e: Edition) -> list[str]:
    """The categories that the policy says are encrypted at rest."""
    return [name for name, entry in e.categories().items() if entry.encrypted]


def measure(e: Edition, name: str, entry: Measure) -> Sentence:
    """A measure in words, in the state that its attestation has."""
    title, text = e.text(entry.title), e.text(entry.text)
    said = f"{title}: {text}" if title and text else title or text or e.term(name).capitalize()
    return Sentence(text=said, claim=e.claim(f"measures.{name}", measure=entry))


def _encrypted(e: Edition) -> Iterator[Block]:
    """The encrypted categories by name: nothing is claimed for the others."""
    ids = {name: f"categories.{name}.encrypted" for name in encrypted(e)}
    if ids:
        yield e.sentence(e.words.say("We store this data encrypted:"), *ids.values())
        yield tuple(e.sentence(e.category(name), where) for name, where in ids.items())


def _backups(e: Edition) -> Sentence | None:
    rule = e.manifest.backups
    if rule is None or rule.encrypted is not True:
        return None
    return e.sentence(e.words.say("Our backups are encrypted."), "backups.encrypted")


def _second_factor(e: Edition) -> Sentence | None:
    rule = e.manifest.twofactor
    if rule is None:
        return None
    methods = e.words.all_of(e.words.say(SECOND_FACTORS[method]) for method in rule.methods)
    text = e.words.say("You can protect your account with a second factor: {methods}.", methods=methods)
    if rule.required_for:
        people = e.words.all_of(e.term(each.rpartition(":")[2]) for each in rule.required_for)
        text += " " + e.words.say("It is required for: {people}.", people=people)
    return e.sentence(text, "twofactor")
