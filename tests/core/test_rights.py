"""Requests of data subjects: taken, confirmed by mail, carried out, and what holds when a mail or a step fails."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import Table
from consentguard.memory import MemoryStores
from consentguard.ports import InsideTransactionError, StoreError
from consentguard.records import Authenticator, Passkey, RightsRequest, SubjectRef
from consentguard.rights import RightsError, queues
from consentguard.testing.keys import keyring
from tests.core import rights_kit
from tests.core.rights_kit import POLICY, TABLES, TAGS, Shop, shop

ANNA, BEN, NOBODY = "anna@example.com", "ben@example.com", "nobody@example.com"
DAY = dt.timedelta(days=1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, with keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    return shop(tmp_path)


def ask(site: Shop, right: str = "erasure", address: str = ANNA, language: str = "en") -> RightsRequest:
    """A request as the form takes it."""
    return site.guard().rights.receive(right, address, language=language, jurisdiction=None)


def confirmed(site: Shop, right: str = "erasure", address: str = ANNA) -> tuple[RightsRequest, str]:
    """A request whose mailed link was followed, and its status code."""
    ask(site, right, address)
    found = site.guard().rights.confirm(site.token())
    assert found
    return found


def test_a_request_is_kept_with_its_token_and_its_evidence(site: Shop) -> None:
    """Its address is sealed, its last day a month ahead, and the mail's link begins with the base URL."""
    request = ask(site)
    assert site.guard().rights.find(request.id) == request
    assert (request.state, request.owes, request.due_on) == ("received", "", dt.date(2026, 4, 28))
    assert ANNA.encode() not in request.contact
    assert site.acts() == ["request.received"]
    [mail] = site.outbox.messages
    assert (mail.to, mail.subject) == (ANNA, "Please confirm your request")
    assert "On March 28, 2026 somebody gave this address to Example <Shop> & Co" in mail.text
    assert f"https://shop.example.com/privacy/confirm/en/{site.token()}" in mail.text


def test_only_what_is_offered_on_the_page_and_can_be_done_is_taken(site: Shop) -> None:
    """Portability is offered by mail, and by mail anybody may ask for more than the policy says."""
    rights = site.guard().rights
    assert rights.offered() == ("access", "erasure", "objection")
    assert set(rights.offered("email")) > {"access", "portability", "restriction"}
    for right in ("portability", "nonsense"):
        with pytest.raises(RightsError, match="cannot be asked for here"):
            ask(site, right)
    assert site.outbox.messages == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.com",
        "a b@example.com",
        "a@b\nBcc: c@d",
        "a@b,c@d",
        "<a@b.c>",
        "a@-b.c",
        "a" * 254 + "@b.c",
        "=?utf-8?q?ben=40example.org=2Ca?=@example.com",
    ],
)
def test_what_is_no_address_is_refused_and_never_quoted(site: Shop, address: str) -> None:
    """Nothing is kept and nothing mailed."""
    with pytest.raises(RightsError) as raised:
        ask(site, address=address)
    assert "example.com\n" not in f"{raised.value}\n".replace("name@example.com\n", "")
    assert (site.outbox.messages, site.acts()) == ([], [])


def test_everybody_gets_the_same_answer_and_the_same_mail(site: Shop) -> None:
    """Nobody is looked up before the request is confirmed."""
    known, unknown = ask(site, address=ANNA), ask(site, address=NOBODY)
    first, second = (mail.text.replace(site.token(number), "") for number, mail in enumerate(site.outbox.messages))
    assert first == second
    assert (known.state, known.owes, known.due_on) == (unknown.state, unknown.owes, unknown.due_on)


def test_the_mail_is_in_the_language_of_the_request(site: Shop) -> None:
    """Its link leads to the page in that language."""
    ask(site, language="es")
    assert "/privacy/confirm/es/" in site.outbox.messages[0].text


