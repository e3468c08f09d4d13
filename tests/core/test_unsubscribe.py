"""Mails that somebody wants no more of: the headers and links, the list that outlives an erasure, the gate."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from consentguard import ConsentMissingError, UnsubscribedError
from consentguard.consent import ConsentError
from consentguard.crypto.keyring import VARIABLE, Keyring
from consentguard.errors import SettingsError
from consentguard.guard import Guard
from consentguard.records import EVERYONE, SubjectRef
from consentguard.testing.keys import keyring
from consentguard.unsubscribe import ONE_CLICK, UnsubscribeError
from tests.core import rights_kit
from tests.core.letters_kit import ADA, BOB, LETTERS, TEXT
from tests.core.visits import ANA, acts, shop

WORDS: Any = {"text": TEXT, "component": "SignUp", "language": "en"}
HERE = "https://shop.example.com/privacy/unsubscribe/"


def letters(folder: Path, policy: str = LETTERS, **options: object) -> Guard:
    return shop(folder, policy, **options)


def agree(guard: Guard, *people: SubjectRef | str) -> None:
    """Some people agree to the newsletter, and time goes on."""
    for who in people:
        guard.consent.give(["newsletter"], who, **WORDS)
    guard.clock.tick(dt.timedelta(seconds=1))  # type: ignore[attr-defined]


def token(guard: Guard, address: str = ADA, purpose: str = "newsletter", who: SubjectRef | None = None) -> str:
    return guard.unsubscribe.link(address, purpose, who).removeprefix(HERE)


def written(guard: Guard) -> list[tuple[str, str]]:
    return [(entry.act, entry.subject) for entry in acts(guard) if not entry.act.startswith("consent.")]


def test_a_mail_bears_the_headers_of_one_click(tmp_path: Path) -> None:
    """A link that is signed, and what a mail program posts to it; the address is not in it."""
    headers = letters(tmp_path).unsubscribe.headers(ADA, "newsletter")
    assert headers["List-Unsubscribe-Post"] == ONE_CLICK
    link = headers["List-Unsubscribe"]
    assert link.startswith(f"<{HERE}newsletter.")
    assert link.endswith(">")
    assert "@" not in link
    assert "example.org" not in link


def test_the_link_is_never_folded_or_encoded(tmp_path: Path) -> None:
    """The standard library writes a header of this length as encoded words, in which no mail program finds a link."""
    headers = letters(tmp_path).unsubscribe.headers(ADA, "newsletter", ANA)
    mail = EmailMessage()
    mail["To"] = ADA
    for name, value in headers.items():
        mail[name] = value
    line = f"List-Unsubscribe: {headers['List-Unsubscribe']}\n".encode()
    assert line in mail.as_bytes()
    assert BytesParser().parsebytes(mail.as_bytes())["List-Unsubscribe"] == headers["List-Unsubscribe"]
    assert line.replace(b"\n", b"\r\n") in mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


def test_without_https_there_is_no_one_click(tmp_path: Path) -> None:
    """On a developer's machine the header links to the page alone (RFC 8058 section 3.1)."""
    guard = letters(tmp_path, base_url="http://127.0.0.1:8000")
    assert list(guard.unsubscribe.headers(ADA, "newsletter")) == ["List-Unsubscribe"]


def test_nobody_links_to_a_site_that_does_not_know_where_it_answers(tmp_path: Path) -> None:
    """The error says which setting is missing."""
    guard = letters(tmp_path, LETTERS.replace('base_url = "https://shop.example.com"', ""))
    with pytest.raises(SettingsError, match="answers"):
        guard.unsubscribe.headers(ADA, "newsletter")


def test_a_purpose_that_the_policy_lacks_is_a_mistake(tmp_path: Path) -> None:
    """A slip keeps no mail back silently, and makes no link that would end nothing."""
    lists = letters(tmp_path).unsubscribe
    for ask in (
        lambda: lists.headers(ADA, "newsleter"),
        lambda: lists.suppress(ADA, "newsleter"),
        lambda: lists.allowed("newsleter", {ADA: None}),
        lambda: lists.gate("newsleter", ADA),
    ):
        with pytest.raises(UnsubscribeError, match="'newsleter'") as caught:
            ask()
        assert "newsletter" in caught.value.hint


