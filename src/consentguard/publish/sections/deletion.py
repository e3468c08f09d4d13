"""How to have data deleted: the ways to ask, what goes when, and what stays for which reason."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.schema import Category, Retention, Right
from consentguard.publish.document import Block, Claim, Section
from consentguard.publish.edition import Edition, capitalised, listed, table
from consentguard.publish.sections.data import located, uses
from consentguard.publish.sections.retention import backups, ending, floors, periods, unstated
from consentguard.publish.sections.rights import how_soon, offered, ways
from consentguard.publish.sections.who import contact


def how(e: Edition) -> Section | None:
    """The ways to ask, and how soon the request is done."""
    right = offered(e).get("erasure")
    if right is None:
        return None
    note = e.text(right.text)
    return e.section(
        "how",
        e.words.say("How to ask"),
        *_ways(e, right),
        e.sentence(e.words.say("How soon? {limit}.", limit=how_soon(e, right)), "rights.erasure.complete_within"),
        e.sentence(note, "rights.erasure.text") if note else None,
    )


def _ways(e: Edition, right: Right) -> Iterator[Block]:
    where = "rights.erasure.channels"
    if not right.channels:
        yield e.sentence(e.words.say("How to ask is not stated."), where)
    steps = ways(e, "erasure", right)
    if steps:
        yield e.sentence(e.words.say("You can ask us to delete your data:"), where)
        yield tuple(e.sentence(f"{capitalised(way)}.", where) for way in steps)


def events(e: Edition) -> Section | None:
    """What deletes data at once, such as a channel being disconnected."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, entry in e.categories().items():
        for end in [] if isinstance(entry.retention, str) else entry.retention.ends_on:
            found.setdefault((e.term(end.event), ending(e, end)), []).append(name)
    say = e.words.say
    overview = table(
        "",
        (say("After"), say("Data"), say("What happens")),
        (
            (
                e.claim(*(f"categories.{name}.retention.ends_on" for name in names)),
                (capitalised(moment), listed(map(e.category, names)), capitalised(outcome)),
            )
            for (moment, outcome), names in found.items()
        ),
    )
    return e.section("events", say("What deletes data early"), overview)


def unasked(e: Edition) -> Section | None:
    """When each category goes although nobody asks."""
    say = e.words.say
    overview = table(
        "",
        (say("Data"), say("How long")),
        (
            _unasked(e, name, entry, entry.retention)
            for name, entry in e.categories().items()
            if not isinstance(entry.retention, str)
        ),
    )
    return e.section("unasked", say("If you do not ask"), overview, *unstated(e), backups(e))


def kept(e: Edition) -> Section | None:
    """What stays although somebody asks, and why."""
    say = e.words.say
    rows = filter(None, (_kept(e, name, entry) for name, entry in e.categories().items()))
    overview = table("", (say("Data"), say("How long"), say("Why")), rows)
    return e.section("kept", say("What we keep even if you ask"), overview)


def reach(e: Edition) -> Section | None:
    """Where to ask when something is unclear."""
    return e.section("questions", e.words.say("Questions"), contact(e))


def _unasked(e: Edition, name: str, entry: Category, rule: Retention) -> tuple[Claim, tuple[str, ...]]:
    claim = e.claim(f"categories.{name}.retention", *located(e, name))
    said = " ".join(periods(e, rule)) or e.words.say("Not stated.")
    return claim, (e.for_whom(e.category(name), entry.when), said)


def _kept(e: Edition, name: str, entry: Category) -> tuple[Claim, tuple[str, ...]] | None:
    least = [] if isinstance(entry.retention, str) else list(floors(e, entry.retention))
    if not least:
        return None
    legal = [purpose for purpose in uses(entry) if _legal(e, purpose)]
    claim = e.claim(f"categories.{name}.retention", *(f"purposes.{purpose}" for purpose in legal))
    return claim, (e.for_whom(e.category(name), entry.when), " ".join(least), listed(map(e.purpose, legal)))


def _legal(e: Edition, purpose: str) -> bool:
    entry = e.manifest.purposes.get(purpose)
    bases = [] if entry is None else [entry.basis] if isinstance(entry.basis, str) else entry.basis.values()
    return "legal_obligation" in bases
