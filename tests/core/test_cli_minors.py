"""The commands about reports that somebody is a minor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.guards import Guards
from consentguard.minors import Statement
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop

AGE = "\n[age]\nthreshold = 18\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, whose policy says from which age on it is meant."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, POLICY + AGE)


def run(site: Shop, *arguments: str) -> Result:
    return CliRunner().invoke(group, [*arguments], obj=site, catch_exceptions=False)


def minors(site: Shop, *arguments: str) -> Result:
    return run(site, "minors", *arguments)


def test_somebody_is_reported_confirmed_and_erased(site: Shop) -> None:
    """From the shell alone; nothing that was said is printed."""
    told = json.loads(minors(site, "report", "user:1", "--by", "Dana", "--note", "plays chess", "--json").stdout)
    assert (told["state"], told["people"]) == ("quarantined", 2)
    assert told["id"] in minors(site, "list").stdout
    confirmed = minors(site, "confirm", told["id"], "--by", "Dana", "--reason", "the school wrote")
    assert "confirmed" in confirmed.stdout
    assert run(site, "run-due", "rights").exit_code == 0
    assert 1 not in site.names("User")
    guard = Guards(site).at()
    for errand in guard.errands.open(["person"]):
        guard.errands.settle(errand.id, "Dana", "ticket 7")
    run(site, "run-due", "resume")
    assert minors(site, "list").stdout == "No report waits.\n"
    assert "chess" not in confirmed.stdout


def test_a_report_about_nobody_is_identified_or_rejected(site: Shop) -> None:
    """By its id."""
    told = json.loads(minors(site, "report", "--known-by", "x@example.com", "--by", "Dana", "--json").stdout)
    assert (told["state"], told["people"]) == ("received", 0)
    assert "set aside: 1" in minors(site, "identify", told["id"], "user:2", "--by", "Dana").stdout
    assert "rejected" in minors(site, "reject", told["id"], "--by", "Dana", "--reason", "she is thirty").stdout
    again = minors(site, "reject", told["id"], "--by", "Dana", "--reason", "she is thirty")
    assert (again.exit_code, "is rejected" in again.stderr) == (2, True)


@pytest.mark.parametrize("arguments", [["report", "user"], ["report"], ["report", "user:9"], ["confirm", "nonsense"]])
def test_what_is_no_report_is_bad_input(site: Shop, arguments: list[str]) -> None:
    """Said clearly, and nothing is kept."""
    more = ["--reason", "seen"] if arguments[0] == "confirm" else []
    assert minors(site, *arguments, "--by", "Dana", *more).exit_code == 2
    assert site.acts() == []


def test_birth_dates_are_looked_through(site: Shop) -> None:
    """Where none is tagged, nothing is found; as text and as JSON."""
    assert minors(site, "check").stdout == "New reports: 0.\n"
    assert json.loads(minors(site, "check", "--json").stdout)["reports"] == 0


def test_a_late_report_is_seen(site: Shop) -> None:
    """The command fails where the data should be gone by now, for cron to say so, and not before."""
    minors(site, "report", "user:1", "--by", "Dana")
    assert (minors(site, "list").exit_code, " late" in minors(site, "list").stdout) == (0, False)
    site.guard().minors.report(Statement(known_by="x@example.com"))  # at the moment of the kit, long ago
    late = minors(site, "list")
    assert (late.exit_code, late.stdout.count(" late")) == (1, 1)
    told = json.loads(minors(site, "list", "--json").stdout)
    assert [(each["state"], each["source"]) for each in told] == [("received", "guardian"), ("quarantined", "staff")]
