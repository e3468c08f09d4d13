"""Django's admin: each screen shows its rows to whoever may see them, and nothing secret; nobody changes proof."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.admin import AdminSite, site
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include
from django.urls import path as url
from lxml import html

from consentguard.consent.record import ACT
from consentguard.guard import Guard
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from consentguard_django import conf
from consentguard_django.admin import register
from tests.django import settings
from tests.django.admin_site import (
    ADDRESS,
    LISTS,
    NOW,
    PAGES,
    browser,
    path,
    pseudonym,
    request,
    rows,
    secrets,
    viewer,
)
from tests.web_doors import SECTIONS

every_list = pytest.mark.parametrize("model", LISTS)
every_page = pytest.mark.parametrize("model", PAGES)

own = AdminSite(name="office")
register(own)
urlpatterns = [url("admin/", site.urls), url("office/", own.urls), url("privacy/", include("consentguard_django.urls"))]


@pytest.fixture
def guard(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic with every section, and keys of which one is retired."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring(2).write(tmp_path / "keyring.json")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "keyring.json"}
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()


def acts(guard: Guard) -> list[tuple[str, str, str]]:
    """What the evidence has, without what the rows brought."""
    found = [(each.act, each.subject, each.details) for each in guard.stores.entries.unsealed(None, 1_000)]
    return [each for each in found if each[0] != ACT]


@every_page
def test_a_screen_without_rows_says_so(guard: Guard, model: str) -> None:
    """Also before anything was ever taken down."""
    answer = viewer().get(path(model))
    assert answer.status_code == 200
    assert html.document_fromstring(answer.content).find(".//h1") is not None


@every_page
def test_a_screen_shows_its_rows_and_nothing_secret(guard: Guard, model: str) -> None:
    """No key, sealed value, digest or address, in the list or on a row's own page."""
    rows(guard, 2)
    client = viewer()
    answer = client.get(path(model))
    page = html.document_fromstring(answer.content)
    assert len(page.xpath("//tbody/tr")) >= (1 if model == "consentversion" else 2)
    bodies = [answer.content.decode()]
    bodies += [client.get(path(model, link.get("href"))).content.decode() for link in page.xpath("//tbody//th/a")]
    assert len(bodies) == (3 if model in LISTS else 1)
    assert not [secret for secret in secrets(guard) for body in bodies if secret in body]


@every_page
@pytest.mark.parametrize(("staff", "status"), [(True, 403), (False, 302)])
def test_a_screen_is_closed_to_whoever_has_no_permission(guard: Guard, model: str, staff: bool, status: int) -> None:
    """Staff without the view permission are refused, anybody else is sent to sign in; the index does not list it."""
    client = browser(staff=staff)
    assert client.get(path(model)).status_code == status
    assert path(model) not in client.get("/admin/").content.decode()


@every_page
def test_the_index_leads_to_each_screen_by_its_permission(guard: Guard, model: str) -> None:
    """The keys and the data map too, though they are no tables."""
    index = browser(f"view_{model}").get("/admin/").content.decode()
    assert [page for page in PAGES if f'href="{path(page)}"' in index] == [model]


@every_list
@pytest.mark.parametrize("page", ["add/", "{id}/delete/", "{id}/change/"])
def test_nothing_is_added_changed_or_deleted_by_hand(guard: Guard, model: str, page: str) -> None:
    """Not even by a superuser: what stands as proof stays as it is."""
    rows(guard)
    client = browser(*(f"view_{each}" for each in PAGES))
    user = client.get(path(model)).wsgi_request.user
    user.is_superuser = True
    user.save()
    ids = html.document_fromstring(client.get(path(model)).content).xpath("//tbody//th/a/@href")
    id_ = ids[0].rstrip("/").split("/")[-2]
    assert client.post(path(model, page.format(id=id_)), {"id": id_}).status_code == 403


@every_list
def test_a_list_costs_the_same_for_one_row_and_for_a_hundred(guard: Guard, model: str) -> None:
    """No statement for each row, no count of a whole table, and nothing sealed is read."""
    client = viewer()
    rows(guard)

    def statements() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(path(model)).status_code == 200
        return [each["sql"] for each in captured]

    few = statements()
    with patch("tests.django.admin_site.NOW", NOW + dt.timedelta(seconds=1)):
        rows(guard, 99)
    many = statements()
    assert len(many) == len(few)
    assert not [sql for sql in many if "COUNT(*)" in sql and "consentguard_" in sql and "LIMIT" not in sql]
    assert not [sql for sql in many if '"contact"' in sql or '"secret"' in sql]


@pytest.mark.parametrize("typed", ["member:7", " member:7 "])
def test_a_person_is_found_by_their_reference(guard: Guard, typed: str) -> None:
    """The address that the search leads to holds a pseudonym and nothing else; opening it leaves evidence."""
    rows(guard, 9)
    client, who = viewer(), pseudonym(guard, "7")
    answer = client.post(path("consentrecord", "seek/"), {"who": typed})
    assert answer["Location"] == f"{path('consentrecord')}?subject={who}"
    page = html.document_fromstring(client.get(answer["Location"]).content)
    assert len(page.xpath("//table[@id='result_list']/tbody/tr")) == 1
    assert acts(guard) == [("records.viewed", who, '{"screen":"consents"}')]


def test_a_person_is_found_by_an_address_that_no_url_holds(guard: Guard) -> None:
    """Upper and lower case alike: their requests, whoever they are, by the pseudonym of the address."""
    request(guard)
    client = viewer()
    answer = client.post(path("rightsrequest", "seek/"), {"who": ADDRESS.upper()})
    assert re.fullmatch(r"\?subject=[0-9a-f]{32}", answer["Location"].removeprefix(path("rightsrequest")))
    page = html.document_fromstring(client.get(answer["Location"]).content)
    assert len(page.xpath("//table[@id='result_list']/tbody/tr")) == 1
    none = client.post(path("rightsrequest", "seek/"), {"who": "eve@example.org"})
    assert "0 " in html.document_fromstring(client.get(none["Location"]).content).text_content()


