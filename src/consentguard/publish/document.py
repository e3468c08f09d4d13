"""A published text as data: sections of sentences and tables, each saying what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

State = Literal["enforced", "attested", "unverified"]


@dataclass(frozen=True, slots=True)
class Control:
    """What makes a published sentence true: `name` is the control, `test` the test that shows it at work."""

    name: str
    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What stands behind a published sentence.

    `rests_on` are ids: a key path of the manifest (`categories.messages.retention`), an entry of the data map
    (`data:inbox.Message.text`) or a statement (`statements[3]`). `enforced`: a control, named in `by`, makes it so;
    `attested`: `by` (a role) answers for it until `until` (an ISO date); else `unverified`.
    """

    rests_on: tuple[str, ...]
    state: State = "unverified"
    by: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One or more sentences that rest on the same claim.

    `applies_to` says in words for whom they hold (empty: everyone); `language` is set where they are in another
    language than the document, because the manifest has no translation.
    """

    text: str
    claim: Claim
    applies_to: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose every row rests on a claim of its own. Without a caption, its section's heading names it."""

    header: tuple[str, ...]
    rows: tuple[tuple[Claim, tuple[str, ...]], ...]
    caption: str = ""


Block = Sentence | tuple[Sentence, ...] | Table
"""A paragraph, a list, or a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A headed part of a document; `id` is stable and serves as the anchor of a link."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A page in one language, ready to be written as HTML or Markdown.

    `version` is the content's hash; `updated` the ISO date on which that version was published, empty while it is
    not; `draft` says why the page is watermarked, empty when it is not.
    """

    id: str
    language: str
    title: str
    sections: tuple[Section, ...]
    version: str = ""
    updated: str = ""
    draft: tuple[str, ...] = field(default=())

    def claims(self) -> Iterator[Claim]:
        """Every claim of the document, in reading order."""
        for section in self.sections:
            yield from _claims(section)


def _claims(section: Section) -> Iterator[Claim]:
    for block in section.blocks:
        if isinstance(block, Table):
            yield from (claim for claim, _ in block.rows)
        else:
            yield from (sentence.claim for sentence in (block if isinstance(block, tuple) else (block,)))
    for inner in section.sections:
        yield from _claims(inner)
