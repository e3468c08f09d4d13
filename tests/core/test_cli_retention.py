"""The `retention` command: what rules come to, their acceptance, runs, reasons, and a schedule that was missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop

EVENT = """
[categories.leads]
[categories.leads.retention]
from = "met"
at_most = "P1Y"
[[categories.leads.retention.ends_on]]
event = "campaign.ended"
delete_within = "PT1H"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, one of whose orders is from 2018; nobody has accepted its rules."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.chdir(tmp_path)
    return shop(tmp_path, POLICY + EVENT)


def retention(site: Shop, *arguments: str) -> Result:
    """What the command prints, and its exit code."""
    return CliRunner().invoke(group, ["retention", *arguments], obj=site, catch_exceptions=False)


def accept(site: Shop) -> str:
    """Accept the rules as they are shown."""
    digest = str(json.loads(retention(site, "preview", "--json").stdout)["digest"])
    assert retention(site, "accept", digest, "--by", "dpo").exit_code == 0
    return digest


def test_a_dry_run_says_what_would_go(site: Shop) -> None:
    """Before anybody has accepted anything; and nothing goes."""
    printed = retention(site, "run", "--dry-run").stdout
    assert "Order: 1 would go (dry run), placed before " in printed
    assert "User: left alone: how long account is kept is not stated" in printed
    assert site.names("Order") == [1, 2]


def test_a_run_waits_for_acceptance_and_then_deletes_what_is_due(site: Shop) -> None:
    """A second run finds nothing."""
    refused = retention(site, "run")
    assert (refused.exit_code, site.names("Order")) == (2, [1, 2])
    assert "consentguard retention accept" in refused.stderr
    accept(site)
    assert "Order: 1 deleted, placed before " in retention(site, "run").stdout
    assert site.names("Order") == [1]
    assert retention(site, "run", "--category", "orders").stdout == "Nothing is due.\n"
    assert site.acts() == ["retention.accepted", "retention.applied"]


def test_a_preview_shows_the_effect_and_how_to_accept_it(site: Shop) -> None:
    """Table by table, with both rules; then that they are accepted."""
    printed = retention(site, "preview").stdout
    assert "Order: 1 row due, about " in printed
    assert "the oldest of 2018-05-01 sooner than accepted" in printed
    assert "  now  deleted: 1 year from placed" in printed
    assert f"consentguard retention accept {accept(site)[:12]} --by NAME" in printed
    assert retention(site, "preview").stdout.rstrip().endswith("accepted")


def test_json_tells_the_same(site: Shop) -> None:
    """For a program that watches over it."""
    accept(site)
    facts = json.loads(retention(site, "run", "--category", "orders", "--json").stdout)
    [due] = facts["due"]
    assert (due["label"], due["categories"], due["action"], due["rows"]) == ("Order", ["orders"], "delete", 1)
    assert (facts["dry_run"], facts["evidence"], facts["events"], facts["skipped"]) == (False, 0, 0, [])


def test_a_row_is_explained(site: Shop) -> None:
    """In a sentence of the reader's language, and as facts."""
    assert (
        retention(site, "explain", "Invoice", "1").stdout
        == "Kept until March 1, 2032: up to 6 years from the date of issue.\n"
    )
    assert "2032" in retention(site, "explain", "Invoice", "1", "--language", "es").stdout
    facts = json.loads(retention(site, "explain", "Order", "1", "--json").stdout)
    assert (facts["until"], facts["terms"][0]["period"]) == ("2027-03-01T00:00:00+00:00", "P1Y")
    assert retention(site, "explain", "Order", "77").exit_code == 2


def test_a_missed_schedule_is_an_exit_code(site: Shop) -> None:
    """For whatever watches over cron."""
    accept(site)
    before = retention(site, "status")
    assert (before.exit_code, "never run, missed" in before.stdout) == (1, True)
    retention(site, "run")
    after = retention(site, "status", "--json")
    assert (after.exit_code, json.loads(after.stdout)["missed"]) == (0, False)


def test_an_event_that_the_policy_does_not_know_is_bad_input(site: Shop) -> None:
    """One that it knows is kept, with the moment by which its data is gone, and done by the next run of events."""
    refused = retention(site, "happened", "campaign.begun", "lead", "7")
    assert (refused.exit_code, "its events are campaign.ended" in refused.stderr) == (2, True)
    assert "gone by " in retention(site, "happened", "campaign.ended", "lead", "7").stdout
    assert retention(site, "run", "--events").stdout == "Events done: 1.\n"


def test_an_unknown_category_is_bad_input(site: Shop) -> None:
    """The hint names those that there are."""
    refused = retention(site, "run", "--category", "order")
    assert (refused.exit_code, "its categories are account, credentials, orders" in refused.stderr) == (2, True)
