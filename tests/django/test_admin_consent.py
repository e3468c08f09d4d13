"""Django's admin of consent: decisions among other evidence, their rates as a chart, and versions compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from lxml import html

from consentguard.consent.record import ACT, details
from consentguard.guard import Guard
from consentguard.publish.versions import CONSENT, Version, Versions
from consentguard.records import EVERYONE, new_id
from consentguard.testing.keys import keyring
from consentguard_django import conf
from tests.django import settings
from tests.django.admin_site import NOW, decision, path, rows, viewer
from tests.web_doors import SECTIONS


@pytest.fixture
def guard(tmp_path: Path, db: None) -> Iterator[Guard]:
    """The clinic with every section, and nothing published yet."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    manifest, published = tmp_path / "privacy.toml", tmp_path / "published"
    options = {"manifest": manifest, "keyring": tmp_path / "keyring.json", "published": published}
    with override_settings(CONSENTGUARD=options):
        yield conf.guards().at()


def statements(address: str) -> list[str]:
    """The SQL over our tables that a page takes."""
    client = viewer()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [each["sql"] for each in captured if "consentguard_" in each["sql"]]


def test_the_list_holds_decisions_alone(guard: Guard) -> None:
    """Other evidence stays on its own screen, and a page of decisions is one statement, with one that counts."""
    guard.evidence.record("erasure.done")
    rows(guard, 2)
    page = html.document_fromstring(viewer().get(path("consentrecord")).content)
    shown = page.xpath("//table[@id='result_list']/tbody/tr")
    assert [row.xpath("td[contains(@class,'field-accepted')]/text()") for row in shown] == [["analytics"]] * 2
    assert len(statements(path("consentrecord"))) == 2
    assert len(guard.stores.entries.unsealed(None, 9)) == 3


def test_a_receipt_is_found_by_how_its_id_begins(guard: Guard) -> None:
    """As a visitor types it who has a part of it."""
    guard.evidence.record_once("ab" * 16, ACT, EVERYONE, **details(decision(id="", at=NOW, subject="", version="")))
    rows(guard)
    answer = viewer().get(path("consentrecord"), {"q": "abab"})
    assert len(html.document_fromstring(answer.content).xpath("//table[@id='result_list']/tbody/tr")) == 1
    detail = viewer().get(path("consentrecord", "ab" * 16 + "/change/")).content.decode()
    assert "ab" * 32 in detail  # the whole digest of what was asked
    assert viewer().get(path("consentrecord", new_id(NOW) + "/change/")).status_code == 302


def test_other_evidence_is_no_record_of_consent(guard: Guard) -> None:
    """Not even by its address."""
    guard.evidence.record("erasure.done")
    (entry,) = guard.stores.entries.unsealed(None, 9)
    assert viewer().get(path("consentrecord", f"{entry.id}/change/")).status_code == 302


@pytest.mark.parametrize("days", ["", "7", "365", "all"])
def test_rates_take_one_statement(guard: Guard, days: str) -> None:
    """However many decisions there are, and however far back one looks."""
    rows(guard, 20)
    (statement,) = statements(f"{path('consentrate')}?days={days}")
    assert "GROUP BY" in statement


def test_rates_are_drawn_and_written_down(guard: Guard) -> None:
    """A picture that is read out by its title, with every number in a table; nothing that a strict CSP forbids."""
    rows(guard, 3)
    answer = viewer().get(path("consentrate"), {"days": "7"})
    page = html.document_fromstring(answer.content)
    assert len(page.xpath("//svg[@role='img']/title")) == 5
    assert page.xpath("//option[@selected]/@value") == ["7"]
    cells = [row.xpath("td/text()") for row in page.xpath("//table//tr")]
    assert ["analytics", "3", "3 (100%)", "0 (0%)", "0 (0%)"] in cells
    (ours,) = page.xpath("//*[@id='content-main']")
    assert ours.xpath(".//script | .//style | .//@style | .//@onclick") == []


def test_rates_of_nothing_say_so(guard: Guard) -> None:
    """Without a picture."""
    page = viewer().get(path("consentrate")).content.decode()
    assert "No decisions yet" in page
    assert 'role="img"' not in page


def test_odd_names_are_text(guard: Guard) -> None:
    """What a purpose or a component was called stays what it was called."""
    same = {"id": "", "at": NOW, "subject": "", "version": ""}
    odd = details(decision(**same)) | {"refused": "<script>p", "component": "<script>c"}
    guard.evidence.record(ACT, **odd)
    page = html.document_fromstring(viewer().get(path("consentrate")).content)
    (ours,) = page.xpath("//*[@id='content-main']")
    assert ours.xpath(".//script") == []
    assert "<script>p" in ours.text_content()
    assert "<script>c" in ours.text_content()


def test_versions_are_compared(guard: Guard) -> None:
    """What was published, what is a draft, and what changed between two: marked, and in sentences."""
    site, was = guard.site, guard.site.consent_policy
    old = was.canonical.replace(b'"lasts":"P182D"', b'"lasts":"P30D"')
    assert old != was.canonical
    entry = Version(version="a" * 16, published=NOW.date(), manifest="")
    Versions(site.settings.published).add(entry, {CONSENT: old + b"\n"})
    page = html.document_fromstring(viewer().get(path("consentversion")).content)
    assert len(page.xpath("//select[@name='before']/option")) == 2
    assert "not published yet" in page.text_content()
    assert "choices made before still count" in page.text_content()
    (changed,) = page.xpath("//tr[del or td/del]")
    assert ("".join(changed.xpath(".//del/text()")), "".join(changed.xpath(".//ins/text()"))) == ("P30D", "P182D")
    turned = viewer().get(path("consentversion"), {"before": was.id, "after": "<nonsense>"})
    assert turned.status_code == 200
    assert "<nonsense>" not in turned.content.decode()


def test_versions_that_cannot_be_read_are_said(guard: Guard) -> None:
    """With what to do, and no error page."""
    folder = guard.site.settings.published
    folder.mkdir()
    (folder / "versions.json").write_text("{", "utf-8")
    answer = viewer().get(path("consentversion"))
    assert answer.status_code == 200
    assert "restore it from version control" in answer.content.decode()
