"""The keyring: what it reads and refuses, what it derives, and that it never shows a secret."""

from __future__ import annotations

import base64
import copy
import datetime as dt
import hashlib
import hmac
import json
import os
import pickle
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.framing import framed
from consentguard.crypto.keyring import (
    FILE_VARIABLE,
    VARIABLE,
    Key,
    Keyring,
    KeyringError,
)
from consentguard.crypto.slots import SlotError
from consentguard.testing.keys import keyring

SECRET = bytes(range(32))
TEXT = base64.b64encode(SECRET).decode()
OTHER = base64.b64encode(bytes(32)).decode()


def key(key_id: object = 1, state: object = "enabled", secret: object = TEXT, **more: object) -> dict[str, object]:
    """A key as a file has it."""
    return {"id": key_id, "state": state, "created": "2026-01-01T00:00:00Z", "secret": secret} | more


def text(*keys: object, **more: object) -> str:
    """A keyring as a file has it."""
    return json.dumps({"keyring": 1, "keys": keys} | more)


def without(name: str) -> dict[str, object]:
    """A key that lacks something."""
    return {each: value for each, value in key().items() if each != name}


BROKEN = {
    "short secret": (text(key(secret=TEXT[:40])), "key 1: its secret has 30 bytes and not 32"),
    "long secret": (text(key(secret=base64.b64encode(bytes(33)).decode())), "key 1: its secret has 33 bytes"),
    "no base64": (text(key(secret=TEXT[:-1])), "key 1: its secret is no base64"),
    "letters that base64 has not": (text(key(secret=f"!{TEXT}")), "key 1: its secret is no base64"),
    "no secret": (text(without("secret")), "key 1: its secret has 0 bytes and not 32"),
    "no id": (text(without("id")), "does not have the form"),
    "no key": (text(), "no key is enabled"),
    "no enabled key": (text(key(state="decrypt-only")), "no key is enabled"),
    "two enabled keys": (text(key(1), key(2, secret=OTHER)), "keys 1, 2 are enabled"),
    "two keys of one id": (text(key(3), key(3, "decrypt-only", OTHER)), "two keys have the id 3"),
    "two keys of one secret": (text(key(1), key(2, "decrypt-only")), "two keys have the same secret"),
    "unknown state": (text(key(state=TEXT)), "key 1: its state"),
    "id of zero": (text(key(0)), "key 0: an id is a number from 1"),
    "id too large": (text(key(2**32)), "an id is a number from 1 to 4294967295"),
    "id that is a text": (text(key(TEXT)), r"`\$.keys\[0\].id` does not have the form"),
    "date without a zone": (text(key(created="2026-01-01T00:00:00")), "no time zone"),
    "no date": (text(key(created=TEXT)), r"`\$.keys\[0\].created`"),
    "more than a key has": (text(key(**{TEXT: 1})), r"`\$.keys\[0\]` does not have the form"),
    "more than a keyring has": (text(key(), **{TEXT: 1}), "it does not have the form"),
    "another version": (text(key(), keyring=2), r"`\$.keyring`"),
    "a list": (f"[{text(key())}]", "it does not have the form"),
    "no JSON": (TEXT, "it is no JSON"),
    "half of it": (text(key())[:-5], "it is no JSON"),
    "empty": ("", "it is no JSON"),
    "half a character": (text(key()).replace("enabled", "\ud800"), "it is no JSON"),
}
"""Texts that are no keyring, each with what its message says; in most a secret stands where it does not belong."""


