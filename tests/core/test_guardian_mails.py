"""The mails to guardians: none is lost, none goes out twice, and none ends the link of another."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from consentguard.memory import Outbox
from consentguard.records import GuardianConsent, Message
from tests.core.guardian_kit import DAY, FORM, KIM, MARIA, code, made, room
from tests.core.rights_kit import Shop

SOON = dt.timedelta(minutes=5)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop, which asks guardians."""
    return made(tmp_path, monkeypatch)


def asked(site: Shop) -> GuardianConsent:
    return room(site).ask(KIM, MARIA, language="en")


def test_a_mail_that_could_not_be_sent_is_owed(site: Shop) -> None:
    """And sent by the schedule once whoever tried has left it, with a link that works."""
    site.outbox.down = True
    lost = asked(site)
    assert (lost.state, room(site).send_owed()) == ("requested", (0, 0))
    site.clock.tick(SOON)
    assert room(site).send_owed() == (0, 1)
    site.outbox.down = False
    site.clock.tick(SOON)
    assert (room(site).send_owed(), room(site).send_owed()) == ((1, 0), (0, 0))
    assert room(site).peek(code(site)) == room(site).find(lost.id)
    assert (room(site).find(lost.id).state, site.acts().count("guardian.noticed")) == ("noticed", 1)


def test_the_mail_of_an_answer_is_owed_too(site: Shop) -> None:
    """The answer stands, and its guardian gets the link by which they take it back."""
    asked(site)
    site.outbox.down = True
    assert room(site).grant(code(site), ["news"])
    assert room(site).granted(KIM) == {"news"}
    site.outbox.down = False
    site.clock.tick(SOON)
    assert room(site).send_owed() == (1, 0)
    assert "You have agreed" in site.outbox.messages[-1].subject
    taken = room(site).withdraw(code(site))
    assert taken
    assert taken.owed_at is None


def test_whose_form_came_before_the_mail_is_asked_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are verified and have chosen nothing: without the mail they never could."""
    site = made(tmp_path, monkeypatch, FORM)
    site.outbox.down = True
    lost = asked(site)
    room(site).received(lost.id, "Dana")
    site.outbox.down = False
    site.clock.tick(SOON)
    assert (room(site).send_owed(), room(site).find(lost.id).state) == ((1, 0), "verified")
    assert room(site).grant(code(site), ["news"])
    assert room(site).granted(KIM) == {"news"}


def test_nobody_is_mailed_what_is_over(site: Shop) -> None:
    """Neither when the time to answer has passed, nor once it is closed."""
    site.outbox.down = True
    asked(site)
    site.outbox.down = False
    site.clock.tick(14 * DAY)
    assert room(site).send_owed() == (0, 0)
    assert (room(site).expire(), room(site).send_owed(), site.outbox.messages) == (1, (0, 0), [])


def test_nobody_is_mailed_what_they_took_back(site: Shop) -> None:
    """By the page that their answer opened, while the mail with its link was owed."""
    asked(site)
    link = code(site)
    site.outbox.down = True
    answer = room(site).grant(link, ["news"])
    assert answer
    assert room(site).withdraw(answer.code)
    site.outbox.down = False
    site.clock.tick(SOON)
    assert (room(site).send_owed(), len(site.outbox.messages)) == ((0, 0), 1)


def test_a_page_stays_open_until_the_mail_with_another_link_is_away(site: Shop) -> None:
    """A mail that is tried again and lost again ends nothing: whoever agreed takes it back on the page they have."""
    asked(site)
    link = code(site)
    site.outbox.down = True
    answer = room(site).grant(link, ["news"])
    assert answer
    site.clock.tick(SOON)
    assert (room(site).send_owed(), room(site).peek(answer.code) is not None) == ((0, 1), True)
    site.outbox.down = False
    site.clock.tick(SOON)
    assert (room(site).send_owed(), room(site).peek(answer.code)) == ((1, 0), None)
    assert room(site).withdraw(code(site))


class Meanwhile(Outbox):
    """A mail server that is slow: meanwhile the schedule runs."""

    def __init__(self, site: Shop) -> None:
        super().__init__()
        self.site = site
        self.found: list[tuple[int, int]] = []

    def send(self, message: Message) -> None:
        """Send it, late."""
        super().send(message)
        self.found.append(room(self.site).send_owed())


def test_one_mail_goes_out_however_many_would_send_it(site: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is being sent nobody else does, so that the link that arrives is the one that works."""
    slow = Meanwhile(site)
    monkeypatch.setattr(type(site), "mail", lambda _: slow)
    one = asked(site)
    assert (slow.found, len(slow.messages), one.state) == ([(0, 0)], 1, "noticed")


def test_of_two_schedules_one_sends(site: Shop) -> None:
    """Both found that it is owed; the one that comes later finds it taken."""
    site.outbox.down = True
    asked(site)
    site.outbox.down = False
    site.clock.tick(SOON)
    stores = site.stores("default")
    mails = room(site).mails
    (found,) = stores.guardian_consents.owing(site.clock.now(), 10)
    assert mails.send_owed() == (1, 0)
    assert mails._sent_again(found) is None
    assert len(site.outbox.messages) == 1
