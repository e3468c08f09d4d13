"""The form that is asked before sealed values are shown: its words, and what was sent with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from consentguard.errors import ConsentGuardError
from consentguard.masking import LONGEST_REFERENCE, REASONS
from consentguard.words import Words, words

COLUMN, REASON, REFERENCE = "column", "reason", "reference"
"""The names of the form's fields."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent with the form, or stands in the address that leads to it; empty where there is nothing yet."""

    columns: tuple[str, ...] = ()
    reason: str = ""
    reference: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Sequence[str]], columns: Collection[str]) -> Sent:
        """The fields of a form, each with all its values; of the columns those that are among `columns`."""
        chosen = set(fields.get(COLUMN, ()))
        reason, reference = ((*fields.get(name, ()), "")[0].strip() for name in (REASON, REFERENCE))
        return cls(tuple(name for name in columns if name in chosen), reason, reference)


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a field."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The form in a reader's language: what is to be seen, and why."""

    title: str
    lead: str
    columns_label: str
    columns: tuple[Option, ...]
    reason_label: str
    nothing_chosen: str
    reasons: tuple[Option, ...]
    reference_label: str
    reference_hint: str
    reference: str
    longest_reference: str
    button: str
    back: str
    error: str


def question(language: str, columns: Mapping[str, str], sent: Sent, error: ConsentGuardError | None = None) -> Question:
    """The form over some columns, by their names and labels. A single one is chosen already."""
    say = words(language).say
    chosen = sent.columns or (tuple(columns) if len(columns) == 1 else ())
    return Question(
        title=say("Show sealed values"),
        lead=say(
            "These values are encrypted, and hidden from whoever need not see them. It is taken down that you look, at "
            "what, and why."
        ),
        columns_label=say("What do you want to see?"),
        columns=tuple(Option(name, label, name in chosen) for name, label in columns.items()),
        reason_label=say("Why?"),
        nothing_chosen=say("Choose a reason"),
        reasons=tuple(Option(name, say(label), name == sent.reason) for name, label in REASONS.items()),
        reference_label=say("Reference"),
        reference_hint=say("Such as the number of a ticket. Do not write a name or a value here."),
        reference=sent.reference,
        longest_reference=str(LONGEST_REFERENCE),
        button=say("Show"),
        back=say("Go back"),
        error=say(error.message) if error else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What stands beside a masked value."""

    hidden: str
    unmask: str
    replace: str
    not_ticked: str
    unreadable: str
    erased: str

    @classmethod
    def of(cls, speech: Words) -> Labels:
        """In a reader's language."""
        say = speech.say
        return cls(
            hidden=say("hidden"),
            unmask=say("Show…"),
            replace=say("Replace it by:"),
            not_ticked=say("Tick the box to replace the value, or leave the field as it was."),
            unreadable=say("This value cannot be read."),
            erased=say("This value was erased. Nobody can read it any more."),
        )


def labels(language: str) -> Labels:
    """The labels in a language."""
    return Labels.of(words(language))
