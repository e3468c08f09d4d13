"""Schedules: each job runs when it is due, whatever becomes of the others, and one that was missed is told of."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard import jobs
from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.findings import Finding
from consentguard.schedules import ScheduleError, Schedules
from consentguard.testing.keys import keyring
from consentguard.words import words
from tests.core.rights_kit import POLICY, Shop, shop

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop at noon, with rules of retention that were accepted; no job has ever run."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    made = shop(tmp_path)
    room = made.guard().retention
    room.accept(room.preview(words("en")).digest, "dpo")
    return made


def run_due(site: Shop) -> dict[str, bool]:
    """Run what is due; whether each of these jobs went well."""
    schedules = Schedules(site.guard())
    return {turn.job: turn.is_well for turn in schedules.run(schedules.due())}


def missed(site: Shop) -> set[str]:
    """The jobs that are reported as missed."""
    found: list[Finding] = list(Schedules(site.guard()).findings())
    assert all((each.id, each.severity) == ("P-SCHEDULE", "error") for each in found)
    return {each.message.split("`")[1] for each in found}


def test_what_never_ran_is_due_and_missed_and_then_neither(site: Shop) -> None:
    """All jobs but those of events and minors, which the policy knows none of."""
    names = {job.name for job in jobs.JOBS} - {"events", "minors"}
    assert missed(site) == names
    assert run_due(site) == dict.fromkeys(names, True)
    assert site.names("Order") == [1]
    assert (missed(site), run_due(site)) == (set(), {})


def test_a_job_is_due_again_by_its_rhythm_and_a_daily_one_at_its_hour(site: Shop) -> None:
    """It does not drift: a run at noon does not move the next one to noon."""
    run_due(site)
    site.clock.tick(10 * dt.timedelta(minutes=1))
    assert set(run_due(site)) == {"seal", "send", "rights", "errands"}
    site.clock.tick(15 * HOUR)
    assert "retention" in run_due(site)


def test_a_job_that_was_not_run_for_twice_its_rhythm_was_missed(site: Shop) -> None:
    """Whoever runs it by another command has run it too."""
    run_due(site)
    site.clock.tick(2 * DAY)
    assert not {"retention", "expire", "remind"} & missed(site)
    site.clock.tick(HOUR)
    guard = site.guard()
    guard.retention.run(guard.retention.due())
    assert {"expire", "remind"} <= missed(site)
    assert "retention" not in missed(site)


def test_a_job_that_fails_keeps_no_other_from_running_and_is_tried_again_later(site: Shop) -> None:
    """Within an hour: a daily job does not wait for the next day. What is said of it holds no personal data."""

    def fails(now: dt.datetime) -> int:
        raise ValueError("anna@example.com")

    schedules = Schedules(site.guard())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.stores("default").tokens, "forget", fails)
        turns = {turn.job: turn for turn in schedules.run(schedules.due())}
    assert (turns["expire"].is_well, turns["expire"].trouble, turns["remind"].is_well) == (False, "ValueError", True)
    assert "anna" not in repr(turns)
    site.clock.tick(30 * dt.timedelta(minutes=1))
    assert "expire" not in run_due(site)
    site.clock.tick(30 * dt.timedelta(minutes=1))
    assert run_due(site)["expire"]


def test_what_another_process_is_at_is_passed_over_until_that_falls_silent(site: Shop) -> None:
    """A process that was killed keeps a job from running for ten minutes, and one that goes on says so."""
    stores, clock = site.stores("default"), site.clock
    with jobs.held(stores, "retention", clock.now) as goes_on:
        assert goes_on
        clock.tick(9 * dt.timedelta(minutes=1))
        goes_on()
        clock.tick(9 * dt.timedelta(minutes=1))
        assert "retention" not in run_due(site)
        clock.tick(2 * dt.timedelta(minutes=1))
        assert run_due(site)["retention"]


def test_a_request_that_may_begin_is_carried_out(site: Shop) -> None:
    """By the schedule alone, once its sender has confirmed it."""
    site.guard().rights.receive("erasure", "anna@example.com", language="en", jurisdiction="ES")
    assert site.guard().rights.confirm(site.token())
    run_due(site)
    assert site.names("User") == [2]


def test_a_job_that_there_is_not_is_refused(site: Shop) -> None:
    """Before any other is run."""
    with pytest.raises(ScheduleError, match="no job 'retentoin'"):
        Schedules(site.guard()).run(["seal", "retentoin"])
    assert jobs.last_run(site.stores("default"), "seal") is None


def command(site: Shop, *arguments: str) -> Result:
    """What a command prints, and its exit code."""
    return CliRunner().invoke(group, arguments, obj=site, catch_exceptions=False)


def test_the_commands_run_what_is_due_and_tell_what_was_missed(site: Shop) -> None:
    """One line of cron runs everything, and another one reports."""
    assert command(site, "schedule", "check").exit_code == 1
    assert "P-SCHEDULE" in command(site, "check", "--database", "default", "--json").stdout
    assert "P-SCHEDULE" not in command(site, "check", "--json").stdout
    ran = command(site, "run-due", "--json")
    assert (ran.exit_code, {turn["error"] for turn in json.loads(ran.stdout)}) == (0, {""})
    assert command(site, "schedule", "check").exit_code == 0
    assert command(site, "run-due").stdout == ""


def test_a_command_fails_where_one_job_did(site: Shop) -> None:
    """And says which one on standard error, which cron mails: nobody has accepted the shorter rule."""
    (site.folder / "privacy.toml").write_text(POLICY.replace("P6Y", "P5Y"), "utf-8")
    ran = command(site, "run-due", "retention", "seal")
    assert ran.exit_code == 1
    assert ran.stderr.startswith("retention: nobody has accepted the rules for Invoice")


def test_the_lines_for_a_crontab_and_for_beat_are_printed(site: Shop) -> None:
    """As they are to be pasted; of another database they say which."""
    cron = command(site, "schedule", "--cron", "--database", "archive").stdout.splitlines()
    assert [line.split("&& ")[1] for line in cron] == [
        "consentguard run-due --database archive",
        "consentguard schedule check --database archive",
    ]
    assert '"task": "consentguard.retention"' in command(site, "schedule", "--celery").stdout
    assert "run_due.enqueue" in command(site, "schedule", "--django").stdout
    assert "retention  daily at 03:00 UTC  never run" in command(site, "schedule").stdout
