"""The `consent` commands: they show, export, verify, count and take back what people agreed to."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.consent import Decision
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE
from consentguard.evidence import Evidence
from consentguard.guard import Guard
from consentguard.records import ConsentRecord, SubjectRef
from consentguard.site import Site
from consentguard.testing.clock import FrozenClock
from consentguard.testing.keys import keyring
from tests.core.visits import ANA, CHOICES, NOW, RIGHTS, Shop, acts

ON_A_FORM = CHOICES.replace('basis = { EEA = "consent"', 'ask = "form"\nbasis = { EEA = "consent"')
UNKNOWN = "0123456789abcdef" * 2


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with a newsletter and statistics, and its keys in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    (tmp_path / "privacy.toml").write_text(ON_A_FORM + RIGHTS, "utf-8")
    return Shop(tmp_path)


def guard_of(host: Shop, at: dt.datetime = NOW) -> Guard:
    return Guard(Site(host, {}, FrozenClock(at)), host.kept)


def decide(host: Shop, *accepted: str, at: dt.datetime = NOW, subject: SubjectRef | None = None) -> ConsentRecord:
    guard = guard_of(host, at)
    asked = guard.site.consent_policy.id
    said = Decision(accepted=accepted, policy=asked, method="save", component="banner", language="es")
    return guard.consent.decide(said, subject)


def subscribe(host: Shop) -> ConsentRecord:
    return guard_of(host).consent.give(["newsletter"], ANA, text="Send me news.", component="join", language="en")


def run(host: Shop, *arguments: str) -> Result:
    """What a `consent` command prints, and its exit code; an exception is a failure of the test."""
    return CliRunner().invoke(group, ["consent", *arguments], obj=host, catch_exceptions=False)


def told(host: Shop, *arguments: str) -> Any:
    return json.loads(run(host, *arguments).stdout)


def test_show_says_what_a_record_says(host: Shop) -> None:
    """As lines for people, as JSON for programs; nobody is named."""
    record = decide(host, "analytics", subject=ANA)
    shown = run(host, "show", record.id).stdout
    assert f"id: {record.id}" in shown
    assert "accepted: analytics" in shown
    facts = told(host, "show", record.id, "--json")
    assert (facts["accepted"], facts["at"], facts["subject"]) == (["analytics"], NOW.isoformat(), record.subject)


@pytest.mark.parametrize("command", ["show", "receipt", "verify", "withdraw"])
@pytest.mark.parametrize("number", [UNKNOWN, "x", "../x"])
def test_an_id_that_is_none_is_bad_input(host: Shop, command: str, number: str) -> None:
    """Exit code 2 and what an id looks like, without the id."""
    refused = run(host, command, number)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "there is no record of consent with this id" in refused.stderr
    assert number not in refused.stderr.replace("x digits", "")


def test_receipt_prints_what_the_visitor_can_download(host: Shop) -> None:
    """JSON-LD, whose links begin with the site's own address."""
    record = decide(host, "analytics")
    found = told(host, "receipt", record.id)
    assert found["receipt_id"] == record.id
    assert found["record"]["withdrawal_method"]["exercised_at"] == "https://shop.example.com/privacy/withdraw"
    assert found["record"]["purposes"][0]["purpose"]["title"]["es"] == "Contar visitas"


def test_export_prints_every_record_once(host: Shop) -> None:
    """Sealed and waiting ones, as one list or a record a line, and nothing of the other acts of the evidence."""
    first = decide(host, "analytics")
    guard_of(host).evidence.record("request.received")
    guard_of(host).evidence.seal()
    second = subscribe(host)
    assert [each["id"] for each in told(host, "export")] == [first.id, second.id]
    lines = run(host, "export", "--json-lines").stdout.splitlines()
    assert [json.loads(line)["accepted"] for line in lines] == [["analytics"], ["newsletter"]]


def test_export_of_nothing_is_an_empty_list(host: Shop) -> None:
    """Valid JSON all the same."""
    assert told(host, "export") == []


def test_export_gives_what_is_asked_for(host: Shop) -> None:
    """By the day from which it was decided on, and by purpose, of which a service is a part."""
    decide(host, "analytics", at=NOW - dt.timedelta(days=10))
    recent = decide(host)
    form = subscribe(host)
    assert [each["id"] for each in told(host, "export", "--since", "2026-11-21", "--purpose", "analytics")] == [
        recent.id
    ]
    assert [each["id"] for each in told(host, "export", "--purpose", "newsletter")] == [form.id]
    assert run(host, "export", "--since", "yesterday").exit_code == 2


