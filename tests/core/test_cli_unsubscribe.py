"""The commands about mails that somebody wants no more of: they never print an address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.testing.keys import keyring
from tests.core.letters_kit import ADA, LETTERS, TEXT
from tests.core.rights_kit import Shop, shop

POLICY = LETTERS.replace("[categories.address]", "[categories.account]").replace("{ address = [] }", "{ account = [] }")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop with a newsletter, and none of its tables."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.setattr("tests.core.rights_kit.TABLES", ())
    monkeypatch.setattr("tests.core.rights_kit.TAGS", {})
    return shop(tmp_path, POLICY)


def run(site: Shop, *arguments: str) -> Result:
    done = CliRunner().invoke(group, arguments, obj=site, catch_exceptions=False)
    assert "example.org" not in done.output
    return done


def test_an_address_is_unsubscribed(site: Shop) -> None:
    """From each purpose that is named, once; its consent goes too, and the evidence tells that a command did it."""
    site.guard().consent.give(["newsletter"], ADA, text=TEXT, component="SignUp", language="en")
    done = run(site, "unsubscribe", ADA, "--purpose", "newsletter", "--purpose", "offers")
    assert (done.exit_code, done.stdout) == (0, "Unsubscribed from newsletter.\nUnsubscribed from offers.\n")
    again = run(site, "unsubscribe", ADA.upper(), "--purpose", "offers")
    assert (again.exit_code, again.stdout) == (0, "Had unsubscribed from offers already.\n")
    assert site.guard().consent.consenting("newsletter", [ADA]) == frozenset()
    assert site.acts().count("mail.unsubscribed") == 2


def test_a_dry_run_changes_nothing(site: Shop) -> None:
    """It says what would be done."""
    done = run(site, "unsubscribe", ADA, "--purpose", "offers", "--dry-run")
    assert done.stdout == "Would be unsubscribed from offers.\n"
    assert json.loads(run(site, "unsubscribe", ADA, "--purpose", "offers", "--dry-run", "--json").stdout) == {
        "unsubscribed": ["offers"],
        "dry_run": True,
    }
    assert site.acts() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((ADA, "--purpose", "oferts"), "newsletter"), (("ada", "--purpose", "offers"), "name@"), ((ADA,), "--purpose")],
)
def test_wrong_input_is_told(site: Shop, arguments: tuple[str, ...], said: str) -> None:
    """A purpose that the policy lacks, what is no address, no purpose: exit code 2, and nothing is changed."""
    done = run(site, "unsubscribe", *arguments)
    assert (done.exit_code, said in done.output) == (2, True)
    assert site.acts() == []


def test_of_several_purposes_all_or_none_are_ended(site: Shop) -> None:
    """A slip in the second leaves the first as it was."""
    assert run(site, "unsubscribe", ADA, "--purpose", "offers", "--purpose", "oferts").exit_code == 2
    assert site.guard().unsubscribe.counts() == {}


def test_the_suppressed_are_counted(site: Shop) -> None:
    """By purpose, in words and as JSON; nobody can list which."""
    assert run(site, "suppressed").stdout == "No address is suppressed.\n"
    for address in (ADA, "bob@example.org"):
        site.guard().unsubscribe.suppress(address, "offers")
    assert run(site, "suppressed").stdout == "offers: 2\n"
    assert json.loads(run(site, "suppressed", "--json").stdout) == {"offers": 2}
