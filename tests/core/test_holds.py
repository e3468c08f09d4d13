"""Legal holds: what they need, what they cover, and that a command can place and release them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.holds import Covered, HoldError
from consentguard.plan.exceptions import Exceptions
from consentguard.records import SubjectRef
from consentguard.testing.keys import keyring
from tests.core.rights_kit import Shop, shop

LATER = dt.date(2027, 1, 31)
BEN = SubjectRef("user", "2")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop of the tests of rights."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path)


def holds(site: Shop, *arguments: str) -> Result:
    """What the command prints, and its exit code."""
    return CliRunner().invoke(group, ["holds", *arguments], obj=site, catch_exceptions=False)


def test_a_hold_on_a_person_covers_every_table_that_leads_to_them(site: Shop) -> None:
    """And is evidence under their pseudonym, without the reason: that may be about them."""
    guard = site.guard()
    hold = guard.holds.place("a claim", "counsel", LATER, subject=BEN)
    assert guard.holds.covers(hold) == (
        Covered(label="User", rows=1),
        Covered(label="Order", rows=1),
        Covered(label="Invoice", rows=1),
    )
    [entry] = [entry for entry in guard.stores.entries.unsealed(None, 9) if entry.act == "hold.placed"]
    assert entry.subject == guard.pseudonyms.of(BEN)
    assert "claim" not in entry.details


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": " "}, "needs a reason"),
        ({"author": ""}, "needs a reason and an author"),
        ({"review_on": dt.date(2020, 1, 1)}, "not in the future"),
        ({"subject": None}, "nobody and nothing"),
        ({"subject": SubjectRef("alien", "1")}, 'no data subject "alien"'),
        ({"subject": BEN, "keys": ("1",)}, "belong to a table"),
        ({"subject": None, "label": "Nowhere"}, 'no table "Nowhere"'),
        ({"subject": None, "label": "User", "columns": ("nickname",)}, 'no column "nickname"'),
    ],
)
def test_a_hold_that_says_too_little_is_refused(site: Shop, given: dict[str, object], said: str) -> None:
    """Nothing is held then, and the message says what was lacking."""
    facts: dict[str, object] = {"reason": "a claim", "author": "counsel", "review_on": LATER, "subject": BEN} | given
    with pytest.raises(HoldError, match=said):
        site.guard().holds.place(**facts)  # type: ignore[arg-type]
    assert site.guard().holds.in_force() == []


def test_a_released_hold_covers_nothing_and_cannot_be_released_again(site: Shop) -> None:
    """Both are taken down."""
    guard = site.guard()
    hold = guard.holds.place("a claim", "counsel", LATER, label="Order", keys=["1"])
    guard.holds.release(hold.id, "counsel")
    with pytest.raises(HoldError, match="released before"):
        guard.holds.release(hold.id, "counsel")
    kept = Exceptions(data_map=guard.site.data_map, holds=guard.holds.in_force(), now=site.clock.now())
    assert kept.held("Order") == ()
    assert site.acts() == ["hold.placed", "hold.released"]


def test_a_hold_whose_review_has_come_is_named(site: Shop) -> None:
    """The list ends with 1, so that a schedule notices."""
    said = ("--reason", "a claim", "--by", "counsel", "--review-on", "2090-01-31")
    placed = json.loads(holds(site, "place", *said, "--subject", "user:2", "--json").stdout)
    assert placed["rows"] == {"User": 1, "Order": 1, "Invoice": 1}
    assert holds(site, "list").exit_code == 0
    site.guard().holds.place(
        "a claim", "counsel", dt.date(2026, 4, 1), label="Order"
    )  # as of the clock that stands still
    listed = holds(site, "list")
    assert (listed.exit_code, "review due since 2026-04-01" in listed.stdout) == (1, True)
    assert "@" not in listed.stdout
    assert holds(site, "release", placed["id"], "--by", "counsel").exit_code == 0
    assert placed["id"] not in holds(site, "list").stdout
