"""What django-auditlog, django-reversion and django-simple-history keep of sealed values, and give back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from consentguard.masking import MASK

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "Lovelace 1", "Lovelace 2"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the site with all three says of a note that was made and changed."""
    command = [sys.executable, "-W", "error", "-m", "tests.django.history_site"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def test_no_table_of_a_package_holds_a_value(found: dict[str, Any]) -> None:
    """Nor after its pages restored one, nor the log of Django's admin."""
    assert (found["kept"], found["kept_by_pages"]) == (False, False)


def test_auditlog_keeps_masks(found: dict[str, Any]) -> None:
    """Of a model that was registered without a word: which fields were changed, and whether one was NULL."""
    changes = {"text": [MASK, MASK], "mine": [MASK, MASK], "data": [MASK, "None"], "plain": ["", "seen"]}
    assert found["auditlog"] == {"changes": changes, "serialized": "sealed:"}


def test_simple_history_opens_its_records(found: dict[str, Any]) -> None:
    """Sealed under its own table, under the key of whom they are about, and with the moment of the original."""
    history = found["simple_history"]
    email = "Lovelace@example.org"
    assert history["opened"] == [[FIRST, ["Lovelace"], FIRST, email], [SECOND, None, SECOND, email]]
    assert history["made"]
    assert history["as_of"] == FIRST
    assert history["leaf"] == ["Lovelace", "Lovelace"]


def test_simple_history_tells_and_restores_what_was_changed(found: dict[str, Any]) -> None:
    """To code that may open values."""
    history = found["simple_history"]
    assert history["delta"]["text"] == history["delta"]["mine"] == [FIRST, SECOND]
    assert history["restored"] == [FIRST, FIRST]


def test_a_history_whose_keys_come_too_late_for_its_values_is_an_error(found: dict[str, Any]) -> None:
    """A check says so before anything is written; nothing else is said of any history."""
    assert found["checks"] == [["consentguard.E009", "HistoricalLate"]]


def test_reversion_goes_back_by_sealed_values(found: dict[str, Any]) -> None:
    """To a version of an object that is there, and of one that is gone."""
    assert found["reversion"] == {
        "fields": "sealed:",
        "new": [SECOND, SECOND],
        "old": [FIRST, ["Lovelace"], FIRST],
    }


def test_the_pages_of_the_packages_mask(found: dict[str, Any]) -> None:
    """Lists of changes, and the forms of old versions, which restore what they do not show."""
    pages = found["pages"]
    assert (pages["shown"], pages["masked"]) == ([], ["history", "record", "version"])
    assert pages["links"] == []
    restored = [302, FIRST, ["Lovelace"]]
    assert pages["restored"] == {"record": restored, "version": restored}


def test_a_history_is_shredded_with_its_person(found: dict[str, Any]) -> None:
    """Its values are under the same key."""
    assert found["shredded"]


def test_an_erased_row_leaves_no_past(found: dict[str, Any]) -> None:
    """Nor do emptied columns; of other rows it stays, and what else a revision was made for."""
    forgotten = found["forgotten"]
    tables = ["admin.LogEntry", "auditlog.LogEntry", "reversion.Version", "sites.HistoricalPlain"]
    assert forgotten["histories"] == tables
    assert [sorted(touched) for touched in forgotten["touched"]] == [tables, tables]
    assert forgotten["there"]
    assert forgotten["left"] == [0, 0]
    assert forgotten["of_another"]
    assert forgotten["revisions"] == 0


def test_no_history_copies_what_is_erased(found: dict[str, Any]) -> None:
    """Rows are deleted, emptied, changed and added without a word to those who write down what happens to them."""
    assert found["forgotten"]["noticed"] == 0
