"""Writes a document as CommonMark, with what each sentence rests on in comments that a reader does not see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from consentguard.publish.document import Block, Claim, Document, Section, Sentence, Table
from consentguard.words import Words, words

_INLINE = re.compile(r"([\\`*_\[\]<>&|~#!$])")
_ORDERED = re.compile(r"^(\d{1,9})([.)])")


def markdown(document: Document) -> str:
    """The document as CommonMark. A table is written as a list, a row an item: plain CommonMark has no tables."""
    spoken = words(document.language)
    lines = [f"# {escaped(document.title)}", *_draft(document, spoken), *_updated(document, spoken)]
    for section in document.sections:
        lines += _section(section, 2)
    return "\n\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """`text` on one line, with everything that Markdown would read as markup escaped."""
    line = _INLINE.sub(r"\\\1", " ".join(text.replace("\x00", "\N{REPLACEMENT CHARACTER}").split()))
    line = _ORDERED.sub(r"\1\\\2", line)
    return f"\\{line}" if line[:1] in ("-", "+", "=") else line


def _draft(document: Document, spoken: Words) -> Iterator[str]:
    if document.draft:
        yield f"> **{escaped(spoken.say('Draft. This text is not in force.'))}**"
        yield "\n".join(f"> - {escaped(reason)}" for reason in document.draft)
        yield "> " + escaped(
            spoken.say("Nothing here is legal advice. Have a lawyer read the policy before you publish it.")
        )


def _updated(document: Document, spoken: Words) -> Iterator[str]:
    if document.updated:
        day = spoken.date(dt.date.fromisoformat(document.updated))
        yield escaped(f"{spoken.say('Last updated:')} {day}")


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {escaped(section.title)} <!-- #{section.id} -->"
    for block in section.blocks:
        yield _block(block)
    for inner in section.sections:
        yield from _section(inner, level + 1)


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Sentence):
        return _sentence(block)
    return "\n".join(f"- {_sentence(sentence)}" for sentence in block)


def _sentence(sentence: Sentence) -> str:
    people = f"**{escaped(sentence.applies_to)}:** " if sentence.applies_to else ""
    return f"{people}{escaped(sentence.text)} {_claim(sentence.claim)}"


def _table(table: Table) -> str:
    rows = []
    for claim, cells in table.rows:
        rows.append(f"- **{escaped(cells[0])}** {_claim(claim)}")
        named = zip(table.header[1:], cells[1:], strict=True)
        rows += [f"  - {escaped(title)}: {escaped(cell)}" for title, cell in named if cell]
    return "\n".join([*([f"**{escaped(table.caption)}**\n"] if table.caption else []), *rows])


def _claim(claim: Claim) -> str:
    ids = " ".join(claim.rests_on).replace("--", "-\\-").replace(">", "")
    return f"<!-- {claim.state}: {ids} -->"