@pytest.mark.parametrize(
    ("limit", "jurisdiction", "regimes", "expected"),
    [
        ('"P10D"', None, 'gdpr = { applies = ["EEA"] }', "2026-04-07"),
        ("{ business_days = 3 }", None, 'gdpr = { applies = ["EEA"] }', "2026-04-01"),
        ('"law"', None, 'gdpr = { applies = ["EEA"] }', "2026-04-28"),
        ('"unstated"', None, 'gdpr = { applies = ["EEA"] }', "2026-04-28"),
        ('"law"', "US-CA", 'gdpr = { applies = ["EEA"] }\nccpa = { applies = ["US-CA"] }', "2026-05-12"),
        ('"law"', "JP", 'gdpr = { applies = ["EEA"] }\nccpa = { applies = ["US-CA"] }', "2026-04-28"),
        ('"law"', None, 'kenya_dpa = { applies = ["KE"] }\nccpa = { applies = ["US-CA"] }', "2026-04-04"),
        ('"law"', None, "", "2026-04-04"),
    ],
)
def test_the_last_day_to_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, jurisdiction: str | None, regimes: str, expected: str
) -> None:
    """As the policy promises, else as the law there asks; where nobody knows the place, the law that asks soonest."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    policy = POLICY.replace('gdpr = { applies = ["EEA"] }', regimes).replace(
        "[rights.erasure]\n", f"[rights.erasure]\ncomplete_within = {limit}\n"
    )
    rights = shop(tmp_path, policy).guard().rights
    request = rights.receive("erasure", ANNA, language="en", jurisdiction=jurisdiction)
    assert request.due_on.isoformat() == expected


def test_a_mail_that_cannot_be_sent_leaves_the_request_open(site: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """It is owed, and sent later with a token of its own; the log names no address."""
    site.outbox.down = True
    with caplog.at_level(logging.WARNING):
        request = ask(site)
    assert (request.state, request.owes) == ("received", "confirmation")
    assert f"{request.id} could not be sent, and is owed: the mail server" in caplog.text
    assert ANNA not in caplog.text
    site.clock.tick(DAY)
    assert site.guard().rights.send_owed() == (0, 1)
    site.outbox.down = False
    assert site.guard().rights.send_owed() == (1, 0)
    assert site.guard().rights.send_owed() == (0, 0)
    assert site.guard().rights.confirm(site.token())


def test_a_mail_that_somebody_may_be_sending_is_left_to_them(site: Shop) -> None:
    """A run of `send_owed` beside the request that owes the mail would make its link void."""
    site.outbox.down = True
    ask(site)
    site.outbox.down = False
    assert site.guard().rights.send_owed() == (0, 0)


def test_a_new_token_ends_the_old_one(site: Shop) -> None:
    """Of two mails for one request, the last one's link counts."""
    first = ask(site)
    requests = site.stores("default").requests
    old, owing = site.token(), replace(first, owes="confirmation")
    assert requests.change(owing, first)
    site.clock.tick(DAY)
    assert site.guard().rights.send_owed() == (1, 0)
    assert site.guard().rights.peek(old) is None
    assert site.guard().rights.peek(site.token())


