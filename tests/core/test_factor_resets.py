"""Second factors that somebody else takes away, the mails that tell their owners, and how many staff have one."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result

from consentguard import screens
from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.memory import MemoryStores
from consentguard.ports import InsideTransactionError, StoreError
from consentguard.records import EvidenceEntry, Passkey, SubjectRef
from consentguard.screens import DESKS, Page, Seat, Sent, Told
from consentguard.testing.keys import keyring
from consentguard.twofactor.letters import News, letter
from consentguard.twofactor.resetting import FRESH, REASONS, Asked, Done, ResetError
from tests.core import rights_kit
from tests.core.rights_kit import POLICY, shop
from tests.core.test_twofactor import Phone

ANNA, BEN = SubjectRef("user", "1"), SubjectRef("user", "2")
MINUTE = dt.timedelta(minutes=1)
OURS = {"staff": 2, "packages": ["consentguard"]}
SECRETS = ("secret", "qr", "otpauth", "svg")


@dataclass(frozen=True)
class Shop(rights_kit.Shop):
    """The shop, which keeps sessions in its database, and whose staff gave their second factor a minute ago."""

    ended: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def forget_sessions(self, keys: Sequence[str]) -> int:
        if self.stuck:
            raise StoreError(self.stuck[0])
        self.ended.extend(keys)
        return 3

    def enrolled(self, who: SubjectRef) -> tuple[Phone, tuple[str, ...]]:
        """Somebody's phone and recovery codes; the mail about them is away."""
        phone = Phone(self.guard().twofactor.enrol(who).key, self.clock)
        codes = self.guard().twofactor.activate(who, phone.code()).recovery_codes
        self.clock.tick(MINUTE)
        self.outbox.messages.clear()
        return phone, codes

    def reset(self, subject: SubjectRef = ANNA, **asked: object) -> Done:
        """What comes of a reset by Ben."""
        usual = {"subject": subject, "staff": BEN, "factor_at": self.clock.now() - MINUTE, "reason": "lost"}
        return self.guard().factor_resets.reset(Asked(**{**usual, **asked}))  # type: ignore[arg-type]

    def last(self) -> EvidenceEntry:
        return list(self.stores("default").entries.unsealed(None, 1000))[-1]

    def seat(self, *, fresh: bool = True, who: SubjectRef | None = BEN) -> Seat:
        """Ben's desk."""
        at = self.clock.now() - (MINUTE if fresh else FRESH + MINUTE)
        return Seat(self.guard(), "ben", {"factors", "factors.reset"}.__contains__, lambda: who, lambda: at)

    def send(self, seat: Seat, **fields: str) -> Told | Page:
        """What comes of the form."""
        desk = DESKS["factors"]
        assert desk.begin
        return screens.done(desk, seat, "", desk.begin, Sent({name: [value] for name, value in fields.items()}))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    made = shop(tmp_path, f"{POLICY}\n[twofactor]\n")
    return Shop(tmp_path, databases=made.databases, rows=made.rows, employed=["1", "2"])


def test_another_takes_a_lost_factor_away(site: Shop) -> None:
    """Factor and recovery codes are gone, sessions ended, and its owner is told; they may set up a new one."""
    phone, codes = site.enrolled(ANNA)
    site.enrolled(BEN)
    assert site.reset(reference="HELP-7") == Done(factors=1, sessions=3, told=True)
    feature = site.guard().twofactor
    assert (feature.state(ANNA), feature.codes_left(ANNA), site.ended) == (None, 0, ["1"])
    assert feature.verify(ANNA, phone.code()).verdict == feature.recover(ANNA, codes[0]).verdict == "absent"
    assert feature.state(BEN)
    [mail] = site.outbox.messages
    assert (mail.to, mail.subject) == ("anna@example.com", "Your second factor was taken away")
    assert site.enrolled(ANNA)


def test_the_evidence_says_who_took_it_away_and_why(site: Shop) -> None:
    """By pseudonyms, and a word for the reason: no text of somebody's own."""
    site.enrolled(ANNA)
    site.reset(reason="other", reference="HELP-7")
    entry, pseudonyms = site.last(), site.guard().pseudonyms
    assert (entry.act, entry.subject) == ("factor.reset", pseudonyms.of(ANNA))
    said = {"by": pseudonyms.of(BEN), "factors": 1, "reason": "other", "reference": "HELP-7"}
    assert json.loads(entry.details) == said


def test_every_browser_must_give_a_factor_again(site: Shop) -> None:
    """What was given before counts no more, whatever is being verified now: another epoch begins."""
    site.enrolled(ANNA)
    sessions, who = site.stores("default").factor_sessions, site.guard().pseudonyms.of(ANNA)
    before = sessions.epoch(who)
    site.reset()
    assert sessions.epoch(who) != before


