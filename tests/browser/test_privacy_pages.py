"""The privacy pages in a real browser: accessible by day and by night, readable on a phone, without any script."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

import consentguard
from consentguard_flask import ConsentGuard
from scripts.chromium import WIDTHS
from tests.browser.axe import LOOKS, check
from tests.web_policy import POLICY

PATHS = [f"/privacy/{language}/{page}" for page in ("policy", "cookies", "data-deletion") for language in ("en", "es")]
SITES = ("unified_inbox", "sms_gateway", "no layout")
STRICT = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

every_page = pytest.mark.parametrize(("site", "path"), list(product(SITES, PATHS)))
every_english_page = pytest.mark.parametrize(("site", "path"), list(product(SITES, PATHS[::2])))


@pytest.fixture(scope="module")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that has not put the pages into a layout of its own: a draft, under a strict policy."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    app = Flask("plain", root_path=str(folder))
    ConsentGuard(app)

    @app.after_request
    def strict(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = STRICT
        return response

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def urls(site_urls: dict[str, str], plain_site: str) -> dict[str, str]:
    return site_urls | {"no layout": plain_site}


@contextmanager
def opened(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """The page as a fresh visitor sees it."""
    visitor = browser.new_context(reduced_motion="reduce", **context)
    page = visitor.new_page()
    page.goto(url)
    yield page
    visitor.close()


@every_page
def test_axe_finds_nothing(site: str, path: str, browser: Browser, urls: dict[str, str]) -> None:
    """No violation of WCAG 2.2 AA for a machine to find: of two widths by day and by night, two in either language."""
    with opened(browser, urls[site] + path) as page:
        for scheme, width in LOOKS[path.split("/")[2]]:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            check(page, f"{scheme}, {width}")


@every_page
def test_nothing_scrolls_sideways_on_a_phone(site: str, path: str, browser: Browser, urls: dict[str, str]) -> None:
    """At 390 and at 320 pixels (WCAG 1.4.10) the page is no wider than the screen, its tables included."""
    with opened(browser, urls[site] + path) as page:
        for width in (WIDTHS["phone"], 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            tables = page.locator(".privacy-table").evaluate_all("all => all.map(one => one.scrollWidth)")
            assert all(table <= width for table in tables)


@every_english_page
def test_a_page_works_without_javascript(site: str, path: str, browser: Browser, urls: dict[str, str]) -> None:
    """The same text is read, and the links lead on, when scripts are off."""
    with opened(browser, urls[site] + path) as page:
        text = page.locator("article").inner_text()
    with opened(browser, urls[site] + path, java_script_enabled=False) as page:
        assert page.locator("article").inner_text() == text
        page.locator("article").locator("xpath=..").get_by_role("link").first.click()
        expect(page.locator("article h1")).to_be_visible()


@every_english_page
def test_a_page_keeps_to_a_strict_policy(site: str, path: str, browser: Browser, urls: dict[str, str]) -> None:
    """Under `default-src 'self'` the browser refuses nothing of the page, and the page asks no other origin."""
    visitor = browser.new_context()
    page = visitor.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(urls[site] + path)
    visitor.close()
    assert answer is not None
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert [line for line in said if "Content Security Policy" in line] == []
    assert [url for url in asked if not url.startswith(urls[site])] == []


def test_the_first_tab_skips_to_the_text(browser: Browser, plain_site: str) -> None:
    """Whoever uses the keyboard need not walk through the links."""
    with opened(browser, f"{plain_site}/privacy/en/policy") as page:
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to the text"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.tagName") == "MAIN"


def test_a_right_to_left_page_is_laid_out_from_the_right(browser: Browser, tmp_path: Path) -> None:
    """Headings and lists begin at the right edge where the language is written so."""
    (tmp_path / "privacy.toml").write_text(POLICY.replace('["en", "es"]', '["en", "ar"]'), "utf-8")
    app = Flask("arabic", root_path=str(tmp_path))
    ConsentGuard(app)
    shown = app.test_client().get("/privacy/ar/policy").text
    sheet = (Path(consentguard.__file__).parent / "static" / "consentguard" / "pages.css").read_text("utf-8")
    with opened(browser, "about:blank", viewport={"width": 1280, "height": 900}) as page:
        page.set_content(shown)
        page.add_style_tag(content=sheet)
        heading = page.locator("h1").bounding_box()
        contents = page.locator(".privacy-contents").bounding_box()
    assert heading is not None
    assert contents is not None
    assert heading["x"] > contents["x"]
