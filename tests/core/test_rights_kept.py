"""What a request keeps to when something comes in between: a kill, a slow mail, a review, an old link, a namesake."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.errands import Errands
from consentguard.exports import Redaction, Redactions
from consentguard.records import RightsRequest, SubjectRef
from consentguard.rights import Details, StateError
from consentguard.rights.carrying import Carrying
from consentguard.rights.mailbox import Intake, letter_of
from consentguard.rights.receiving import Asked
from consentguard.rights.sending import Sending
from consentguard.testing.keys import keyring
from tests.core.restore_kit import kept_shop
from tests.core.rights_kit import POLICY, Shop, shop

ANNA, BEN = "anna@example.com", "ben@example.com"
DAY = dt.timedelta(days=1)
APPROVED = POLICY.replace("[rights.access]\n", '[rights.access]\napproval = "one"\n')
WITHHELD = Redactions((Redaction(table="Order", reason="a secret of others", columns=("note",)),))


class Killed(BaseException):
    """The end of the process."""


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())


def ask(site: Shop, right: str = "erasure", address: str = ANNA, **more: Any) -> RightsRequest:
    """A request as it comes in."""
    return site.guard().rights.take(Asked(right=right, address=address, language="en", **more))


def confirmed(site: Shop, right: str = "erasure", address: str = ANNA) -> RightsRequest:
    """A request whose mailed link was followed."""
    ask(site, right, address)
    found = site.guard().rights.confirm(site.token())
    assert found
    return found[0]


def killed(*_: object) -> None:
    """Ends the process."""
    raise Killed


def test_who_was_not_erased_is_not_buried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is taken back before it has begun leaves nothing in the ledger; one that has begun is buried."""
    site = kept_shop(tmp_path, dated=True)
    request, buried = confirmed(site), list[str]()
    means = site.guard().rights.means
    monkeypatch.setattr(type(means.undertaker), "bury", lambda *_: buried.append(means.find(request.id).state))
    site.guard().rights.carry_out(request.id)
    assert buried == ["running"]


def test_a_kill_before_the_ledger_is_caught_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request can be taken back no more, nothing has gone, and resuming buries and erases."""
    site = kept_shop(tmp_path, dated=True)
    request, back = confirmed(site), site.backup()
    with monkeypatch.context() as patched:
        patched.setattr(Carrying, "_buried", killed)
        with pytest.raises(Killed):
            site.guard().rights.carry_out(request.id)
    assert site.names("User") == [1, 2]
    with pytest.raises(StateError):
        site.guard().rights.revoke(request.id, "Dana")
    site.guard().rights.resume()
    assert site.names("User") == [2]
    site.clock.tick(DAY)
    restored = site.restore(back)
    restored.guard().replay.run()
    assert restored.names("User") == [2]


def test_a_request_is_settled_from_a_run_that_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill right behind the run costs the numbers, and neither the end nor its mail."""
    site = shop(tmp_path)
    request = confirmed(site)
    with monkeypatch.context() as patched:
        patched.setattr(Carrying, "_settled", killed)
        with pytest.raises(Killed):
            site.guard().rights.carry_out(request.id)
    site.guard().rights.resume()
    site.answer()
    assert site.guard().rights.find(request.id).state == "done"
    assert "Deleted: “Account data”, “credentials”, and “Orders”" in site.outbox.messages[-1].text


def test_what_stayed_for_a_time_is_settled_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The invoice is gone: nothing is said to stay, whatever was known of the run."""
    site = shop(tmp_path)
    request = confirmed(site, address=BEN)
    site.guard().rights.carry_out(request.id)
    site.answer()
    site.clock.tick(6 * 366 * DAY)
    with monkeypatch.context() as patched:
        patched.setattr(Carrying, "_settled", killed)
        with pytest.raises(Killed):
            site.guard().rights.resume()
    [done] = site.guard().rights.resume().done
    assert (done.request.id, done.request.state, done.outcome.later, done.outcome.kept) == (request.id, "done", {}, {})


def test_a_slow_mail_undoes_no_review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is withheld meanwhile stays withheld."""
    site, handed = shop(tmp_path), Sending.hand_over

    def slow(self: Sending, request: RightsRequest, letter: Any) -> bool:
        exports = site.guard().exports
        exports.redact(site.guard().rights.find(request.id), WITHHELD)
        return handed(self, request, letter)

    monkeypatch.setattr(Sending, "hand_over", slow)
    request = ask(site, "access", identity="session", subject=SubjectRef("user", "1"))
    found = site.guard().rights.find(request.id)
    assert (found.owes, site.guard().exports.redactions(found)) == ("", WITHHELD)


def test_an_old_link_is_no_proof(tmp_path: Path) -> None:
    """Once a proof is asked for, the mailed link confirms nothing, and a mail that was owed is the one that asks."""
    site = shop(tmp_path)
    request, token = ask(site), site.token()
    site.guard().rights.ask_proof(request.id, "Dana")
    assert (site.guard().rights.peek(token), site.guard().rights.confirm(token)) == (None, None)
    site.outbox.down = True
    late = ask(site, address=BEN)
    site.outbox.down = False
    site.guard().rights.ask_proof(late.id, "Dana")
    assert "a proof of who you are" in site.outbox.messages[-1].text
    assert site.guard().rights.verify(late.id, "staff", "Dana").paused_at is None


