"""What staff see of reports about minors, and what they do about them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consentguard import screens
from consentguard.crypto.keyring import VARIABLE
from consentguard.minors import Statement
from consentguard.records import MinorReport
from consentguard.screens import PERMISSIONS
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop
from tests.core.test_screens_work import do, page, refused

HERS = Statement(known_by="anna@example.com", name="Maria", address="maria@example.com", authority="mother")
AGE = "\n[age]\nthreshold = 18\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, whose policy says from which age on it is meant."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, POLICY + AGE)


def said(site: Shop, report: MinorReport, may: tuple[str, ...] = PERMISSIONS) -> str:
    return repr(page(site, "minors", report.id, may).parts)


def test_whoever_decides_reads_what_was_said_and_nobody_else(site: Shop) -> None:
    """Who may only look sees a pseudonym and a due date; that the page was opened is evidence."""
    report = site.guard().minors.report(HERS)
    shown, hidden = said(site, report), said(site, report, may=())
    assert all(word in shown for word in ("anna@example.com", "Maria", "maria@example.com", "mother"))
    assert not any(word in hidden for word in ("example.com", "Maria", "mother"))
    assert "due in 3 days" in hidden
    assert site.acts().count("records.viewed") == 2


def test_a_report_is_made_and_decided_at_a_desk(site: Shop) -> None:
    """In the name of whoever is signed in, with a reason."""
    made = do(site, "minors", "", "add", kind="user", subject="1", note="plays chess")
    assert (made.good, made.sentence) == (True, "Reported. Data subjects that are set aside: 2.")
    assert "nothing is said" in refused(site, "minors", made.id, "reject", reason="")
    do(site, "minors", made.id, "identify", kind="user", subject="2")
    assert do(site, "minors", made.id, "confirm", reason="seen").sentence.startswith("Confirmed. The erasure ")
    assert "was decided before" in refused(site, "minors", made.id, "confirm", reason="seen")


def test_what_names_nobody_is_refused(site: Shop) -> None:
    """With what to do about it, and nothing is kept."""
    assert "kind and a primary key" in refused(site, "minors", "", "add", kind="user", subject="")
    assert "whom it is about" in refused(site, "minors", "", "add", known_by="")
    assert "no such" in refused(site, "minors", "", "add", kind="user", subject="9").replace("there is no", "no such")
    assert site.guard().minors.waiting() == []


def test_a_quarantine_has_a_page_and_no_way_to_lift_it(site: Shop) -> None:
    """The decision does."""
    site.guard().minors.report(HERS)
    [mark, *_] = site.guard().restrictions.quarantined()
    shown = page(site, "restrictions", mark.id)
    assert (shown.title, [part.forms for part in shown.parts]) == ("Quarantine", [()])


@pytest.mark.parametrize(
    ("days", "text", "tone"), [(2, "due in 2 days", "soon"), (0, "due today", "soon"), (-1, "1 day late", "bad")]
)
def test_a_report_says_when_it_is_due(site: Shop, days: int, text: str, tone: str) -> None:
    """And how late it is."""
    report = site.guard().minors.report(HERS)
    today = report.due_at.date() - dt.timedelta(days=days)
    cell = screens.MINORS.column("due_at").cell(report, today)
    assert (cell.text, cell.tone) == (text, tone)
