"""The ways in which requests come: what each proves, what nobody can tell from outside, and when the clock starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.memory import MemoryStores
from consentguard.records import SubjectRef
from consentguard.rights import Asked, Details, RightsError, StateError
from consentguard.rights.mailbox import Intake, letter_of, letters_in
from consentguard.testing.keys import keyring
from tests.core.rights_kit import POLICY, Shop, shop

ANNA, BEN, NOBODY = "anna@example.com", "ben@example.com", "nobody@example.com"
DAY = dt.timedelta(days=1)
CONSENT = """
[purposes.newsletter]
basis = "consent"
ask = "form"
[purposes.statistics]
basis = "legitimate_interests"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with keys in the environment and something to agree to."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path, POLICY + CONSENT)


def asked(right: str = "erasure", address: str = ANNA, **more: Any) -> Asked:
    """A request as it comes in."""
    return Asked(right=right, address=address, language="en", **more)


def test_the_clock_starts_when_a_request_was_received(site: Shop) -> None:
    """Not when somebody typed it in; and nothing is received in the future."""
    rights, now = site.guard().rights, site.clock.now()
    late = rights.take(asked(channel="help_desk", received_at=now - 10 * DAY))
    assert (late.received_at, late.due_on) == (now - 10 * DAY, dt.date(2026, 4, 20))  # the 18th is a Saturday
    assert rights.take(asked(channel="staff", received_at=now + DAY)).received_at == now