def test_a_link_ends_what_it_was_made_for(tmp_path: Path) -> None:
    """Purpose, address and account, by pseudonym, read without a database; in a language where one is asked for."""
    guard = letters(tmp_path)
    found = guard.unsubscribe.read(token(guard, who=ANA))
    assert found is not None
    assert (found.purpose, found.address) == ("newsletter", guard.pseudonyms.of_address(ADA))
    assert found.person == guard.pseudonyms.of(ANA)
    bare = guard.unsubscribe.read(token(guard))
    assert bare == replace(found, person="")
    assert "/es/" in guard.unsubscribe.link(ADA, "newsletter", language="es")


def test_a_forged_link_ends_nothing(tmp_path: Path) -> None:
    """Cut off, changed in any one place, for another purpose, endless, or signed for something else."""
    guard = letters(tmp_path)
    right = token(guard)
    forged = [right[:-1], right[1:], right + "a", "", ".", "a" * 100_000, right.replace("newsletter", "offers")]
    forged += [right[:at] + ("0" if right[at] != "0" else "1") + right[at + 1 :] for at in range(11, len(right) - 1)]
    forged.append(guard.cookies.seal("cg_age", "newsletter", dt.timedelta(1)).value)
    assert [guard.unsubscribe.read(each) for each in forged] == [None] * len(forged)


def test_a_link_outlives_a_rotation_of_keys(tmp_path: Path) -> None:
    """A mail may lie in a mailbox for years: its link works as long as the key that signed it is in the ring."""
    old = letters(tmp_path)
    link = token(old)
    ring = tmp_path / "shop.keys"
    rotated = Keyring.load(ring).with_new_key()
    rotated.write(ring)
    assert token(Guard(letters(tmp_path).site, old.stores)) != link
    new = Guard(letters(tmp_path).site, old.stores)
    found = new.unsubscribe.read(link)
    assert found is not None
    assert new.unsubscribe.end(found)
    assert old.unsubscribe.has_ended(found)


def test_to_unsubscribe_ends_mails_and_consent(tmp_path: Path) -> None:
    """Of the address and of its account, at once and once; the evidence names both by pseudonym."""
    guard = letters(tmp_path)
    agree(guard, ADA, ANA, BOB)
    subscription = guard.unsubscribe.read(token(guard, who=ANA))
    assert subscription is not None
    assert not guard.unsubscribe.has_ended(subscription)
    assert guard.unsubscribe.end(subscription, language="es") is True
    assert guard.unsubscribe.has_ended(subscription)
    assert guard.consent.consenting("newsletter", [ADA, ANA, BOB]) == {BOB}
    before = acts(guard)
    assert guard.unsubscribe.end(subscription) is False
    assert acts(guard) == before
    assert written(guard) == [("mail.unsubscribed", guard.pseudonyms.of_address(ADA))]
    assert guard.unsubscribe.counts() == {"newsletter": 1}


def test_a_mail_goes_to_whoever_agreed_and_did_not_unsubscribe(tmp_path: Path) -> None:
    """Of many addresses at once: with an account or without, in whatever case they are written."""
    guard = letters(tmp_path)
    agree(guard, ANA, BOB, "gone@example.org")
    guard.unsubscribe.suppress("gone@example.org", "newsletter")
    people = {ADA: ANA, BOB: None, "Bob@Example.org": None, "gone@example.org": None, "new@example.org": None}
    assert guard.unsubscribe.allowed("newsletter", people) == {ADA, BOB, "Bob@Example.org"}
    assert guard.unsubscribe.allowed("newsletter", {}) == frozenset()


def test_a_mail_that_waits_for_no_consent_goes_to_whoever_did_not_object(tmp_path: Path) -> None:
    """Marketing that rests on legitimate interests: an objection is always granted (Art. 21(2) GDPR)."""
    guard = letters(tmp_path)
    guard.unsubscribe.suppress(ADA, "offers")
    assert guard.unsubscribe.allowed("offers", {ADA: None, BOB: None}) == {BOB}
    assert guard.unsubscribe.allowed("service", {ADA: None, BOB: None}) == {ADA, BOB}


