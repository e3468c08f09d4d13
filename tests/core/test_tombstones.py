"""After an older copy of a database was put back: who was erased goes again, and nobody else does."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.errors import SettingsError
from consentguard.guards import Guards
from consentguard.ports import InsideTransactionError, LedgerError
from consentguard.records import Hold, SubjectRef
from consentguard.schedules import Schedules
from consentguard.testing.keys import keyring
from tests.core.restore_kit import KeptShop, kept_shop
from tests.core.rights_kit import shop

ANNA, BEN = SubjectRef("user", "1"), SubjectRef("user", "2")
HOUR = dt.timedelta(hours=1)


@pytest.fixture(params=[False, True], ids=["undated", "dated"])
def site(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptShop:
    """The shop with a ledger, without and with a binding of when a user came."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return kept_shop(tmp_path, dated=request.param)


def hold(site: KeptShop, **facts: object) -> Hold:
    """A hold on Anna."""
    now = site.clock.now()
    return Hold(
        id="f" * 32, reason="a lawsuit", author="counsel", placed_at=now, review_on=now.date(), subject=ANNA, **facts
    )  # type: ignore[arg-type]


def test_who_was_erased_goes_again(site: KeptShop) -> None:
    """Her row comes back with the backup, and what leads to her; the replay takes both, and leaves others whole."""
    before = site.backup()
    site.erase(ANNA, SubjectRef("lead", "7"))
    site = site.restore(before)
    assert site.names("User") == [1, 2]
    done = site.guard().replay.run()
    assert (done.erased, done.unclear, done.entries) == ({"user": 1, "lead": 1}, (), 2)
    assert (site.names("User"), site.names("Order"), site.names("Lead")) == ([2], [2], [])
    assert "erasure.replayed" in site.acts()


def test_a_new_account_that_reuses_the_key_survives(site: KeptShop) -> None:
    """The defect of peers that replay primary keys: the key goes to somebody new, who would be deleted."""
    site.rows["User"].rows.pop(0)  # so that the backup does not know Anna
    before = site.backup()
    site.clock.tick(HOUR)
    site.sign_up(1, "anna@example.com")
    site.clock.tick(HOUR)
    site.erase(ANNA)
    site.clock.tick(HOUR)
    site = site.restore(before)
    site.sign_up(1, "bob@example.com")
    done = site.guard().replay.run()
    assert site.names("User") == [2, 1]
    assert done.erased == {}
    assert done.unclear == (() if site.dated else (ANNA,))  # without a moment, somebody has to look


def test_somebody_who_comes_back_survives(site: KeptShop) -> None:
    """The same address under the same key, but after the erasure: a backup made since holds a new account."""
    site.sign_up(3, "carl@example.com")
    site.clock.tick(HOUR)
    site.erase(ANNA)
    site.clock.tick(HOUR)
    site.sign_up(1, "anna@example.com")
    before = site.backup()
    site.clock.tick(HOUR)
    site.erase(SubjectRef("user", "3"))
    site = site.restore(before)
    assert site.guard().replay.run().erased == {"user": 1}
    assert site.names("User") == [2, 1]


def test_a_row_with_another_key_is_theirs_by_address_and_age(site: KeptShop) -> None:
    """An import gave her another key: her address decides where it is known that the row is older."""
    before = site.backup()
    site.erase(ANNA)
    before[0]["User"][0]["id"] = 9
    site = site.restore(before)
    site.guard().replay.run()
    assert site.names("User") == ([2] if site.dated else [9, 2])


def test_a_changed_address_is_known_by_key_and_birth(site: KeptShop) -> None:
    """She had changed her address between the backup and the erasure."""
    before = site.backup()
    site.rows["User"].rows[0]["email"] = "new@example.com"
    site.erase(ANNA)
    site = site.restore(before)
    done = site.guard().replay.run()
    assert (done.erased, done.unclear) == (({"user": 1}, ()) if site.dated else ({}, (ANNA,)))


def test_a_dry_run_changes_nothing(site: KeptShop) -> None:
    """It says what would be done, and the database still knows that it lags behind."""
    before = site.backup()
    site.erase(ANNA)
    site = site.restore(before)
    assert site.guard().replay.run(dry_run=True).erased == {"user": 1}
    assert site.names("User") == [1, 2]
    assert site.guard().replay.is_due()
    assert site.acts() == []


def test_a_restored_database_is_recognised(site: KeptShop) -> None:
    """It is behind the ledger until it is replayed; one that nobody put back never is, whatever its clock says."""
    before = site.backup()
    site.erase(ANNA)
    assert not site.guard().replay.is_due()
    site.clock.tick(-HOUR)
    site.erase(BEN)
    assert not site.guard().replay.is_due()
    site = site.restore(before)
    assert site.guard().replay.is_due()
    site.guard().replay.run()
    assert not site.guard().replay.is_due()


def test_an_erasure_in_between_hides_nothing(site: KeptShop) -> None:
    """Somebody is erased after the restore and before the replay: the database still lags behind."""
    before = site.backup()
    site.erase(ANNA)
    site = site.restore(before)
    site.clock.tick(HOUR)
    site.erase(BEN)
    assert site.guard().replay.is_due()
    site.guard().replay.run()
    assert site.names("User") == []


def test_a_hold_survives_the_restore(site: KeptShop) -> None:
    """What was held is held again before anything is erased, so that it stays."""
    before = site.backup()
    site.guard().undertaker.held(hold(site))
    site.erase(ANNA)
    site = site.restore(before)
    done = site.guard().replay.run()
    assert (done.holds, done.open) == (1, 1)
    assert site.names("User") == [1, 2]
    [held] = site.databases["default"].holds.in_force()
    assert (held.reason, held.subject) == ("a lawsuit", ANNA)


