"""What a right asks for beside an address: the fields of its form, and what somebody filled in there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from consentguard.guard import Guard
from consentguard.rights import Details
from consentguard.web.messages import Inbound
from consentguard.web.rights.telling import categories, purposes
from consentguard.web.sheet import Field, Option
from consentguard.words import N_, Words

LONGEST_NOTE = 2000
HIDDEN = ("credential", "evidence")
"""Kinds of data that nobody can have restricted by name: what proves who somebody is, and what was promised them."""
UNOBJECTIONABLE = {
    "contract": N_("It is needed for the contract with you, which the right to object leaves alone."),
    "legal_obligation": N_("A law obliges us to it, which the right to object leaves alone."),
    "consent": N_("It rests on your consent. Take that back instead."),
}
"""Why a use cannot be objected to, by its legal basis (Art. 21(1) GDPR)."""
OTHERWISE = N_("It does not rest on grounds that can be objected to.")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form says: `details`, and by the name of a field what is to be put right there."""

    details: Details
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asking:
    """The part of a form that is about one right."""

    guard: Guard
    inbound: Inbound
    words: Words

    def more(self, right: str) -> bool:
        """Whether a right asks for more than an address."""
        return right in _FIELDS and (right != "withdrawal" or len(self.guard.consent.purposes) > 1)

    def fields(self, right: str, errors: Mapping[str, str]) -> tuple[Field, ...]:
        """The fields of a right; none for one that asks for no more."""
        return _FIELDS[right](self, errors) if self.more(right) else ()

    def filled(self, right: str) -> Filled:
        """What was filled in."""
        if not self.more(right):
            return Filled(Details(), {})
        given, errors = _READERS[right](self)
        return Filled(Details(**given), errors)

    def _note(self, errors: Mapping[str, str]) -> tuple[Field, ...]:
        say = self.words.say
        note = Field(
            id="note",
            name="note",
            kind="textarea",
            label=say("What is wrong, and what is right?"),
            hint=say("Name what you want corrected or completed. We check it before we change anything."),
            value=self.inbound.value("note")[:LONGEST_NOTE],
            error=errors.get("note", ""),
            max_length=LONGEST_NOTE,
        )
        return (note,)

    def _read_note(self) -> tuple[dict[str, Any], dict[str, str]]:
        note = self.inbound.value("note")
        if not note:
            return {}, {"note": self.words.say("Write what is to be corrected.")}
        if len(note) > LONGEST_NOTE:
            return {}, {"note": self.words.say("Write less: {count} characters at most.", count=str(LONGEST_NOTE))}
        return {"note": note}, {}

    def _uses(self, errors: Mapping[str, str]) -> tuple[Field, ...]:
        """The uses that can be objected to, and the others with the reason."""
        answers = {name: self.guard.restrictions.answer(name) for name in self._purposes()}
        options = tuple(
            Option(
                value=name,
                label=title,
                hint="" if answers[name].granted else self.words.say(_reason(answers[name].reason)),
                chosen=answers[name].granted and name in self._chosen("purposes"),
                disabled=not answers[name].granted,
            )
            for name, title in sorted(self._purposes().items(), key=lambda each: not answers[each[0]].granted)
        )
        label = self.words.say("Which uses do you object to?")
        return (Field(id="purposes", name="purposes", kind="checkbox", label=label, error=errors.get("purposes", ""),
                      options=options, required=False),)  # fmt: skip

    def _read_uses(self) -> tuple[dict[str, Any], dict[str, str]]:
        chosen = [name for name in self._purposes() if name in self._chosen("purposes")]
        granted = tuple(name for name in chosen if self.guard.restrictions.answer(name).granted)
        return {"purposes": granted}, {} if granted else {"purposes": self.words.say("Choose at least one use.")}

    def _consents(self, errors: Mapping[str, str]) -> tuple[Field, ...]:
        known, asked = self._purposes(), self.guard.consent.purposes
        options = tuple(
            Option(value=name, label=known[name], chosen=name in self._chosen("purposes")) for name in asked
        )
        return (Field(
            id="purposes", name="purposes", kind="checkbox", required=False, options=options,
            label=self.words.say("Which consents do you take back?"),
            hint=self.words.say("Choose none to take back all of them."), error=errors.get("purposes", ""),
        ),)  # fmt: skip

    def _read_consents(self) -> tuple[dict[str, Any], dict[str, str]]:
        return {"purposes": tuple(name for name in self.guard.consent.purposes if name in self._chosen("purposes"))}, {}

    def _parts(self, errors: Mapping[str, str]) -> tuple[Field, ...]:
        say = self.words.say
        options = tuple(
            Option(value=name, label=title, chosen=name in self._chosen("categories"))
            for name, title in self._categories().items()
        )
        which = Field(
            id="categories",
            name="categories",
            kind="checkbox",
            label=say("Which data shall we stop using?"),
            hint=say("Choose none for all of it."),
            required=False,
            options=options,
        )
        until = Field(
            id="until",
            name="until",
            kind="date",
            label=say("Until which day?"),
            hint=say("Leave it empty to restrict the use until you tell us otherwise."),
            value=self.inbound.value("until")[:10],
            error=errors.get("until", ""),
            required=False,
            max_length=10,
        )
        return (which, until) if options else (until,)

    def _read_parts(self) -> tuple[dict[str, Any], dict[str, str]]:
        chosen = tuple(name for name in self._categories() if name in self._chosen("categories"))
        text, wrong = self.inbound.value("until"), self.words.say("Give a day that is to come, such as 2030-12-31.")
        try:
            until = dt.date.fromisoformat(text) if text else None
        except ValueError:
            return {}, {"until": wrong}
        if until and until <= self.guard.clock.now().date():
            return {}, {"until": wrong}
        return {"categories": chosen, "until": until}, {}

    def _purposes(self) -> dict[str, str]:
        return purposes(self.guard.site.policy.manifest, self.words)

    def _categories(self) -> dict[str, str]:
        """The categories that the site holds of anybody."""
        manifest = self.guard.site.policy.manifest
        held = [name for name in self.guard.site.data_map.categories() if manifest.categories[name].kind not in HIDDEN]
        titles = categories(manifest, self.words)
        return {name: titles[name] for name in held}

    def _chosen(self, name: str) -> frozenset[str]:
        return frozenset(self.inbound.form.get(name, ()))


def _reason(basis: str) -> str:
    return UNOBJECTIONABLE.get(basis, OTHERWISE)


_FIELDS: Mapping[str, Callable[[Asking, Mapping[str, str]], tuple[Field, ...]]] = {
    "rectification": Asking._note,
    "objection": Asking._uses,
    "restriction": Asking._parts,
    "withdrawal": Asking._consents,
}
_READERS: Mapping[str, Callable[[Asking], tuple[dict[str, Any], dict[str, str]]]] = {
    "rectification": Asking._read_note,
    "objection": Asking._read_uses,
    "restriction": Asking._read_parts,
    "withdrawal": Asking._read_consents,
}
