"""The privacy pages in a Django site: served, negotiated, cached, linked, and the site's to override."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as current
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.template import engines
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.utils import translation
from lxml import html

from tests.web_policy import CONTROLLER, SITE

OURS_ALONE = ["django.contrib.staticfiles", "consentguard", "consentguard_django"]
PATHS = ("policy", "cookies", "data-deletion")


@pytest.fixture
def client() -> Client:
    """A visitor's browser, kept away from the database: these pages need none."""
    return Client(SERVER_NAME="localhost")


def with_layout(folder: Path, layout: str) -> Any:
    """Settings in which the site has its own template around the pages."""
    file = folder / "consentguard" / "base.html"
    file.parent.mkdir()
    file.write_text(layout, "utf-8")
    return override_settings(TEMPLATES=[{**current.TEMPLATES[0], "DIRS": [folder]}])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_is_served_in_its_language(client: Client, path: str, language: str) -> None:
    """One heading of the first rank, the language on the document, and a way to jump over the links."""
    answer = client.get(f"/privacy/{language}/{path}")
    page = html.document_fromstring(answer.content)
    assert answer.status_code == 200
    assert answer["Content-Language"] == page.get("lang") == language
    assert len(page.findall(".//h1")) == 1
    assert page.get_element_by_id("consentguard-content").tag == "main"


def test_the_browser_decides_where_the_path_does_not(client: Client) -> None:
    """The plain path answers in the visitor's language and says what it depends on."""
    answer = client.get("/privacy/policy", headers={"Accept-Language": "es-GT,es;q=0.9"})
    assert answer["Content-Language"] == "es"
    assert "Accept-Language" in answer["Vary"]


def test_what_the_visitor_chose_on_the_site_goes_before_the_browser(client: Client) -> None:
    """The language cookie of Django's LocaleMiddleware decides, and no cache gives the page to who has another."""
    client.cookies["django_language"] = "es"
    answer = client.get("/privacy/policy", headers={"Accept-Language": "en"})
    assert answer["Content-Language"] == "es"
    assert "Cookie" in answer["Vary"]


@override_settings(ROOT_URLCONF="tests.django.urls_by_language")
def test_a_page_below_a_language_of_the_site_speaks_it(client: Client) -> None:
    """With `i18n_patterns` the path has a language already."""
    answer = client.get("/es/privacy/policy", headers={"Accept-Language": "en"})
    assert answer["Content-Language"] == "es"


def test_the_policy_answers_at_the_prefix_itself(client: Client) -> None:
    """Whoever types the short address finds the policy."""
    assert client.get("/privacy/").content == client.get("/privacy/policy").content


@pytest.mark.parametrize("path", ["fr/policy", "en/imprint"])
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    """A language or page that the policy does not have."""
    assert client.get(f"/privacy/{path}").status_code == 404


def test_a_section_that_is_absent_has_no_page(client: Client, tmp_path: Path) -> None:
    """Without `[cookies]` and `[rights]` only the policy is served, and linked."""
    (tmp_path / "privacy.toml").write_text(CONTROLLER + SITE, "utf-8")
    with override_settings(CONSENTGUARD={"manifest": tmp_path / "privacy.toml"}, INSTALLED_APPS=OURS_ALONE):
        assert [client.get(f"/privacy/{path}").status_code for path in PATHS] == [200, 404, 404]
        assert footer().count("<li>") == 1


def test_a_page_seen_before_is_not_sent_again(client: Client) -> None:
    """Asked again with its tag it answers 304; a page in another language has another tag."""
    first = client.get("/privacy/en/policy")
    again = client.get("/privacy/en/policy", headers={"If-None-Match": first["ETag"]})
    other = client.get("/privacy/es/policy", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert first["Cache-Control"] == "public, max-age=300, must-revalidate"


@pytest.mark.parametrize("layout", ["{% csrf_token %}", "{{ request.session.name }}"])
def test_a_page_that_greets_a_visitor_is_kept_by_no_proxy(client: Client, tmp_path: Path, layout: str) -> None:
    """A layout that writes a form's token or reads the session makes the page that visitor's own."""
    with with_layout(tmp_path, layout + "{% block privacy %}{% endblock %}"):
        answer = client.get("/privacy/en/policy")
    assert "private" in answer["Cache-Control"]
    assert "public" not in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_a_page_that_shows_a_waiting_message_is_kept_by_no_proxy(client: Client, tmp_path: Path) -> None:
    """The message came in a cookie, without a look at the session, and still the page is that visitor's own."""
    waiting, before = CookieStorage(RequestFactory().get("/")), HttpResponse()
    waiting.add(messages.INFO, "Account 0042 is closed.")
    waiting.update(before)
    client.cookies["messages"] = before.cookies["messages"].value
    with with_layout(
        tmp_path, "{% for message in messages %}{{ message }}{% endfor %}{% block privacy %}{% endblock %}"
    ):
        first, second = client.get("/privacy/en/policy"), client.get("/privacy/en/policy")
    assert b"Account 0042" in first.content
    assert "private" in first["Cache-Control"]
    assert "private" not in second["Cache-Control"]


def test_head_answers_as_get_without_a_body(client: Client) -> None:
    """HEAD has the headers of GET; nothing else but reading is allowed."""
    answer = client.head("/privacy/en/policy")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == client.get("/privacy/en/policy")["ETag"]
    assert client.post("/privacy/en/policy").status_code == 405


def test_a_site_puts_the_pages_into_its_own_layout(client: Client, tmp_path: Path) -> None:
    """A template of the same name in the site's folder wins, and speaks the page's language."""
    layout = "{% load i18n %}{% get_current_language as now %}<title>{{ now }}</title>{% block privacy %}{% endblock %}"
    with with_layout(tmp_path, layout):
        page = html.document_fromstring(client.get("/privacy/es/policy").content)
    assert page.findtext(".//title") == "es"
    assert page.find(".//article") is not None


def test_a_page_is_served_under_asgi_too() -> None:
    """The view is written for WSGI; Django runs it in a thread of its own."""

    async def visit() -> int:
        answer = await AsyncClient(SERVER_NAME="localhost").get("/privacy/en/policy")
        return answer.status_code

    assert asyncio.run(visit()) == 200


def footer(template: str = "{% privacy_links %}") -> str:
    return engines["django"].from_string("{% load consentguard %}" + template).render()


def test_links_stand_in_the_current_language() -> None:
    """`{% privacy_links %}` writes a list in the language that Django has active."""
    with translation.override("es-gt"):
        found = re.findall(r'href="([^"]+)"', footer())
    assert found == [f"/privacy/es/{path}" for path in (*PATHS, "requests")]


def test_links_can_be_looped_over() -> None:
    """A template that has its own markup takes the addresses and labels."""
    written = footer("{% privacy_links as links %}{% for link in links %}[{{ link.label }}]{% endfor %}")
    assert written.startswith("[Privacy policy][Cookies]")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_needs_no_exception_from_a_strict_policy(client: Client, path: str) -> None:
    """No script, no inline style, no event attribute, nothing from another origin: `default-src 'self'` suffices."""
    page = html.document_fromstring(client.get(f"/privacy/en/{path}").content)
    assert page.xpath("//script | //style | //iframe | //img | //form") == []
    attributes = {name for element in page.iter() for name in element.attrib}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert all(link.startswith("/") for link in page.xpath("//link/@href"))
