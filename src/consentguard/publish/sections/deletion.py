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
from consentguard.words import N_

FATES = {
    "delete": N_("Deleted"),
    "redact": N_("Blanked: the personal details are removed, the rest stays"),
    "detach": N_("Kept, but no longer linked to you"),
    "keep": N_("Kept until its time is over"),
    "forwarded": N_("Held in the name of a client, to whom we hand your request on"),
}
"""What becomes of a row, as its tag says, in words."""


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
        *_steps(e, right),
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


def _steps(e: Edition, right: Right) -> Iterator[Block]:
    """What somebody does who asks on our page, one step after the other."""
    if "page" not in right.channels or right.url:
        return
    say, where = e.words.say, "rights.erasure.channels"
    steps = (
        say("Open the form on our data deletion page, and give the e-mail address that we know you by."),
        say("Open the link in the mail that we send you, and confirm there. Nothing is deleted before."),
        say(
            "On the page that it leads to you see how far your request is. We mail you what was deleted and what stays."
        ),
    )
    yield e.sentence(say("On our data deletion page it takes three steps:"), where)
    yield tuple(e.sentence(step, where) for step in steps)


def concerned(e: Edition) -> Section | None:
    """What becomes of each kind of data once somebody asks, as the tags of the tables say."""
    say = e.words.say
    rows = ((e.claim(f"categories.{name}", *located(e, name)), _fate(e, name)) for name in e.categories())
    return e.section("concerned", say("Which data it concerns"), table("", (say("Data"), say("What happens")), rows))


def _fate(e: Edition, name: str) -> tuple[str, str]:
    fates = dict.fromkeys(e.words.say(FATES[action]) for action in sorted(_actions(e, name), key=list(FATES).index))
    return e.for_whom(e.category(name), e.categories()[name].when), listed(fates)


def _actions(e: Edition, name: str) -> set[str]:
    """What is done to rows with data of a category about people whom we answer to ourselves; nothing where unknown."""
    found: set[str] = set()
    for entry in e.data_map.entries if e.data_map else ():
        if entry.category == name and e.data_map:
            tag = e.data_map.tags[entry.table]
            ours = [who for who in entry.subjects if _is_ours(e, who)]
            found |= {tag.on_erase.get(who, "delete") for who in ours}
            found |= set() if ours else {"forwarded" if entry.subjects else "keep"}
    return found


def _is_ours(e: Edition, who: str) -> bool:
    subject = e.manifest.subjects.get(who)
    return subject is None or subject.role != "processor"


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
