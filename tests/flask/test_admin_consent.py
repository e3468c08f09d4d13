"""The screens of consent for Flask-Admin: decisions, how they went, and what was asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html

from consentguard.consent.record import ACT
from consentguard.publish.versions import CONSENT, Version, Versions
from tests.flask.office import (
    OURS,
    Office,
    fill,
    make_office,
    opened,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An admin whose staff may do everything, over a database in which Ada has an account."""
    with opened(tmp_path) as made:
        yield made


def test_the_list_of_decisions_holds_nothing_else(office: Office) -> None:
    """Other evidence stays on its own screen, also by its address; a receipt is found by how its id begins."""
    fill(office.guard)
    office.guard.evidence.record("erasure.done")
    other, decided = sorted(office.guard.stores.entries.unsealed(None, 9), key=lambda each: each.act == ACT)
    page = html.document_fromstring(office.get("consents/").data)
    assert [cell.text_content() for cell in page.xpath("//tbody/tr/td[3]")] == ["analytics"]
    assert office.get(f"consents/record/{other.id}").status_code == 404
    found = html.document_fromstring(office.get(f"consents/?q={decided.id[:12]}").data)
    (link,) = found.xpath("//tbody//a/@href")
    assert "ab" * 32 in office.client.get(link, base_url=OURS).text


def test_rates_are_drawn_and_written_down(office: Office) -> None:
    """A picture that is read out by its title, with every number in a table, with one statement; nothing that a
    strict CSP forbids.
    """
    fill(office.guard, 3)
    office.guard.evidence.record(ACT, **{**ODD, "method": "save"})
    with office.statements() as ran:
        answer = office.get("consent-rates/?days=7")
    assert len([each for each in ran if "GROUP BY" in each]) == len(ran) == 1
    page = html.document_fromstring(answer.data)
    assert len(page.xpath("//svg[@role='img']/title")) == 5
    assert page.xpath("//option[@selected]/@value") == ["7"]
    cells = [row.xpath("td/text()") for row in page.xpath("//table//tr")]
    assert ["analytics", "3", "3 (100%)", "0 (0%)", "0 (0%)"] in cells
    assert ["<script>p", "1", "0 (0%)", "0 (0%)", "1 (100%)"] in cells
    assert page.xpath("//svg//script | //svg//@style | //table//script | //table//@style") == []


ODD = {"policy": "", "accepted": "", "refused": "<script>p", "language": "<script>l", "component": "<script>c"}
"""What a database may say that nobody of ours wrote."""


def test_rates_of_nothing_say_so(office: Office) -> None:
    """Without a picture."""
    page = office.get("consent-rates/?days=nonsense").text
    assert "No decisions yet" in page
    assert "<svg" not in page


def test_versions_are_compared(tmp_path: Path) -> None:
    """What was published, what is a draft, and what changed between two: marked, and in sentences."""
    made = make_office(tmp_path)
    with made.app.app_context():
        assert "visitors are asked nothing" in made.get("consent-versions/").text
    (tmp_path / "two").mkdir()
    asking = make_office(tmp_path / "two", more='[cookies.counter]\nnames = ["visits"]\n')
    with asking.app.app_context():
        site = asking.guard.site
        old = site.consent_policy.canonical.replace(b'["visits"]', b"[]")
        entry = Version(version="a" * 16, published=dt.date(2026, 1, 1), manifest="")
        Versions(site.settings.published).add(entry, {CONSENT: old + b"\n"})
        answer = asking.get("consent-versions/?before=<nonsense>")
        page = html.document_fromstring(answer.data)
        assert "<nonsense>" not in answer.text
        assert len(page.xpath("//select[@name='before']/option")) == 2
        assert "Counter sets more cookies than before." in page.text_content()
        assert (page.xpath("//del/text()"), page.xpath("//ins/text()")) == ([], ["visits"])
