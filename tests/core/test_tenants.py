"""The end of a contract: what is a tenant's goes with it, under the plan that was looked at, and nobody else's does."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.tenants import TenantError
from consentguard.testing.keys import keyring
from tests.core.rights_kit import Shop, shop


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop of the tests of rights: its users stand for tenants."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path)


def tenants(site: Shop, *arguments: str) -> Result:
    """What the command prints, and its exit code."""
    return CliRunner().invoke(group, ["tenants", *arguments], obj=site, catch_exceptions=False)


def test_a_tenant_goes_with_all_that_leads_to_it(site: Shop) -> None:
    """Orders go with their user; the other user's stay."""
    guard = site.guard()
    plan, approved = guard.tenants.plan("User", "1")
    assert {(step.label, step.rows) for step in plan.acts} == {("User", 1), ("Order", 1)}
    done = guard.tenants.delete("User", "1", approved)
    assert (done.run.state, done.left) == ("done", ())
    assert (site.names("User"), site.names("Order"), site.names("Invoice")) == ([2], [2], [1])
    assert site.acts() == ["tenant.deleted"]


def test_what_is_a_tenants_is_given_back_before_it_goes(site: Shop, tmp_path: Path) -> None:
    """Every row that leads to it, without proofs of identity; which copy it was stands in the evidence."""
    path = tmp_path / "back.zip"
    made = json.loads(tenants(site, "export", "User", "2", "-o", str(path), "--json").stdout)
    assert made["rows"] == {"User": 1, "Order": 1, "Invoice": 1}
    with zipfile.ZipFile(path) as opened:
        [user] = opened.read("data/User.jsonl").decode().splitlines()
        assert json.loads(user) == {"id": 2, "email": "ben@example.com", "name": "Ben"}
    assert site.acts() == ["tenant.returned"]
    assert made["sha256"] in site.stores("default").entries.unsealed(None, 1)[0].details


def test_what_the_law_keeps_stays_until_its_time_is_over(site: Shop) -> None:
    """The invoice keeps its user's row, and the command says so; `resume` goes on years later."""
    planned = json.loads(tenants(site, "plan", "User", "2", "--json").stdout)
    ended = tenants(site, "delete", "User", "2", "--digest", planned["digest"])
    assert ended.exit_code == 1
    assert "1 rows of Invoice stay: law, until 2031-03-01" in ended.stdout
    assert (site.names("Invoice"), site.names("Order")) == ([1], [1])
    site.clock.tick(site.clock.now().replace(year=2032) - site.clock.now())
    [done] = site.guard().tenants.resume()
    assert (done.run.state, done.left) == ("done", ())
    assert (site.names("Invoice"), site.names("User")) == ([], [1])


def test_another_plan_than_the_one_that_was_looked_at_is_refused(site: Shop) -> None:
    """Nothing goes, and the message says what to do."""
    with pytest.raises(TenantError, match="has changed since"):
        site.guard().tenants.delete("User", "1", "0" * 64)
    with pytest.raises(TenantError, match="no such row of User"):
        site.guard().tenants.plan("User", "99")
    assert site.names("User") == [1, 2]
