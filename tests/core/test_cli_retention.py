"""The `retention` command: it deletes what is due, prunes evidence, and says what it left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from tests.core.rights_kit import Shop, shop


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, one of whose orders is from 2018."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.chdir(tmp_path)
    return shop(tmp_path)


def run(site: Shop, *arguments: str) -> Result:
    """What the command prints, and its exit code."""
    return CliRunner().invoke(group, ["retention", "run", *arguments], obj=site, catch_exceptions=False)


def test_a_dry_run_says_what_would_go(site: Shop) -> None:
    """And nothing goes."""
    printed = run(site, "--dry-run").stdout
    assert "Order: 1 would go (dry run), placed before " in printed
    assert "User: left alone: how long account is kept is not stated" in printed
    assert site.names("Order") == [1, 2]


def test_a_run_deletes_what_is_due(site: Shop) -> None:
    """A second run finds nothing."""
    assert "Order: 1 deleted, placed before " in run(site).stdout
    assert site.names("Order") == [1]
    assert run(site, "--category", "orders").stdout == "Nothing is due.\n"
    assert site.acts() == ["retention.applied"]


def test_json_tells_the_same(site: Shop) -> None:
    """For a program that watches over it."""
    facts = json.loads(run(site, "--category", "orders", "--json").stdout)
    [due] = facts["due"]
    assert (due["label"], due["categories"], due["rows"]) == ("Order", ["orders"], 1)
    assert (facts["dry_run"], facts["evidence"], facts["skipped"]) == (False, 0, [])


def test_an_unknown_category_is_bad_input(site: Shop) -> None:
    """The hint names those that there are."""
    refused = run(site, "--category", "order")
    assert (refused.exit_code, "its categories are account, credentials, orders" in refused.stderr) == (2, True)
