"""What a mail says of the outcome of a request: what was done, what stays and why, and who has not answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.records import RightsRequest
from consentguard.rights.outcome import Outcome
from consentguard.words import N_, Words

TITLES = {
    "rectification": N_("Your data is corrected"),
    "objection": N_("Our answer to your objection"),
    "restriction": N_("The use of your data is restricted"),
    "withdrawal": N_("Your consent is withdrawn"),
    "opt_out": N_("You have opted out"),
}
REASONS = {
    "contract": N_(
        "“{purpose}” goes on: it is needed for the contract with you, which the right to object leaves alone."
    ),
    "legal_obligation": N_("“{purpose}” goes on: a law obliges us to it, which the right to object leaves alone."),
}
"""Why a purpose goes on in spite of an objection (Art. 21(1) GDPR)."""
GOES_ON = N_("“{purpose}” goes on: it does not rest on grounds that can be objected to.")
HELD = "held"


@dataclass(frozen=True, slots=True)
class Telling:
    """The outcome of one request, in its language."""

    data_map: DataMap
    words: Words
    request: RightsRequest

    @property
    def title(self) -> str:
        """What the mail is about. Nothing is called deleted before all of it is."""
        outcome, say = self._outcome, self.words.say
        if self.request.right != "erasure":
            return say(TITLES[self.request.right])
        if not outcome.people:
            return say("We found no data about you")
        return say("Your data is deleted") if outcome.is_whole else say("Your data is deleted as far as it can be now")

    def lines(self) -> Iterator[str]:
        """The paragraphs."""
        outcome, w = self._outcome, self.words
        yield from self._erased(outcome) if self.request.right == "erasure" else self._done(outcome)
        yield from self._places(outcome)
        backups = self.data_map.manifest.backups
        if self.request.right == "erasure" and outcome.people and backups and backups.keep != "unstated":
            yield w.say("Deleted data stays in backups for up to {period}.", period=w.period(backups.keep))

    def _erased(self, outcome: Outcome) -> Iterator[str]:
        w, day = self.words, self.words.date(self.request.received_at.date())
        if not outcome.people:
            yield w.say("You asked for the deletion of your data on {day}. There is none under this address.", day=day)
            yield w.say("If you gave us another address, please ask again with that one.")
        else:
            yield w.say("We have carried out the deletion that you asked for on {day}.", day=day)
            yield from self._rows(outcome)

    def _done(self, outcome: Outcome) -> Iterator[str]:
        """What came of a right that leaves the data."""
        w, right = self.words, self.request.right
        if not outcome.people and right in ("rectification", "restriction"):
            yield w.say("We found no data about you")
        if titles := self._corrected(outcome.corrected):
            yield w.say("Corrected: {data}.", data=w.all_of(titles))
        if outcome.restricted:
            yield w.say("We keep the data that you named, and use it for nothing until the restriction ends.")
        if granted := self._purposes(outcome.granted):
            yield w.say("From now on we do not use data about you for: {purposes}.", purposes=w.all_of(granted))
        for name, reason in outcome.refused.items():
            yield w.say(REASONS.get(reason, GOES_ON), purpose=self._purposes([name])[0])

    def _rows(self, outcome: Outcome) -> Iterator[str]:
        w, stays = self.words, {**outcome.kept, **outcome.left}
        later = {label: until for label, until in outcome.later.items() if until != HELD}
        law = [label for label, ground in stays.items() if ground == "law" and label not in outcome.later]
        policy = [label for label in outcome.kept if label not in law and label not in outcome.later]
        said = (
            (N_("Deleted: {data}."), outcome.deleted),
            (N_("Cleared of what says something about you, while the record stays: {data}."), outcome.emptied),
            (N_("No longer linked to you, while the record stays: {data}."), outcome.detached),
            (N_("Moved to an archive that nobody uses: {data}."), outcome.archived),
            (N_("Kept, because it has to be kept for a certain time: {data}."), law),
            (N_("Kept, as our privacy policy says: {data}."), policy),
            (N_("Kept for now, because a legal claim or an authority requires it: {data}."), self._held(outcome.later)),
        )
        for message, labels in said:
            if titles := self._titles(labels):
                yield w.say(message, data=w.all_of(titles))
        yield from self._later(later)

    def _held(self, later: Mapping[str, str]) -> list[str]:
        return [label for label, until in later.items() if until == HELD]

    def _later(self, later: Mapping[str, str]) -> Iterator[str]:
        """What goes by itself, and when."""
        w = self.words
        for label, until in later.items():
            for title in self._titles([label]):
                if until[:1].isdigit():
                    day = w.date(dt.date.fromisoformat(until))
                    yield w.say("Kept by law until {day}, and deleted then: {data}.", data=title, day=day)
                else:
                    yield w.say("Kept, because it has to be kept for a certain time: {data}.", data=title)

    def _places(self, outcome: Outcome) -> Iterator[str]:
        """Who else was asked, who has answered, and to whom the request was handed on."""
        w = self.words
        forwarded = set(outcome.forwarded)
        if waiting := self._named_places(name for name in outcome.waiting if name not in forwarded):
            yield w.say("We have asked, and wait for the answer of: {places}.", places=w.all_of(waiting))
            yield w.say("We write to you again once all have answered.")
        if answered := self._named_places(outcome.answered):
            yield w.say("Done there too: {places}.", places=w.all_of(answered))
        if forwarded:
            yield w.say("Some data we hold in the name of a client. We have handed your request on to them.")

    def _named_places(self, names: Iterable[str]) -> list[str]:
        manifest = self.data_map.manifest
        titles = {name: place.title for name, place in manifest.recipients.items()}
        titles |= {name: place.title for name, place in manifest.stores.items()}
        return [f"“{self._named(name, titles.get(name, ''))}”" for name in names]

    def _titles(self, labels: Iterable[str]) -> list[str]:
        """What the categories of these tables are called."""
        held = frozenset(labels)
        return self._categories({entry.category for entry in self.data_map.entries if entry.table in held})

    def _corrected(self, columns: Iterable[str]) -> list[str]:
        """What the categories of these columns are called, such as that of `shop.Customer.name`."""
        held = frozenset(columns)
        entries = self.data_map.entries
        return self._categories({each.category for each in entries if f"{each.table}.{each.column}" in held})

    def _categories(self, names: Collection[str | None]) -> list[str]:
        categories = self.data_map.manifest.categories
        return [f"“{self._named(name, entry.title)}”" for name, entry in categories.items() if name in names]

    def _purposes(self, names: Iterable[str]) -> list[str]:
        known = self.data_map.manifest.purposes
        return [self._named(name, known[name].title if name in known else "") for name in names]

    def _named(self, name: str, title: Text) -> str:
        own = localised(title, self.words.language, self.data_map.manifest.site.languages[0])[0]
        return own or name.replace("_", " ")

    @property
    def _outcome(self) -> Outcome:
        return Outcome.read(self.request.outcome)
