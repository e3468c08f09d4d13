"""What stands on every page: the script's tag, the banner, and what waits for consent; and how much of it there is."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import consentguard
from consentguard.consent import ConsentError, ConsentPolicy
from consentguard.cookies import CHOICE, REFUSAL
from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.consent import banner, centre, gated, page, unscripted
from consentguard.web.consent.gated import MarkupError
from tests.core.visits import CHOICES, Browser, shop
from tests.web_policy import url_for

STATIC = Path(consentguard.__file__).parent / "static" / "consentguard"
SERVICES = (
    CHOICES
    + """
[cookies.maps]
purpose = "analytics"
names = ["heat_*", "a.b"]
consent_mode = ["analytics_storage"]
provider = "helper"
[recipients.helper]
role = "processor"
title = "Example <Helper>"
"""
)
HOSTILE = "\"><script>alert('1')</script>"


class Templates:
    """Renders nothing, and remembers what it was asked to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, str]] = []

    def __call__(self, name: str, page: Any, language: str) -> str:
        self.asked.append((name, page, language))
        return f"<{name}>"


def configuration(site: Site, language: str = "en") -> dict[str, Any]:
    """What the tag tells the script."""
    found = re.search(r"data-consent-guard='([^']*)'", banner.head(site, language, url_for))
    assert found is not None
    told: dict[str, Any] = json.loads(unescape(found[1]))
    return told


def asked(site: Site, language: str = "en") -> Any:
    """The banner's view model."""
    templates = Templates()
    banner.banner(site, language, url_for, templates)
    return templates.asked[0][1]


def answered(guard: Guard, *accepted: str) -> Browser:
    """A visitor who has chosen on the page of preferences."""
    visitor = Browser(guard, page.ROUTES[0])
    version = guard.site.consent_policy.id
    assert visitor.post({"answer": ["save"], "accepted": accepted, "version": [version]}).status == 303
    return visitor


def test_script_and_style_stay_small() -> None:
    """What a visitor loads once is 8 KB at most, and what each page loads 3 KB."""
    sizes = {
        name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in ("consent.js", "banner.js", "banner.css")
    }
    assert sizes["consent.js"] <= 3 * 1024
    assert sum(sizes.values()) <= 8 * 1024


@pytest.mark.parametrize("name", ["consent.js", "banner.js"])
def test_the_scripts_run_under_a_strict_policy(name: str) -> None:
    """None makes code of text, or writes a style or a handler into the page."""
    source = (STATIC / name).read_text("utf-8")
    for forbidden in ("eval(", "Function(", "document.write", 'setAttribute("style"', 'setAttribute("on', "http://"):
        assert forbidden not in source


def test_the_tag_tells_what_the_script_needs(tmp_path: Path) -> None:
    """Purposes with their services, cookies as patterns, where to send a choice; and nothing about a visitor."""
    site = shop(tmp_path, SERVICES).site
    told = configuration(site, "es")
    version = site.consent_policy.id
    assert (told["policy"], told["holds"], told["lasts"]) == (version, [version], 182 * 86400)
    assert told["purposes"] == {"analytics": ["counter", "maps"], "newsletter": []}
    assert told["mode"] == {"maps": ["analytics_storage"]}
    assert told["gpc"] == ["analytics", "newsletter"]
    assert (told["language"], told["choice"]) == ("es", "/privacy/api_choice")
    assert told["settings"] == ["/privacy/preferences/es", "/privacy/preferences"]
    assert told["centre"] == f"/privacy/centre/es?{version}"


def test_a_site_that_says_nothing_but_its_cookies_has_a_banner(tmp_path: Path) -> None:
    """A service without a purpose is one of its own, and speaks in our words."""
    policy = """
manifest = 1
[cookies.session]
names = ["sessionid", "cg_choice", "cg_refused"]
essential = true
[cookies.analytics]
names = ["_ga", "_ga_*"]
"""
    site = shop(tmp_path, policy).site
    assert configuration(site)["purposes"] == {"analytics": ["analytics"]}
    assert "Statistics" in asked(site).text


@pytest.mark.parametrize(
    ("cookie", "matches"),
    [("heat_1=x", True), ("heat_=", True), ("a.b=1", True), ("aXb=1", False), ("a.b.c=1", False), ("x=heat_1", False)],
)
def test_patterns_match_whole_names(tmp_path: Path, cookie: str, matches: bool) -> None:
    """`*` stands for any part of a name, every other character for itself."""
    pattern = configuration(shop(tmp_path, SERVICES).site)["cookies"]["maps"]
    assert bool(re.match(pattern, cookie)) is matches


