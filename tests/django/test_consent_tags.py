"""The template tags of consent in a Django site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from lxml import html

from consentguard.consent import ConsentError
from consentguard.testing.keys import keyring
from tests.django import settings
from tests.web_doors import OURS, SECTIONS


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[None]:
    """The clinic, which asks about its statistics."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "clinic.keys")
    options = {"manifest": tmp_path / "privacy.toml", "keyring": tmp_path / "clinic.keys", "base_url": OURS}
    with override_settings(CONSENTGUARD=options):
        yield


def rendered(text: str, **values: Any) -> str:
    return str(Template("{% load consentguard %}" + text).render(Context(values)))


def request() -> HttpRequest:
    return RequestFactory().get("/")


def test_the_head_holds_one_script_before_any_other() -> None:
    """With its configuration, from the site's own static files, and a style sheet for browsers without scripts."""
    head = html.fragment_fromstring(rendered("{% consent_head %}"), create_parent="head")
    (script,) = head.iter("script")
    assert script.get("src") == "/static/consentguard/consent.js"
    assert script.get("nonce") is None
    assert '"choice":"/privacy/api/choice"' in script.get("data-consent-guard")
    assert [link.get("href") for link in head.iter("link")] == ["/privacy/en/banner.css"]


@pytest.mark.parametrize(("tag", "active", "shown"), [("", "es", "es"), ('"en"', "es", "en"), ("", "fr", "en")])
def test_the_banner_speaks_the_current_language(tag: str, active: str, shown: str) -> None:
    """Or the one that is asked for; the site's first where it does not have that."""
    with translation.override(active):
        (box,) = html.fragments_fromstring(rendered(f"{{% consent_banner {tag} %}}"))[:1]
        head = rendered(f"{{% consent_head {tag} %}}")
    assert box.get("lang") == shown
    assert f'"language":"{shown}"' in head
    assert box.xpath("string(.//form/@action)") == f"/privacy/{shown}/preferences"


def test_the_banner_is_hidden_until_a_script_shows_it() -> None:
    """It is the same text for every visitor, with no cookie read and no token of a form in it."""
    page = rendered("{% consent_banner %}", request=request())
    (box,) = html.fragments_fromstring(page)[:1]
    assert box.get("hidden") is not None
    assert "csrfmiddlewaretoken" not in page
    assert page == rendered("{% consent_banner %}")


def test_the_page_of_preferences_has_no_banner() -> None:
    """It asks the same."""
    assert rendered("{% consent_banner %}", request=RequestFactory().get("/privacy/en/preferences")) == ""


@pytest.mark.parametrize("where", ["context", "request", "argument"])
def test_the_nonce_of_the_page_is_used(where: str) -> None:
    """As Django 6 puts it into the context, as django-csp puts it on the request, or as the template gives it."""
    asked, values, argument = request(), {}, ""
    if where == "request":
        asked.csp_nonce = "n0"  # type: ignore[attr-defined]
    elif where == "context":
        values = {"csp_nonce": "n0"}
    else:
        argument = ' nonce="n0"'
    text = f'{{% consent_head{argument} %}}{{% consent_script "analytics" src="/s.js"{argument} %}}'
    assert rendered(text, request=asked, **values).count('nonce="n0"') == 3


def test_a_script_waits() -> None:
    """With all that stands in the tag beside its purpose."""
    written = rendered('{% consent_script "analytics" src="/s.js" async=True data_site="7" %}')
    assert written == (
        '<script type="text/plain" data-consent="analytics" data-src="/s.js" async data-site="7"></script>'
    )


def test_a_frame_waits_with_something_in_its_place() -> None:
    """A button that allows it, and a link for whom no script serves; its size is kept."""
    written = rendered('{% consent_frame "analytics" src="https://a.example/?b&c" title="A & B" width=560 %}')
    frame = html.fragment_fromstring(written)
    (iframe,) = frame.iter("iframe")
    assert (iframe.get("src"), iframe.get("data-src")) == (None, "https://a.example/?b&c")
    assert (iframe.get("title"), iframe.get("width")) == ("A & B", "560")
    assert frame.xpath("string(.//button/@data-consent-allow)") == "analytics"
    assert [link.get("href") for link in frame.iter("a")] == ["https://a.example/?b&c"]


def test_a_piece_of_a_page_waits() -> None:
    """Inert until it is allowed; what the template writes into it is as safe as anywhere."""
    written = rendered('{% consent "analytics" %}<b>{{ said }}</b>{% endconsent %}', said="<i>")
    assert written == '<template data-consent="analytics"><b>&lt;i&gt;</b></template>'
    assert rendered('{% consent "care" %}<b>{% endconsent %}') == "<b>"


def test_a_slip_is_an_error() -> None:
    """A purpose that the policy does not have stops the page, as does a tag without one."""
    with pytest.raises(ConsentError, match="analytic"):
        rendered('{% consent_script "analytic" src="/s.js" %}')
    with pytest.raises(TemplateSyntaxError):
        rendered("{% consent_script %}")


def test_the_dialog_may_be_kept_by_caches() -> None:
    """With an ETag, for five minutes, and no cookie."""
    client = Client(SERVER_NAME="localhost")
    answer = client.get("/privacy/es/centre")
    assert (answer.status_code, answer["Content-Language"], answer.cookies) == (200, "es", {})
    assert answer["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert client.get("/privacy/es/centre", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_the_style_of_browsers_without_scripts_is_shown_and_not_kept() -> None:
    """No download, and private."""
    answer = Client(SERVER_NAME="localhost").get("/privacy/en/banner.css")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/css", "no-store")
    assert answer["Content-Disposition"].startswith("inline")
    assert b'@import "/static/consentguard/banner.css"' in answer.content
