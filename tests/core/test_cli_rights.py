"""The `rights` commands: they list, show and carry out requests, and never print an address."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.plan.execution import AGAIN
from consentguard.ports import StoreError
from consentguard.testing.keys import keyring
from tests.core.rights_kit import TAGS, Shop, shop

ANNA = "anna@example.com"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, whose clock is the machine's for the commands."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.chdir(tmp_path)
    made = shop(tmp_path)
    made.clock.tick(dt.datetime.now(dt.UTC) - made.clock.now())
    return made


def rights(site: Shop, *arguments: str) -> Result:
    """What a `rights` command prints, and its exit code; no address is ever in it."""
    done = CliRunner().invoke(group, ["rights", *arguments], obj=site, catch_exceptions=False)
    assert "example.com" not in done.output
    return done


def confirmed(site: Shop, right: str = "erasure", address: str = ANNA) -> str:
    """The id of a confirmed request."""
    guard = site.guard()
    request = guard.rights.receive(right, address, language="en", jurisdiction=None)
    assert guard.rights.confirm(site.token())
    return request.id


def test_requests_are_listed_by_urgency(site: Shop) -> None:
    """Those that are done are listed when asked for; nothing at all says so."""
    assert rights(site, "list").stdout == "No requests.\n"
    request = confirmed(site)
    listed = rights(site, "list")
    assert listed.exit_code == 0
    assert request in listed.stdout
    assert "erasure" in listed.stdout
    assert rights(site, "list", "--state", "done").stdout == "No requests.\n"
    [facts] = json.loads(rights(site, "list", "--json").stdout)
    assert (facts["id"], facts["state"], facts["overdue"]) == (request, "confirmed", False)


def test_an_overdue_request_fails_the_list(site: Shop) -> None:
    """So that a job which runs it daily is noticed."""
    site.clock.tick(dt.timedelta(days=-60))
    confirmed(site)
    listed = rights(site, "list")
    assert (listed.exit_code, "overdue" in listed.stdout) == (1, True)


def test_a_request_is_shown_in_any_state(site: Shop) -> None:
    """Its outcome too, once there is one."""
    request = confirmed(site)
    assert "state: confirmed" in rights(site, "show", request).stdout
    rights(site, "run", request)
    assert json.loads(rights(site, "show", request, "--json").stdout)["outcome"]["deleted"]["User"] == 1
    assert rights(site, "show", "nonsense").exit_code == 2


def test_a_dry_run_prints_the_plan(site: Shop) -> None:
    """Line by line, and as JSON; nothing is changed."""
    request = confirmed(site)
    assert rights(site, "run", request, "--dry-run").stdout.splitlines() == [
        f"{request} erasure: 2 found (dry run)",
        "  delete 1 row of Order",
        "  delete 1 row of Lead",
        "  delete 1 row of User",
    ]
    [facts] = json.loads(rights(site, "run", "--dry-run", "--json").stdout)
    assert [(step["action"], step["label"], step["rows"]) for step in facts["plan"]] == [
        ("delete", "Order", 1), ("delete", "Lead", 1), ("delete", "User", 1),
    ]  # fmt: skip
    assert site.names("User") == [1, 2]


def test_without_an_id_every_confirmed_erasure_is_carried_out(site: Shop) -> None:
    """Copies wait for their download."""
    confirmed(site)
    confirmed(site, address="nobody@example.com")
    copy = confirmed(site, "access")
    done = rights(site, "run").stdout
    assert "2 found, partial" in done
    assert "waits for guest, mailbox" in done
    assert "nobody was found, partial" in done
    assert (site.names("User"), site.guard().rights.waiting()[0].id) == ([2], copy)
    assert rights(site, "run").stdout == "No request was carried out.\n"
    assert "its copy is made when it is downloaded" in rights(site, "run", copy).stdout


def test_one_that_fails_keeps_no_other_from_being_done(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named on standard error, goes on with `resume`, and the exit code says so."""
    first = confirmed(site)
    site.clock.tick()
    second = confirmed(site, address="ben@example.com")
    dataset = site.stores("default").dataset
    delete, count = dataset.delete, iter(range(100))

    def refuses_the_first(selection: object) -> int:
        if next(count) <= AGAIN:  # as often as it is tried
            raise StoreError("a table is locked")
        return delete(selection)  # type: ignore[arg-type]

    monkeypatch.setattr(dataset, "delete", refuses_the_first)
    done = rights(site, "run")
    assert (done.exit_code, f"{first}: a table is locked" in done.stderr) == (1, True)
    assert [site.guard().rights.find(each).state for each in (first, second)] == ["running", "partial"]
    resumed = rights(site, "resume")
    assert (resumed.exit_code, site.guard().rights.find(first).state) == (0, "partial")


