"""Which data is collected, where it comes from, and what it is used for."""

from __future__ import annotations

from collections.abc import Mapping

from consentguard.manifest.schema import Category, Purpose
from consentguard.manifest.vocabulary import LegalBasis
from consentguard.publish.document import Claim, Section, Sentence, Table
from consentguard.publish.edition import Edition, capitalised, listed, table
from consentguard.publish.vocabulary import BASES, CONDITIONS, REQUIRED, SPECIAL_KINDS


def data(e: Edition) -> Section | None:
    """The categories of data, each with its sources."""
    return e.section(
        "data",
        e.words.say("What we collect and where it comes from"),
        _collected(e),
        tuple(_special(e, name, entry) for name, entry in e.categories().items() if entry.kind in SPECIAL_KINDS),
        *e.statements("sources"),
    )


def purposes(e: Edition) -> Section | None:
    """Why data is used, on which legal basis, and what it is not used for."""
    said = _reasons(e)
    unstated = bool(e.manifest.purposes) and not any(_stated(purpose) for purpose in e.manifest.purposes.values())
    silence = e.sentence(
        e.words.say("This policy does not state the legal basis of each use."),
        *(f"purposes.{name}.basis" for name in e.manifest.purposes),
    )
    return e.section(
        "purposes",
        e.words.say("Why we use it"),
        said,
        silence if unstated else None,
        _limits(e),
        _ruled_out(e),
        *e.statements("consent"),
    )


def located(e: Edition, category: str) -> tuple[str, ...]:
    """The entries of the data map that hold a category: `data:` ids."""
    return tuple(entry.id for entry in e.data_map.categories().get(category, ())) if e.data_map else ()


def basis(e: Edition, purpose: Purpose) -> str:
    """The legal basis of a purpose in words: the one for this edition's people, or that of each region."""
    if isinstance(purpose.basis, str):
        return e.words.say(BASES[purpose.basis])
    if here := next((region for region in e.around() if region in purpose.basis), None):
        return e.words.say(BASES[purpose.basis[here]])
    return _by_region(e, purpose.basis)


def _by_region(e: Edition, stated: Mapping[str, LegalBasis]) -> str:
    """Each basis with the regions where it holds; alone where it holds everywhere."""
    regions: dict[str, list[str]] = {}
    for region, value in stated.items():
        if region == "default" or e.covers(region):
            regions.setdefault(value, []).append(region)
    if len(regions) == 1 and "default" in stated:
        return e.words.say(BASES[next(iter(regions))])
    return "; ".join(_in_regions(e, value, places) for value, places in regions.items())


def _in_regions(e: Edition, value: str, places: list[str]) -> str:
    text, named = e.words.say(BASES[value]), [place for place in places if place != "default"]
    if not named:
        return e.words.say("elsewhere: {basis}", basis=text)
    if len(named) < len(places):
        return e.words.say("in {places} and elsewhere: {basis}", places=e.words.places(named), basis=text)
    return e.words.say("in {places}: {basis}", places=e.words.places(named), basis=text)


def _collected(e: Edition) -> Table | None:
    asked = any(entry.required != "unstated" for entry in e.categories().values())
    say = e.words.say
    return table(
        say("The data we collect"),
        (say("Data"), say("What it is"), say("Where it comes from"), say("About whom"), say("Must you give it?")),
        (_row(e, name, entry, asked) for name, entry in e.categories().items()),
    )


def _row(e: Edition, name: str, entry: Category, asked: bool) -> tuple[Claim, tuple[str, ...]]:
    cells = (
        e.for_whom(e.category(name), entry.when),
        _what(e, entry),
        listed(_source(e, source, items) for source, items in entry.sources.items()),
        listed(map(e.subject, entry.subjects)),
        e.words.say(REQUIRED[entry.required]) if asked else "",
    )
    return e.claim(f"categories.{name}", *located(e, name)), cells


def _what(e: Edition, entry: Category) -> str:
    held = entry.held_by and e.words.say(
        "Held by {recipient}; we do not store it ourselves.", recipient=e.recipient(entry.held_by)
    )
    return " ".join(filter(None, (e.text(entry.description), held)))


def _source(e: Edition, source: str, items: list[str]) -> str:
    return f"{e.source(source)} ({e.words.all_of(map(e.term, items))})" if items else e.source(source)


def _special(e: Edition, name: str, entry: Category) -> Sentence:
    values = {"data": e.category(name), "kind": e.words.say(SPECIAL_KINDS[entry.kind])}
    if entry.condition is None:
        text = e.words.say("{data} is {kind}, which the law protects more. Why we may use it is not stated.", **values)
    else:
        reason = e.words.say(CONDITIONS[entry.condition])
        text = e.words.say(
            "{data} is {kind}, which the law protects more. We may use it because {reason}.", reason=reason, **values
        )
    return e.sentence(text, f"categories.{name}.kind", f"categories.{name}.condition")


def _stated(purpose: Purpose) -> bool:
    named = [purpose.basis] if isinstance(purpose.basis, str) else purpose.basis.values()
    return any(value != "unstated" for value in named)


def _reasons(e: Edition) -> Table | None:
    stated = any(map(_stated, e.manifest.purposes.values()))
    say = e.words.say
    rows = []
    for name, purpose in e.manifest.purposes.items():
        about = [category for category, entry in e.categories().items() if name in uses(entry)]
        cells = (
            e.purpose(name),
            e.text(purpose.description),
            listed(map(e.category, about)),
            capitalised(basis(e, purpose)) if stated else "",
        )
        rows.append((e.claim(f"purposes.{name}", *(f"categories.{category}" for category in about)), cells))
    header = (say("Purpose"), say("What we do"), say("With which data"), say("Legal basis"))
    return table(say("What we use data for"), header, rows)


def uses(entry: Category) -> list[str]:
    """The purposes that a category is used for."""
    return entry.only_purposes or entry.purposes


def _limits(e: Edition) -> tuple[Sentence, ...]:
    return tuple(
        e.sentence(
            e.words.say(
                "{data}: only for {purposes}, and for nothing else.",
                data=e.category(name),
                purposes=e.named(map(e.purpose, entry.only_purposes)),
            ),
            f"categories.{name}.only_purposes",
        )
        for name, entry in e.categories().items()
        if entry.only_purposes
    )


def _ruled_out(e: Edition) -> tuple[Sentence, ...]:
    """A use that categories name is ruled out for these; one that none names is ruled out for all data."""
    sentences = []
    for name, use in e.manifest.prohibited.items():
        about = [category for category, entry in e.categories().items() if name in entry.prohibited]
        title = e.text(use.title) or capitalised(e.term(name))
        data = e.named(map(e.category, about)) if about else e.words.say("your data")
        text = e.text(use.description) or e.words.say("We do not use {data} for this: {use}.", data=data, use=title)
        ids = (f"prohibited.{name}", *(f"categories.{category}.prohibited" for category in about))
        sentences.append(e.sentence(text, *ids))
    return tuple(sentences)