def test_a_released_hold_is_not_held_again(site: KeptShop) -> None:
    """Its end is in the ledger too."""
    before = site.backup()
    site.guard().undertaker.held(hold(site))
    site.guard().undertaker.released(hold(site, released_at=site.clock.now(), released_by="counsel"))
    site = site.restore(before)
    site.guard().replay.run()
    assert site.databases["default"].holds.in_force() == []


def test_the_ledger_names_nobody(site: KeptShop) -> None:
    """Neither an address nor a reason stands in it."""
    site.erase(ANNA, addresses=("anna@example.com",))
    site.guard().undertaker.held(hold(site))
    text = (site.folder / "privacy.ledger.jsonl").read_text()
    assert "anna" not in text.lower()
    assert "lawsuit" not in text


def test_a_forged_entry_stops_the_replay(site: KeptShop) -> None:
    """Nobody is erased on the word of somebody without the keys, nor is anybody else while it stands there."""
    before = site.backup()
    site.erase(ANNA)
    path = site.folder / "privacy.ledger.jsonl"
    path.write_text(path.read_text() + path.read_text().replace('"kind":"user"', '"kind":"lead"'))
    site = site.restore(before)
    with pytest.raises(LedgerError):
        site.guard().replay.run()
    assert site.names("User") == [1, 2]


def test_nothing_is_buried_inside_a_transaction(site: KeptShop) -> None:
    """A rollback would take back the bookmark, and not the entry."""
    guard = site.guard()
    with guard.stores.transactions.atomic(), pytest.raises(InsideTransactionError):
        guard.undertaker.bury([ANNA], (), "digest")


def test_single_tables_that_were_put_back(site: KeptShop) -> None:
    """The bookmark came back with no backup of the whole, so that every entry has to count."""
    before = site.backup()
    site.erase(ANNA)
    site.rows["User"].rows[:] = before[0]["User"]
    assert site.guard().replay.run().erased == {}
    assert site.guard().replay.run(whole=True).erased == {"user": 1}


def test_without_a_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Erasure works, and a replay says what is missing."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    bare = shop(tmp_path)
    assert bare.guard().undertaker.bury([ANNA], (), "digest") == ()
    with pytest.raises(SettingsError, match="no ledger"):
        _ = bare.guard().replay


def test_the_command_replays(site: KeptShop) -> None:
    """It says how many, and exits with 1 where somebody has to look."""
    before = site.backup()
    site.rows["User"].rows[0]["email"] = "new@example.com"
    site.erase(ANNA)
    site.erase(SubjectRef("lead", "7"))
    site = site.restore(before)
    runner = CliRunner()
    told = runner.invoke(group, ["restore-replay", "--dry-run", "--json"], obj=site)
    facts = json.loads(told.stdout)
    assert (facts["dry_run"], facts["erased"]["lead"], facts["entries"]) == (True, 1, 2)
    done = runner.invoke(group, ["restore-replay"], obj=site)
    assert done.exit_code == (0 if site.dated else 1)
    assert ("user:1: left alone" in done.stdout) is not site.dated
    again = runner.invoke(group, ["restore-replay"], obj=site)
    assert (again.exit_code, again.stdout.split()[0]) == (0, "0")


def test_a_site_waits_until_it_is_replayed(site: KeptShop) -> None:
    """Where the setting says so, `Guards` refuses, and by default it never asks."""
    assert not Guards(site, site.clock).may_refuse
    before = site.backup()
    site.erase(ANNA)
    waiting = replace(site.restore(before), given={"refuse_until_replayed": True})
    guards = Guards(waiting, site.clock)
    assert guards.may_refuse
    assert guards.refuses(None)
    waiting.guard().replay.run()
    assert not Guards(waiting, site.clock).refuses(None)
    with pytest.raises(SettingsError, match="no ledger"):
        Guards(replace(waiting, given={"refuse_until_replayed": True, "ledger": ""}))


def test_check_says_that_deletion_does_not_last(site: KeptShop) -> None:
    """A policy that promises erasure, and no ledger; with one it is silent."""
    without = replace(site, given={"ledger": ""})
    assert "P-NO-LEDGER" in {each.id for each in without.guard().site.findings()}
    assert "P-NO-LEDGER" not in {each.id for each in site.guard().site.findings()}


def test_who_came_on_the_day_of_the_erasure_goes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is only known on which day; whoever got her key on that day is left for somebody to look at."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    site = kept_shop(tmp_path, dated=True)
    for row in site.rows["User"].rows:
        row["joined"] = site.clock.now().date()
    before = site.backup()
    site.erase(ANNA, addresses=("anna@example.com",))
    site.clock.tick(24 * HOUR)
    restored = site.restore(before)
    assert (restored.guard().replay.run().erased, restored.names("User")) == ({"user": 1}, [2])
    other = site.restore(before)
    other.rows["User"].rows[0]["email"] = "new@example.com"
    assert (other.guard().replay.run().unclear, other.names("User")) == ((ANNA,), [1, 2])


def test_what_a_law_kept_of_who_went_again_goes_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the job that carries on what waits."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    site = kept_shop(tmp_path, dated=True)
    before = site.backup()
    site.erase(BEN)
    site = site.restore(before)
    assert (site.guard().replay.run().open, site.names("User")) == (1, [1, 2])
    site.clock.tick(dt.timedelta(days=366 * 6))
    [turn] = Schedules(site.guard()).run(["resume"])
    assert (turn.facts["replayed"], site.names("Invoice"), site.names("User")) == (1, [], [1])