def test_the_database_fails_and_nothing_is_half_done(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request without its evidence is none, and nobody gets a mail about it."""
    guard = site.guard()

    def fails(*_: object, **__: object) -> None:
        raise StoreError("the database went away")

    monkeypatch.setattr(type(guard.evidence), "record", fails)
    with pytest.raises(StoreError):
        guard.rights.receive("erasure", ANNA, language="en", jurisdiction=None)
    assert guard.stores.requests.in_state("received", 10) == []
    assert site.outbox.messages == []


def test_a_token_is_looked_at_without_being_used_and_used_once(site: Shop) -> None:
    """What a mail program or a scanner opens changes nothing."""
    request = ask(site)
    rights = site.guard().rights
    assert rights.peek(site.token()) == rights.peek(site.token()) == request
    found = rights.confirm(site.token())
    assert found
    assert (found[0].state, found[0].confirmed_at) == ("confirmed", site.clock.now())
    assert (rights.confirm(site.token()), rights.peek(site.token())) == (None, None)
    assert site.acts() == ["request.confirmed", "request.received"]


def test_the_status_code_is_known_to_nobody_before_the_mail_is_read(site: Shop) -> None:
    """What is kept at the beginning opens no status, and the mailed token is no code."""
    ask(site)
    rights = site.guard().rights
    assert rights.status(site.token()) is None
    found = rights.confirm(site.token())
    assert found
    assert rights.status(found[1]) == found[0]
    assert found[1] not in "".join(mail.text for mail in site.outbox.messages)


def test_a_token_ends_after_seven_days(site: Shop) -> None:
    """At the very moment it is too late."""
    ask(site)
    site.clock.tick(7 * DAY)
    assert site.guard().rights.confirm(site.token()) is None


def test_a_status_code_ends_ninety_days_after_the_last_day(site: Shop) -> None:
    """From then on nobody sees the request by it."""
    request, code = confirmed(site)
    site.clock.tick(dt.datetime.combine(request.due_on + 90 * DAY, dt.time(), dt.UTC) - site.clock.now() - DAY)
    assert site.guard().rights.status(code)
    site.clock.tick(DAY)
    assert site.guard().rights.status(code) is None


def test_what_nobody_confirms_ends(site: Shop) -> None:
    """After seven days; a request whose mail never went out stays open."""
    ask(site)
    site.outbox.down = True
    owed = ask(site, address=BEN)
    assert site.guard().rights.expire() == 0
    site.clock.tick(7 * DAY)
    assert site.guard().rights.expire() == 1
    assert [each.id for each in site.stores("default").requests.in_state("received", 9)] == [owed.id]
    assert site.acts() == ["request.expired", "request.received", "request.received"]


def test_a_late_mail_opens_its_request_again(site: Shop) -> None:
    """The mail server was down for six days: the token has its full week."""
    site.outbox.down = True
    ask(site)
    site.outbox.down = False
    site.clock.tick(6 * DAY)
    assert site.guard().rights.send_owed() == (1, 0)
    site.clock.tick(2 * DAY)
    assert site.guard().rights.expire() == 1
    assert site.guard().rights.confirm(site.token())


def test_erasing_deletes_and_keeps_as_the_tags_and_laws_say(site: Shop) -> None:
    """Anna has no invoice and goes whole, in each part that she plays; Ben's rows are as they were."""
    request, _ = confirmed(site)
    done = site.guard().rights.carry_out(request.id)
    assert (done.request.state, done.request.owes, done.outcome.people) == ("partial", "", 2)
    assert dict(done.outcome.deleted) == {"Order": 1, "Lead": 1, "User": 1}
    assert (site.names("User"), site.names("Order"), site.names("Lead")) == ([2], [2], [])
    assert site.names("Guest") == [3], "whom we serve for somebody else is theirs to answer"
    assert (done.outcome.waiting, done.outcome.forwarded) == (("guest", "mailbox"), ("guest",))
    site.answer()
    assert site.guard().rights.find(request.id).state == "done"
    assert site.acts().count("erasure.partial") == site.acts().count("erasure.done") == 1


def test_what_a_law_keeps_stays_and_is_named(site: Shop) -> None:
    """Ben's invoice stays, his row without his name for it; the mail says so in the words of the policy."""
    request, _ = confirmed(site, address=BEN)
    site.guard().rights.carry_out(request.id)
    assert site.rows["User"].rows[1] == {"id": 2, "email": "", "name": "", "password": ""}
    assert site.names("Invoice") == [1]
    text = site.outbox.messages[-1].text
    assert "Deleted: “Orders”." in text
    assert "Cleared of what says something about you, while the record stays: “Account data” and “credentials”." in text
    assert "Kept by law until March 1, 2031, and deleted then: “Invoices”." in text
    assert "We have asked, and wait for the answer of: “Support mailbox”." in text
    assert "Deleted data stays in backups for up to 30 days." in text


def test_a_record_that_only_loses_its_link_is_not_said_to_be_emptied(
    site: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it holds is still there, and the mail claims no more."""
    monkeypatch.setitem(TAGS, "Order", replace(TAGS["Order"], on_erase={"user": "detach"}))
    monkeypatch.setattr(rights_kit, "TABLES", tuple(_loose(each) for each in TABLES))
    request, _ = confirmed(site)
    done = site.guard().rights.carry_out(request.id)
    assert (dict(done.outcome.detached), dict(done.outcome.emptied)) == ({"Order": 1}, {})
    assert site.rows["Order"].rows[0] == {**site.rows["Order"].rows[0], "user": None, "note": "a gift"}
    assert "No longer linked to you, while the record stays: “Orders”." in site.outbox.messages[-1].text


def _loose(table: Table) -> Table:
    """The table with columns that may all be NULL."""
    return replace(table, columns=tuple(replace(column, required=False) for column in table.columns))


def test_an_address_that_nobody_has_is_said_to_its_owner_alone(site: Shop) -> None:
    """The request is done, and its mail says that there was nothing."""
    request, _ = confirmed(site, address=NOBODY)
    done = site.guard().rights.carry_out(request.id)
    assert (done.outcome.people, done.request.state) == (0, "partial"), "a mailbox may know them"
    assert site.outbox.messages[-1].subject == "We found no data about you"


def test_a_dry_run_changes_nothing(site: Shop) -> None:
    """It shows the plan with its rows."""
    request, _ = confirmed(site)
    done = site.guard().rights.carry_out(request.id, dry_run=True)
    assert done.plan
    assert [line.split(" of ")[-1] for line in done.plan.lines()] == ["Order", "Lead", "User"]
    assert site.names("User") == [1, 2]
    assert site.guard().rights.find(request.id).state == "confirmed"
    assert "erasure.done" not in site.acts()


def test_an_erasure_that_fails_leaves_every_row(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last table refuses: the first ones are as they were, and the request goes on by itself later."""
    request, _ = confirmed(site)
    guard = site.guard()
    delete = guard.stores.dataset.delete

    def refuses_users(selection: object) -> int:
        if getattr(selection, "label", "") == "User":
            raise StoreError("User is referred to")
        return delete(selection)  # type: ignore[arg-type]

    monkeypatch.setattr(guard.stores.dataset, "delete", refuses_users)
    with pytest.raises(StoreError):
        guard.rights.carry_out(request.id)
    assert (site.names("Order"), site.names("Lead")) == ([1, 2], [7])
    assert guard.rights.find(request.id).state == "running"
    assert len(site.outbox.messages) == 1
    assert list(guard.rights.resume().failed) == [request.id]
    monkeypatch.undo()
    assert not guard.rights.resume().failed
    assert (site.names("User"), guard.rights.find(request.id).state) == ([2], "partial")


def test_no_queue_is_too_long_for_those_at_its_end(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that nobody downloads, and mails that nobody takes, keep no erasure waiting, nor its mail."""
    monkeypatch.setattr(queues, "AT_ONCE", 2)
    for _ in range(5):
        confirmed(site, "access")
    confirmed(site, "erasure", BEN)
    assert sorted(each.right for each in site.guard().rights.waiting()) == ["access"] * 5 + ["erasure"]
    site.outbox.down = True
    for _ in range(5):
        ask(site)
    site.outbox.down = False
    site.clock.tick(DAY)
    assert site.guard().rights.send_owed() == (5, 0)
    site.clock.tick(7 * DAY)
    assert site.guard().rights.expire() == 5


def test_an_address_that_no_mail_reaches_is_given_up(site: Shop) -> None:
    """After the last day to answer: a thousand such requests would else keep every other from its mail for ever."""
    site.outbox.down = True
    ask(site)
    site.clock.tick(31 * DAY)
    assert site.guard().rights.expire() == 0
    site.clock.tick(DAY)
    assert site.guard().rights.expire() == 1
    assert site.guard().rights.send_owed() == (0, 0)


def test_an_outcome_that_cannot_be_mailed_is_owed(site: Shop) -> None:
    """The rows are gone all the same, and the mail goes out later."""
    request, _ = confirmed(site)
    site.outbox.down = True
    done = site.guard().rights.carry_out(request.id)
    assert (done.request.state, done.request.owes) == ("partial", "outcome")
    site.outbox.down = False
    site.clock.tick(DAY)
    assert site.guard().rights.send_owed() == (1, 0)
    assert site.outbox.messages[-1].subject == "Your data is deleted as far as it can be now"


def test_what_was_done_is_mailed_for_a_month_after_the_last_day(site: Shop) -> None:
    """Then the address is given up, and the evidence says so; the request stays done."""
    request, _ = confirmed(site)
    site.outbox.down = True
    site.guard().rights.carry_out(request.id)
    site.answer()
    site.clock.tick((request.due_on - site.clock.now().date()) + 30 * DAY)
    rights = site.guard().rights
    assert (rights.expire(), rights.find(request.id).owes) == (0, "outcome")
    site.clock.tick(DAY)
    assert (rights.expire(), rights.find(request.id).owes, rights.find(request.id).state) == (0, "", "done")
    assert (rights.send_owed(), site.acts().count("mail.given_up")) == ((0, 0), 1)


def test_what_was_done_late_is_mailed_for_a_month_all_the_same(site: Shop) -> None:
    """From the day on which it was done."""
    request, _ = confirmed(site)
    site.clock.tick(90 * DAY)
    site.outbox.down = True
    site.guard().rights.carry_out(request.id)
    site.answer()
    site.clock.tick(30 * DAY)
    site.guard().rights.expire()
    assert site.guard().rights.find(request.id).owes == "outcome"


def test_a_second_factor_goes_with_its_owner(site: Shop) -> None:
    """The sealed secret is theirs too, and so are the passkeys."""
    guard, stores = site.guard(), site.stores("default")
    me = guard.pseudonyms.of(SubjectRef("user", "1"))
    stores.authenticators.add(
        Authenticator(id="a", subject=me, state="active", secret=b"s", created_at=site.clock.now())
    )
    stores.passkeys.add(
        Passkey(id="p", subject=me, credential=b"c", public_key=b"k", sign_count=0, created_at=site.clock.now())
    )
    stores.recovery_codes.replace(me, ["digest"])
    request, _ = confirmed(site)
    guard.rights.carry_out(request.id)
    assert (list(stores.authenticators.of(me)), stores.recovery_codes.left(me)) == ([], 0)
    assert list(stores.passkeys.of(me)) == []


def test_only_a_confirmed_request_is_carried_out_and_once(site: Shop) -> None:
    """Whoever runs it again sees what was done."""
    waiting = ask(site)
    with pytest.raises(RightsError, match="received"):
        site.guard().rights.carry_out(waiting.id)
    with pytest.raises(RightsError, match="no such request"):
        site.guard().rights.carry_out("0" * 32)
    request, _ = confirmed(site)
    first = site.guard().rights.carry_out(request.id)
    again = site.guard().rights.carry_out(request.id)
    assert again.outcome == first.outcome
    assert len([act for act in site.acts() if act == "erasure.begun"]) == 1


def test_a_copy_that_nobody_downloads_is_not_given_out_for_ever(site: Shop) -> None:
    """It would be made of whatever is there then, of whoever has the address then; and the request is not overdue."""
    request, code = confirmed(site, "access")
    erasure, _ = confirmed(site, "erasure", BEN)
    site.clock.tick(30 * DAY - dt.timedelta(microseconds=1))
    rights = site.guard().rights
    assert (rights.is_ready(request), rights.expire()) == (True, 0)
    site.clock.tick(dt.timedelta(microseconds=1))
    assert not rights.is_ready(request)
    assert (rights.expire(), rights.expire()) == (1, 0)
    ended = rights.status(code)
    assert ended
    assert (ended.state, ended.closed_at) == ("expired", site.clock.now())
    assert [each.id for each in rights.waiting()] == [erasure.id]
    assert site.acts().count("request.expired") == 1
    assert rights.confirm(site.token(0)) is None


def test_what_sends_mail_or_erases_is_refused_inside_a_transaction(site: Shop) -> None:
    """The caller's end could undo what the mail says."""
    request, _ = confirmed(site)
    guard = site.guard()
    for act in (
        lambda: guard.rights.receive("erasure", ANNA, language="en", jurisdiction=None),
        lambda: guard.rights.carry_out(request.id),
        guard.rights.send_owed,
        guard.rights.expire,
    ):
        with guard.stores.transactions.atomic(), pytest.raises(InsideTransactionError):
            act()


def test_evidence_counts_rows_and_names_nobody(site: Shop) -> None:
    """Its subject is the pseudonym of the address."""
    request, _ = confirmed(site)
    guard = site.guard()
    guard.rights.carry_out(request.id)
    entries = guard.stores.entries.unsealed(None, 10)
    assert {entry.subject for entry in entries} == {guard.pseudonyms.of_address(ANNA.upper())}
    [done] = [entry for entry in entries if entry.act == "erasure.partial"]
    assert json.loads(done.details) == {
        "request": request.id, "people": 2, "deleted.Lead": 1, "deleted.Order": 1, "deleted.User": 1, "waiting": 2,
    }  # fmt: skip
    assert not any("anna" in entry.details.lower() for entry in entries)


def test_two_who_carry_out_one_request_do_it_once(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is second finds it changed, and nothing of theirs stays."""
    request, _ = confirmed(site)
    guard = site.guard()
    stores = guard.stores
    assert isinstance(stores, MemoryStores)
    monkeypatch.setattr(stores.requests, "change", lambda request, was: False)
    with pytest.raises(RightsError, match="by somebody else meanwhile"):
        guard.rights.carry_out(request.id)
    assert site.names("User") == [1, 2]
