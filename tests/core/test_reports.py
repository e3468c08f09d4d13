"""Signed reports on erasures: what they say, and that not a byte of one can be changed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE, Keyring
from consentguard.crypto.signatures import fingerprint, is_signed, public_keys
from consentguard.records import Errand, RightsRequest, Run
from consentguard.testing.keys import keyring
from consentguard.tombstones.reports import ReportError, opened
from tests.core.restore_kit import KeptShop, kept_shop
from tests.core.rights_kit import NEW

ID = "a" * 32


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    """The site's keys."""
    ring = keyring()
    monkeypatch.setenv(VARIABLE, ring.dumps())
    return ring


@pytest.fixture
def site(tmp_path: Path, ring: Keyring) -> KeptShop:
    """A shop of which one request was carried out, as far as it can be by itself."""
    site = kept_shop(tmp_path)
    guard, now = site.guard(), site.clock.now()
    run = Run(id="b" * 32, kind="erasure", about=ID, digest="d1", plan=b"", state="done", started_at=now, beat_at=now)
    guard.stores.runs.add(run)
    guard.undertaker.bury([], (), "d1")
    guard.evidence.record("erasure.done", "c" * 32, request=ID)
    guard.evidence.record("erasure.done", "c" * 32, request="e" * 32)
    return site


def request(**facts: object) -> RightsRequest:
    """A request that was carried out."""
    given: dict[str, object] = {
        "id": ID, "right": "erasure", "state": "partial", "received_at": NEW, "due_on": NEW.date(), "language": "en",
        "jurisdiction": "", "contact": b"sealed", "contact_ref": "c" * 32, "owes": "", "closed_at": NEW,
        "outcome": '{"people": 1, "deleted": {"User": 1}, "kept": {"Invoice": "law"}}',
    }  # fmt: skip
    return RightsRequest(**{**given, **facts})  # type: ignore[arg-type]


def errand(name: str, **facts: object) -> Errand:
    """Something to be done elsewhere."""
    given: dict[str, object] = {
        "id": name.ljust(32, "0"), "about": ID, "kind": "erase", "target": name, "hand": "person", "payload": b"sealed",
        "made_at": NEW, "next_at": NEW,
    }  # fmt: skip
    return Errand(**{**given, **facts})  # type: ignore[arg-type]


def said(site: KeptShop, ring: Keyring, **facts: object) -> dict[str, object]:
    """What the report says."""
    known = {each.fingerprint: each.raw for each in public_keys(ring)}
    report = site.guard().reports.of(request(**facts))
    return opened(report, lambda key, data, signature: is_signed(known[key], data, signature))


def test_it_says_what_was_done_and_where_it_was_not(site: KeptShop, ring: Keyring) -> None:
    """A place that was never asked, or has not answered, keeps a report from being complete."""
    asked = [errand("crm", state="done", done_at=NEW, by="support", proof="ticket 7"), errand("search")]
    site.guard().stores.errands.add(asked)
    report = said(site, ring)
    assert report["done"] == {"people": 1, "deleted": {"User": 1}, "kept": {"Invoice": "law"}}
    places = {place["name"]: place["state"] for place in report["places"]}  # type: ignore[attr-defined]
    assert places == {"mailbox": "not asked", "crm": "done", "search": "open"}
    assert report["complete"] is False
    assert report["policy"] == site.guard().site.version


def test_backups_hold_copies_until_the_last_one_goes(site: KeptShop, ring: Keyring) -> None:
    """The last act was on 28 March, and a backup is kept for 30 days."""
    assert said(site, ring)["backups_hold_copies_until"] == "2026-04-27"


def test_it_leads_to_the_evidence_and_to_the_ledger(site: KeptShop, ring: Keyring) -> None:
    """By the entry of this request alone."""
    from consentguard.records import SubjectRef

    ids = site.guard().undertaker.bury([SubjectRef("user", "1")], (), "d1")
    site.guard().undertaker.bury([SubjectRef("user", "2")], (), "d2")
    report = said(site, ring)
    assert report["ledger"] == [*ids]
    [entry] = report["evidence"]  # type: ignore[misc]
    found = site.guard().stores.entries.find(entry)
    assert found
    assert ID in found.details


def test_no_byte_of_it_can_be_changed(site: KeptShop, ring: Keyring) -> None:
    """Each byte, one after the other: the report is refused, and nothing else is raised."""
    report, [key] = site.guard().reports.of(request()), [*public_keys(ring)]

    def verify(named: str, data: bytes, signature: str) -> bool:
        return named == key.fingerprint and is_signed(key.raw, data, signature)

    assert opened(report, verify)
    for place in range(len(report)):
        for other in (report[place] ^ 1, report[place] ^ 0x20):
            with pytest.raises(ReportError):
                opened(report[:place] + bytes([other]) + report[place + 1 :], verify)
    for changed in (b"", b"{}", b"[]", report + b"\n", report[:-1], b"\xff" + report):
        with pytest.raises(ReportError):
            opened(changed, verify)


def test_before_anything_was_erased_there_is_none(site: KeptShop, ring: Keyring) -> None:
    """Nor for another right."""
    with pytest.raises(ReportError):
        said(site, ring, id="f" * 32, outcome="")
    with pytest.raises(ReportError):
        said(site, ring, right="access")


def test_anybody_verifies_it_with_the_public_key(site: KeptShop, ring: Keyring, tmp_path: Path) -> None:
    """`keys public` prints the key; `rights verify-report` holds the file against it, with no keyring and no site."""
    runner = CliRunner()
    printed = runner.invoke(group, ["keys", "public", "--json"], obj=site)
    [key] = json.loads(printed.output)
    assert key["fingerprint"] == fingerprint(bytes.fromhex(key["ed25519"]))
    site.guard().stores.requests.add(request())
    report = runner.invoke(group, ["rights", "report", ID], obj=site)
    file = tmp_path / "report.json"
    file.write_bytes(report.stdout_bytes)
    bare = {VARIABLE: None}
    verified = runner.invoke(group, ["rights", "verify-report", str(file), "--key", key["ed25519"]], env=bare)
    assert verified.exit_code == 0, verified.output
    assert "mailbox: not asked" in verified.output
    stranger = next(iter(public_keys(keyring()))).raw.hex()
    refused = runner.invoke(group, ["rights", "verify-report", str(file), "--key", stranger], env=bare)
    assert refused.exit_code == 2
    file.write_bytes(report.stdout_bytes.replace(b'"people":1', b'"people":2'))
    assert runner.invoke(group, ["rights", "verify-report", str(file)], obj=site).exit_code == 2


def test_a_report_outlasts_a_rotation_of_keys(site: KeptShop, ring: Keyring) -> None:
    """The key that signed it is still known by the ring, though another signs now."""
    report = site.guard().reports.of(request())
    known = {each.fingerprint: each.raw for each in public_keys(ring.with_new_key())}
    assert len(known) == 2
    assert opened(report, lambda key, data, signature: is_signed(known[key], data, signature))


def test_left_rows_have_a_day(site: KeptShop, ring: Keyring) -> None:
    """What a law keeps is named with its table and the first day on which it may go."""
    from dataclasses import replace as changed

    from consentguard.plan.execution import Left

    left = Left(label="Invoice", rows=2, ground="law", until=dt.date(2031, 3, 1))
    reports = changed(site.guard().reports, left=lambda run: (left,))
    facts = json.loads(reports.of(request()))["report"]
    assert facts["left"] == [{"table": "Invoice", "rows": 2, "ground": "law", "until": "2031-03-01"}]
    assert facts["complete"] is False