def test_nobody_is_freed_of_a_factor_in_a_session_that_cannot_be_ended(site: Shop) -> None:
    """Sessions end first: where they cannot, nothing is taken away, and nothing is told or taken down."""
    site.enrolled(ANNA)
    acts = site.acts()
    site.stuck.append("the database of the sessions is down")
    with pytest.raises(StoreError):
        site.reset()
    assert (site.guard().twofactor.is_enrolled(ANNA), site.acts(), site.outbox.messages) == (True, acts, [])


def test_passkeys_go_along(site: Shop) -> None:
    """Whoever lost the phone lost what is on it."""
    who = site.guard().pseudonyms.of(ANNA)
    key = Passkey(id="1" * 64, subject=who, credential=b"c", public_key=b"k", sign_count=0, created_at=site.clock.now())
    site.stores("default").passkeys.add(key)
    assert site.reset().factors == 1
    assert site.guard().twofactor.state(ANNA) is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"staff": ANNA}, "their own"),
        ({"staff": None}, "nobody knows"),
        ({"factor_at": None}, "your own second factor"),
        ({"factor_at": -FRESH - dt.timedelta(seconds=1)}, "your own second factor"),
        ({"factor_at": MINUTE}, "your own second factor"),
        ({"reason": ""}, "no reason"),
        ({"reason": "because"}, "no reason"),
        ({"reason": "other"}, "written down"),
        ({"reference": "Anna lost it"}, "reference"),
        ({"reference": "A" * 41}, "reference"),
        ({"subject": SubjectRef("user", "99")}, "no second factor"),
    ],
)
def test_what_may_not_be_changes_nothing(site: Shop, asked: dict[str, object], said: str) -> None:
    """Oneself, without a fresh factor of one's own, without a reason, for nobody: an error that says what to do."""
    site.enrolled(ANNA)
    acts = site.acts()
    if isinstance(away := asked.get("factor_at"), dt.timedelta):
        asked = {"factor_at": site.clock.now() + away}
    with pytest.raises(ResetError, match=said) as raised:
        site.reset(**asked)  # type: ignore[arg-type]
    assert raised.value.hint
    assert (site.guard().twofactor.state(ANNA) is not None, site.ended, site.acts()) == (True, [], acts)
    assert site.outbox.messages == []


def test_a_factor_counts_as_fresh_for_fifteen_minutes(site: Shop) -> None:
    """To the second."""
    site.enrolled(ANNA)
    assert site.reset(factor_at=site.clock.now() - FRESH).factors == 1


def test_it_is_refused_inside_a_transaction(site: Shop) -> None:
    """Whose end could bring the factor back after the mail has gone."""
    site.enrolled(ANNA)
    with pytest.raises(InsideTransactionError), site.stores("default").transactions.atomic():
        site.reset()
    assert site.guard().twofactor.state(ANNA)


