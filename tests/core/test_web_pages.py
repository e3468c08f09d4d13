"""The pages as data: which there are, in which language, and what a template is handed."""

import datetime as dt
from pathlib import Path

import pytest

from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.web.links import Link, Links, page_links
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.pages import ROUTES
from tests.web_policy import CONTROLLER, COOKIES, POLICY, RIGHTS, SITE, BareHost, url_for

MEASURE = """
[measures.audits]
title = { en = "A security audit every year", es = "Una auditoría de seguridad cada año" }
owner = "security lead"
attested_on = 2026-01-01
"""
BY_NAME = {route.name: route for route in ROUTES}


def guard(folder: Path, policy: str = POLICY) -> Guard:
    (folder / "privacy.toml").write_text(policy, "utf-8")
    return Guard(Site(BareHost(folder)), MemoryStores())


def ask(guard: Guard, name: str, language: str = "", accept: str = "") -> Outbound:
    inbound = Inbound(
        method="GET",
        params={"language": language} if language else {},
        headers={"Accept-Language": accept} if accept else {},
        url_for=url_for,
    )
    return BY_NAME[name].endpoint(guard, inbound)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (POLICY, ["policy", "cookies", "deletion"]),
        (CONTROLLER + SITE, ["policy"]),
        (CONTROLLER + SITE + COOKIES, ["policy", "cookies"]),
        (CONTROLLER + SITE + RIGHTS, ["policy", "deletion"]),
    ],
)
def test_a_page_exists_where_the_policy_has_its_section(tmp_path: Path, policy: str, expected: list[str]) -> None:
    """Without `[cookies]` no cookie page, without a right to erasure no deletion page; no link leads there either."""
    made = guard(tmp_path, policy)
    assert [route.name for route in ROUTES if route.enabled(made.site)] == expected
    assert [link.url for link in ask(made, "policy").page.links] == [f"/privacy/{name}/en" for name in expected]


def test_the_path_names_the_language(tmp_path: Path) -> None:
    """Below a language's tag the page is in that language, whatever the browser prefers, for every cache alike."""
    answer = ask(guard(tmp_path), "policy", language="es", accept="en")
    assert (answer.language, answer.page.language, answer.vary) == ("es", "es", ())


def test_without_a_language_in_the_path_the_browser_decides(tmp_path: Path) -> None:
    """The page is in the visitor's language, and caches are told that it depends on the header."""
    answer = ask(guard(tmp_path), "policy", accept="es-GT, en;q=0.5")
    assert (answer.language, answer.vary) == ("es", ("Accept-Language",))


def test_a_language_that_the_site_lacks_is_not_found(tmp_path: Path) -> None:
    """There is no page in it: the host answers 404 in its own manner."""
    assert ask(guard(tmp_path), "policy", language="fr") == Outbound(status=404)


def test_a_page_links_to_its_siblings_and_to_itself_in_the_other_languages(tmp_path: Path) -> None:
    """Links stand ready in the page's language; the one to where the reader is says so."""
    page = ask(guard(tmp_path), "cookies", language="es").page
    assert [(link.url, link.current) for link in page.links] == [
        ("/privacy/policy/es", False),
        ("/privacy/cookies/es", True),
        ("/privacy/deletion/es", False),
    ]
    assert page.links[0].label == "Política de privacidad"
    assert [(link.label, link.url, link.current) for link in page.languages] == [
        ("English", "/privacy/cookies/en", False),
        ("Español", "/privacy/cookies/es", True),
    ]


def test_one_language_offers_no_choice(tmp_path: Path) -> None:
    """A site in one language shows no list of languages."""
    assert not ask(guard(tmp_path, POLICY.replace('["en", "es"]', '["en"]')), "policy").page.multilingual


def test_text_from_the_policy_is_text_on_the_page(tmp_path: Path) -> None:
    """What looks like markup in the policy is escaped in the article, and only the article counts as HTML."""
    page = ask(guard(tmp_path), "policy", language="en").page
    assert "Contact &lt;information&gt;" in page.article.__html__()
    assert not hasattr(page.site, "__html__")


def test_links_can_be_written_as_they_are() -> None:
    """A template that does not loop over the links gets a list, escaped."""
    links = Links([Link(url="/a?b&c", label="<Policy>", language="en", current=True)])
    link = '<a href="/a?b&amp;c" hreflang="en" lang="en" aria-current="page">&lt;Policy&gt;</a>'
    assert links.__html__() == f'<ul class="consentguard-links"><li>{link}</li></ul>'


def test_two_guards_share_nothing(tmp_path: Path) -> None:
    """Two sites in one process, each with its own policy."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = guard(folders[0]), guard(folders[1], POLICY.replace("Shop", "Bakery"))
    assert ask(one, "policy").page.site == "Example <Shop> & Co"
    assert ask(two, "policy").page.site == "Example <Bakery> & Co"
    assert "Bakery" in two.site.article("policy", "en")
    assert "Bakery" not in one.site.article("policy", "en")
    assert len(page_links(one.site, "en", url_for)) == 3


def test_a_page_is_made_anew_when_an_attestation_lapses(tmp_path: Path) -> None:
    """A view model is kept, but never longer than the text that it shows."""
    until = dt.date(2026, 11, 21)
    (tmp_path / "privacy.toml").write_text(f"{POLICY}{MEASURE}until = {until.isoformat()}\n", "utf-8")
    clock = FrozenClock(dt.datetime.combine(until, dt.time(12), dt.UTC))
    moving = Guard(Site(BareHost(tmp_path), clock=clock), MemoryStores())
    before = ask(moving, "policy").page
    clock.tick(dt.timedelta(days=1))
    after = ask(moving, "policy").page
    assert 'data-state="attested"' in before.article
    assert 'data-state="attested"' not in after.article


def test_a_page_kept_for_one_address_is_not_shown_at_another(tmp_path: Path) -> None:
    """A site that stands below two prefixes links within each."""
    made = guard(tmp_path)

    def elsewhere(name: str, /, **params: str) -> str:
        return f"/shop{url_for(name, **params)}"

    pages = [BY_NAME["policy"].endpoint(made, Inbound(method="GET", url_for=way)).page for way in (url_for, elsewhere)]
    assert [page.links[1].url for page in pages] == ["/privacy/cookies/en", "/shop/privacy/cookies/en"]


def test_links_lead_to_the_forms_that_every_visitor_may_need(tmp_path: Path) -> None:
    """To the choices where there is one to make, to the requests where a right is offered on a page."""
    analytics = '[purposes.analytics]\ntitle = "Statistics"\nbasis = "consent"\n[cookies.ga]\npurpose = "analytics"\n'
    policy = POLICY.replace('channels = ["email"]', 'channels = ["page"]') + analytics + 'names = ["_ga"]\n'
    links = ask(guard(tmp_path, policy), "policy", language="en").page.links
    assert [(link.label, link.url) for link in links[3:]] == [
        ("Your privacy choices", "/privacy/preferences/en"),
        ("Ask about your data", "/privacy/request/en"),
    ]
