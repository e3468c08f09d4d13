"""How long each category of data is kept, from when, and what happens then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from consentguard.manifest.schema import Category, EndsOn, Retention
from consentguard.periods import parse_period
from consentguard.publish.document import Block, Claim, Section, Sentence, Table
from consentguard.publish.edition import Edition, capitalised, listed, table, uncapitalised
from consentguard.publish.vocabulary import ACTIONS


def retention(e: Edition) -> Section | None:
    """One table of all periods, one for each that depends on the plan, what is not stated, and the backups."""
    say = e.words.say
    stated = {name: entry for name, entry in e.categories().items() if entry.retention != "unstated"}
    ends = {action(e, entry.retention) for entry in stated.values()}
    overview = table(
        "",
        (say("Data"), say("How long"), say("What happens then")),
        (_row(e, name, entry, said=len(ends) > 1) for name, entry in stated.items()),
    )
    plans = (_plans(e, name, entry) for name, entry in stated.items())
    blocks = (overview, _one_end(e, ends, stated), *plans, *unstated(e), _stores(e), backups(e))
    return e.section("retention", say("How long we keep it"), *blocks)


def how_long(e: Edition, entry: Category) -> list[str]:
    """The periods of a category, a short sentence each."""
    rule = entry.retention
    if isinstance(rule, str):
        return [e.words.say("Not stated.")]
    return [*periods(e, rule), *_endings(e, rule), *_turns(e, rule)]


def backups(e: Edition) -> Sentence | None:
    """How long erased data lives on in backups."""
    rule = e.manifest.backups
    if rule is None:
        return None
    parts = []
    if rule.every != "unstated":
        parts.append(e.words.say("We make backups {rhythm}.", rhythm=e.words.rhythm(rule.every)))
    if rule.keep != "unstated":
        parts.append(e.words.say("Deleted data stays in backups for up to {period}.", period=e.words.period(rule.keep)))
    else:
        parts.append(e.words.say("How long deleted data stays in backups is not stated."))
    return e.sentence(" ".join(parts), "backups")


def floors(e: Edition, rule: Retention) -> Iterator[str]:
    """How long data is kept at the least, and where."""
    if rule.at_least == "unstated":
        yield e.words.say("A minimum period applies; how long it is, is not stated.")
    elif rule.at_least:
        yield e.words.say("At least {period}.", period=_counted(e, rule.at_least, rule.from_))
    for region, period in rule.at_least_by_jurisdiction.items():
        if e.covers(region):
            yield _where(e, e.words.say("At least {period}", period=_counted(e, period, rule.from_)), region)


def _endings(e: Edition, rule: Retention) -> Iterator[str]:
    """The events that end a period early, those that do the same together."""
    found: dict[str, list[str]] = {}
    for end in rule.ends_on:
        found.setdefault(ending(e, end), []).append(e.term(end.event))
    for what, moments in found.items():
        yield e.words.say("After {moment}: {what}.", moment=e.words.any_of(moments), what=what)


def ending(e: Edition, end: EndsOn) -> str:
    """What an event does to data, and how soon; an event with a scope does it to that part alone."""
    what = _ending(e, end)
    return e.words.say("what belongs to it is {what}", what=what) if end.scope else what


def _ending(e: Edition, end: EndsOn) -> str:
    hidden = end.hide == "at_once"
    if end.delete_within == "unstated":
        silent = e.words.say("deleted; how soon is not stated")
        return e.words.say("hidden at once, then deleted; how soon is not stated") if hidden else silent
    period = e.words.period(end.delete_within)
    if hidden:
        return e.words.say("hidden at once and deleted within {period}", period=period)
    return e.words.say("deleted within {period}", period=period)


def _row(e: Edition, name: str, entry: Category, *, said: bool) -> tuple[Claim, tuple[str, ...]]:
    end = action(e, entry.retention) if said else ""
    cells = (e.for_whom(e.category(name), entry.when), " ".join(how_long(e, entry)), end)
    return e.claim(f"categories.{name}.retention"), cells


def _one_end(e: Edition, ends: set[str], stated: Iterable[str]) -> Sentence | None:
    """One sentence instead of a column that says the same in every row."""
    if len(ends) != 1 or not any(ends):
        return None
    text = e.words.say("What happens then: {action}.", action=uncapitalised(ends.pop()))
    return e.sentence(text, *(f"categories.{name}.retention.then" for name in stated))


def periods(e: Edition, rule: Retention) -> Iterator[str]:
    """How long data is kept when nothing ends it early."""
    yield from _while_active(e, rule)
    if rule.at_most == "unstated":
        yield e.words.say("No longest period is stated.")
    elif rule.at_most and (rule.grace or not rule.while_active):
        yield e.words.say("Up to {period}.", period=_counted(e, rule.at_most, rule.from_))
    for region, period in rule.at_most_by_jurisdiction.items():
        if e.covers(region):
            yield _where(e, e.words.say("Up to {period}", period=_counted(e, period, rule.from_)), region)
    if rule.at_most_by_plan:
        yield _by_plan(e, rule)
    if rule.fallback:
        period = _counted(e, rule.fallback.at_most, rule.fallback.from_)
        yield e.words.say("If that never comes: up to {period}.", period=period)
    yield from floors(e, rule)
    if reason := e.text(rule.open_ended):
        yield e.words.say("No fixed period: {reason}", reason=reason)


def _turns(e: Edition, rule: Retention) -> Iterator[str]:
    if rule.downgrade_grace:
        period = e.words.period(rule.downgrade_grace)
        yield e.words.say("After a change to a shorter plan period, that one applies {period} later.", period=period)
    if rule.text:
        yield e.text(rule.text)


def _while_active(e: Edition, rule: Retention) -> Iterator[str]:
    """`from` is then the account's end: what is kept past it is said with it."""
    if not rule.while_active:
        return
    after = rule.grace or rule.at_most
    if after and after != "unstated":
        period = _counted(e, after, rule.from_)
        yield e.words.say("As long as the account is active, and for up to {period}.", period=period)
    else:
        yield e.words.say("As long as the account is active.")


