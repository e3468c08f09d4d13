"""Every page is the same document whether Django's templates or Jinja render it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree, html

import consentguard
from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.site import Site
from consentguard.web.consent.banner import Banner
from consentguard.web.consent.centre import Centre
from consentguard.web.consent.gated import Frame
from consentguard.web.links import Html, Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.pages import ROUTES
from consentguard.web.routes import Route
from consentguard.web.sheet import Fact, Field, Form, Option, grid, show
from tests.web_policy import POLICY, BareHost, url_for

TEMPLATES = Path(consentguard.__file__).parent / "templates"
JINJA = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
POLICIES = {
    "plain": POLICY,
    "one language": POLICY.replace('["en", "es"]', '["en"]'),
    "right to left": POLICY.replace('["en", "es"]', '["ar", "en"]'),
    "no name": POLICY.replace('name = "Example <Shop> & Co"', 'name = ""'),
    "hostile name": POLICY.replace("Example <Shop> & Co", "{{ page }}{% block %}<script>alert('1')</script>"),
}


HOSTILE = "<script>alert('1')</script> & \"{{ page }}\""
OPTIONS = (Option(value="a", label=HOSTILE, hint="<b>hint</b>", chosen=True), Option(value='b"', label="B"))
FIELDS = (
    Field(id="mail", name="mail", label="Mail", kind="email", hint=HOSTILE, error=HOSTILE, autocomplete="email"),
    Field(id="code", name="code", label="Code", kind="code", max_length=1234, autocomplete="one-time-code"),
    Field(id="year", name="year", label="Year", kind="number", value=HOSTILE, required=False),
    Field(id="right", name="right", label="Right", kind="radio", options=OPTIONS, error="Choose one"),
    Field(id="box", name="box", label="Boxes", kind="checkbox", options=OPTIONS, hint="Tick some", required=False),
    Field(id="month", name="month", label="Month", kind="select", options=OPTIONS, hint="<i>", error="Which?"),
    Field(id="note", name="note", label="Note", kind="textarea", value=HOSTILE, hint="At length", required=False),
    Field(id="day", name="day", label="Day", kind="date", value="2026-11-28", required=False),
)
FULL = {
    "lead": ("First", HOSTILE),
    "notice": HOSTILE,
    "facts": (Fact(label="What", value=HOSTILE), Fact(label="When", value="today")),
    "picture": Html('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'),
    "picture_label": "A picture",
    "codes": ("ABCD-EFGH", HOSTILE),
    "codes_label": "Codes",
    "grids": (grid("held", HOSTILE, ("Data", "How long"), [(HOSTILE, "a year"), ("Orders", HOSTILE)]),),
    "forms": (
        Form(action='/a?b="c"', fields=FIELDS, hidden={"next": HOSTILE}, buttons=OPTIONS),
        Form(action="/d", title=HOSTILE, buttons=(Option(value="go", label="Go"),)),
    ),
    "onward_title": HOSTILE,
    "onward": (Link(url="/e?f&g", label=HOSTILE, language="en"),),
}
SEVERAL = Field(
    id="cg-accepted",
    name="accepted",
    label="I agree to",
    kind="checkbox",
    required=False,
    options=(*OPTIONS, Option(value="s", label="Statistics", hint=HOSTILE, parts=OPTIONS, all_label=HOSTILE)),
)
WAITING = Frame(
    name="video",
    src='/v?a&"b',
    title=HOSTILE,
    attributes=Html(' width="1"'),
    waits=True,
    stylesheet="/f.css",
    nonce='n"',
    language="ar",
    direction="rtl",
    text=HOSTILE,
    show="Show",
    leave="Leave",
)
SHEETS: dict[str, dict[str, Any]] = {
    "nothing but a title": {},
    "everything": FULL,
    "a problem": {"notice": "Wrong", "notice_kind": "problem"},
}


def answers(policy: str, folder: Path, route: Route) -> list[Outbound]:
    (folder / "privacy.toml").write_text(policy, "utf-8")
    guard = Guard(Site(BareHost(folder)), MemoryStores())
    return [
        route.endpoint(guard, Inbound(method="GET", params={"language": language}, url_for=url_for))
        for language in guard.site.policy.manifest.site.languages
    ]


def sheet(folder: Path, language: str, content: dict[str, Any]) -> Outbound:
    (folder / "privacy.toml").write_text(POLICIES["right to left"], "utf-8")
    guard = Guard(Site(BareHost(folder)), MemoryStores())
    inbound = Inbound(method="GET", params={"language": language}, url_for=url_for)
    return show(guard, inbound, "policy", language, HOSTILE, template="refused", **content)


def by_each(answer: Outbound) -> tuple[str, str]:
    by_django = engines["django"].get_template(answer.template).render({"page": answer.page})
    return by_django, JINJA.get_template(answer.template).render(page=answer.page)


def parsed(text: str) -> bytes:
    """The document in canonical form, white space between elements aside."""
    document = html.document_fromstring(text)
    for element in document.iter():
        element.text = " ".join((element.text or "").split())
        element.tail = " ".join((element.tail or "").split())
    return etree.tostring(document, method="c14n")


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES.keys())
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_both_engines_render_the_same_document(policy: str, route: Route, tmp_path: Path) -> None:
    """The templates use only what both languages mean alike, and neither engine escapes the article again."""
    for answer in answers(policy, tmp_path, route):
        by_django, by_jinja = by_each(answer)
        assert parsed(by_django) == parsed(by_jinja)
        assert b"<article" in parsed(by_jinja)
        assert b"&lt;article" not in parsed(by_jinja)
        assert b"<script" not in parsed(by_jinja)


@pytest.mark.parametrize("content", SHEETS.values(), ids=SHEETS.keys())
@pytest.mark.parametrize("language", ["ar", "en"])
def test_both_engines_render_the_same_form(tmp_path: Path, content: dict[str, Any], language: str) -> None:
    """Sheets and forms too, with every kind of field; what came from a visitor stays text."""
    by_django, by_jinja = by_each(sheet(tmp_path, language, content))
    assert parsed(by_django) == parsed(by_jinja)
    page = html.document_fromstring(by_jinja)
    assert page.xpath("//script") == []
    assert page.get("dir") == ("rtl" if language == "ar" else "ltr")
    assert page.findtext(".//h1") == HOSTILE


PIECES: dict[str, tuple[str, Any]] = {
    "banner": (
        "banner",
        Banner(
            language="ar",
            direction="rtl",
            title=HOSTILE,
            text=HOSTILE,
            accept=HOSTILE,
            refuse="No",
            settings="More",
            close="Close",
            changes_label="New",
            action='/a?b="c"',
            hidden_fields=(("offered", HOSTILE),),
            words=json.dumps({"saved": HOSTILE}),
        ),
    ),
    "dialog": (
        "centre",
        Centre(
            language="ar",
            direction="rtl",
            title=HOSTILE,
            lead=HOSTILE,
            signal=HOSTILE,
            close=HOSTILE,
            forms=(Form(action="/d", fields=(SEVERAL,), buttons=OPTIONS),),
            links=(Link(url="/e?f&g", label=HOSTILE, language="en"),),
            receipt=Link(url="/r", label="Receipt", language="en"),
        ),
    ),
    "frame": ("frame", WAITING),
    "frame that need not wait": ("frame", replace(WAITING, waits=False)),
}


@pytest.mark.parametrize(("template", "shown"), PIECES.values(), ids=PIECES.keys())
def test_both_engines_render_the_same_piece(template: str, shown: Any) -> None:
    """Banner, dialog and frames too; what a policy or a page says of them stays text."""
    by_django, by_jinja = by_each(Outbound(template=f"consentguard/{template}.html", page=shown))
    assert parsed(by_django) == parsed(by_jinja)
    piece = html.document_fromstring(by_jinja)
    assert piece.xpath("//script | //@style | //@*[starts-with(name(), 'on')]") == []
    ids = piece.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_each_box_of_a_service_is_named() -> None:
    """By a label of its own, within a group that is called as the purpose is."""
    dialog = html.document_fromstring(
        by_each(Outbound(template="consentguard/centre.html", page=PIECES["dialog"][1]))[0]
    )
    boxes = dialog.xpath("//fieldset//fieldset//input")
    assert [box.get("name") for box in boxes] == [None, "accepted", "accepted"]
    assert all(dialog.xpath("//label[@for=$id]", id=box.get("id")) for box in boxes)
    assert dialog.xpath("//fieldset//fieldset/legend/text()") == ["Statistics"]


@pytest.fixture
def full(tmp_path: Path) -> html.HtmlElement:
    """The page with every kind of field, as Django's templates write it."""
    return html.document_fromstring(by_each(sheet(tmp_path, "en", FULL))[0])