@pytest.mark.parametrize(("broken", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_keyring_is_refused(broken: str, message: str) -> None:
    """The message says where, which key and what is wrong with it, and what to do."""
    with pytest.raises(KeyringError, match=message) as caught:
        Keyring.parse(broken, where="/etc/shop.keys")
    assert caught.value.message.startswith("the keyring in /etc/shop.keys: ")
    assert caught.value.hint


@pytest.mark.parametrize("broken", [broken for broken, _ in BROKEN.values()], ids=BROKEN)
def test_an_error_never_holds_a_secret(broken: str) -> None:
    """Neither its text nor a local of our frames, which reports of crashes print."""
    with pytest.raises(KeyringError) as caught:
        Keyring.parse(broken, where="here")
    assert caught.value.__cause__ is caught.value.__context__ is None
    told = [*traceback.format_exception_only(caught.value), *map(repr, _locals(caught.value.__traceback__))]
    assert not any(TEXT[:30] in each or repr(SECRET)[2:-1] in each for each in told)


def _locals(trace: TracebackType | None) -> Iterator[Any]:
    for frame, _ in traceback.walk_tb(trace):
        if frame.f_globals["__name__"].startswith("consentguard."):
            yield from frame.f_locals.values()


@given(
    st.binary(max_size=300) | st.text().map(str.encode) | st.from_type(dict[str, int]).map(json.dumps).map(str.encode)
)
def test_no_text_brings_another_error(found: bytes) -> None:
    """Whatever a file holds, the only error is ours."""
    with pytest.raises(KeyringError):
        Keyring.parse(found, where="here")


def test_a_ring_is_read_as_it_is_written() -> None:
    """Ids, states, dates and secrets come back; the text is one line, for an environment variable."""
    ring = keyring(3)
    again = Keyring.parse(ring.dumps(), where="here")
    assert again.keys == ring.keys
    assert "\n" not in ring.dumps()


def test_keys_stand_in_the_order_of_their_ids() -> None:
    """However a file has them: the oldest is the one of the lowest id."""
    ring = Keyring.parse(text(key(9), key(4, "decrypt-only", OTHER)), where="here")
    assert [each.id for each in ring.keys] == [4, 9]
    assert (ring.oldest.id, ring.enabled.id) == (4, 9)


def test_a_new_ring_has_one_key_of_its_own() -> None:
    """32 bytes that no other ring has, dated in UTC."""
    (made,) = Keyring.generate().keys
    assert (made.id, made.state, len(made.secret), made.created.tzinfo) == (1, "enabled", 32, dt.UTC)
    assert made.secret != Keyring.generate().enabled.secret


def test_a_new_key_retires_those_before_it() -> None:
    """No key is lost, and the ring that was stays as it was."""
    before = keyring()
    after = before.with_new_key()
    assert [(each.id, each.state) for each in after.keys] == [(1, "decrypt-only"), (2, "enabled")]
    assert after.oldest.secret == before.enabled.secret
    assert before.enabled.id == 1


def test_ids_run_out_with_a_message() -> None:
    """After the last id that a sealed value can name there is no other."""
    with pytest.raises(KeyringError, match="an id is a number"):
        Keyring.parse(text(key(2**32 - 1)), where="here").with_new_key()


# Never shown


def test_neither_a_ring_nor_a_key_shows_a_secret() -> None:
    """Not in their repr or text, alone or within something else."""
    ring = keyring(2)
    assert repr(ring) == str(ring) == "<Keyring: keys 1, 2, enabled 2>"
    assert f"{[ring]} {ring.keys}".count("secret") == 0


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_neither_a_ring_nor_a_key_is_pickled(copied: Any) -> None:
    """A pickle would carry secrets into caches and queues."""
    for each in (keyring(), keyring().enabled):
        with pytest.raises(KeyringError, match="never pickled"):
            copied(each)


# Derived keys


def test_a_derived_key_is_hkdf_of_the_secret() -> None:
    """RFC 5869 with SHA-256, no salt, and the label as its info: any implementation finds the same."""
    ring = Keyring.parse(text(key()), where="here")
    info = framed("consentguard keyring 1", "column", "shop", "email")
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(SECRET)
    assert ring.derive("column", "shop", "email") == expected


def test_derived_keys_are_apart() -> None:
    """By label, by where a label's parts end, and by key; asked twice they are the same."""
    ring = keyring(2)
    labels = [("a",), ("a", ""), ("ab", "c"), ("a", "bc"), ("abc",), ()]
    derived = [ring.derive(*label, key=each) for label in labels for each in ring.keys]
    assert len(set(derived)) == len(labels) * 2
    assert derived == [ring.derive(*label, key=each) for label in labels for each in ring.keys]
    assert ring.derive("a") == ring.derive("a", key=ring.enabled)


def test_a_mac_is_verified_under_its_key() -> None:
    """Also after a rotation, when the key that made it only decrypts."""
    ring = keyring()
    key_id, code = ring.mac("evidence", b"act")
    assert ring.verify("evidence", key_id, b"act", code)
    assert ring.with_new_key().verify("evidence", key_id, b"act", code)
    assert ring.with_new_key().mac("evidence", b"act").key_id == 2


@pytest.mark.parametrize(
    ("label", "key_id", "data", "cut"),
    [("cookie", 1, b"act", 32), ("evidence", 2, b"act", 32), ("evidence", 9, b"act", 32), ("evidence", 1, b"fact", 32),
     ("evidence", 1, b"act", 31), ("evidence", 1, b"act", 0)],
    ids=["another label", "another key", "an unknown key", "other data", "a code cut off", "no code"],
)  # fmt: skip
def test_a_mac_of_something_else_is_refused(label: str, key_id: int, data: bytes, cut: int) -> None:
    """It holds for one label, one key and one content."""
    ring = keyring()
    code = ring.mac("evidence", b"act").code
    assert not ring.with_new_key().verify(label, key_id, data, code[:cut])


def test_a_pseudonym_outlasts_a_rotation() -> None:
    """It is made under the oldest key: what evidence says of a person is found again."""
    ring = keyring()
    before = ring.pseudonym("subject", "user", "17")
    assert ring.with_new_key().with_new_key().pseudonym("subject", "user", "17") == before


def test_a_pseudonym_is_a_truncated_hmac() -> None:
    """128 bits in hex, of HMAC-SHA256 over the parts, each behind its length."""
    ring = Keyring.parse(text(key()), where="here")
    parts = b"\0\0\0\0\0\0\0\x04user\0\0\0\0\0\0\0\x0217"
    expected = hmac.new(ring.derive("pseudonym", "subject"), parts, hashlib.sha256).hexdigest()[:32]
    assert ring.pseudonym("subject", "user", "17") == expected


def test_pseudonyms_are_apart() -> None:
    """By label, by where parts end, and by ring: two sites cannot compare their references."""
    ring = keyring()
    made = [
        ring.pseudonym("subject", "user", "17"),
        ring.pseudonym("subject", "user1", "7"),
        ring.pseudonym("subject", "user17"),
        ring.pseudonym("address", "user", "17"),
        keyring().pseudonym("subject", "user", "17"),
    ]
    assert len(set(made)) == len(made)


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_framed_parts_are_told_apart(one: list[str], other: list[str]) -> None:
    """Two lists of parts make the same bytes only where they are the same."""
    assert (framed(*one) == framed(*other)) == (one == other)


# Files

posix = pytest.mark.skipif(os.name != "posix", reason="this system has no file modes")


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """And nothing else is left beside it."""
    ring, path = keyring(2), tmp_path / "shop.keys"
    ring.write(path)
    assert Keyring.load(path).keys == ring.keys
    assert [each.name for each in tmp_path.iterdir()] == ["shop.keys"]


@posix
def test_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    """From its first byte, whatever the umask, and also after a key was added."""
    path = tmp_path / "shop.keys"
    before = os.umask(0)
    try:
        keyring().write(path)
        Keyring.load(path).with_new_key().write(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_file_of_a_strict_mode_is_read(tmp_path: Path, mode: int) -> None:
    """Stricter than 0600 is as well."""
    path = tmp_path / "shop.keys"
    keyring().write(path)
    path.chmod(mode)
    assert Keyring.load(path).enabled.id == 1


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o601, 0o777])
def test_a_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    """With its path and the command that mends it."""
    path = tmp_path / "shop.keys"
    keyring().write(path)
    path.chmod(mode)
    with pytest.raises(KeyringError, match=r"shop.keys cannot be read: it is \w+ by others") as caught:
        Keyring.load(path)
    assert f"chmod 600 {path}" in caught.value.hint


@posix
def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could put other keys there."""
    path = tmp_path / "shop.keys"
    keyring().write(path)
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    with pytest.raises(KeyringError, match="belongs to another user"):
        Keyring.load(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the command that makes one."""
    with pytest.raises(KeyringError, match=r"none\.keys cannot be read: No such file") as caught:
        Keyring.load(tmp_path / "none.keys")
    assert "consentguard keys new" in caught.value.hint


def test_a_broken_file_is_told_with_its_path(tmp_path: Path) -> None:
    """As in every message about a text."""
    path = tmp_path / "shop.keys"
    path.write_bytes(b"\xff")
    path.chmod(0o600)
    with pytest.raises(KeyringError, match=r"the keyring in .*shop\.keys: it is no JSON"):
        Keyring.load(path)


def test_no_key_of_a_file_is_ever_lost(tmp_path: Path) -> None:
    """Another ring never takes the place of one: what it sealed could not be opened again."""
    path = tmp_path / "shop.keys"
    ring = keyring()
    ring.write(path)
    with pytest.raises(KeyringError, match="holds keys that would be lost: 1"):
        keyring().write(path)
    assert Keyring.load(path).keys == ring.keys
    assert [each.name for each in tmp_path.iterdir()] == ["shop.keys"]


def test_of_two_who_add_a_key_at_once_one_is_refused(tmp_path: Path) -> None:
    """Both read the same ring; the second would undo what the first wrote."""
    path = tmp_path / "shop.keys"
    ring = keyring()
    ring.write(path)
    first, second = ring.with_new_key(), ring.with_new_key()
    first.write(path)
    with pytest.raises(KeyringError, match="would be lost: 2"):
        second.write(path)
    assert Keyring.load(path).keys == first.keys


def test_a_change_that_has_begun_keeps_others_out(tmp_path: Path) -> None:
    """What it was about to write stays for whoever looks into it."""
    path, begun = tmp_path / "shop.keys", tmp_path / ".shop.keys.new"
    begun.write_bytes(b"")
    with pytest.raises(KeyringError, match="has begun and not ended") as caught:
        keyring().write(path)
    assert str(begun) in caught.value.hint
    assert begun.exists()
    assert not path.exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A message and a hint instead of a traceback."""
    with pytest.raises(KeyringError, match="cannot be written: No such file") as caught:
        keyring().write(tmp_path / "none" / "shop.keys")
    assert "folder" in caught.value.hint


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    """The link stays, and the ring stands where it leads."""
    path, link = tmp_path / "shop.keys", tmp_path / "link"
    keyring().write(path)
    link.symlink_to(path)
    Keyring.load(link).with_new_key().write(link)
    assert link.is_symlink()
    assert Keyring.load(path).enabled.id == 2


# The environment and the process


def test_the_environment_holds_a_ring_or_its_path(tmp_path: Path) -> None:
    """The text is the same in both."""
    ring, path = keyring(), tmp_path / "shop.keys"
    ring.write(path)
    assert Keyring.from_environment({VARIABLE: ring.dumps()}).keys == ring.keys
    assert Keyring.from_environment({FILE_VARIABLE: str(path)}).keys == ring.keys


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "there is no keyring"),
        ({VARIABLE: ""}, "there is no keyring"),
        ({VARIABLE: "{}", FILE_VARIABLE: "shop.keys"}, "are both set"),
        ({VARIABLE: TEXT}, f"the keyring in {VARIABLE}: it is no JSON"),
    ],
)
def test_an_environment_without_a_ring_is_told(environ: dict[str, str], message: str) -> None:
    """With the variable that is wrong, and what to do."""
    with pytest.raises(KeyringError, match=message) as caught:
        Keyring.from_environment(environ)
    assert caught.value.hint
    assert TEXT not in str(caught.value)


def test_a_key_is_checked_wherever_it_comes_from() -> None:
    """A key that is made in code follows the same rules."""
    with pytest.raises(KeyringError, match="31 bytes"):
        Key(id=1, state="enabled", created=dt.datetime.now(dt.UTC), secret=SECRET[1:])


def test_a_new_key_can_wait_until_every_process_has_it() -> None:
    """It opens and seals nothing; then it takes the place of the one before."""
    waiting = keyring().with_new_key("decrypt-only")
    assert [(each.id, each.state) for each in waiting.keys] == [(1, "enabled"), (2, "decrypt-only")]
    assert [(each.id, each.state) for each in waiting.enabling(2).keys] == [(1, "decrypt-only"), (2, "enabled")]
    with pytest.raises(KeyringError, match="the ring does not hold it"):
        waiting.enabling(3)


def test_a_destroyed_key_leaves_its_id_and_no_secret() -> None:
    """Its id is never given again, and it is written and read as what it is."""
    ring = keyring(3).destroying(2)
    again = Keyring.parse(ring.dumps(), where="here")
    assert [(each.id, each.state, len(each.secret)) for each in again.keys] == [
        (1, "decrypt-only", 32),
        (2, "destroyed", 0),
        (3, "enabled", 32),
    ]
    assert (again.find(2), again.was_destroyed(2), again.was_destroyed(4)) == (None, True, False)
    assert again.with_new_key().enabled.id == 4


@pytest.mark.parametrize(("key_id", "why"), [(1, "references to people"), (3, "is enabled"), (7, "does not hold it")])
def test_a_key_that_is_needed_is_not_destroyed(key_id: int, why: str) -> None:
    """Nor one that there is not."""
    with pytest.raises(KeyringError, match=why):
        keyring(3).destroying(key_id)


def test_a_key_that_indexes_are_made_with_is_not_destroyed() -> None:
    """Nothing would be found any more."""
    ring = keyring(3)
    with pytest.raises(KeyringError, match="search indexes"):
        ring.with_slots(ring.slots.begun(2)).destroying(2)


def test_only_the_key_that_is_named_loses_its_secret_in_the_file(tmp_path: Path) -> None:
    """A slip would be the end of what it sealed."""
    path, ring = tmp_path / "keys", keyring(3)
    ring.write(path)
    with pytest.raises(KeyringError, match="would be lost: 2"):
        ring.destroying(2).write(path)
    ring.destroying(2).write(path, destroying=2)
    assert Keyring.load(path).was_destroyed(2)


def test_indexes_move_to_another_key_by_way_of_both() -> None:
    """The slots are written with the ring; a ring that says nothing of them has its oldest key in slot a."""
    ring = keyring(2)
    assert (ring.slots.a, ring.slots.b, ring.slots.reading) == (1, None, "a")
    window = ring.with_slots(ring.slots.begun(2))
    assert (window.slots.keys, window.slots.reading) == ((1, 2), "a")
    ended = Keyring.parse(window.with_slots(window.slots.switched().ended()).dumps(), where="here")
    assert (ended.slots.a, ended.slots.b, ended.slots.reading) == (None, 2, "b")


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        ('{"b": 1}', "queries read slot a"),
        ('{"a": 1, "b": 1}', "both slots of the indexes hold key 1"),
        ('{"a": 9}', "key 9, which the ring does not hold"),
    ],
)
def test_slots_that_cannot_be_are_refused(slots: str, message: str) -> None:
    """As any other mistake in a ring."""
    with pytest.raises(KeyringError, match=message):
        Keyring.parse(text(key())[:-1] + f', "indexes": {slots}}}', where="here")


def test_a_move_of_the_indexes_has_one_beginning_and_one_end() -> None:
    """What is begun is not begun again, and what is not begun does not end."""
    slots = keyring(2).slots
    with pytest.raises(SlotError, match="not being moved"):
        slots.ended()
    with pytest.raises(SlotError, match="already"):
        slots.begun(2).begun(3)
