"""Every page is the same document whether Django's templates or Jinja render it."""

from pathlib import Path

import pytest
from django.template import engines
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree, html

import consentguard
from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.site import Site
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.pages import ROUTES
from consentguard.web.routes import Route
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


def answers(policy: str, folder: Path, route: Route) -> list[Outbound]:
    (folder / "privacy.toml").write_text(policy, "utf-8")
    guard = Guard(Site(BareHost(folder)), MemoryStores())
    return [
        route.endpoint(guard, Inbound(method="GET", params={"language": language}, url_for=url_for))
        for language in guard.site.policy.manifest.site.languages
    ]


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
        by_django = engines["django"].get_template(answer.template).render({"page": answer.page})
        by_jinja = JINJA.get_template(answer.template).render(page=answer.page)
        assert parsed(by_django) == parsed(by_jinja)
        assert b"<article" in parsed(by_jinja)
        assert b"&lt;article" not in parsed(by_jinja)
        assert b"<script" not in parsed(by_jinja)