def test_nobody_is_looked_up_before_a_request_is_confirmed(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the address: the same statements, in the same order, and not one on the site's own rows."""
    calls: list[str] = []
    stores = site.stores("default")
    assert isinstance(stores, MemoryStores)
    for store in ("requests", "tokens", "entries", "dataset"):
        kind = type(getattr(stores, store))
        for name in [name for name in vars(kind) if not name.startswith("_")]:
            monkeypatch.setattr(kind, name, _noted(calls, f"{store}.{name}", getattr(kind, name)))
    done = []
    for address in (ANNA, NOBODY):
        calls.clear()
        site.guard().rights.take(asked(address=address))
        done.append(tuple(calls))
    assert done[0] == done[1]
    assert not [call for call in done[0] if call.startswith("dataset")]


def _noted(calls: list[str], name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def called(*arguments: Any, **named: Any) -> Any:
        calls.append(name)
        return method(*arguments, **named)

    return called


def test_a_duplicate_is_linked_and_confirmed_by_itself(site: Shop) -> None:
    """The first one's confirmation says nothing of the second: that may be somebody else's."""
    rights = site.guard().rights
    first = rights.take(asked())
    assert rights.confirm(site.token())
    second = rights.take(asked())
    assert rights.means.details(second).twin == first.id
    assert second.state == "received"
    with pytest.raises(StateError):
        rights.carry_out(second.id)
    with pytest.raises(StateError):
        rights.plan(second.id)


def test_an_account_page_is_known_by_its_session(site: Shop) -> None:
    """It concerns that data subject, not whoever has the address that was typed in beside it."""
    policy_has_no_account_page = site.guard().rights
    with pytest.raises(RightsError):
        policy_has_no_account_page.take(asked("portability", channel="account", identity="session"))
    request = site.guard().rights.take(
        asked(address=BEN, channel="account", identity="session", subject=SubjectRef("user", "1"))
    )
    assert request.state == "confirmed"
    assert "We answer it by" in site.outbox.messages[-1].text
    assert [found.keys for found in site.guard().rights.people(request)] == [("1",)], "Anna alone"


def test_a_platform_speaks_for_a_data_subject_without_an_address(site: Shop) -> None:
    """Nobody can be written to, and nothing is owed; the code shows how far it is."""
    rights = site.guard().rights
    request = rights.take(asked(address="", channel="callback", identity="platform", subject=SubjectRef("user", "1")))
    assert (request.state, request.owes, rights.means.address(request)) == ("confirmed", "", "")
    done = rights.carry_out(request.id)
    assert (site.names("User"), done.request.owes, site.outbox.messages) == ([2], "", [])
    assert rights.status(rights.code(request))


@pytest.mark.parametrize("identity", ["agent", "guardian"])
def test_who_speaks_for_somebody_waits_for_a_person(site: Shop, identity: Any) -> None:
    """A parent writes for a child without an account: a member of staff sees the proof, and the parent is answered."""
    site.rows["Lead"].rows.append({"id": 8, "email": "kim@example.com", "words": "hi"})
    rights = site.guard().rights
    details = Details(person="kim@example.com", agent="Kim's mother", authority="birth certificate")
    request = rights.take(asked(address=BEN, channel="email", identity=identity, details=details))
    assert (request.state, "a proof that you may" in site.outbox.messages[-1].text) == ("received", True)
    site.clock.tick(30 * DAY)
    assert (rights.expire(), rights.find(request.id).state) == (0, "received")
    with pytest.raises(RightsError):
        rights.verify(request.id, "staff", "Dana")
    verified = rights.verify(request.id, identity, "Dana")
    assert (verified.state, verified.identity) == ("confirmed", identity)
    rights.carry_out(request.id)
    assert (site.names("Lead"), site.names("User")) == ([7], [1, 2])
    assert {mail.to for mail in site.outbox.messages} == {BEN}


def test_nobody_speaks_for_nobody(site: Shop) -> None:
    """An agent names the person; somebody who asks for themselves names no other."""
    rights = site.guard().rights
    for wrong in (
        asked(identity="agent"),
        asked(details=Details(person=BEN)),
        asked(address=""),
        asked(identity="session"),
        asked(subject=SubjectRef("user", "1")),
    ):
        with pytest.raises(RightsError):
            rights.take(wrong)


def test_a_visitor_is_known_by_the_nonce_of_their_receipt(site: Shop) -> None:
    """The receipt's id alone, which mails and proxies may have seen, is not enough."""
    guard, nonce = site.guard(), "5" * 32
    record = guard.consent.give(["newsletter"], None, text="Yes", component="form", language="en", nonce=nonce)
    by_receipt = guard.rights.by_receipt
    wanted = asked("withdrawal", "", details=Details(receipt=record.id))
    assert (by_receipt(wanted, "6" * 32), by_receipt(wanted, "")) == (None, None)
    with pytest.raises(RightsError):
        by_receipt(asked("erasure", "", details=Details(receipt=record.id)), nonce)
    found = by_receipt(wanted, nonce)
    assert found
    assert guard.rights.carry_out(found[0].id).outcome.granted == ("newsletter",)
    assert not guard.consent.agreed_by(SubjectRef("receipt", record.id))
    objecting = asked("objection", "", details=Details(receipt=record.id, purposes=("statistics",)))
    objection = by_receipt(objecting, nonce)
    assert objection
    assert guard.rights.carry_out(objection[0].id).outcome.granted == ("statistics",)


def mail(sender: str = ANNA, subject: str = "[access] my data", number: int = 1, **headers: str) -> bytes:
    """A mail as somebody writes it."""
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = sender, subject, f"<{number}@example.com>"
    made["Date"] = "Thu, 26 Mar 2026 23:00:00 -0500"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("Please.")
    return made.as_bytes()


def test_mails_become_requests_once(site: Shop, tmp_path: Path) -> None:
    """By their Message-ID, received when they say, and confirmed like any other."""
    folder = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1").write_bytes(mail())
    (folder / "cur" / "2:2,S").write_bytes(mail(BEN, "hello", 2))
    intake = Intake(site.guard().rights.means)
    taken = intake.take(letters_in(folder), right="", language="en")
    [request] = taken.requests
    assert (taken.unclear, request.right, request.channel, request.state) == (1, "access", "email", "received")
    assert request.received_at == dt.datetime(2026, 3, 27, 4, tzinfo=dt.UTC)
    assert [message.to for message in site.outbox.messages] == [ANNA]
    again = intake.take(letters_in(folder), right="erasure", language="en")
    assert (again.known, [each.right for each in again.requests]) == (1, ["erasure"])


def test_mails_that_no_person_wrote_and_floods_open_nothing(site: Shop) -> None:
    """To answer a machine makes a loop; and who writes another's address into many mails fills no mailbox."""
    intake = Intake(site.guard().rights.means)
    machines = [mail(number=9, Auto_Submitted="auto-replied"), mail(number=10, Precedence="bulk"), mail("no address")]
    taken = intake.take(map(letter_of, machines), right="", language="en")
    assert (taken.automatic, taken.unclear, taken.requests) == (2, 1, ())
    flood = intake.take((letter_of(mail(number=n)) for n in range(9)), right="", language="en")
    assert (len(flood.requests), flood.too_many) == (3, 6)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"From: <\nDate: x\nSubject: =?x?q?=?=\n\n", b"Date: 0\n\n" * 99]
)
def test_what_is_no_mail_is_left_for_a_person(site: Shop, content: bytes) -> None:
    """Nothing that a mailbox holds stops the others from being read."""
    taken = Intake(site.guard().rights.means).take(iter([letter_of(content)]), right="access", language="en")
    assert (taken.unclear, taken.requests) == (1, ())


def test_a_missing_mailbox_is_told(site: Shop, tmp_path: Path) -> None:
    """It is no empty one."""
    with pytest.raises(RightsError, match="there is no"):
        next(letters_in(tmp_path / "nowhere"))