def test_a_mail_that_cannot_go_out_keeps_nothing_from_being_done(site: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """It is in the log, without an address, and whoever did it is told to tell them."""
    site.enrolled(ANNA)
    site.outbox.down = True
    with caplog.at_level(logging.WARNING):
        assert site.reset() == Done(factors=1, sessions=3, told=False)
    assert "could not be sent" in caplog.text
    assert "anna" not in caplog.text


def test_whoever_has_no_address_cannot_be_told(site: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Such as a user whose row is gone: the act is done, and the log says it."""
    assert site.guard().factor_letters.tell(SubjectRef("user", "99"), "added") is False
    assert site.guard().factor_letters.tell(SubjectRef("robot", "1"), "added") is False
    assert caplog.text.count("no address is known") == 2


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("news", get_args(News))
def test_each_letter_says_what_happened_and_what_to_do(news: News, language: str) -> None:
    """When it was, where to write to, and where to look; in each language of the letters words of its own."""
    at = dt.datetime(2026, 11, 28, 23, 5, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    made = letter(news, language, at, contact="privacy@example.com", link="https://example.com/f", left=7)
    message = made.to("anna@example.com")
    for said in ("21:05", "privacy@example.com", "https://example.com/f"):
        assert said in message.text
    assert ("7" in message.text.replace("2026", "")) is (news == "recovered")
    assert "{" not in message.text + message.subject
    if language == "es":
        assert message.subject != letter(news, "en", at).title


def test_a_letter_goes_in_the_language_of_the_page(site: Shop) -> None:
    """Or in the policy's first; its link leads to the page of the factor in that language."""
    site.guard().factor_letters.tell(ANNA, "recovered", "es", left=2)
    site.guard().factor_letters.tell(ANNA, "added")
    spanish, english = site.outbox.messages
    assert "/factor/es" in spanish.text
    assert "Recovery codes left" not in spanish.text
    assert "/factor/en" in english.text


def test_the_desk_takes_it_away_for_whoever_is_named(site: Shop) -> None:
    """By their address or as kind:key; it says what came of it."""
    for whose in ("anna@example.com", "user:1"):
        site.enrolled(ANNA)
        came = site.send(site.seat(), whose=whose, reason="lost")
        assert came == Told("It is taken away. Sessions that ended: 3. A mail tells them.")
    site.enrolled(ANNA)
    site.outbox.down = True
    told = site.send(site.seat(), whose="user:1", reason="lost")
    assert isinstance(told, Told)
    assert (told.good, "tell them yourself" in told.sentence) == (False, True)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"whose": "user:2", "reason": "lost"}, "their own"),
        ({"whose": "ben@example.com", "reason": "lost"}, "their own"),
        ({"whose": "lead:7", "reason": "lost"}, "nobody of that name"),
        ({"whose": "nobody@example.com", "reason": "lost"}, "nobody of that name"),
        ({"whose": "robot:1", "reason": "lost"}, "nobody of that name"),
        ({"whose": "", "reason": "lost"}, "nobody of that name"),
        ({"whose": "user:1", "reason": ""}, "no reason"),
    ],
)
def test_the_desk_says_why_it_does_not(site: Shop, fields: dict[str, str], said: str) -> None:
    """The page again, with what was wrong."""
    site.enrolled(ANNA)
    site.enrolled(BEN)
    came = site.send(site.seat(), **fields)
    assert isinstance(came, Page)
    assert said in came.error
    assert site.guard().twofactor.state(ANNA)


def test_the_desk_asks_for_a_fresh_factor_of_whoever_sits_there(site: Shop) -> None:
    """An old one does not do, nor does somebody whom the site does not know."""
    site.enrolled(ANNA)
    for seat in (site.seat(fresh=False), site.seat(who=None)):
        assert isinstance(site.send(seat, whose="user:1", reason="lost"), Page)
    assert site.guard().twofactor.state(ANNA)


def test_the_page_of_a_factor_shows_no_secret(site: Shop) -> None:
    """Neither its secret nor a picture of it; that somebody looked is taken down."""
    site.enrolled(ANNA)
    who = site.guard().pseudonyms.of(ANNA)
    page = screens.opened(DESKS["factors"], site.seat(), who)
    shown = repr(page).lower()
    assert who in shown
    assert dict(page.parts[0].facts)["Recovery codes left"].text == "10"
    assert [word for word in SECRETS if word in shown] == []
    assert site.last().act == "records.viewed"


def test_the_reasons_are_offered(site: Shop) -> None:
    """Each by a sentence."""
    [part] = screens.opened(DESKS["factors"], site.seat()).parts
    reasons = next(field for field in part.forms[0].fields if field.name == "reason")
    assert [option.value for option in reasons.options] == list(REASONS)


def run(site: Shop, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["factors", *arguments], obj=site, catch_exceptions=False)


def test_the_share_of_the_staff_is_counted(site: Shop) -> None:
    """Those with an active factor of any kind, passkeys too; one that is being set up is none yet."""
    site.guard().twofactor.enrol(ANNA)
    assert json.loads(run(site, "--json").stdout) == OURS | {"enrolled": 0}
    site.enrolled(BEN)
    assert json.loads(run(site, "--json").stdout) == OURS | {"enrolled": 1}
    who = site.guard().pseudonyms.of(ANNA)
    key = Passkey(id="1" * 64, subject=who, credential=b"c", public_key=b"k", sign_count=0, created_at=site.clock.now())
    site.stores("default").passkeys.add(key)
    assert json.loads(run(site, "--json").stdout) == OURS | {"enrolled": 2}
    site.stores("default").passkeys.remove([who])
    assert run(site).stdout.splitlines() == [
        "1 of 2 members of the staff have a second factor (50%), kept by consentguard.",
        "█" * 20 + "░" * 20,
    ]


def test_nobody_is_counted_where_nobody_is_known(site: Shop, tmp_path: Path) -> None:
    """The command says which setting tells; the admin shows no bar."""
    bare = Shop(tmp_path, databases={"default": MemoryStores()})
    assert screens.share(bare.guard()) is None
    done = run(bare)
    assert (done.exit_code, "`staff`" in done.stderr) == (2, True)
