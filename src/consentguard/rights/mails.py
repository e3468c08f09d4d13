"""The mails about a request: one asks whether it was really its sender, one says what was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consentguard.datamap.map import DataMap
from consentguard.letters import Letter
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.records import RightsRequest
from consentguard.rights.outcome import Outcome
from consentguard.words import N_, Words, words

ASKED = {
    "access": N_("a copy of the personal data about you"),
    "portability": N_("your personal data in a common format"),
    "erasure": N_("the deletion of the personal data about you"),
}
"""What each right asks for, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Mails:
    """The letters of one site, each in the language of its request."""

    data_map: DataMap

    def confirmation(self, request: RightsRequest, link: str, until: dt.datetime) -> Letter:
        """Asks for a click, since anybody could have given the address."""
        w, controller = words(request.language), self.data_map.manifest.controller
        asked = {"what": w.say(ASKED[request.right]), "day": w.date(request.received_at.date())}
        first = w.say("On {day} somebody gave this address and asked for {what}.", **asked)
        if controller:
            say = N_("On {day} somebody gave this address to {name} and asked for {what}.")
            first = w.say(say, name=controller.name, **asked)
        return Letter(
            language=request.language,
            title=w.say("Please confirm your request"),
            paragraphs=(
                first,
                w.say("If it was you, open this link before {day} and confirm it there.", day=w.date(until.date())),
            ),
            link=link,
            link_label=w.say("Look at the request and confirm it"),
            closing=w.say("If it was not you, do nothing: nothing happens, and nobody learns anything."),
        )

    def copy(self, request: RightsRequest, link: str, until: dt.datetime) -> Letter:
        """Brings another link to a copy, to the mailbox that asked for it."""
        w = words(request.language)
        return Letter(
            language=request.language,
            title=w.say("Your copy is ready"),
            paragraphs=(
                w.say("On {day} you asked for a copy of your data.", day=w.date(request.received_at.date())),
                w.say("This link works once, before {day}.", day=w.date(until.date())),
            ),
            link=link,
            link_label=w.say("Download"),
        )

    def outcome(self, request: RightsRequest) -> Letter:
        """Says what was deleted, what stays for which reason, and which places were not reached."""
        w, outcome = words(request.language), Outcome.read(request.outcome)
        title = w.say("Your data is deleted") if outcome.people else w.say("We found no data about you")
        return Letter(language=request.language, title=title, paragraphs=tuple(self._done(w, request, outcome)))

    def elsewhere(self, w: Words) -> Iterator[str]:
        """What consentguard cannot reach: other places, backups, data that is held for somebody else."""
        manifest = self.data_map.manifest
        places = [
            w.say("“{place}” (for up to {period})", place=self._named(w, name, store.title), period=w.period(most))
            if (most := store.at_most) != "unstated"
            else f"“{self._named(w, name, store.title)}”"
            for name, store in manifest.stores.items()
        ]
        if places:
            yield w.say("Not included are other places that hold data: {places}.", places=w.all_of(places))
        if any(subject.role == "processor" for subject in manifest.subjects.values()):
            yield w.say("What we hold on behalf of our clients is not included: please ask them.")

    def _done(self, w: Words, request: RightsRequest, outcome: Outcome) -> Iterator[str]:
        day = w.date(request.received_at.date())
        if not outcome.people:
            yield w.say("You asked for the deletion of your data on {day}. There is none under this address.", day=day)
            yield w.say("If you gave us another address, please ask again with that one.")
        else:
            yield w.say("We have carried out the deletion that you asked for on {day}.", day=day)
            yield from self._rows(w, outcome)
        yield from self.elsewhere(w)
        backups = self.data_map.manifest.backups
        if outcome.people and backups and backups.keep != "unstated":
            yield w.say("Deleted data stays in backups for up to {period}.", period=w.period(backups.keep))

    def _rows(self, w: Words, outcome: Outcome) -> Iterator[str]:
        stays = {**outcome.kept, **outcome.left}
        law = [label for label, ground in stays.items() if ground == "law"]
        said = (
            (N_("Deleted: {data}."), outcome.deleted),
            (N_("Cleared of what says something about you, while the record stays: {data}."), outcome.emptied),
            (N_("No longer linked to you, while the record stays: {data}."), outcome.detached),
            (N_("Kept, because it has to be kept for a certain time: {data}."), law),
            (N_("Kept, as our privacy policy says: {data}."), [label for label in outcome.kept if label not in law]),
        )
        for message, labels in said:
            if titles := self._titles(w, labels):
                yield w.say(message, data=w.all_of(titles))

    def _titles(self, w: Words, labels: Iterable[str]) -> list[str]:
        """What the categories of these tables are called."""
        held = frozenset(labels)
        names = {entry.category for entry in self.data_map.entries if entry.table in held and entry.category}
        categories = self.data_map.manifest.categories
        return [f"“{self._named(w, name, entry.title)}”" for name, entry in categories.items() if name in names]

    def _named(self, w: Words, name: str, title: Text) -> str:
        return localised(title, w.language, self.data_map.manifest.site.languages[0])[0] or name.replace("_", " ")