def test_each_field_is_named_and_described(full: html.HtmlElement) -> None:
    """A label or a legend for each, hint and error tied to it, and what is wrong marked as wrong."""
    ids = [element.get("id") for element in full.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    for field in full.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert full.xpath("//label[@for=$id]", id=field.get("id"))
        assert all(part in ids for part in field.get("aria-describedby", "").split())
    assert [group.findtext("legend") for group in full.xpath("//fieldset")] == ["Right", "Boxes"]
    assert [element.get("id") for element in full.xpath("//*[@aria-invalid]")] == ["mail", None, "month"]
    assert full.get_element_by_id("mail").get("aria-describedby") == "mail-hint mail-error"


def test_a_table_names_its_columns_wherever_it_is_read(full: html.HtmlElement) -> None:
    """By its caption and headers, and on a phone, where each row is a card, by each cell."""
    [region] = full.xpath("//div[@role='region']")
    assert full.get_element_by_id(region.get("aria-labelledby")).text == HOSTILE
    assert [cell.get("scope") for cell in region.iter("th")] == ["col", "col", "row", "row"]
    assert [cell.get("data-label") for cell in region.iter("td")] == ["How long", "How long"]


def test_an_option_that_nobody_can_choose_is_disabled(tmp_path: Path) -> None:
    """And its reason belongs to it."""
    options = (Option(value="a", label="A", hint="Because", disabled=True), Option(value="b", label="B"))
    field = Field(id="uses", name="uses", label="Uses", kind="checkbox", options=options, required=False)
    content = {"forms": (Form(action="/a", fields=(field,), buttons=OPTIONS),)}
    page = html.document_fromstring(by_each(sheet(tmp_path, "en", content))[0])
    [disabled, other] = page.xpath("//input[@name='uses']")
    assert (disabled.get("disabled") is not None, other.get("disabled")) == (True, None)
    assert page.get_element_by_id(disabled.get("aria-describedby")).text == "Because"


def test_errors_are_listed_at_the_top_with_a_way_to_each(full: html.HtmlElement) -> None:
    """The summary is the first that a screen reader meets, and each link leads to what can be typed in or ticked."""
    (summary,) = full.xpath("//article/*[1][@role='alert']")
    links = [link.get("href") for link in summary.iter("a")]
    assert links == ["#mail", "#right-0", "#month"]
    assert all(full.get_element_by_id(link[1:]).tag in ("input", "select") for link in links)


def test_a_form_is_sent_as_it_stands(full: html.HtmlElement) -> None:
    """Values, what is chosen, hidden fields and buttons come through as they were given; numbers are not localised."""
    (form, other) = full.forms
    assert (form.method, form.action, other.action) == ("POST", '/a?b="c"', "/d")
    fields = dict(form.form_values())
    assert (fields["next"], fields["year"], fields["right"], fields["month"]) == (HOSTILE, HOSTILE, "a", "a")
    assert (fields["note"], fields["day"]) == (HOSTILE, "2026-11-28")
    assert full.get_element_by_id("code").get("maxlength") == "1234"
    assert [button.get("value") for button in form.iter("button")] == ["a", 'b"']
    modes = {field: full.get_element_by_id(field).get("inputmode") for field in ("mail", "code", "year")}
    assert modes == {"mail": None, "code": "numeric", "year": "numeric"}
    assert [field.get("required") is not None for field in full.xpath("//input[@name='box']")] == [False, False]
