"""The commands about data that is kept and not used."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with a purpose."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, f"{POLICY}[purposes.analytics]\n")


def run(site: Shop, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["restrict", *arguments], obj=site, catch_exceptions=False)


def test_a_restriction_is_added_listed_and_lifted(site: Shop) -> None:
    """By its id; it is lifted once somebody was told."""
    until = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)).isoformat()
    mark = run(site, "add", "user:1", "--purpose", "analytics", "--until", until).stdout.strip()
    assert run(site, "list").stdout == f"{mark}  user:1: restriction for analytics, until {until}\n"
    assert (run(site, "list", "--ending", "7").exit_code, run(site, "list", "--ending", "40").exit_code) == (0, 1)
    refused = run(site, "lift", mark)
    assert (refused.exit_code, "was not told" in refused.stderr) == (2, True)
    assert run(site, "lift", mark, "--told").stdout == "Lifted.\n"
    assert run(site, "lift", mark).exit_code == 1
    assert run(site, "list").stdout == "Nothing is restricted.\n"


def test_a_row_is_restricted(site: Shop) -> None:
    """In JSON the mark has what was said of it, and nothing else."""
    mark = run(site, "add", "--row", "Order", "1").stdout.strip()
    [told] = json.loads(run(site, "list", "--json").stdout)
    del told["at"]
    assert told == {"id": mark, "kind": "restriction", "table": "Order", "key": "1"}


def test_what_is_no_data_subject_is_bad_input(site: Shop) -> None:
    """A reference without a key, and a mark on nothing."""
    assert run(site, "add", "user").exit_code == 2
    assert run(site, "add").exit_code == 2
