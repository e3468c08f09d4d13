"""Which rights people have, how to use them, and how soon they are answered."""

from __future__ import annotations

from consentguard.manifest.schema import BusinessDays, Right, When
from consentguard.manifest.vocabulary import CARRIED_OUT
from consentguard.publish.document import Claim, Section, Sentence
from consentguard.publish.edition import Edition, capitalised, table, uncapitalised
from consentguard.publish.vocabulary import CHANNELS, DELETION_PAGE, RIGHTS, RIGHTS_FORM


def rights(e: Edition) -> Section | None:
    """A table of the rights offered to this edition's people, and what machines decide."""
    say = e.words.say
    limits = {how_soon(e, right) for right in offered(e).values()}
    overview = table(
        "",
        (say("Right"), say("What it means"), say("How to use it"), say("How soon")),
        (_row(e, name, right, timed=len(limits) > 1) for name, right in offered(e).items()),
    )
    return e.section("rights", say("Your rights and how to use them"), overview, _one_limit(e, limits), _automated(e))


def offered(e: Edition) -> dict[str, Right]:
    """The rights that this edition's people have."""
    entries = (e.manifest.rights or {}).items()
    return {name: right for name, right in entries if not right.regions or any(map(e.covers, right.regions))}


def ways(e: Edition, name: str, right: Right) -> list[str]:
    """The channels of a right in words, with the address where there is one."""
    elsewhere = DELETION_PAGE if name == "erasure" else CHANNELS["page"]
    names = {**CHANNELS, "page": elsewhere if right.url or name not in CARRIED_OUT else RIGHTS_FORM}
    controller = e.manifest.controller
    known = (controller.contact, controller.address, controller.phone) if controller else ("", "", "")
    addresses = dict(zip(("email", "post", "phone"), known, strict=True)) | {"page": right.url or ""}
    found = []
    for channel in right.channels:
        address, way = addresses.get(channel, ""), e.words.say(names[channel])
        found.append(f"{way} ({address})" if address not in ("", "unstated") else way)
    return found


def how_soon(e: Edition, right: Right) -> str:
    """The time limit of a right in words."""
    limit = right.complete_within
    if isinstance(limit, BusinessDays):
        days = e.words.say_count("{count} business day", "{count} business days", limit.business_days)
        if limit.calendar is None:
            return e.words.say("Within {period}", period=days)
        return e.words.say(
            "Within {period}, not counting public holidays in {place}", period=days, place=e.words.place(limit.calendar)
        )
    if limit == "law":
        return e.words.say("Within the time that the law sets")
    if limit == "unstated":
        return e.words.say("Not stated")
    return e.words.say("Within {period}", period=e.words.period(limit))


def _row(e: Edition, name: str, right: Right, *, timed: bool) -> tuple[Claim, tuple[str, ...]]:
    title, meaning = (e.words.say(text) for text in RIGHTS[name])
    title = e.for_whom(title, When(jurisdiction=right.regions))
    how = capitalised(e.words.any_of(ways(e, name, right)))
    return e.claim(f"rights.{name}"), (
        title,
        e.text(right.text) or meaning,
        how or e.words.say("Not stated"),
        how_soon(e, right) if timed else "",
    )


def _one_limit(e: Edition, limits: set[str]) -> Sentence | None:
    """One sentence instead of a column that says the same in every row."""
    if len(limits) != 1:
        return None
    ids = [f"rights.{name}.complete_within" for name in offered(e)]
    return e.sentence(e.words.say("How soon we answer: {limit}.", limit=uncapitalised(limits.pop())), *ids)


def _automated(e: Edition) -> Sentence | None:
    decisions = e.manifest.automated_decisions
    if decisions == "unstated":
        return None
    if decisions == "none":
        text = e.words.say("No decision with legal or similar effects on you is left to a machine alone.")
    else:
        text = e.text(decisions)
    return e.sentence(text, "automated_decisions")
