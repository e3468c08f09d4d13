"""Which data is collected, where it comes from, and what it is used for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consentguard.manifest.schema import Category, Purpose
from consentguard.manifest.vocabulary import LegalBasis
from consentguard.publish.document import Claim, Section, Sentence, Table
from consentguard.publish.edition import Edition, capitalised, listed, sentence_of, table
from consentguard.publish.vocabulary import BASES, CONDITIONS, REQUIRED, SPECIAL_KINDS


def data(e: Edition) -> Section | None:
    """The categories of data, each with its sources."""
    return e.section(
        "data",
        e.words.say("What we collect and where it comes from"),
        _collected(e),
        *_needed(e),
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
        *_advertising(e),
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
    return "; ".join(in_regions(e, value, places) for value, places in regions.items())


def in_regions(e: Edition, value: str, places: list[str]) -> str:
    """A legal basis with the regions where it holds; `default` is everywhere else."""
    text, named = e.words.say(BASES[value]), [place for place in places if place != "default"]
    if not named:
        return e.words.say("elsewhere: {basis}", basis=text)
    if len(named) < len(places):
        return e.words.say("in {places} and elsewhere: {basis}", places=e.words.places(named), basis=text)
    return e.words.say("in {places}: {basis}", places=e.words.places(named), basis=text)


def _collected(e: Edition) -> Table | None:
    say = e.words.say
    return table(
        "",
        (say("Data"), say("What it is"), say("Where it comes from"), say("About whom")),
        (_row(e, name, entry) for name, entry in e.categories().items()),
    )


def _row(e: Edition, name: str, entry: Category) -> tuple[Claim, tuple[str, ...]]:
    cells = (
        e.for_whom(e.category(name), entry.when),
        _what(e, entry),
        listed(map(e.source, entry.sources)),
        listed(map(e.subject, entry.subjects)),
    )
    return e.claim(f"categories.{name}", *located(e, name)), cells


def _what(e: Edition, entry: Category) -> str:
    held = entry.held_by and e.words.say(
        "Held by: {recipient}. We do not store it ourselves.", recipient=e.recipient(entry.held_by)
    )
    named = items(e, entry)
    return sentence_of(f"{capitalised(named)}." if named else "", e.text(entry.description), held or "")


def items(e: Edition, entry: Category) -> str:
    """The items of a category in words, each once, whichever source it comes from."""
    return e.words.all_of(map(e.term, dict.fromkeys(item for some in entry.sources.values() for item in some)))


def _needed(e: Edition) -> Iterator[Sentence]:
    """Which data people must give, and why (Art. 13(2)(e) GDPR)."""
    for reason, text in REQUIRED.items():
        names = [name for name, entry in e.categories().items() if entry.required == reason]
        if names:
            said = e.words.say(text, data=listed(map(e.category, names)))
            yield e.sentence(said, *(f"categories.{name}.required" for name in names))


def _special(e: Edition, name: str, entry: Category) -> Sentence:
    values = {"data": e.category(name), "kind": e.words.say(SPECIAL_KINDS[entry.kind])}
    if entry.condition is None:
        text = e.words.say(
            "{data}: this is {kind}, which the law protects more. Why we may use it is not stated.", **values
        )
    else:
        reason = e.words.say(CONDITIONS[entry.condition])
        text = e.words.say(
            "{data}: this is {kind}, which the law protects more. We may use it because {reason}.",
            reason=reason,
            **values,
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
    return table("", header, rows)


def uses(entry: Category) -> list[str]:
    """The purposes that a category is used for."""
    return entry.only_purposes or entry.purposes


def _limits(e: Edition) -> tuple[Sentence, ...]:
    found: dict[tuple[str, ...], list[str]] = {}
    for name, entry in e.categories().items():
        if entry.only_purposes:
            found.setdefault(tuple(entry.only_purposes), []).append(name)
    return tuple(
        e.sentence(
            e.words.say(
                "{data}: only for {purposes}, and for nothing else.",
                data=listed(map(e.category, names)),
                purposes=e.named(map(e.purpose, only)),
            ),
            *(f"categories.{name}.only_purposes" for name in names),
        )
        for only, names in found.items()
    )


def _advertising(e: Edition) -> Iterator[Sentence]:
    """The right to stop direct marketing, said apart from the others (Art. 21(4) GDPR)."""
    for name, purpose in e.manifest.purposes.items():
        if purpose.marketing:
            text = e.words.say(
                "You can object to this use at any time, and we then stop it: {use}.", use=e.purpose(name)
            )
            yield e.sentence(text, f"purposes.{name}.marketing")


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
