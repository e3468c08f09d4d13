"""The HTML and the Markdown of a document: whole, escaped, and the same text in both."""

from __future__ import annotations

import re
from dataclasses import replace

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from consentguard.publish.document import Claim, Document, Section, Sentence, Table
from consentguard.publish.documents import Kind, kinds
from consentguard.publish.html import article, page
from consentguard.publish.markdown import markdown
from tests.core.policies import FIVE, read
from tests.core.test_publish_documents import COMPLETE, lines, written

ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
MARKUP = st.sampled_from(
    ["<script>alert(1)</script>", "a & b", "1. one", "1) x", "- item", "+ x", "= y", "# head", "> q", "~~~", "***",
     "---", "`code`", "*a* _b_", "[a](b)", "![x](y)", "[a]: b", "a|b", "&amp;", "<!-- c -->", "    four", "a  ",
     "\\", "a\\", "a@b.example", "https://x.example/?a=1&b='2'", "http://a.example/_b_*c*"]
)  # fmt: skip
TEXTS = (ANY | MARKUP | st.builds("{} {}".format, MARKUP, ANY)).filter(str.strip)
CLAIM = Claim(rests_on=("categories.messages", "statements[0]"))


def document(words: list[str]) -> Document:
    """A document with a paragraph, a list and a table of the given texts."""
    sentences = tuple(Sentence(text=word, claim=CLAIM) for word in words)
    grid = Table(caption=words[-1], header=(words[0], words[-1]), rows=((CLAIM, (words[-1], words[0])),))
    blocks = (sentences[0], sentences, grid, replace(sentences[0], applies_to=words[-1]))
    return Document(
        id="policy", language="en", title=words[0], sections=(Section(id="one", title=words[-1], blocks=blocks),)
    )


def plain(text: str) -> str:
    """A text without the difference between kinds of white space."""
    return " ".join(text.split())


def parsed(html: str) -> lxml.html.HtmlElement:
    """HTML as a browser reads it."""
    return lxml.html.document_fromstring(html)


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_text_comes_out_of_the_html_as_it_went_in(words: list[str]) -> None:
    """No text of a manifest becomes markup, and none is lost."""
    root = parsed(article(document(words)))
    assert not root.xpath("//script | //style | //*[@style] | //*[starts-with(name(@*), 'on')]")
    said = [plain(element.text_content()) for element in root.xpath("//h1 | //ul/li | //caption | //th | //td")]
    first, last = plain(words[0]), plain(words[-1])
    assert said == [first, *map(plain, words), last, first, last, last, first]


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_text_comes_out_of_the_markdown_as_it_went_in(words: list[str]) -> None:
    """What CommonMark reads is the text itself, with the same headings and items."""
    root = parsed(MarkdownIt("commonmark").render(markdown(document(words))))
    assert not root.xpath("//script | //code | //pre | //em | //img | //hr | //blockquote | //ol")
    assert [plain(element.text_content()) for element in root.xpath("//h1 | //h2")] == [
        plain(words[0]),
        plain(words[-1]),
    ]
    assert [plain(element.text_content()) for element in root.xpath("//ul[1]/li")][: len(words)] == list(
        map(plain, words)
    )


@settings(deadline=None)
@given(st.text())
def test_characters_that_html_forbids_are_replaced(text: str) -> None:
    """Control characters and lone surrogates never reach the page."""
    html = article(document([f"a{text}", "b"]))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", html)