def test_a_nonce_goes_into_the_script_and_the_style(tmp_path: Path) -> None:
    """And nothing else of the tag differs, so that it can be kept."""
    site = shop(tmp_path).site
    plain, with_nonce = (banner.head(site, "en", url_for, nonce) for nonce in ("", 'a"b'))
    assert with_nonce.count(' nonce="a&quot;b"') == 2
    assert with_nonce.replace(' nonce="a&quot;b"', "") == plain
    assert '<noscript><link rel="stylesheet" href="/privacy/unscripted/en"></noscript>' in plain


def test_what_the_policy_says_cannot_leave_the_tag(tmp_path: Path) -> None:
    """Quotes and brackets in an address or a name stay text."""

    def hostile(name: str, /, **params: str) -> str:
        return f"{url_for(name, **params)}?'{HOSTILE}"

    head = banner.head(shop(tmp_path).site, "en", hostile)
    assert "<script>alert" not in head
    assert head.count("'") == 2


def test_a_site_without_a_choice_has_no_banner(tmp_path: Path) -> None:
    """A policy whose cookies are all needed puts nothing on its pages."""
    site = shop(tmp_path, CHOICES[: CHOICES.index("[purposes.analytics]")]).site
    assert (banner.head(site, "en", url_for), banner.banner(site, "en", url_for, Templates())) == ("", "")


def test_the_banner_asks_in_its_language(tmp_path: Path) -> None:
    """The words are the policy's or ours; the form says what it shows, and that the banner showed it."""
    site = shop(tmp_path).site
    told = asked(site, "es")
    assert (told.language, told.direction, told.action) == ("es", "ltr", "/privacy/preferences/es")
    assert "Contar visitas" in told.text
    assert dict(told.hidden_fields) == {
        "offered": "analytics newsletter",
        "version": site.consent_policy.id,
        "component": "banner",
    }


def test_the_banner_is_made_once_for_each_language_and_place(tmp_path: Path) -> None:
    """Rendering costs a request nothing; another version of what is asked is another banner."""
    site, templates = shop(tmp_path).site, Templates()
    for language in ("en", "es", "en"):
        assert banner.banner(site, language, url_for, templates) == "<consentguard/banner.html>"
    assert [language for _, _, language in templates.asked] == ["en", "es"]
    site.__dict__["consent_policy"] = ConsentPolicy.of(site.policy.manifest, ("analytics",))
    banner.banner(site, "en", url_for, templates)
    assert dict(templates.asked[-1][1].hidden_fields)["offered"] == "analytics"


@pytest.mark.parametrize("here", ["/privacy/preferences", "/privacy/preferences/es"])
def test_the_page_of_preferences_has_no_banner(tmp_path: Path, here: str) -> None:
    """It asks the same, at more length."""
    site, templates = shop(tmp_path).site, Templates()
    assert banner.banner(site, "es", url_for, templates, here) == ""
    assert banner.banner(site, "es", url_for, templates, "/hats") != ""


def test_the_banner_says_what_has_changed(tmp_path: Path) -> None:
    """To those whose choice was made under another version, in sentences; a version that still counts has none."""
    site = shop(tmp_path, SERVICES).site
    old = ConsentPolicy.of(shop(tmp_path).site.policy.manifest, ("analytics",))
    now = site.consent_policy
    site.__dict__["consent_policy"] = ConsentPolicy.of(site.policy.manifest, now.purposes, {old.id: old.document})
    changes = json.loads(asked(site).words)["changes"]
    assert list(changes) == [old.id]
    purpose, service = changes[old.id]
    assert "Send the newsletter" in purpose
    assert "Example <Helper>" in service


@pytest.mark.parametrize(
    ("wanted", "found"), [(("es",), "es"), (("", "es-GT"), "es"), (("fr",), "en"), ((), "en"), (("fr", "es"), "es")]
)
def test_a_language_of_the_site_is_found(tmp_path: Path, wanted: tuple[str, ...], found: str) -> None:
    """The first that the site has, else its own first."""
    assert banner.language_among(shop(tmp_path).site, *wanted) == found


def test_a_script_waits(tmp_path: Path) -> None:
    """It has no type and no address that a browser would follow, keeps its other attributes, and bears the nonce."""
    site = shop(tmp_path).site
    attributes: Mapping[str, object] = {"async": True, "defer": False, "data_domain": 'a"b', "type": "module"}
    assert gated.script(site, "counter", "/s.js?a&b", "n", attributes) == (
        '<script type="text/plain" data-consent="counter" data-src="/s.js?a&amp;b" nonce="n" async'
        ' data-domain="a&quot;b" data-type="module"></script>'
    )


def test_what_needs_no_consent_does_not_wait(tmp_path: Path) -> None:
    """An essential service, or a purpose that nobody is asked about, is written as it is."""
    site = shop(tmp_path).site
    assert gated.script(site, "session", "/s.js") == '<script src="/s.js"></script>'
    assert gated.piece(site, "service", "<p>Hello</p>") == "<p>Hello</p>"
    assert gated.piece(site, "analytics", "<p>") == '<template data-consent="analytics"><p></template>'


