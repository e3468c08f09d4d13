"""The screens for Flask-Admin: who sees them, what they show, and whom one finds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, redirect
from flask_admin import Admin
from lxml import html

from consentguard.consent.record import ACT
from consentguard.records import SubjectRef, new_id
from consentguard.screens import DESKS, SCREENS
from consentguard_flask.admin import add_views
from tests.flask.office import (
    ADA,
    ADDRESS,
    LISTS,
    NAMES,
    OURS,
    WITH_PAGES,
    Office,
    a_request,
    fill,
    hide,
    make_office,
    opened,
    text_of,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An admin whose staff may do everything, over a database in which Ada has an account."""
    with opened(tmp_path) as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [0, 1])
def test_every_screen_is_shown(office: Office, name: str, rows: int) -> None:
    """With rows and without, in Flask-Admin's frame, kept by nobody, with nothing of a secret."""
    fill(office.guard, rows)
    screen = SCREENS[NAMES.index(name)]
    answer = office.get(f"{name}/")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    page = text_of(answer)
    assert screen.lead in page
    assert all(column.title in page for column in screen.columns)
    listed = len(html.document_fromstring(answer.data).xpath("//tbody/tr/td[1]/span"))
    listed = listed if name != "retention" else 0  # its rows are the tables of the site
    assert listed == {"keys": 2, "data-map": listed or 1}.get(name, rows if name in LISTS else 0)
    hide(office, answer)


@pytest.mark.parametrize("name", WITH_PAGES)
def test_a_record_has_a_page_and_opening_it_is_taken_down(office: Office, name: str) -> None:
    """Every fact of a record but what is sealed; that somebody opened a person's record is evidence."""
    fill(office.guard)
    (link,) = html.document_fromstring(office.get(f"{name}/").data).xpath("//tbody//a/@href")
    answer = office.client.get(link, base_url=OURS)
    screen = SCREENS[NAMES.index(name)]
    titles = screen.columns[:2] if name in DESKS else (*screen.columns, *screen.more)  # these leave out what is empty
    assert all(column.title in text_of(answer) for column in titles)
    hide(office, answer)
    about = office.guard.pseudonyms
    people = {"requests": [about.of_address(ADDRESS)], "errands": [], "runs": []}
    assert office.acts("records.viewed") == people.get(name, [about.of(ADA)])
    assert office.get(f"{name}/record/nonsense").status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_who_may_not_see_a_screen_is_refused(office: Office, name: str) -> None:
    """403 on the list, the search and every page of it, and it is not in the menu; the other screens are untouched."""
    fill(office.guard)
    office.allowed.discard(name)
    paths = [f"{name}/", f"{name}/record/{new_id(office.guard.clock.now())}"]
    assert {office.get(path).status_code for path in paths} <= {403, 404}
    assert office.get(f"{name}/").status_code == 403
    assert name not in LISTS or office.post(f"{name}/search", text="user:1").status_code == 403
    other = next(each for each in NAMES if each != name)
    menu = html.document_fromstring(office.get(f"{other}/").data).xpath("//nav//a/@href")
    assert f"/admin/privacy/{name}/" not in menu
    assert f"/admin/privacy/{other}/" in menu
    assert office.acts("records.viewed") == []


def test_without_a_rule_nobody_sees_anything() -> None:
    """A site that forgot to say who may has closed screens, not open ones."""
    bare = Flask("bare")
    bare.config["SECRET_KEY"] = "test"
    add_views(Admin(bare))
    assert [bare.test_client().get(f"/admin/privacy/{name}/").status_code for name in NAMES] == [403] * len(NAMES)


def test_the_site_says_where_the_refused_are_led() -> None:
    """Such as to its page for signing in, for acts as for screens."""
    bare = Flask("bare")
    bare.config["SECRET_KEY"] = "test"
    add_views(Admin(bare), inaccessible=lambda: redirect("/login"))
    assert bare.test_client().get("/admin/privacy/keys/").location == "/login"


def test_a_person_is_found_without_an_address_in_the_url(office: Office) -> None:
    """Typed as kind:key or as an e-mail address: the URL has pseudonyms, and the look is taken down."""
    fill(office.guard, 3)
    guard = office.guard
    for typed, found in (("user:1", ADA), (ADDRESS.upper(), ADA), ("user:2", SubjectRef("user", "2"))):
        answer = office.post("consents/search", text=typed)
        assert answer.status_code == 303
        assert re.fullmatch(r"/admin/privacy/consents/\?subject=[0-9a-f]{32}(,[0-9a-f]{32})?", answer.location)
        page = office.client.get(answer.location, base_url=OURS)
        people = html.document_fromstring(page.data).xpath("//tbody/tr/td[2]/span/@title")
        assert people == [guard.pseudonyms.of(found)]
    assert office.acts("records.viewed").count(guard.pseudonyms.of(ADA)) == 2
    for typed in (ADDRESS, "user:1"):
        requests = office.client.get(office.post("requests/search", text=typed).location, base_url=OURS)
        assert len(html.document_fromstring(requests.data).xpath("//tbody/tr/td[1]/span")) == 3
    nobody = office.client.get(office.post("requests/search", text="user:none").location, base_url=OURS)
    assert html.document_fromstring(nobody.data).xpath("//tbody/tr/td[1]/span") == []


