"""The page on which a guardian reports a child's data: it tells nobody whether the site knows the child."""

from __future__ import annotations

from pathlib import Path

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from consentguard.web import minors
from consentguard.web.messages import Outbound
from tests.core.rights_kit import POLICY, Shop, shop
from tests.core.visits import Browser

(ROUTE,) = minors.ROUTES
AGE = """
[age]
threshold = 18
erase_within = "P3D"
guardian_contact = true
"""
FILLED = {
    "known_by": ["anna@example.com"],
    "name": ["Maria"],
    "email": ["maria@example.com"],
    "authority": ["mother"],
    "note": [""],
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, to which guardians may turn."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, POLICY + AGE)


def browser(site: Shop) -> Browser:
    return Browser(site.guard(), ROUTE)


def reports(site: Shop) -> list[str]:
    return [report.state for report in site.guard().minors.waiting()]


def texts(outbound: Outbound) -> list[str]:
    """What a page says, in the order of its fields."""
    page = outbound.page
    return [page.title, page.notice, *page.lead, *(field.label for form in page.forms for field in form.fields)]


@pytest.mark.parametrize(("section", "there"), [(AGE, True), ("", False), (AGE.replace("true", "false"), False)])
def test_the_page_exists_where_the_policy_lets_guardians_turn_to_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str, there: bool
) -> None:
    """And the page of requests leads there."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    assert ROUTE.enabled(shop(tmp_path, POLICY + section).guard().site) is there


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_look_changes_nothing_and_tells_no_age(site: Shop, language: str) -> None:
    """Whoever was refused for their age may come here too."""
    page = browser(site).get(language=language)
    assert (page.status, page.private, reports(site), site.acts()) == (200, True, [], [])
    assert not any("18" in text for text in texts(page))
    names = [field.name for form in page.page.forms for field in form.fields]
    assert names == ["known_by", "name", "email", "authority", "note"]


def test_known_and_unknown_children_get_the_same_answer(site: Shop) -> None:
    """To the letter; only the queue of those who decide tells them apart."""
    visitor = browser(site)
    known = visitor.post(FILLED, language="en")
    unknown = visitor.post({**FILLED, "known_by": ["nobody@example.com"]}, language="en")
    assert known == unknown
    assert (known.status, known.redirect) == (303, "/privacy/report_minor/en?sent=1")
    assert visitor.follow(known).page == visitor.follow(unknown).page
    assert sorted(reports(site)) == ["quarantined", "received"]
    assert site.outbox.messages == []


def test_a_form_that_is_sent_again_and_again_comes_to_an_end(site: Shop) -> None:
    """The answer is the same; one child is reported so often a day at most, whoever does it."""
    visitor = browser(site)
    answers = {visitor.post(FILLED).redirect for _ in range(6)}
    assert answers == {"/privacy/report_minor?sent=1"}
    assert len(reports(site)) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"known_by": [" "]},
        {"known_by": ["x" * 255]},
        {"name": []},
        {"name": ["x" * 10_000]},
        {"email": ["maria"]},
        {"email": ["maria@example.com, ben@example.com"]},
        {"authority": [""]},
        {"note": ["x" * 2_001]},
    ],
)
def test_what_cannot_be_taken_is_shown_again_and_nothing_is_kept(site: Shop, wrong: dict[str, list[str]]) -> None:
    """With what is to be put right in the field, and what was filled in."""
    page = browser(site).post({**FILLED, **wrong})
    assert (page.status, reports(site), site.acts()) == (422, [], [])
    assert [field.name for field in page.page.errors] == list(wrong)


def test_a_language_that_the_site_does_not_have_is_no_page(site: Shop) -> None:
    """As everywhere."""
    assert browser(site).get(language="xx").status == 404