def test_a_browsers_signal_keeps_marketing_back(tmp_path: Path) -> None:
    """Whoever sent Global Privacy Control gets no offers; what they agreed to in words outranks it."""
    guard = letters(tmp_path)
    guard.consent.give(["newsletter"], ANA, **WORDS, gpc=True)
    assert guard.unsubscribe.allowed("offers", {ADA: ANA, BOB: None}) == {BOB}
    assert guard.unsubscribe.allowed("newsletter", {ADA: ANA}) == {ADA}
    exempt = letters(
        tmp_path, LETTERS.replace('balancing = "docs/offers.md"', 'balancing = "docs/offers.md"\ngpc = false')
    )
    assert Guard(exempt.site, guard.stores).unsubscribe.allowed("offers", {ADA: ANA}) == {ADA}


@pytest.mark.parametrize(
    ("purpose", "reason", "error"),
    [
        ("newsletter", "consent", ConsentMissingError),
        ("offers", "unsubscribed", UnsubscribedError),
        ("offers", "signal", UnsubscribedError),
    ],
)
def test_a_mail_that_may_not_go_is_kept_back(tmp_path: Path, purpose: str, reason: str, error: type[Exception]) -> None:
    """The error says why and not to whom; that it was kept back is taken down, under a pseudonym."""
    guard = letters(tmp_path)
    if reason == "unsubscribed":
        guard.unsubscribe.suppress(ADA, purpose)
    if reason == "signal":
        guard.consent.give(["newsletter"], ANA, **WORDS, gpc=True)
    with pytest.raises(error, match=purpose) as caught:
        guard.unsubscribe.gate(purpose, ADA, ANA)
    assert ADA not in str(caught.value)
    [blocked] = [entry for entry in acts(guard) if entry.act == "send.blocked"]
    assert blocked.subject == guard.pseudonyms.of_address(ADA) != EVERYONE
    assert json.loads(blocked.details) == {"purpose": purpose, "reason": reason}


def test_a_mail_that_may_go_leaves_no_trace(tmp_path: Path) -> None:
    """The gate writes nothing where it lets through."""
    guard = letters(tmp_path)
    agree(guard, ADA)
    guard.unsubscribe.gate("newsletter", ADA)
    guard.unsubscribe.gate("offers", ADA)
    assert written(guard) == []


def test_only_a_new_consent_brings_the_mails_back(tmp_path: Path) -> None:
    """Consent that is recorded past the list changes nothing; given anew for the address, both stand."""
    guard = letters(tmp_path)
    guard.unsubscribe.suppress(ADA, "newsletter")
    agree(guard, ADA)
    assert guard.unsubscribe.allowed("newsletter", {ADA: None}) == frozenset()
    record = guard.unsubscribe.resume(ADA, "newsletter", ANA, **WORDS)
    assert (record.subject, record.accepted) == (guard.pseudonyms.of(ANA), ("newsletter",))
    assert guard.unsubscribe.allowed("newsletter", {ADA: ANA}) == {ADA}
    assert written(guard)[-1] == ("mail.resumed", guard.pseudonyms.of_address(ADA))


def test_nothing_brings_back_what_rests_on_no_consent(tmp_path: Path) -> None:
    """After an objection only consent allows it, and the policy asks for none."""
    guard = letters(tmp_path)
    guard.unsubscribe.suppress(ADA, "offers")
    with pytest.raises(ConsentError, match="nobody is asked"):
        guard.unsubscribe.resume(ADA, "offers", **WORDS)
    assert guard.unsubscribe.allowed("offers", {ADA: None}) == frozenset()


def test_whoever_is_erased_and_imported_again_stays_unsubscribed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list knows a keyed pseudonym, and no row that an erasure finds."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    policy = rights_kit.POLICY + '[purposes.offers]\nbasis = "legitimate_interests"\nmarketing = true\n'
    site = rights_kit.shop(tmp_path, policy)
    address = "anna@example.com"
    site.guard().unsubscribe.suppress(address, "offers", SubjectRef("user", "1"))
    site.guard().rights.receive("erasure", address, language="en", jurisdiction=None)
    site.guard().rights.confirm(site.token())
    [waiting] = [each.id for each in site.guard().rights.waiting()]
    site.guard().rights.carry_out(waiting)
    assert 1 not in site.names("User")
    site.rows["User"].rows.append({"id": 99, "email": address.upper(), "name": "Anna", "password": "scrambled"})
    imported = {address.upper(): SubjectRef("user", "99")}
    assert site.guard().unsubscribe.allowed("offers", imported) == frozenset()