def _counted(e: Edition, period: str, moment: str | None) -> str:
    words = e.words.period(period)
    return e.words.say("{period} from {moment}", period=words, moment=e.term(moment)) if moment else words


def _where(e: Edition, text: str, region: str) -> str:
    if region in e.around():
        return f"{text}."
    return e.words.say("{text} for people in {place}.", text=text, place=e.words.place(region))


def _by_plan(e: Edition, rule: Retention) -> str:
    ordered = sorted(rule.at_most_by_plan.values(), key=lambda period: parse_period(period).longest_days())
    shortest, longest = e.words.period(ordered[0]), e.words.period(ordered[-1])
    if shortest == longest:
        return e.words.say("Up to {period}.", period=_counted(e, ordered[0], rule.from_))
    return e.words.say("Between {shortest} and {longest}, depending on the plan.", shortest=shortest, longest=longest)


def action(e: Edition, rule: Retention | str) -> str:
    """What happens to data when its time is over; empty when the policy states no end."""
    if isinstance(rule, str) or not (_ends(rule) or rule.then != "delete"):
        return ""
    if rule.then != "archive":
        return e.words.say(ACTIONS[rule.then])
    archive = rule.archive
    if archive is None or archive.at_most == "unstated":
        text = e.words.say("Archived; for how long is not stated")
    else:
        text = e.words.say("Archived for up to {period}, then deleted", period=e.words.period(archive.at_most))
    return e.words.say("{text}. The archive is encrypted", text=text) if archive and archive.encrypted else text


def _ends(rule: Retention) -> bool:
    """Whether any end is stated: `delete` is what `then` says by itself, and is no promise without one."""
    periods = (rule.at_most, rule.at_least)
    tables = (rule.at_most_by_plan, rule.at_most_by_jurisdiction, rule.at_least_by_jurisdiction, rule.ends_on)
    stated = any(period not in (None, "unstated") for period in periods)
    return stated or any(tables) or rule.while_active or rule.fallback is not None


def _plans(e: Edition, name: str, entry: Category) -> Table | None:
    if isinstance(entry.retention, str):
        return None
    rule = entry.retention
    claim = e.claim(f"categories.{name}.retention.at_most_by_plan")
    return table(
        e.words.say("{data}: how long, by plan", data=e.category(name)),
        (e.words.say("Plan"), e.words.say("How long")),
        (
            (claim, (capitalised(e.term(plan)), e.words.say("Up to {period}", period=_counted(e, period, rule.from_))))
            for plan, period in rule.at_most_by_plan.items()
        ),
    )


def unstated(e: Edition) -> Iterator[Block]:
    """The categories whose period is not stated, by name."""
    names = [name for name, entry in e.categories().items() if entry.retention == "unstated"]
    ids = {name: f"categories.{name}.retention" for name in names}
    if ids:
        yield e.sentence(e.words.say("How long we keep this data is not stated:"), *ids.values())
        yield tuple(e.sentence(e.category(name), where) for name, where in ids.items())


def _stores(e: Edition) -> Table | None:
    """Places beside the site's own tables."""
    say = e.words.say
    rows = []
    for name, store in e.manifest.stores.items():
        stated = store.at_most != "unstated"
        period = say("Up to {period}", period=e.words.period(store.at_most)) if stated else say("Not stated")
        keeper = e.recipient(store.recipient) if store.recipient else ""
        cells = (e.store(name), keeper, listed(map(e.category, store.holds)), period)
        rows.append((e.claim(f"stores.{name}"), cells))
    header = (say("Where"), say("Run by"), say("Data"), say("How long"))
    return table(say("Other places that hold data"), header, rows)
