"""The privacy pages in a Flask app: served, negotiated, cached, linked, and the site's to override."""

from pathlib import Path

import pytest
from flask import Flask, flash, session
from flask.testing import FlaskClient
from lxml import html

from consentguard_flask import ConsentGuard
from consentguard_flask.pages import privacy_links
from tests.web_policy import CONTROLLER, POLICY, SITE

FOOTER = "<footer>{{ privacy_links() }}</footer>"
PATHS = ("policy", "cookies", "data-deletion")


def make_app(folder: Path, policy: str = POLICY, *, url_prefix: str = "/privacy") -> Flask:
    folder.mkdir(exist_ok=True)
    (folder / "privacy.toml").write_text(policy, "utf-8")
    app = Flask("site", root_path=str(folder), template_folder=str(folder / "templates"))
    app.config.update(SECRET_KEY="test", TESTING=True)
    ConsentGuard(app, url_prefix=url_prefix)

    @app.get("/")
    def home() -> str:
        return app.jinja_env.from_string(FOOTER).render()

    return app


def lay_out(folder: Path, layout: str) -> None:
    """Give the site a template of its own around the pages."""
    file = folder / "templates" / "consentguard" / "base.html"
    file.parent.mkdir(parents=True)
    file.write_text(layout, "utf-8")


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return make_app(tmp_path).test_client()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_page_is_served_in_its_language(client: FlaskClient, path: str, language: str) -> None:
    """One heading of the first rank, the language on the document, and a way to jump over the links."""
    answer = client.get(f"/privacy/{language}/{path}")
    page = html.document_fromstring(answer.data)
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == page.get("lang") == language
    assert len(page.findall(".//h1")) == 1
    assert page.get_element_by_id("consentguard-content").tag == "main"


def test_the_browser_decides_where_the_path_does_not(client: FlaskClient) -> None:
    """The plain path answers in the visitor's language and says what it depends on."""
    answer = client.get("/privacy/policy", headers={"Accept-Language": "es-GT,es;q=0.9"})
    assert answer.headers["Content-Language"] == "es"
    assert "Accept-Language" in answer.vary


def test_the_policy_answers_at_the_prefix_itself(client: FlaskClient) -> None:
    """Whoever types the short address finds the policy."""
    assert client.get("/privacy/").text == client.get("/privacy/policy").text


@pytest.mark.parametrize("path", ["fr/policy", "en/imprint", "policy/"])
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    """A language or page that the policy does not have."""
    assert client.get(f"/privacy/{path}").status_code == 404


def test_a_section_that_is_absent_has_no_page(tmp_path: Path) -> None:
    """Without `[cookies]` and `[rights]` only the policy is served, and linked."""
    client = make_app(tmp_path, CONTROLLER + SITE).test_client()
    assert [client.get(f"/privacy/{path}").status_code for path in PATHS] == [200, 404, 404]
    assert client.get("/").text.count("<li>") == 1


def test_a_page_seen_before_is_not_sent_again(client: FlaskClient) -> None:
    """Asked again with its tag it answers 304; a page in another language has another tag."""
    first = client.get("/privacy/en/policy")
    again = client.get("/privacy/en/policy", headers={"If-None-Match": first.headers["ETag"]})
    other = client.get("/privacy/es/policy", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, other.status_code) == (304, b"", 200)
    assert first.headers["Cache-Control"] == "public, max-age=300, must-revalidate"


def test_a_page_that_greets_a_visitor_is_kept_by_no_proxy(tmp_path: Path) -> None:
    """A session, which the layout may show or write a form's token to, makes the page that visitor's own."""
    app = make_app(tmp_path)
    app.add_template_global(lambda: session.setdefault("token", "secret"), "token")
    lay_out(tmp_path, "{{ token() }}{% block privacy %}{% endblock %}")
    answer = app.test_client().get("/privacy/en/policy")
    assert answer.cache_control.private
    assert not answer.cache_control.public
    assert "Cookie" in answer.vary


def test_a_page_that_shows_a_waiting_message_is_kept_by_no_proxy(tmp_path: Path) -> None:
    """Showing it empties the session, and still the page is that visitor's own."""
    app = make_app(tmp_path)
    lay_out(tmp_path, "{{ get_flashed_messages() }}{% block privacy %}{% endblock %}")
    app.add_url_rule("/close", "close", lambda: flash("Account 0042 is closed.") or "")
    client = app.test_client()
    client.get("/close")
    first, second = client.get("/privacy/en/policy"), client.get("/privacy/en/policy")
    assert "Account 0042" in first.text
    assert first.cache_control.private
    assert not second.cache_control.private