def test_a_record_that_is_sealed_while_it_is_exported_comes_once(host: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The export of the evidence has it twice then, once with its seal."""
    record = decide(host, "analytics")
    lines = list(guard_of(host).evidence.export())
    guard_of(host).evidence.seal()
    lines += list(guard_of(host).evidence.export())[1:]
    monkeypatch.setattr(Evidence, "export", lambda _: iter(lines))
    assert [each["id"] for each in told(host, "export")] == [record.id]


def test_verify_vouches_for_a_record_and_its_seal(host: Shop) -> None:
    """Before the sealer has come by, and after."""
    record = decide(host, "analytics")
    assert run(host, "verify", record.id).stdout == f"record {record.id}: sound\nnot sealed yet\n"
    decide(host)
    guard_of(host).evidence.seal()
    found = run(host, "verify", record.id)
    assert (found.exit_code, "as sequence 1" in found.stdout or "as sequence 2" in found.stdout) == (0, True)
    assert told(host, "verify", record.id, "--json")["sealed"]


def test_verify_finds_a_record_that_was_changed(host: Shop) -> None:
    """Exit code 1: a refusal was made an acceptance in the database."""
    record = decide(host)
    segment = host.kept.entries._segment  # type: ignore[attr-defined]
    guard_of(host).evidence.seal()
    [entry] = segment.sealed.all()
    segment.sealed.put(
        entry.id, replace(entry, details=entry.details.replace('"accepted":""', '"accepted":"analytics"'))
    )
    found = run(host, "verify", record.id)
    assert found.exit_code == 1
    assert "changed entry" in found.stdout
    assert told(host, "verify", record.id, "--json")["reason"] == "changed entry"


def test_verify_finds_a_seal_that_is_not_over_the_record(host: Shop) -> None:
    """Somebody wrote the link anew and could not make its hash."""
    record = decide(host)
    guard_of(host).evidence.seal()
    segment = host.kept.entries._segment  # type: ignore[attr-defined]
    [seal] = segment.seals.all()
    segment.seals.put(seal.sequence, replace(seal, hash="0" * 64))
    assert "wrong link" in run(host, "verify", record.id).stdout


def test_withdraw_takes_back_once(host: Shop) -> None:
    """For somebody who asks by letter; a second time there is nothing left, and nothing is written."""
    record = subscribe(host)
    assert run(host, "withdraw", record.id, "--dry-run").stdout == "Would be taken back (dry run): newsletter\n"
    assert guard_of(host).consent.consenting("newsletter", [ANA]) == {ANA}
    assert run(host, "withdraw", record.id).stdout == "Taken back: newsletter\n"
    assert guard_of(host).consent.consenting("newsletter", [ANA]) == frozenset()
    assert told(host, "withdraw", record.id, "--json")["taken_back"] == []
    assert len(acts(guard_of(host))) == 2


@pytest.mark.parametrize("option", [[], ["--dry-run"]])
def test_withdraw_leaves_the_choice_of_a_browser_to_that_browser(host: Shop, option: list[str]) -> None:
    """Nobody can reach into it, and the command says where it is taken back."""
    record = decide(host, "analytics")
    refused = run(host, "withdraw", record.id, *option)
    assert refused.exit_code == 2
    assert "refuse there" in refused.stderr
    assert len(acts(guard_of(host))) == 1


def test_rates_count_decisions(host: Shop) -> None:
    """As a table for people, as JSON for programs, by whatever is asked."""
    for accepted in (["analytics"], ["analytics"], []):
        decide(host, *accepted)
    decide(host, "analytics", at=NOW - dt.timedelta(days=10))
    table = run(host, "rates", "--since", "2026-11-21").stdout
    assert [line.split() for line in table.splitlines()] == [
        ["purpose", "accepted", "partly", "refused", "total", "ratio"],
        ["analytics", "2", "0", "1", "3", "66.7%"],
    ]
    assert told(host, "rates", "--by", "language", "--by", "day", "--json") == [
        {"language": "es", "day": "2026-11-11", "accepted": 1, "partly": 0, "refused": 0, "total": 1, "ratio": 1.0},
        {"language": "es", "day": "2026-11-21", "accepted": 2, "partly": 0, "refused": 1, "total": 3, "ratio": 0.6667},
    ]


def test_rates_of_nothing(host: Shop) -> None:
    """No table, and an empty list."""
    assert run(host, "rates").stdout == "No decisions.\n"
    assert told(host, "rates", "--json") == []
