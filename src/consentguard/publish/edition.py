"""An edition: one policy in one language for the people of one place, and the claims that its sentences make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consentguard.manifest.schema import Category, Manifest, Measure, Subject, When
from consentguard.manifest.texts import localised
from consentguard.manifest.vocabulary import Text
from consentguard.publish.document import Block, Claim, Control, Section, Sentence, Table
from consentguard.publish.vocabulary import TERMS
from consentguard.words import Words

if TYPE_CHECKING:
    from consentguard.datamap.map import DataMap


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What every section of a published text is written from.

    `jurisdiction` limits it to what holds for the people there; None shows everything, with whom it is for.
    `controls` binds claims to what enforces them: a key path or its beginning -> a control.
    """

    manifest: Manifest
    words: Words
    today: dt.date
    data_map: DataMap | None = None
    jurisdiction: str | None = None
    controls: Mapping[str, Control] = field(default_factory=dict)

    def named(self, titles: Iterable[str]) -> str:
        """Titles in a sentence, each in quotation marks: a title may hold commas and an "and" of its own."""
        return self.words.all_of(f"“{title}”" for title in titles)

    def text(self, value: Text) -> str:
        """A text of the manifest in this language, else in the site's default one, else in any."""
        return self.localised(value)[0]

    def localised(self, value: Text) -> tuple[str, str]:
        """A text of the manifest and, where it is not in this edition's language, the language that it is in."""
        return localised(value, self.words.language, self.manifest.site.languages[0])

    def term(self, name: str) -> str:
        """A name that has no entry of its own (an item, a moment, a role) in words."""
        if name in self.manifest.terms:
            return self.text(self.manifest.terms[name])
        return self.words.say(TERMS[name]) if name in TERMS else name.replace("_", " ").replace(".", " ")

    def category(self, name: str) -> str:
        """What a category of data is called."""
        entry = self.manifest.categories.get(name)
        return capitalised((entry and self.text(entry.title)) or self.term(name))

    def purpose(self, name: str) -> str:
        """What a purpose is called."""
        entry = self.manifest.purposes.get(name)
        return capitalised((entry and self.text(entry.title)) or self.term(name))

    def recipient(self, name: str) -> str:
        """What a recipient is called."""
        entry = self.manifest.recipients.get(name)
        return capitalised((entry and self.text(entry.title)) or self.term(name))

    def subject(self, name: str) -> str:
        """What a kind of data subject is called."""
        entry = self.manifest.subjects.get(name)
        return capitalised((entry and self.text(entry.title)) or self.term(name))

    def store(self, name: str) -> str:
        """What a place outside the site's tables is called."""
        entry = self.manifest.stores.get(name)
        return capitalised((entry and self.text(entry.title)) or self.term(name))

    def owner(self, subject: Subject) -> str:
        """On whose behalf, or together with whom, data of these people is handled; empty when not stated."""
        known = self.manifest.subjects.get(subject.controller)
        return (known and self.text(known.title)) or self.term(subject.controller)

    def service(self, name: str) -> str:
        """What a service of the site is called: its proper name, or what `[terms]` says of it."""
        return self.text(self.manifest.terms[name]) if name in self.manifest.terms else name

    def source(self, name: str) -> str:
        """Where data comes from: a recipient, a kind of people, or a word of its own."""
        return self.recipient(name) if name in self.manifest.recipients else capitalised(self.term(name))

    def categories(self) -> dict[str, Category]:
        """The categories that this edition is about."""
        return {name: entry for name, entry in self.manifest.categories.items() if self.holds(entry.when)}

    def around(self) -> tuple[str, ...]:
        """The place that this edition is for and every region that holds it, the narrowest first."""
        if self.jurisdiction is None:
            return ()
        from consentguard.law import regions_of  # tables of law are loaded for those who ask by region

        return regions_of(self.jurisdiction, self.today)

    def covers(self, region: str) -> bool:
        """Whether something said of `region` concerns people of this edition: all, or some of them."""
        if self.jurisdiction is None or region in self.around():
            return True
        from consentguard.law import regions_of

        return self.jurisdiction in regions_of(region, self.today)

    def holds(self, when: When) -> bool:
        """Whether an entry with this condition belongs into this edition."""
        return not when.jurisdiction or any(map(self.covers, when.jurisdiction))

    def applies_to(self, when: When) -> str:
        """For whom an entry holds, in words: "for people in Guatemala"; empty when for everyone."""
        people = [] if set(when.jurisdiction) & set(self.around()) else when.jurisdiction
        plans = self.words.all_of(map(self.term, when.plan))
        parts = [
            self.words.say("for people in {places}", places=self.words.places(people)) if people else "",
            self.words.say("with the plan {plans}", plans=plans) if plans else "",
        ]
        return ", ".join(filter(None, parts))

    def for_whom(self, text: str, when: When) -> str:
        """`text`, with for whom it holds behind it."""
        people = self.applies_to(when)
        return f"{text}, {people}" if people else text

    def claim(self, *rests_on: str, measure: Measure | None = None) -> Claim:
        """A claim on key paths of the manifest and entries of the data map, in the state that it truly has."""
        paths = [path for path in rests_on if not path.startswith("data:")]
        bound = [self._control(path) for path in paths]
        if bound and all(bound):
            names = dict.fromkeys(control.name for control in bound if control)
            return Claim(rests_on=rests_on, state="enforced", by=", ".join(names))
        if measure and measure.owner and measure.until and self.today <= measure.until:
            return Claim(
                rests_on=rests_on, state="attested", by=self.term(measure.owner), until=measure.until.isoformat()
            )
        return Claim(rests_on=rests_on)

    def _control(self, path: str) -> Control | None:
        steps = path.split(".")
        prefixes = (".".join(steps[:length]) for length in range(len(steps), 0, -1))
        return next((self.controls[prefix] for prefix in prefixes if prefix in self.controls), None)

    def sentence(self, text: str, *rests_on: str, when: When | None = None) -> Sentence:
        """A sentence that rests on the given ids."""
        return Sentence(
            text=text, claim=self.claim(*rests_on), applies_to=capitalised(self.applies_to(when)) if when else ""
        )

    def statements(self, section: str) -> list[Sentence]:
        """The prose that the manifest carries for a section, a paragraph each."""
        found = []
        for index, statement in enumerate(self.manifest.statements):
            if statement.section == section and self.holds(statement.when):
                text, language = self.localised(statement.text)
                claim, people = self.claim(f"statements[{index}]"), capitalised(self.applies_to(statement.when))
                paragraphs = filter(None, (part.strip() for part in text.split("\n\n")))
                found += [Sentence(text=part, claim=claim, applies_to=people, language=language) for part in paragraphs]
        return found

    def section(self, id: str, title: str, *blocks: Block | None, sections: Iterable[Section] = ()) -> Section | None:  # noqa: A002
        """A section of the blocks that have something to say and the manifest's statements; None when nothing has."""
        said = [block for block in blocks if block]
        said += self.statements(id)
        inner = tuple(sections)
        return Section(id=id, title=title, blocks=tuple(said), sections=inner) if said or inner else None


def table(caption: str, header: tuple[str, ...], rows: Iterable[tuple[Claim, tuple[str, ...]]]) -> Table | None:
    """A table without the columns that no row fills; None when it has no row."""
    found = list(rows)
    used = [place for place in range(len(header)) if any(cells[place] for _, cells in found)]
    kept = tuple((claim, tuple(cells[place] for place in used)) for claim, cells in found)
    return Table(caption=caption, header=tuple(header[place] for place in used), rows=kept) if kept else None


def sentence_of(*parts: str) -> str:
    """The parts that say something, with a space between."""
    return " ".join(filter(None, parts))


def listed(titles: Iterable[str]) -> str:
    """Titles in a cell of a table, set apart from one another even where they hold commas."""
    return "; ".join(titles)


def capitalised(text: str) -> str:
    """`text` with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def uncapitalised(text: str) -> str:
    """`text` with its first letter in lower case, the rest as it is."""
    return text[:1].lower() + text[1:]