def test_a_reference_finds_the_requests_of_whom_it_names(guard: Guard) -> None:
    """By the address that their mail goes to, which is known; somebody of whom nothing is known has none."""
    member = get_user_model().objects.create(username="ada", email=ADDRESS)
    request(guard)
    client = viewer()
    for typed, found in ((f"member:{member.pk}", 1), ("member:0", 0), ("member:none", 0)):
        answer = client.post(path("rightsrequest", "seek/"), {"who": typed})
        page = html.document_fromstring(client.get(answer["Location"]).content)
        assert len(page.xpath("//table[@id='result_list']/tbody/tr")) == found


def test_a_row_is_found_by_how_its_id_begins(guard: Guard) -> None:
    """Whatever names no person is looked for in the columns that say so, and leaves no evidence."""
    rows(guard)
    client = viewer()
    answer = client.post(path("evidenceentry", "seek/"), {"who": "consent.dec"})
    assert answer["Location"] == f"{path('evidenceentry')}?q=consent.dec"
    page = html.document_fromstring(client.get(answer["Location"]).content)
    assert len(page.xpath("//table[@id='result_list']/tbody/tr")) == 1
    assert acts(guard) == []


def test_a_link_with_no_pseudonym_shows_nobody(guard: Guard) -> None:
    """What was made up in the address is no way to all rows."""
    rows(guard)
    page = html.document_fromstring(viewer().get(path("ageclaim"), {"subject": "everybody"}).content)
    assert page.xpath("//table[@id='result_list']/tbody/tr") == []


def test_opening_a_row_about_a_person_leaves_evidence(guard: Guard) -> None:
    """Pseudonymous, and of the screen alone; the page has the whole pseudonym, of which the list shows a part."""
    rows(guard)
    client = viewer()
    link = html.document_fromstring(client.get(path("authenticator")).content).xpath("//tbody//th/a/@href")[0]
    assert pseudonym(guard, "0") in client.get(link).content.decode()
    assert acts(guard) == [("records.viewed", pseudonym(guard, "0"), '{"screen":"factors"}')]


def test_without_a_keyring_nobody_s_records_are_opened(guard: Guard) -> None:
    """What cannot be taken down is not shown; the screens say what is missing."""
    rows(guard)
    client, who = viewer(), pseudonym(guard, "0")
    options = {name: value for name, value in conf.site().host.options().items() if name != "keyring"}
    with override_settings(CONSENTGUARD=options), patch.dict(os.environ):
        os.environ.pop("CONSENTGUARD_KEYRING", None)
        os.environ.pop("CONSENTGUARD_KEYRING_FILE", None)
        answer = client.get(path("consentrecord"), {"subject": who}, follow=True)
        assert answer.redirect_chain == [(path("consentrecord"), 302)]
        assert "keyring" in answer.content.decode()
        assert "keyring" in client.get(path("key")).content.decode()


def test_a_clock_says_how_long_is_left(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overdue requests are marked by the site's clock, in words and not by colour alone."""
    clock = FrozenClock(dt.datetime(2020, 2, 29, 12, tzinfo=dt.UTC))
    monkeypatch.setattr(guard.site, "clock", clock)
    today = clock.now().date()
    request(guard, 1, due_on=today - dt.timedelta(days=3))
    request(guard, 2, due_on=today + dt.timedelta(days=12))
    page = html.document_fromstring(viewer().get(path("rightsrequest")).content)
    assert page.xpath("//td[contains(@class,'field-clock')]//text()") == ["3 days late", "due in 12 days"]
    assert page.xpath("//*[@class='consentguard-bad']/text()") == ["3 days late"]


def test_requests_are_filtered_by_state(guard: Guard) -> None:
    """By values that are known without asking the database for them."""
    request(guard, 1)
    request(guard, 2, state="received", confirmed_at=None)
    page = html.document_fromstring(viewer().get(path("rightsrequest"), {"state": "received"}).content)
    assert len(page.xpath("//table[@id='result_list']/tbody/tr")) == 1


def test_the_data_map_is_searched(guard: Guard) -> None:
    """By any of its words."""
    page = viewer().get(path("dataentry"), {"q": "username"}).content.decode()
    found = html.document_fromstring(page).xpath("//tbody/tr")
    assert found
    assert all("username" in row.text_content() for row in found)


@override_settings(ROOT_URLCONF=__name__)
def test_a_site_s_own_admin_has_the_screens_too(guard: Guard) -> None:
    """On its own paths, from the index to the search, beside the default site's."""
    rows(guard, 3)
    client = viewer()
    page = client.get("/office/consentguard_django/consentrecord/").content.decode()
    assert 'action="/office/consentguard_django/consentrecord/seek/"' in page
    assert "/office/consentguard_django/key/" in client.get("/office/").content.decode()


@every_page
def test_a_site_without_time_zones_has_the_screens_too(guard: Guard, model: str) -> None:
    """Moments are in UTC, and say so."""
    rows(guard)
    with override_settings(USE_TZ=False):
        assert (" UTC" in viewer().get(path(model)).content.decode()) == (model in (*LISTS, "key"))


def test_the_screens_need_a_form_of_ours(guard: Guard) -> None:
    """What does something is a POST with Django's token."""
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    client.cookies = viewer().cookies
    assert client.post(path("consentrecord", "seek/"), {"who": "member:1"}).status_code == 403
    assert client.get(path("consentrecord", "seek/")).status_code == 405