def test_an_erasure_that_the_tables_do_not_allow_is_bad_input(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tags are to be mended: nothing was changed."""
    monkeypatch.setitem(
        TAGS, "Invoice", type(TAGS["Order"])(category="account", subjects={"user": "user"}, on_erase={"user": "detach"})
    )
    request = confirmed(site)
    done = rights(site, "run", request)
    assert (done.exit_code, "the link from Invoice" in done.stderr) == (2, True)


def test_mails_that_are_owed_are_sent(site: Shop) -> None:
    """And the exit code tells of those that still could not be."""
    site.clock.tick(dt.timedelta(hours=-1))
    site.outbox.down = True
    site.guard().rights.receive("erasure", ANNA, language="en", jurisdiction=None)
    failed = rights(site, "send")
    assert (failed.exit_code, failed.stdout) == (1, "Sent: 0. Still owed: 1.\n")
    site.outbox.down = False
    assert json.loads(rights(site, "send", "--json").stdout) == {"sent": 1, "failed": 0}


def test_what_nobody_confirmed_is_closed(site: Shop) -> None:
    """After seven days."""
    site.clock.tick(dt.timedelta(days=-8))
    site.guard().rights.receive("erasure", ANNA, language="en", jurisdiction=None)
    assert rights(site, "expire").stdout == "Closed: 1.\n"
    assert json.loads(rights(site, "expire", "--json").stdout) == {"expired": 0}


def test_a_plan_is_shown_and_approved_by_its_digest(site: Shop) -> None:
    """By the digest that was shown, and by no other."""
    request = confirmed(site)
    shown = rights(site, "plan", request).stdout.splitlines()
    assert shown[:3] == ["delete 1 row of Order", "delete 1 row of Lead", "delete 1 row of User"]
    digest = json.loads(rights(site, "plan", request, "--json").stdout)["digest"]
    assert shown[3] == f"digest: {digest}"
    assert rights(site, "approve", request, "0" * 64, "--by", "Dana").exit_code == 2
    approved = json.loads(rights(site, "approve", request, digest, "--by", "Dana", "--json").stdout)
    assert (approved["state"], approved["approved_by"]) == ("approved", ["Dana"])


def test_what_staff_decides_is_shown_with_the_request(site: Shop) -> None:
    """Assigned, extended, refused: each prints the request as it is from then on."""
    request = confirmed(site)
    assert "assigned: Dana" in rights(site, "assign", request, "Dana").stdout
    assert "extended_on: " in rights(site, "extend", request, "--reason", "Many letters", "--by", "Dana").stdout
    assert "lift" in rights(site, "--help").stdout
    denied = rights(
        site, "deny", request, "--reason", "suspected_fraud", "--text", "Ask again", "--by", "Dana", "--json"
    )
    assert json.loads(denied.stdout)["drp"] == {"status": "denied", "reason": "suspected_fraud"}
    assert "Ask again" in site.outbox.messages[-1].text
    assert rights(site, "revoke", request, "--by", "Dana").exit_code == 2


def test_errands_are_listed_shown_and_settled(site: Shop) -> None:
    """The list names places and who answers; whose data it is about is shown to who asks for one, and taken down."""
    request = confirmed(site)
    rights(site, "run", request)
    run = CliRunner().invoke
    listed = json.loads(run(group, ["errands", "list", "--json"], obj=site).stdout)
    mailbox = next(each for each in listed if each["target"] == "mailbox")
    assert (mailbox["kind"], mailbox["hand"], mailbox["owner"]) == ("erase", "person", "privacy@shop.example.com")
    assert json.loads(run(group, ["errands", "show", mailbox["id"]], obj=site).stdout)["address"] == ANNA
    assert "errand.shown" in site.acts()
    assert (
        run(group, ["errands", "settle", mailbox["id"], "--by", "Dana", "--proof", "ticket 7"], obj=site).exit_code == 0
    )
    assert (
        run(group, ["errands", "settle", mailbox["id"], "--by", "Dana", "--proof", "ticket 7"], obj=site).exit_code == 2
    )
    assert json.loads(run(group, ["errands", "work", "--json"], obj=site).stdout) == {"done": 0, "failed": 0}


def test_mails_are_taken_in_from_a_pipe(site: Shop) -> None:
    """Once, whatever they say of their sender, and left for a person where they do not say what they ask for."""
    mail = f"From: {ANNA}\nSubject: [erasure] please\nMessage-ID: <1@example.com>\n\nDelete me."
    run = CliRunner().invoke
    taken = run(group, ["intake", "--json"], obj=site, input=mail)
    assert (taken.exit_code, len(json.loads(taken.stdout)["requests"])) == (0, 1)
    assert "known: 1" in run(group, ["intake"], obj=site, input=mail).stdout
    unclear = run(group, ["intake"], obj=site, input=mail.replace("[erasure]", "").replace("1@", "2@"))
    assert (unclear.exit_code, "unclear: 1" in unclear.stdout) == (1, True)


def test_a_receipt_of_a_request_can_be_verified_by_anybody(site: Shop, tmp_path: Path) -> None:
    """D22: it names the entries that prove it; with one byte changed it is no receipt."""
    request = confirmed(site)
    rights(site, "run", request)
    written = rights(site, "receipt", request).stdout
    file = tmp_path / "receipt.json"
    file.write_text(written, "utf-8")
    shown = rights(site, "verify-report", str(file))
    assert (shown.exit_code, "as it was signed" in shown.stdout, "request.confirmed" in shown.stdout) == (0, True, True)
    entries = {entry.id: entry.mac for entry in site.stores("default").entries.unsealed(None, 99)}
    named = json.loads(written)["report"]["evidence"]
    assert len(named) == 3
    assert all(entries[each["id"]] == each["mac"] for each in named)
    file.write_text(written.replace('"state":"partial"', '"state":"done"'), "utf-8")
    assert rights(site, "verify-report", str(file)).exit_code == 2