def test_each_page_links_in_its_own_language_even_within_one_app_context(tmp_path: Path) -> None:
    """What one answer remembers for its layout is not left over for the next."""
    app = make_app(tmp_path)
    lay_out(tmp_path, FOOTER)
    with app.app_context():
        english, spanish = (app.test_client().get(f"/privacy/{language}/policy").text for language in ("en", "es"))
    assert 'hreflang="en"' in english
    assert 'hreflang="en"' not in spanish


def test_head_answers_as_get_without_a_body(client: FlaskClient) -> None:
    """HEAD has the headers of GET; nothing else but reading is allowed."""
    answer = client.head("/privacy/en/policy")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == client.get("/privacy/en/policy").headers["ETag"]
    assert client.post("/privacy/en/policy").status_code == 405


def test_a_site_puts_the_pages_into_its_own_layout(tmp_path: Path) -> None:
    """A template of the same name in the site's folder wins."""
    lay_out(tmp_path, "<title>Ours</title>{% block privacy %}{% endblock %}")
    page = html.document_fromstring(make_app(tmp_path).test_client().get("/privacy/en/policy").data)
    assert page.findtext(".//title") == "Ours"
    assert page.find(".//article") is not None


def test_links_follow_the_visitor_s_language_and_the_site_s_prefix(tmp_path: Path) -> None:
    """`privacy_links()` leads to the pages where the site has put them."""
    client = make_app(tmp_path, url_prefix="/legal").test_client()
    footer = html.document_fromstring(client.get("/", headers={"Accept-Language": "es"}).data)
    assert [link.get("href") for link in footer.iter("a")] == [f"/legal/es/{path}" for path in PATHS]
    assert client.get("/legal/es/policy").status_code == 200


def test_links_can_stand_in_a_mail(tmp_path: Path) -> None:
    """Outside of a request `privacy_links("es")` needs no more than the app's own address."""
    app = make_app(tmp_path)
    app.config["SERVER_NAME"] = "shop.example.com"
    with app.app_context():
        (first, *_) = privacy_links("es")
    assert (first.url, first.label) == ("http://shop.example.com/privacy/es/policy", "Política de privacidad")


def test_links_around_a_privacy_page_speak_its_language(tmp_path: Path) -> None:
    """A footer with `privacy_links()` around the Spanish policy is Spanish, whatever the browser prefers."""
    lay_out(tmp_path, "<footer>{{ privacy_links() }}</footer>")
    answer = make_app(tmp_path).test_client().get("/privacy/es/policy", headers={"Accept-Language": "en"})
    footer = html.document_fromstring(answer.data)
    assert [link.get("href") for link in footer.iter("a")] == [f"/privacy/es/{path}" for path in PATHS]


def test_the_stylesheet_is_served_by_the_site_itself(client: FlaskClient) -> None:
    """What the page asks for is there, from the same origin."""
    page = html.document_fromstring(client.get("/privacy/en/policy").data)
    (sheet,) = page.xpath("//link[@rel='stylesheet']/@href")
    with client.get(sheet) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/css")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_needs_no_exception_from_a_strict_policy(client: FlaskClient, path: str) -> None:
    """No script, no inline style, no event attribute, nothing from another origin: `default-src 'self'` suffices."""
    page = html.document_fromstring(client.get(f"/privacy/en/{path}").data)
    assert page.xpath("//script | //style | //iframe | //img | //form") == []
    attributes = {name for element in page.iter() for name in element.attrib}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert all(link.startswith("/") for link in page.xpath("//link/@href"))


def test_two_apps_in_one_process_share_nothing(tmp_path: Path) -> None:
    """Each app shows its own policy, and one's pages do not disturb the other's."""
    one = make_app(tmp_path / "one").test_client()
    two = make_app(tmp_path / "two", POLICY.replace("Shop", "Bakery")).test_client()
    for _ in range(2):
        assert "Shop" in one.get("/privacy/en/policy").text
        assert "Bakery" in two.get("/privacy/en/policy").text
        assert "Bakery" not in one.get("/privacy/en/policy").text


def test_one_extension_serves_several_apps(tmp_path: Path) -> None:
    """`init_app` keeps nothing of an app in the extension."""
    extension = ConsentGuard()
    apps = []
    for name in ("One", "Two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "privacy.toml").write_text(POLICY.replace("Shop", name), "utf-8")
        apps.append(Flask(name, root_path=str(folder)))
        extension.init_app(apps[-1])
    assert ["Two" in app.test_client().get("/privacy/policy").text for app in apps] == [False, True]