def test_a_text_is_looked_for_where_it_begins(office: Office) -> None:
    """Of the fields that the screen names; a sign of LIKE is a sign like any other. A list without people drops
    an address.
    """
    fill(office.guard)
    for typed, rows in (("consent.", 1), ("decided", 0), ("%", 0), ("consent_", 0)):
        page = office.client.get(office.post("evidence/search", text=typed).location, base_url=OURS)
        assert len(html.document_fromstring(page.data).xpath("//tbody/tr/td[1]/span")) == rows
    page = office.client.get(office.post("data-map/search", text="EMAIL").location, base_url=OURS)
    assert "email" in {cell.text_content() for cell in html.document_fromstring(page.data).xpath("//tbody/tr/td[2]")}
    assert office.post("data-map/search", text=ADDRESS).location == "/admin/privacy/data-map/"


@pytest.mark.parametrize(
    "database", [pytest.param(each, marks=getattr(pytest.mark, each)) for each in ("postgres", "mariadb")]
)
def test_every_database_has_the_same_pages(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Lists, searches, filters and pages of records on the servers too."""
    made = make_office(tmp_path, request.getfixturevalue(f"{database}_url"))
    with made.app.app_context():
        fill(made.guard, 2)
        links = []
        for name in WITH_PAGES:
            state = "received" if name == "minors" else "confirmed"
            page = html.document_fromstring(made.get(f"{name}/?state={state}&method=form").data)
            links += page.xpath("//tbody//a/@href")
        assert len(links) == 2 * len(WITH_PAGES)  # a value that a screen does not know is passed over
        assert {made.client.get(link, base_url=OURS).status_code for link in links} == {200}
        found = made.client.get(made.post("evidence/search", text="consent.").location, base_url=OURS)
        assert len(html.document_fromstring(found.data).xpath("//tbody/tr/td[1]/span")) == 2
        made.db.session.remove()
        made.db.drop_all()


def test_rows_are_chosen_by_a_value(office: Office) -> None:
    """A filter offers the values in words; one that there is not is passed over."""
    a_request(office.guard)
    a_request(office.guard, state="received", confirmed_at=None)
    page = html.document_fromstring(office.get("requests/?state=received&owes=nonsense").data)
    assert page.xpath("//select[@name='state']/option[@selected]/text()") == ["waits to be confirmed"]
    assert [cell.text_content() for cell in page.xpath("//tbody/tr/td[2]")] == ["waits to be confirmed"]
    assert len(html.document_fromstring(office.get("requests/?state=nonsense").data).xpath("//tbody/tr")) == 2


@pytest.mark.parametrize(("days", "said", "marked"), [(12, "due in 12 days", ""), (-3, "3 days late", "badge-danger")])
def test_clocks_say_how_much_time_is_left(office: Office, days: int, said: str, marked: str) -> None:
    """Late in red, and in words."""
    due = office.guard.clock.now().date() + dt.timedelta(days=days)
    a_request(office.guard, due_on=due)
    (clock,) = html.document_fromstring(office.get("requests/").data).xpath("//tbody/tr/td[3]/span")
    assert clock.text == said
    assert marked in clock.get("class", "")


@pytest.mark.parametrize("name", sorted({*NAMES} - {"retention"}))  # which weighs each table of the site
def test_a_page_takes_the_same_statements_for_one_row_and_for_many(office: Office, name: str) -> None:
    """No statement for each row, none that counts, and none that reads what is sealed."""
    fill(office.guard)
    with office.statements() as one:
        office.get(f"{name}/")
    fill(office.guard, 100)
    with office.statements() as many:
        office.get(f"{name}/")
    assert [re.sub(r"\?(, \?)+", "?", each) for each in many] == one
    assert len([each for each in many if each.startswith("SELECT")]) <= (5 if name == "factors" else 1)
    counts = r"\.contact\b|\.secret\b" + (r"|count\(" if name in LISTS and name != "factors" else "")
    assert not [each for each in many if re.search(counts, each)]


def test_pages_are_turned(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty rows on each, every row once, the newest first, the search kept; nonsense for a page is the first."""
    fill(office.guard, 60)
    path, seen = "consents/?q=0&nonsense=1", []
    for _ in range(2):
        page = html.document_fromstring(office.get(path).data)
        seen += page.xpath("//tbody//a/@href")
        (onward, *_rest) = [*page.xpath("//a[@rel='next']/@href"), *page.xpath("//a[@rel='prev']/@href")]
        path = onward.removeprefix("/admin/privacy/")
    assert len(seen) == 60
    newest = sorted(office.guard.stores.entries.unsealed(None, 1_000), key=lambda each: (each.at, each.id))[::-1]
    assert [link.rpartition("/")[2] for link in seen] == [each.id for each in newest if each.act == ACT]
    assert path == "consents/?q=0"
    assert [office.get(f"consents/?page={page}").status_code for page in ("0", "-1", "x", "9" * 30)] == [200] * 4
    monkeypatch.setattr("consentguard_flask.admin.views.LAST_PAGE", 1)
    assert 'rel="next"' not in office.get("consents/").text


def test_what_cannot_be_read_now_is_said_without_details(office: Office) -> None:
    """Without the keyring 503 with the hint, in the admin's frame; a null character is refused before it is read."""
    office.guard.site.__dict__.pop("keyring", None)
    Path(str(office.app.config["CONSENTGUARD_KEYRING"])).unlink()
    failed = office.get("keys/")
    assert failed.status_code == 503
    assert "Consent records" in text_of(failed)
    for path in ("consents/?q=a%00", "consents/record/a%00", "keys/?state=%00"):
        assert office.get(path).status_code == 400