def test_one_person_is_not_two(tmp_path: Path) -> None:
    """However they write their name."""
    site = shop(tmp_path, POLICY.replace("[rights.erasure]\n", '[rights.erasure]\napproval = "two"\n'))
    request, rights = confirmed(site), site.guard().rights
    digest = rights.plan(request.id).digest
    states = [rights.approve(request.id, digest, name).state for name in ("Dana", " dana", "Robin")]
    assert states == ["confirmed", "confirmed", "approved"]


def test_a_session_speaks_for_its_own_row_alone(tmp_path: Path) -> None:
    """Whoever signs up with somebody else's address takes nobody over by it."""
    site = shop(tmp_path)
    site.rows["User"].rows.append({"id": 3, "email": "ANNA@example.com", "name": "Mallory", "password": "x"})
    request = ask(site, address="", identity="session", subject=SubjectRef("user", "3"))
    [found] = site.guard().rights.people(request)
    assert (found.root, found.keys) == ("User", ("3",))


def test_what_waits_for_us_does_not_expire(tmp_path: Path) -> None:
    """A copy that nobody has approved yet stays open, and can be downloaded for a month once somebody has."""
    site = shop(tmp_path, APPROVED)
    request = confirmed(site, "access")
    site.clock.tick(40 * DAY)
    assert site.guard().rights.expire() == 0
    rights = site.guard().rights
    approved = rights.approve(request.id, rights.plan(request.id).digest, "Dana")
    assert rights.is_ready(approved)
    site.clock.tick(31 * DAY)
    assert (site.guard().rights.is_ready(approved), site.guard().rights.expire()) == (False, 1)


def test_more_time_is_told_behind_what_is_owed(tmp_path: Path) -> None:
    """The mail that asks to confirm goes out first; while it cannot, nothing is extended."""
    site = shop(tmp_path)
    site.outbox.down = True
    request = ask(site)
    with pytest.raises(StateError, match="owed another mail"):
        site.guard().rights.extend(request.id, "Many letters", "Dana")
    site.outbox.down = False
    site.guard().rights.extend(request.id, "Many letters", "Dana")
    subjects = [mail.subject for mail in site.outbox.messages]
    assert subjects == ["Please confirm your request", "We need more time for your request"]


def test_nobody_is_told_of_a_lifting_that_failed(tmp_path: Path) -> None:
    """Neither then nor later."""
    site = shop(tmp_path, POLICY + '[rights.restriction]\nchannels = ["page"]\n')
    request = ask(site, "restriction", identity="session", subject=SubjectRef("user", "1"))
    site.guard().rights.carry_out(request.id)
    site.answer()
    site.outbox.down = True
    with pytest.raises(StateError, match="could not be told"):
        site.guard().rights.lift(request.id, "Dana")
    site.outbox.down = False
    site.clock.tick(DAY)
    assert site.guard().rights.send_owed() == (0, 0)
    assert all(mail.subject != "A restriction ends" for mail in site.outbox.messages)


@pytest.mark.parametrize("date", ["Mon, 01 Jan 0001 00:00:00 +0000", "Mon, 01 Jan 2001 00:00:00 +0000"])
def test_a_mail_does_not_set_the_clock(tmp_path: Path, date: str) -> None:
    """What it says of its day is believed for a week."""
    site = shop(tmp_path)
    mail = f"From: x@example.com\nSubject: [erasure]\nDate: {date}\nMessage-ID: <1@example.com>\n\nhi".encode()
    taken = Intake(site.guard().rights.means).take(iter([letter_of(mail)]), right="", language="en")
    assert taken.requests[0].received_at == site.clock.now() - 7 * DAY


def test_a_clients_copy_tells_nothing_of_other_clients(tmp_path: Path) -> None:
    """An agent asks for many: each copy lists the one request that it answers."""
    site = shop(tmp_path)
    agent: dict[str, Any] = {"address": "agent@law.example", "identity": "agent", "channel": "email"}
    first = ask(site, "access", details=Details(person=ANNA, agent="A", authority="x"), **agent)
    ask(site, "erasure", details=Details(person=BEN, agent="A", authority="x"), **agent)
    verified = site.guard().rights.verify(first.id, "agent", "Dana")
    delivery = site.guard().exports.for_request(verified)
    assert delivery
    lines = zipfile.ZipFile(io.BytesIO(b"".join(delivery.chunks))).read("record/requests.jsonl").splitlines()
    assert [first.id.encode() in line for line in lines] == [True]


def test_a_slow_connector_is_called_once(tmp_path: Path) -> None:
    """Nobody else calls it meanwhile, and one that takes longer still stops no other errand."""
    site, calls = shop(tmp_path), list[str]()

    def errands(minutes: int) -> Errands:
        def slow(_notice: object) -> str:
            calls.append("called")
            if len(calls) == 1:
                site.clock.tick(dt.timedelta(minutes=minutes))
                replace(site.guard().errands, connectors={"mailbox": slow}).work()
            return "ticket"

        return replace(site.guard().errands, connectors={"mailbox": slow})

    for address, minutes, expected in ((ANNA, 2, 1), (BEN, 20, 2)):
        calls.clear()
        request, guard, doing = confirmed(site, address=address), site.guard(), errands(minutes)
        type(guard.rights)(replace(guard.rights.means, elsewhere=doing)).carry_out(request.id)
        doing.work()
        assert len(calls) == expected
        assert not [errand for errand in guard.errands.unanswered(request.id) if errand.hand == "connector"]