@pytest.mark.parametrize("kind", ["policy", "cookies", "deletion"])
@pytest.mark.parametrize("name", [*FIVE, "complete"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_html_and_markdown_say_the_same(name: str, kind: Kind, language: str) -> None:
    """The exported file is the page, word for word; only the heading of a table's first column is left out."""
    manifest = read(FIVE.get(name, COMPLETE)).manifest
    text = written(manifest, kind, language)
    html, commonmark = parsed(page(text)), parsed(MarkdownIt("commonmark").render(markdown(text)))
    shown, exported = plain(html.text_content()), plain(commonmark.text_content())
    firsts = {block.header[0] for section in text.sections for block in section.blocks if isinstance(block, Table)}
    for line in lines(*text.sections):
        assert plain(line) in shown
        assert line in firsts or plain(line) in exported


@pytest.mark.parametrize("name", [*FIVE, "complete"])
def test_every_sentence_and_row_says_what_it_rests_on(name: str) -> None:
    """Paragraphs, items and rows of the sections carry their claim's ids and state."""
    root = parsed(article(written(read(FIVE.get(name, COMPLETE)).manifest)))
    claims = root.xpath("//section/p | //section/ul/li | //tbody/tr")
    assert claims
    assert all(element.get("data-rests-on") and element.get("data-state") for element in claims)


def test_an_attested_row_says_who_answers_and_until_when() -> None:
    """`data-by` and `data-until` stand beside the state."""
    root = parsed(article(written(read(COMPLETE).manifest)))
    [measure] = root.xpath("//*[@data-rests-on='measures.training']")
    assert (measure.get("data-state"), measure.get("data-by")) == ("attested", "the head of people")
    assert measure.get("data-until") == "2027-03-01"


def test_the_article_is_made_for_screen_readers_and_for_phones() -> None:
    """Headers have a scope, wide tables scroll by keyboard, cells name their column, ids are unique."""
    manifest = read(COMPLETE).manifest
    for kind in kinds(manifest):
        root = parsed(article(written(manifest, kind)))
        assert all(cell.get("scope") in ("col", "row") for cell in root.xpath("//th"))
        assert all(cell.get("data-label") for cell in root.xpath("//td"))
        for region in root.xpath("//*[@role='region']"):
            assert region.get("tabindex") == "0"
            assert root.xpath(f"//*[@id='{region.get('aria-labelledby')}']/text()")
        ids = root.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert len(root.xpath("//h1")) == 1
    contents = parsed(article(written(manifest))).xpath("//nav//a/@href")
    assert contents == [f"#{section.id}" for section in written(manifest).sections]


def test_a_table_without_a_caption_is_named_by_its_sections_heading() -> None:
    """A caption that repeats the heading would be read out twice."""
    table = Table(header=("a",), rows=((CLAIM, ("b",)),))
    section = Section(id="one", title="Heading", blocks=(table,))
    root = parsed(article(Document(id="policy", language="en", title="t", sections=(section,))))
    assert not root.xpath("//caption")
    assert root.xpath("//table/@aria-labelledby") == root.xpath("//*[@role='region']/@aria-labelledby")
    assert root.xpath(f"//*[@id='{root.xpath('//table/@aria-labelledby')[0]}']/text()") == ["Heading"]


def test_addresses_become_links() -> None:
    """A visitor on a phone taps them; nothing but http(s) and e-mail is linked."""
    html = article(document(["See https://a.example/b. Or write to x@b.example, javascript:alert(1)", "b"]))
    assert set(parsed(html).xpath("//p/a/@href")) == {"https://a.example/b", "mailto:x@b.example"}


@pytest.mark.parametrize(
    ("language", "mark", "advice"),
    [
        ("en", "Draft. This text is not in force.", "legal advice"),
        ("es", "Borrador. Este texto no está en vigor.", "asesoría"),
    ],
)
def test_a_draft_is_watermarked_with_its_reasons(language: str, mark: str, advice: str) -> None:
    """The first thing that a reader of a draft meets is that it is one."""
    text = replace(written(read(COMPLETE).manifest, language=language), draft=("L-CONTACT <b>",))
    root = parsed(article(text))
    note = root.xpath("//h1/following-sibling::*[1]")[0]
    for said in (note.text_content(), plain(markdown(text).replace("\\", ""))):
        assert mark in said
        assert "L-CONTACT <b>" in said
        assert advice in said


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "Last updated: November 21, 2026"), ("es", "Última actualización: 21 de noviembre de 2026")],
)
def test_the_date_comes_from_the_version(language: str, line: str) -> None:
    """Written out in the language, with the ISO date for machines; absent while there is none."""
    text = written(read(COMPLETE).manifest, language=language)
    assert "updated" not in article(text)
    dated = replace(text, updated="2026-11-21", version="0123456789abcdef")
    assert parsed(article(dated)).xpath("//article/@data-version") == ["0123456789abcdef"]
    [updated] = parsed(article(dated)).xpath("//p[@class='privacy-updated']")
    assert updated.text_content() == line
    assert updated.xpath("time/@datetime") == ["2026-11-21"]
    assert line in markdown(dated)


def test_text_in_another_language_is_marked_as_such() -> None:
    """A statement without translation keeps its own lang attribute."""
    sentence = Sentence(text="Write to us.", claim=CLAIM, language="en", applies_to="Para personas en Guatemala")
    text = Document(id="policy", language="es", title="a", sections=(Section(id="one", title="b", blocks=(sentence,)),))
    root = parsed(article(text))
    assert root.xpath("//span[@lang='en']/text()") == ["Write to us."]
    assert root.xpath("//article/@lang") == ["es"]
