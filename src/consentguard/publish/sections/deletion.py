"""How to have data deleted: the ways to ask, what goes when, and what stays for which reason."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from consentguard.manifest.schema import Category, Right
from consentguard.publish.document import Claim, Section, Sentence
from consentguard.publish.edition import Edition, capitalised, table
from consentguard.publish.sections.data import located, uses
from consentguard.publish.sections.retention import backups, endings, floors, how_long
from consentguard.publish.sections.rights import how_soon, offered, ways
from consentguard.publish.sections.who import contact


def how(e: Edition) -> Section | None:
    """The ways to ask, and how soon the request is done."""
    right = offered(e).get("erasure")
    if right is None:
        return None
    lead = e.sentence(e.words.say("You can ask us to delete your data:"), "rights.erasure.channels")
    steps = tuple(
        e.sentence(f"{capitalised(way)}.", "rights.erasure.channels") for way in ways(e, "erasure", _elsewhere(right))
    )
    note = e.text(right.text)
    return e.section(
        "how",
        e.words.say("How to ask"),
        lead if steps else None,
        steps,
        e.sentence(e.words.say("How soon: {limit}", limit=how_soon(e, right)), "rights.erasure.complete_within"),
        e.sentence(note, "rights.erasure.text") if note else None,
    )


def what(e: Edition) -> Section | None:
    """What is deleted when somebody asks, and when each category goes anyway."""
    say = e.words.say
    overview = table(
        say("What is deleted, and when without a request"),
        (say("Data"), say("Without a request")),
        (_row(e, name, entry) for name, entry in e.categories().items()),
    )
    return e.section("what", say("What we delete"), overview, backups(e))


def events(e: Edition) -> Section | None:
    """What deletes data without a request, such as a channel being disconnected."""
    sentences = tuple(
        e.sentence(f"{e.category(name)}. {text}", f"categories.{name}.retention.ends_on")
        for name, entry in e.categories().items()
        if not isinstance(entry.retention, str)
        for text in endings(e, entry.retention)
    )
    return e.section("events", e.words.say("What is deleted without asking"), sentences)


def kept(e: Edition) -> Section | None:
    """What stays although somebody asks, and why."""
    return e.section("kept", e.words.say("What we must keep"), tuple(_kept(e)))


def reach(e: Edition) -> Section | None:
    """Where to ask when something is unclear."""
    return e.section("questions", e.words.say("Questions"), contact(e))


def _elsewhere(right: Right) -> Right:
    """The right without the channel that is this very page; with its address it stays."""
    channels = [channel for channel in right.channels if channel != "page" or right.url]
    return replace(right, channels=channels)


def _row(e: Edition, name: str, entry: Category) -> tuple[Claim, tuple[str, ...]]:
    claim = e.claim(f"categories.{name}.retention", *located(e, name))
    return claim, (e.for_whom(e.category(name), entry.when), " ".join(how_long(e, entry)))


def _kept(e: Edition) -> Iterator[Sentence]:
    for name, entry in e.categories().items():
        periods = [] if isinstance(entry.retention, str) else list(floors(e, entry.retention))
        if not periods:
            continue
        legal = [purpose for purpose in uses(entry) if _legal(e, purpose)]
        reasons = e.words.all_of(map(e.purpose, legal))
        why = [e.words.say("Why: {reasons}.", reasons=reasons)] if reasons else []
        ids = (f"categories.{name}.retention", *(f"purposes.{purpose}" for purpose in legal))
        yield e.sentence(" ".join([f"{e.category(name)}.", *periods, *why]), *ids)


def _legal(e: Edition, purpose: str) -> bool:
    entry = e.manifest.purposes.get(purpose)
    bases = [] if entry is None else [entry.basis] if isinstance(entry.basis, str) else entry.basis.values()
    return "legal_obligation" in bases
