"""Who receives data, and where in the world it goes."""

from __future__ import annotations

from consentguard.manifest.schema import Disclosure, Recipient, Transfer
from consentguard.publish.document import Claim, Section, Sentence, Table
from consentguard.publish.edition import Edition, capitalised, listed, sentence_of, table, uncapitalised
from consentguard.publish.vocabulary import DISCLOSURES, NOTICES, RECIPIENT_ROLES, SAFEGUARDS


def recipients(e: Edition) -> Section | None:
    """Who receives which data, and on which grounds it is disclosed to others."""
    title = e.words.say("Who receives it")
    return e.section("sharing", title, _recipients(e), _placeless(e), _grounds_lead(e), _grounds(e))


def transfers(e: Edition) -> Section | None:
    """Where the service stands and which data crosses a border, under which protection."""
    found = [
        (f"transfers[{place}]", transfer)
        for place, transfer in enumerate(e.manifest.transfers)
        if not transfer.of or any(map(e.covers, transfer.of))
    ]
    direct = tuple(_direct(e, where, transfer) for where, transfer in found if transfer.kind == "direct_collection")
    say = e.words.say
    onward = table(
        say("Data that we pass on to other countries"),
        (say("To"), say("Through"), say("Whose data"), say("How it is protected")),
        (_onward(e, where, transfer) for where, transfer in found if transfer.kind == "onward"),
    )
    return e.section("transfers", say("Where it goes"), _hosting(e), *direct, onward)


def protection(e: Edition, transfer: Transfer) -> str:
    """The safeguards of a transfer in words."""
    names = [safeguard(e, one.instrument) for one in transfer.safeguards]
    return capitalised(e.words.all_of(names)) if names else e.words.say("Not stated")


def safeguard(e: Edition, instrument: str) -> str:
    """What an instrument is called."""
    return e.words.say(SAFEGUARDS[instrument]) if instrument in SAFEGUARDS else e.term(instrument)


def _recipients(e: Edition) -> Table | None:
    entries = {name: entry for name, entry in e.manifest.recipients.items() if e.holds(entry.when)}
    placed = any(entry.country != "unstated" for entry in entries.values())
    say = e.words.say
    return table(
        "",
        (say("Who"), say("Role"), say("Country"), say("What they receive"), say("What for")),
        (_recipient(e, name, entry, placed) for name, entry in entries.items()),
    )


def _recipient(e: Edition, name: str, entry: Recipient, placed: bool) -> tuple[Claim, tuple[str, ...]]:
    cells = (
        e.for_whom(e.recipient(name), entry.when),
        e.words.say(RECIPIENT_ROLES[entry.role]),
        _country(e, entry) if placed else "",
        received(e, entry),
        listed(map(e.purpose, entry.purposes)),
    )
    return e.claim(f"recipients.{name}"), cells


def _country(e: Edition, entry: Recipient) -> str:
    if isinstance(entry.country, list):
        return e.words.all_of(map(e.words.country, entry.country))
    return e.words.country(entry.country)


def received(e: Edition, entry: Recipient) -> str:
    """What a recipient gets, with how it is made less telling first."""
    parts = [
        f"{e.category(category)} ({e.words.all_of(map(e.term, items))})" if items else e.category(category)
        for category, items in entry.receives.items()
        if category in e.categories() or category not in e.manifest.categories
    ]
    notes = {
        "pseudonymised": e.words.say("With codes in place of names and other direct identifiers"),
        "anonymised": e.words.say("Made anonymous first"),
    }
    text = listed(parts)
    return ": ".join(filter(None, (notes.get(entry.deidentified), text)))


def _placeless(e: Edition) -> Sentence | None:
    """One sentence instead of a column that says nothing."""
    countries = {name: entry.country for name, entry in e.manifest.recipients.items() if e.holds(entry.when)}
    if not countries or set(map(str, countries.values())) != {"unstated"}:
        return None
    text = e.words.say("This policy does not state in which countries they are.")
    return e.sentence(text, *(f"recipients.{name}.country" for name in countries))


def _grounds_lead(e: Edition) -> Sentence | None:
    if not e.manifest.disclosures:
        return None
    text = e.words.say("Data may also be disclosed in these cases:")
    return e.sentence(text, *(f"disclosures.{ground}" for ground in e.manifest.disclosures))


def _grounds(e: Edition) -> tuple[Sentence, ...]:
    return tuple(
        e.sentence(capitalised(e.text(entry.text) or _ground(e, ground, entry)), f"disclosures.{ground}")
        for ground, entry in e.manifest.disclosures.items()
    )


def _ground(e: Edition, ground: str, entry: Disclosure) -> str:
    """A ground in our words, where the policy has none of its own."""
    notice = e.words.say(NOTICES[entry.notice]) if entry.notice in NOTICES else ""
    return sentence_of(f"{e.words.say(DISCLOSURES[ground])}.", notice)


def _hosting(e: Edition) -> Sentence | None:
    country = e.manifest.site.hosting_country
    if country == "unstated":
        return None
    return e.sentence(
        e.words.say("Our service is hosted in {place}.", place=e.words.place(country)), "site.hosting_country"
    )


def _direct(e: Edition, where: str, transfer: Transfer) -> Sentence:
    place = e.words.place(transfer.to)
    if transfer.of:
        text = e.words.say(
            "People in {places} who use our service send their data to us in {place}.",
            places=e.words.places(transfer.of),
            place=place,
        )
    else:
        text = e.words.say("When you use our service, you send your data to us in {place}.", place=place)
    if transfer.safeguards:
        text += " " + e.words.say("Protected by: {safeguards}.", safeguards=uncapitalised(protection(e, transfer)))
    return e.sentence(text, where)


def _onward(e: Edition, where: str, transfer: Transfer) -> tuple[Claim, tuple[str, ...]]:
    cells = (
        e.words.country(transfer.to) if transfer.to != "unstated" else capitalised(e.words.place(transfer.to)),
        e.recipient(transfer.via) if transfer.via else "",
        e.words.say("People in {places}", places=e.words.places(transfer.of)) if transfer.of else "",
        protection(e, transfer),
    )
    return e.claim(where), cells
