"""Writes a document as HTML: the article alone for a site's own layout, or a page that stands by itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, tostring

from consentguard.publish.document import Block, Claim, Document, Section, Sentence, Table
from consentguard.words import Words, words

_LINK = re.compile(
    r"(?P<url>https?://[^\s<>\"“”()]+[^\s<>\"“”().,;:!?])|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.ASCII
)
_NOT_IN_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def article(document: Document) -> str:
    """The document as one `<article>`: semantic, escaped, without style or script.

    Every sentence and every row of a table carries `data-rests-on` (ids, separated by spaces) and `data-state`; the
    article names its content's version in `data-version`.
    """
    return tostring(_article(document), encoding="unicode", method="html")


def page(document: Document) -> str:
    """A whole HTML page around the article, for a file that is opened by itself."""
    html = Element("html", lang=document.language)
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    _add(head, "title", document.title)
    SubElement(html, "body").append(_article(document))
    return f"<!doctype html>\n{tostring(html, encoding='unicode', method='html')}\n"


def _article(document: Document) -> Element:
    spoken = words(document.language)
    version = {"data-version": document.version} if document.version else {}
    root = Element("article", {"class": "privacy", "lang": document.language} | version)
    _add(root, "h1", document.title)
    if document.draft:
        _draft(root, document, spoken)
    if document.updated:
        _updated(root, document, spoken)
    if len(document.sections) > 2:
        _contents(root, document, spoken)
    for section in document.sections:
        _section(root, section, 2)
    return root


def _draft(root: Element, document: Document, spoken: Words) -> None:
    note = SubElement(root, "aside", {"class": "privacy-draft", "aria-label": spoken.say("Draft")})
    _add(note, "p", spoken.say("Draft. This text is not in force."), {"class": "privacy-draft-mark"})
    reasons = SubElement(note, "ul")
    for reason in document.draft:
        _add(reasons, "li", reason)
    _add(note, "p", spoken.say("Nothing here is legal advice. Have a lawyer read the policy before you publish it."))


def _updated(root: Element, document: Document, spoken: Words) -> None:
    line = _add(root, "p", f"{spoken.say('Last updated:')} ", {"class": "privacy-updated"})
    day = dt.date.fromisoformat(document.updated)
    _add(line, "time", spoken.date(day), {"datetime": document.updated})


def _contents(root: Element, document: Document, spoken: Words) -> None:
    nav = SubElement(root, "nav", {"class": "privacy-contents", "aria-label": spoken.say("On this page")})
    entries = SubElement(nav, "ul")
    for section in document.sections:
        _add(SubElement(entries, "li"), "a", section.title, {"href": f"#{section.id}"})


def _section(parent: Element, section: Section, level: int) -> None:
    box = SubElement(parent, "section", {"id": section.id})
    title = f"{section.id}-title"
    _add(box, f"h{level}", section.title, {"id": title})
    for place, block in enumerate(section.blocks):
        _block(box, block, f"{section.id}-{place}" if isinstance(block, Table) and block.caption else title)
    for inner in section.sections:
        _section(box, inner, level + 1)


def _block(box: Element, block: Block, id: str) -> None:  # noqa: A002
    if isinstance(block, Table):
        _table(box, block, id)
    elif isinstance(block, Sentence):
        _sentence(box, "p", block)
    else:
        items = SubElement(box, "ul")
        for sentence in block:
            _sentence(items, "li", sentence)


def _sentence(parent: Element, tag: str, sentence: Sentence) -> None:
    language = {"lang": sentence.language} if sentence.language else {}
    if not sentence.applies_to:
        _add(parent, tag, sentence.text, _claim(sentence.claim) | language)
        return
    box = SubElement(parent, tag, _claim(sentence.claim))
    _add(box, "strong", f"{sentence.applies_to}:", {"class": "privacy-applies-to"}).tail = " "
    _add(box, "span", sentence.text, language)


def _table(box: Element, table: Table, id: str) -> None:  # noqa: A002
    """A wide table scrolls in a region that the keyboard reaches; each cell names its column for narrow screens."""
    region = {"class": "privacy-table", "role": "region", "tabindex": "0", "aria-labelledby": id}
    grid = SubElement(SubElement(box, "div", region), "table")
    if table.caption:
        _add(grid, "caption", table.caption, {"id": id})
    else:
        grid.set("aria-labelledby", id)
    head = SubElement(SubElement(grid, "thead"), "tr")
    for title in table.header:
        _add(head, "th", title, {"scope": "col"})
    body = SubElement(grid, "tbody")
    for claim, cells in table.rows:
        row = SubElement(body, "tr", _claim(claim))
        _add(row, "th", cells[0], {"scope": "row"})
        for title, cell in zip(table.header[1:], cells[1:], strict=True):
            _add(row, "td", cell, {"data-label": _clean(title)})


def _claim(claim: Claim) -> dict[str, str]:
    found = {"data-rests-on": _clean(" ".join(claim.rests_on)), "data-state": claim.state}
    named = {"data-by": _clean(claim.by), "data-until": claim.until}
    return found | {key: value for key, value in named.items() if value}


def _add(parent: Element, tag: str, text: str, attributes: dict[str, str] | None = None) -> Element:
    """A child element of running text; addresses in it become links."""
    element = SubElement(parent, tag, attributes or {})
    element.text = ""
    last: Element | None = None
    for piece in _pieces(_clean(text)) if tag != "a" else [_clean(text)]:
        if isinstance(piece, Element):
            element.append(piece)
            last = piece
        elif last is None:
            element.text += piece
        else:
            last.tail = piece
    return element


def _pieces(text: str) -> Iterator[str | Element]:
    end = 0
    for found in _LINK.finditer(text):
        yield text[end : found.start()]
        link = Element("a", href=found.group() if found["url"] else f"mailto:{found['mail']}")
        link.text = found.group()
        yield link
        end = found.end()
    yield text[end:]


def _clean(text: str) -> str:
    """`text` without the characters that no HTML document may hold."""
    return _NOT_IN_HTML.sub("\N{REPLACEMENT CHARACTER}", text)
