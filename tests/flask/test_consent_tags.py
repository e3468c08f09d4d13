"""The template globals of consent in a Flask app."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from lxml import html

from consentguard.consent import ConsentError
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from tests.web_doors import OURS, SECTIONS
from tests.web_policy import POLICY


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    (tmp_path / "privacy.toml").write_text(POLICY.replace(RIGHTS, "") + SECTIONS, "utf-8")
    keyring().write(tmp_path / "site.keys")
    made = Flask("site", root_path=str(tmp_path))
    made.config.update(SECRET_KEY="test", CONSENTGUARD_KEYRING="site.keys", CONSENTGUARD_BASE_URL=OURS)
    ConsentGuard(made)
    return made


RIGHTS = POLICY[POLICY.index("[rights.") :]


def rendered(app: Flask, text: str, **values: object) -> str:
    with app.test_request_context("/"):
        return render_template_string(text, **values)


def test_the_head_holds_one_script_before_any_other(app: Flask) -> None:
    """With its configuration, from the extension's own static files, and a style sheet for browsers without scripts."""
    head = html.fragment_fromstring(rendered(app, "{{ consent_head() }}"), create_parent="head")
    (script,) = head.iter("script")
    assert script.get("src") == "/privacy/static/consent.js"
    assert script.get("nonce") is None
    assert '"choice":"/privacy/api/choice"' in script.get("data-consent-guard")
    assert [link.get("href") for link in head.iter("link")] == ["/privacy/en/banner.css"]


@pytest.mark.parametrize(("language", "shown"), [("", "en"), ("es", "es"), ("es-GT", "es"), ("fr", "en")])
def test_the_banner_speaks_the_language_that_is_asked_for(app: Flask, language: str, shown: str) -> None:
    """Else the site's first, and not the browser's: a cache may keep the page."""
    (box,) = html.fragments_fromstring(rendered(app, "{{ consent_banner(language) }}", language=language))[:1]
    assert (box.get("lang"), box.get("hidden")) == (shown, "")
    assert f'"language":"{shown}"' in rendered(app, "{{ consent_head(language) }}", language=language)
    assert box.xpath("string(.//form/@action)") == f"/privacy/{shown}/preferences"


def test_the_page_of_preferences_has_no_banner(app: Flask) -> None:
    """It asks the same, wherever the app is mounted."""
    for root in ("", "/shop"):
        with app.test_request_context("/privacy/en/preferences", environ_overrides={"SCRIPT_NAME": root}):
            assert render_template_string("{{ consent_banner() }}") == ""


def test_the_nonce_of_the_page_is_used(app: Flask) -> None:
    """Where the template gives it."""
    text = '{{ consent_head(nonce="n0") }}{{ consent_script("analytics", src="/s.js", nonce="n0") }}'
    assert rendered(app, text).count('nonce="n0"') == 3


def test_a_script_waits(app: Flask) -> None:
    """With all that stands in the call beside its purpose, Python's own words among it."""
    written = rendered(app, '{{ consent_script("analytics", src="/s.js", async=True, data_site=7) }}')
    assert written == (
        '<script type="text/plain" data-consent="analytics" data-src="/s.js" async data-site="7"></script>'
    )


def test_a_frame_waits_with_something_in_its_place(app: Flask) -> None:
    """A button that allows it, and a link for whom no script serves; its size is kept."""
    text = '{{ consent_frame("analytics", src="https://a.example/?b&c", title="A & B", width=560) }}'
    frame = html.fragment_fromstring(rendered(app, text))
    (iframe,) = frame.iter("iframe")
    assert (iframe.get("src"), iframe.get("data-src")) == (None, "https://a.example/?b&c")
    assert (iframe.get("title"), iframe.get("width")) == ("A & B", "560")
    assert frame.xpath("string(.//button/@data-consent-allow)") == "analytics"
    assert [link.get("href") for link in frame.iter("a")] == ["https://a.example/?b&c"]


def test_a_piece_of_a_page_waits(app: Flask) -> None:
    """Inert until it is allowed; what the template writes into it is as safe as anywhere."""
    text = '{% call consent("analytics") %}<b>{{ said }}</b>{% endcall %}'
    assert rendered(app, text, said="<i>") == '<template data-consent="analytics"><b>&lt;i&gt;</b></template>'
    assert rendered(app, '{% call consent("service") %}<b>{% endcall %}') == "<b>"


def test_a_slip_is_an_error(app: Flask) -> None:
    """A purpose that the policy does not have stops the page."""
    with pytest.raises(ConsentError, match="analytic"):
        rendered(app, '{{ consent_script("analytic", src="/s.js") }}')


def test_the_dialog_may_be_kept_by_caches(app: Flask) -> None:
    """With an ETag, for five minutes, and no cookie."""
    client = app.test_client()
    answer = client.get("/privacy/es/centre")
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, "es")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert client.get("/privacy/es/centre", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_style_of_browsers_without_scripts_is_shown_and_not_kept(app: Flask) -> None:
    """No download, and private."""
    answer = app.test_client().get("/privacy/en/banner.css")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/css", "no-store")
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert b'@import "/privacy/static/banner.css"' in answer.data
