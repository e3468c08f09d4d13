"""Writes a document as plain text, for a reader who has neither a browser nor us."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from consentguard.publish.document import Block, Document, Section, Sentence, Table

WIDTH = 100
"""Characters in a line at most."""


def plain(document: Document) -> str:
    """The document as text: headings underlined, a table as a list with an item for each row."""
    lines = [*_headed(document.title, "=")]
    for section in document.sections:
        lines += _section(section, "-")
    return "\n\n".join(lines) + "\n"


def _section(section: Section, line: str) -> Iterator[str]:
    yield from _headed(section.title, line)
    for block in section.blocks:
        yield _block(block)
    for inner in section.sections:
        yield from _section(inner, "~")


def _headed(title: str, line: str) -> Iterator[str]:
    yield f"{title}\n{line * len(title)}"


def _block(block: Block) -> str:
    if isinstance(block, Table):
        return "\n".join(_table(block))
    if isinstance(block, Sentence):
        return _wrapped(_said(block))
    return "\n".join(_item(_said(sentence)) for sentence in block)


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield f"{table.caption}\n"
    for _, cells in table.rows:
        yield _item(cells[0])
        for title, cell in zip(table.header[1:], cells[1:], strict=True):
            if cell:
                yield _item(f"{title}: {cell}", "  - ")


def _said(sentence: Sentence) -> str:
    return f"{sentence.applies_to}: {sentence.text}" if sentence.applies_to else sentence.text


def _item(text: str, sign: str = "- ") -> str:
    return _wrapped(text, sign)


def _wrapped(text: str, sign: str = "") -> str:
    first = " ".join(text.split())
    return textwrap.fill(first, WIDTH, initial_indent=sign, subsequent_indent=" " * len(sign), break_long_words=False)