@pytest.mark.parametrize("name", ["analytic", "", HOSTILE])
def test_a_slip_is_no_refusal(tmp_path: Path, name: str) -> None:
    """A name that the policy does not have is an error, where the page is written."""
    with pytest.raises(ConsentError, match="no purpose or service"):
        gated.script(shop(tmp_path).site, name, "/s.js")


def test_what_is_agreed_to_on_a_form_is_not_for_the_browser(tmp_path: Path) -> None:
    """No cookie tells of it, so a script could wait for ever."""
    policy = CHOICES.replace("[purposes.newsletter]", '[purposes.newsletter]\nask = "form"')
    with pytest.raises(ConsentError, match="on a form"):
        gated.piece(shop(tmp_path, policy).site, "newsletter", "")


@pytest.mark.parametrize("name", ["a b", 'x"', "1", ">"])
def test_no_attribute_leaves_its_tag(tmp_path: Path, name: str) -> None:
    """What is no attribute's name is an error."""
    with pytest.raises(MarkupError, match="no attribute"):
        gated.script(shop(tmp_path).site, "counter", "/s.js", attributes={name: "1"})


@pytest.mark.parametrize(
    ("name", "src", "source"),
    [
        ("maps", "https://maps.example.net/x", "Example <Helper>"),
        ("counter", "https://maps.example.net/x", "maps.example.net"),
        ("counter", "/video", "Example <Shop> & Co"),
    ],
)
def test_a_frame_says_whom_it_is_from(tmp_path: Path, name: str, src: str, source: str) -> None:
    """The provider of its service, else the host that it loads from, else the site itself."""
    templates = Templates()
    gated.frame(
        shop(tmp_path, SERVICES).site,
        name,
        src,
        "A map",
        language="en",
        url_for=url_for,
        render=templates,
        attributes={"width": 560},
    )
    ((template, told, _),) = templates.asked
    assert (template, told.waits, told.attributes) == ("consentguard/frame.html", True, ' width="560"')
    assert told.text == f"This is content of {source}. When it is shown, {source} learns that you are here."


def test_the_dialog_is_the_same_for_everybody(tmp_path: Path) -> None:
    """Nothing is ticked by the server, so that caches may keep it; a purpose of several services has a box for all."""
    guard = shop(tmp_path, SERVICES)
    first, again = (
        Browser(guard, centre.ROUTES[0], cookies=cookies) for cookies in ({}, answered(guard, "analytics").cookies)
    )
    answer = first.get(language="es")
    assert answer == again.get(language="es")
    assert answer.headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert (answer.private, answer.vary, answer.headers["Content-Language"]) == (False, (), "es")
    (form,) = answer.page.forms
    analytics, _ = form.fields[0].options
    assert [part.chosen for part in analytics.parts] == [False, False]
    assert analytics.all_label
    assert [link.url for link in answer.page.links] == ["/privacy/cookies/es"]
    assert answer.page.receipt.url == "/privacy/receipt/es"
    assert first.get(language="fr").status == 404


@pytest.mark.parametrize(
    ("headers", "marks", "shown"),
    [
        ({}, {}, True),
        ({"Sec-GPC": "1"}, {}, False),
        ({"Sec-GPC": "0"}, {}, True),
        ({}, {CHOICE: "forged"}, True),
    ],
)
def test_browsers_without_scripts_see_the_banner_until_they_choose(
    tmp_path: Path, headers: Mapping[str, str], marks: dict[str, str], shown: bool
) -> None:
    """By a style sheet of their own, which nobody keeps."""
    visitor = Browser(shop(tmp_path), unscripted.ROUTES[0], headers=headers, cookies=marks)
    answer = visitor.get(language="en")
    assert answer.file is not None
    assert (answer.file.media_type, answer.file.shown, answer.private) == ("text/css", True, True)
    assert (b"display: block" in answer.file.content) is shown
    assert visitor.get(language="fr").status == 404


@pytest.mark.parametrize("refused_by_script", [False, True])
def test_a_choice_hides_the_banner_without_scripts(tmp_path: Path, refused_by_script: bool) -> None:
    """Whether a server took it down, or our script refused by itself."""
    guard = shop(tmp_path)
    moment = int(guard.clock.now().timestamp())
    marks = {REFUSAL: f"{guard.site.consent_policy.id}.{_base36(moment)}"}
    cookies = marks if refused_by_script else answered(guard).cookies
    answer = Browser(guard, unscripted.ROUTES[0], cookies=cookies).get()
    assert answer.file is not None
    assert b"display" not in answer.file.content


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return (_base36(number // 36) if number >= 36 else "") + digits[number % 36]
