"""The texts that come with a copy, in the person's language: what this is, and what the policy says of the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from consentguard.datamap.map import DataMap
from consentguard.exports import layout
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.ports import Informer
from consentguard.words import Words, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Writes them for one copy, which was asked for on a day."""

    data_map: DataMap
    informer: Informer
    language: str
    jurisdiction: str | None
    asked_on: dt.date
    made_on: dt.date

    def written(self, categories: Collection[str], hides_proofs: bool) -> Mapping[str, bytes]:
        """The members, by their names: with what is told of these categories of data."""
        w = words(self.language)
        where = (categories, self.language, self.jurisdiction)
        facts = msgspec.json.format(msgspec.json.encode(self.informer.facts(*where)))
        told = self.informer.told(w.say("About your data"), *where)
        return {
            layout.README: ("\n\n".join(self._said(w, hides_proofs)) + "\n").encode(),
            layout.INFORMATION: told.encode(),
            layout.FACTS: facts,
        }

    def _said(self, w: Words, hides_proofs: bool) -> Iterator[str]:
        asked, made = w.date(self.asked_on), w.date(self.made_on)
        yield w.say("You asked for a copy of your data on {asked}. It was made on {made}.", asked=asked, made=made)
        yield w.say(
            "The folder {folder} holds it, table by table: as CSV for a spreadsheet, and as JSON, a format that "
            "programs can read. Files that you gave us are in the folder {files}.",
            folder="data",
            files="files",
        )
        yield w.say(
            "In {file} you can read why we use the data, where it comes from, who receives it and how long we keep it.",
            file=layout.INFORMATION,
        )
        yield w.say("{file} lists every file with its checksum, and what is left out and why.", file=layout.MANIFEST)
        yield w.say("What is about other people is left out of the records that you share with them.")
        if hides_proofs:
            yield w.say("Proofs of who you are, such as passwords, are left out: they are stored scrambled.")
        yield from self._elsewhere(w)

    def _elsewhere(self, w: Words) -> Iterator[str]:
        """What the site's tables do not show: other places, and data that is held for somebody else."""
        manifest = self.data_map.manifest
        places = [
            w.say("“{place}” (for up to {period})", place=self._named(name, store.title), period=w.period(most))
            if (most := store.at_most) != "unstated"
            else f"“{self._named(name, store.title)}”"
            for name, store in manifest.stores.items()
        ]
        if places:
            yield w.say("Not included are other places that hold data: {places}.", places=w.all_of(places))
        if any(subject.role == "processor" for subject in manifest.subjects.values()):
            yield w.say("What we hold on behalf of our clients is not included: please ask them.")

    def _named(self, name: str, title: Text) -> str:
        default = self.data_map.manifest.site.languages[0]
        return localised(title, self.language, default)[0] or name.replace("_", " ")
