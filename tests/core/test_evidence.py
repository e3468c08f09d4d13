"""Evidence: what an entry says, how the chain is hashed, what verify, export and prune make of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.uses import KeyedMacs
from consentguard.evidence import Break, EvidenceError, Head
from consentguard.evidence.chain import BEGINNING
from consentguard.memory import MemoryStores
from consentguard.ports import InsideTransactionError
from consentguard.records import EvidenceEntry
from consentguard.testing.clock import MOMENT, FrozenClock
from consentguard.testing.keys import keyring
from tests.core.evidence_kit import ANNA, DAY, RING, VERSION, act, evidence_of


@pytest.fixture
def stores() -> MemoryStores:
    """A database of its own."""
    return MemoryStores()


def as_json(*facts: object) -> bytes:
    """A JSON array without spaces, as the standard library writes it."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()


def test_an_entry_says_what_was_done_and_no_more(stores: MemoryStores) -> None:
    """When, in which segment, under which version; details as canonical JSON, keys in order."""
    evidence_of(stores).record("consent.recorded", ANNA, refused=1, accepted=2, language="es", again=False, until=None)
    (entry,) = stores.entries.unsealed(None, 9)
    assert (entry.at, entry.segment, entry.act, entry.subject) == (MOMENT, "default", "consent.recorded", ANNA)
    assert entry.details == '{"accepted":2,"again":false,"language":"es","refused":1,"until":null}'
    assert (entry.version, entry.key_id, len(entry.id)) == (VERSION, 1, 32)


def test_the_keyed_hash_of_an_entry_is_as_documented(stores: MemoryStores) -> None:
    """Made here by hand: HMAC-SHA256 over a JSON array of the fields."""
    evidence_of(stores).record("rights.confirmed", ANNA, note='ñ "\n')
    (entry,) = stores.entries.unsealed(None, 9)
    fields = entry.segment, entry.act, entry.subject, entry.version, entry.details
    data = as_json("evidence entry 1", entry.id, "2026-03-28T12:00:00.123456Z", *fields)
    assert entry.mac == hmac.new(RING.derive("mac", "evidence"), data, hashlib.sha256).hexdigest()


def test_the_hash_never_changes_with_a_release() -> None:
    """A vector, made without our code: with another hash, the evidence of every site would be broken."""
    known = EvidenceEntry(
        id="0" * 32,
        at=MOMENT.replace(microsecond=0),
        segment="default",
        act="consent.recorded",
        subject="",
        version="v",
        details="{}",
        key_id=1,
        mac="124f7b76ec27a2019d5b6d3ee45fe511be31980d8134d813f3cd25c40e508009",
    )
    stores = MemoryStores()
    stores.entries.add(known)
    evidence = evidence_of(stores)
    assert evidence.seal() == 1
    assert evidence.verify().sound
    assert str(evidence.head()) == "1:4c1253e4e63da3311bf631c5604cfb0a0f79191b205df1efad698fe90530d54f"


def test_the_chain_is_as_documented(stores: MemoryStores) -> None:
    """Made here by hand: SHA-256 over sequence, the hash before, time, entry and its keyed hash."""
    evidence = evidence_of(stores)
    act(evidence, 3)
    assert evidence.seal() == 3
    previous = "0" * 64
    for number, (seal, entry) in enumerate(stores.seals.read(0, 9), start=1):
        assert entry is not None
        facts = "evidence seal 1", number, previous, "2026-03-28T12:00:00.123456Z", entry.id, entry.mac
        previous = hashlib.sha256(as_json(*facts)).hexdigest()
        assert (seal.sequence, seal.hash) == (number, previous)
    assert evidence.head() == Head(3, previous)


@pytest.mark.parametrize("detail", [1.5, b"x", ["x"], MOMENT, 2**53, "\ud800"], ids=str)
def test_what_is_no_plain_fact_is_refused(stores: MemoryStores, detail: object) -> None:
    """And not quoted: it may be what should not have been there."""
    with pytest.raises(EvidenceError, match=r"^consent\.recorded: ") as caught:
        evidence_of(stores).record("consent.recorded", ANNA, secret=detail)  # type: ignore[arg-type]
    assert repr(detail) not in str(caught.value)
    assert caught.value.hint
    assert stores.entries.waiting() == 0


@pytest.mark.parametrize("name", ["consent", "Consent.recorded", "consent.", "ana@example.com", "consent.recorded\n"])
def test_an_act_has_a_noun_and_a_verb(stores: MemoryStores, name: str) -> None:
    """So that evidence can be counted and searched by them."""
    with pytest.raises(EvidenceError, match="is no act"):
        evidence_of(stores).record(name)


def test_evidence_is_undone_with_its_act(stores: MemoryStores) -> None:
    """What was rolled back was not done."""

    def undone() -> None:
        with stores.transactions.atomic():
            act(evidence_of(stores))
            raise KeyError

    with pytest.raises(KeyError):
        undone()
    assert stores.entries.waiting() == 0


def test_nothing_is_sealed_inside_a_transaction(stores: MemoryStores) -> None:
    """Its end could undo a seal that others go on from."""
    evidence = evidence_of(stores)
    with pytest.raises(InsideTransactionError), stores.transactions.atomic():
        evidence.seal()


def test_a_sound_segment_is_found_sound(stores: MemoryStores) -> None:
    """With its numbers, the unsealed tail and the head."""
    evidence = evidence_of(stores)
    act(evidence, 4)
    evidence.seal()
    act(evidence, 2)
    found = evidence.verify()
    assert (found.sound, found.sealed, found.checked, found.unsealed) == (True, 4, 6, 2)
    assert found.head == evidence.head()
    assert found.head.sequence == evidence.length() == 4


def test_an_empty_segment_is_sound(stores: MemoryStores) -> None:
    """A site that has only begun."""
    found = evidence_of(stores).verify()
    assert (found.sound, found.sealed, found.unsealed, found.head) == (True, 0, 0, BEGINNING)


def test_progress_is_told(stores: MemoryStores, monkeypatch: pytest.MonkeyPatch) -> None:
    """Portion by portion, until all links are done."""
    monkeypatch.setattr("consentguard.evidence.PORTION", 3)
    evidence, told = evidence_of(stores), list[int]()
    act(evidence, 7)
    evidence.seal()
    assert evidence.verify(progress=told.append).sound
    assert told == [3, 3, 1]


def test_an_entry_that_waits_is_checked_too(stores: MemoryStores) -> None:
    """One that was written past us has no key's hash."""
    evidence = evidence_of(stores)
    act(evidence)
    (entry,) = stores.entries.unsealed(None, 9)
    stores.entries.add(replace(entry, id="f" * 32))
    assert evidence.verify().breaks == (Break(None, "changed entry", "f" * 32),)


def test_many_waiting_entries_of_one_moment_are_all_checked(
    stores: MemoryStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tail is read in portions, and a moment may have more entries than one portion."""
    monkeypatch.setattr("consentguard.evidence.PORTION", 3)
    clock = FrozenClock()
    evidence = evidence_of(stores, clock)
    act(evidence, 2)
    clock.tick()
    act(evidence, 10)
    clock.tick()
    act(evidence, 2)
    assert evidence.verify().checked == 14


def test_evidence_outlives_a_rotation_of_keys(stores: MemoryStores) -> None:
    """Old entries are checked with the key of their time; without that key nothing can be said of them."""
    ring, clock = keyring(), FrozenClock()
    act(evidence_of(stores, clock, ring))
    ring, _ = ring.with_new_key(), clock.tick()
    act(evidence_of(stores, clock, ring))
    evidence_of(stores, ring=ring).seal()
    assert evidence_of(stores, ring=ring).verify().sound
    found = evidence_of(stores, ring=replace(ring, keys=ring.keys[1:])).verify()
    assert [(each.sequence, each.reason) for each in found.breaks] == [(1, "unknown key")]
    assert (found.sealed, found.checked) == (2, 1)


def test_a_segment_holds_its_own_entries(stores: MemoryStores) -> None:
    """An entry that was copied from another database is named, though its keyed hash is right."""
    other = MemoryStores("other")
    act(evidence_of(other))
    stores.entries.add(*other.entries.unsealed(None, 1))
    evidence = evidence_of(stores)
    evidence.seal()
    assert [each.reason for each in evidence.verify().breaks] == ["foreign entry"]


def test_a_head_kept_outside_is_held_against_the_chain(stores: MemoryStores) -> None:
    """It is passed through, wherever it lies, from the very beginning on."""
    evidence = evidence_of(stores)
    heads = [evidence.head()]
    for _ in range(3):
        act(evidence, 2)
        evidence.seal()
        heads.append(evidence.head())
    assert all(evidence.verify(head).sound for head in heads)


def test_a_history_written_anew_is_found_with_a_head(stores: MemoryStores) -> None:
    """Whoever has the keys can write a sound chain, but not one that ends in the hash kept outside."""
    evidence = evidence_of(stores)
    act(evidence, 3)
    evidence.seal()
    kept = evidence.head()
    anew = evidence_of(MemoryStores())
    act(anew, 3)
    assert anew.verify(kept).breaks == (Break(3, "wrong head"),), "its chain is shorter"
    anew.seal()
    assert anew.verify().sound
    assert anew.verify(kept).breaks == (Break(3, "wrong head"),)


@pytest.mark.parametrize("text", ["", "12", "x:" + "0" * 64, "-1:" + "0" * 64, "1:" + "0" * 63, "1:" + "G" * 64])
def test_a_head_is_read_as_it_is_written(text: str) -> None:
    """Anything else is refused."""
    head = Head(12, "ab" * 32)
    assert Head.parse(f" {head}\n") == head
    with pytest.raises(ValueError, match="SEQUENCE:HASH"):
        Head.parse(text)


def independently(lines: list[str]) -> list[str]:
    """Checks an export with the standard library alone, and no keys; the hashes of its chain."""
    header, *rest = map(json.loads, lines)
    start = header["checkpoint"] or {"sequence": 0, "hash": "0" * 64}
    sequence, previous, hashes = start["sequence"], start["hash"], []
    for each in rest:
        seal, entry = each["seal"], each["entry"]
        if seal is not None:
            sequence += 1
            facts = "evidence seal 1", sequence, previous, seal["at"], entry["id"], entry["mac"]
            previous = hashlib.sha256(as_json(*facts)).hexdigest()
            assert (seal["sequence"], seal["hash"], seal["entry"]) == (sequence, previous, entry["id"])
            hashes.append(previous)
    assert header["head"] == [sequence, previous]
    return hashes


def test_an_export_can_be_checked_by_anybody(stores: MemoryStores) -> None:
    """Header, sealed entries, then those that wait, marked as having no seal."""
    evidence = evidence_of(stores)
    act(evidence, 5)
    evidence.seal()
    act(evidence, 2)
    lines = list(evidence.export())
    assert independently(lines)[-1] == evidence.head().hash
    assert [json.loads(line)["seal"] is None for line in lines[1:]] == [False] * 5 + [True] * 2
    ((_, first), *_) = stores.seals.read(0, 1)
    assert first is not None
    assert json.loads(lines[1])["entry"] == asdict(first) | {"at": "2026-03-28T12:00:00.123456Z"}


def test_the_check_that_we_document_checks(stores: MemoryStores) -> None:
    """The how-to's own lines: they pass over an export, and stop where it was changed."""
    page = (Path(__file__).parents[2] / "docs" / "howto" / "evidence.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(import hashlib.*?)```", page, re.DOTALL)
    documented: dict[str, Any] = {}
    exec(code, documented)  # noqa: S102 - our own page
    evidence = evidence_of(stores)
    act(evidence, 4)
    evidence.seal()
    act(evidence)
    lines = list(evidence.export())
    documented["check"](lines)
    lines[2], lines[3] = lines[3], lines[2]
    with pytest.raises(AssertionError, match="sequence 2"):
        documented["check"](lines)


@pytest.mark.parametrize(("read_before", "seals"), [(3, [1, 2, 3, 4]), (4, [1, 2, None, None, 3, 4])])
def test_an_export_goes_on_while_others_seal(stores: MemoryStores, read_before: int, seals: list[int | None]) -> None:
    """What is sealed meanwhile is not lost: it comes with its seal, once more where it has come without."""
    evidence = evidence_of(stores)
    act(evidence, 2)
    evidence.seal()
    act(evidence, 2)
    lines = evidence.export()
    read = [next(lines) for _ in range(read_before)]
    evidence.seal()
    read += lines
    assert [(json.loads(line)["seal"] or {}).get("sequence") for line in read[1:]] == seals


def test_an_old_prefix_goes_and_leaves_a_checkpoint(stores: MemoryStores) -> None:
    """Verify and export go on from it, and that it went is evidence itself."""
    clock = FrozenClock()
    evidence = evidence_of(stores, clock)
    for _ in range(4):
        act(evidence, 2)
        evidence.seal()
        clock.tick(DAY)
    before = list(evidence.export())
    due = evidence.prunable(MOMENT + 2 * DAY)
    left = evidence.prune(MOMENT + 2 * DAY)
    assert left == due == stores.seals.checkpoint()
    assert left is not None
    assert (left.sequence, left.removed, left.at) == (4, 4, clock.now())
    (told,) = stores.entries.unsealed(None, 9)
    assert (told.act, told.details) == ("evidence.pruned", '{"broken":0,"removed":4,"sequence":4}')
    evidence.seal()
    found = evidence.verify()
    assert (found.sound, found.sealed, evidence.length()) == (True, 5, 5)
    assert independently(list(evidence.export()))[:4] == independently(before)[4:]


def test_a_pruning_is_no_gap_for_those_who_verify_meanwhile(
    stores: MemoryStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They begin again, from the checkpoint that is there now."""
    monkeypatch.setattr("consentguard.evidence.PORTION", 2)
    clock = FrozenClock()
    evidence = evidence_of(stores, clock)
    for _ in range(6):
        act(evidence)
        evidence.seal()
        clock.tick(DAY)

    def prune_once(links: int) -> None:
        if stores.seals.checkpoint() is None:
            evidence.prune(MOMENT + 4 * DAY)

    found = evidence.verify(progress=prune_once)
    assert (found.breaks, found.sealed) == ((), 2)


def test_everything_sealed_may_go(stores: MemoryStores) -> None:
    """The chain goes on from the checkpoint alone; what waits stays."""
    evidence = evidence_of(stores)
    act(evidence, 3)
    evidence.seal()
    kept = evidence.head()
    act(evidence, 1)
    assert evidence.prune(MOMENT + DAY)
    assert evidence.seal() == 2, "the entry that waited, and that of the pruning"
    assert evidence.head().sequence == 5
    assert evidence.verify(kept).sound


def test_pruning_ends_at_the_first_entry_that_is_not_old(stores: MemoryStores) -> None:
    """Though older ones were sealed after it: what goes is a prefix. The moment itself is not before itself."""
    clock = FrozenClock()
    evidence = evidence_of(stores, clock)
    act(evidence)
    evidence.seal()
    act(evidence_of(stores, FrozenClock(MOMENT - DAY)))
    evidence.seal()
    assert evidence.prunable(MOMENT) is None
    assert evidence.prune(MOMENT) is None
    assert evidence.verify().sealed == 2
    left = evidence.prune(MOMENT + dt.timedelta(microseconds=1))
    assert left is not None
    assert left.removed == 2


def test_a_checkpoint_is_held_by_a_key(stores: MemoryStores) -> None:
    """One that somebody else left, to hide what they removed, is named."""
    evidence = evidence_of(stores)
    act(evidence, 3)
    evidence.seal()
    ours = evidence.prunable(MOMENT + DAY)
    assert ours is not None
    stores.seals.prune(replace(ours, removed=2))
    assert evidence.verify().breaks == (Break(3, "wrong checkpoint"),)


def test_a_head_from_before_a_checkpoint_says_nothing(stores: MemoryStores) -> None:
    """It is told apart from a history written anew; a newer head has to be kept."""
    evidence = evidence_of(stores)
    act(evidence)
    evidence.seal()
    kept = evidence.head()
    act(evidence)
    evidence.seal()
    evidence.prune(MOMENT + DAY)
    assert evidence.verify(kept).breaks == (Break(1, "pruned head"),)


def test_pruning_hides_no_break(stores: MemoryStores) -> None:
    """Retention goes on over broken links, and says how many there were."""
    evidence = evidence_of(stores)
    act(evidence)
    (entry,) = stores.entries.unsealed(None, 9)
    stores.entries.add(replace(entry, id="f" * 32))
    evidence.seal()
    evidence.prune(MOMENT + DAY)
    (told,) = stores.entries.unsealed(None, 9)
    assert told.details == '{"broken":1,"removed":2,"sequence":2}'


def test_a_checker_agrees_with_check() -> None:
    """The quick way says the same as the plain one, for every kind of hash."""
    macs = KeyedMacs(RING, "evidence")
    key_id, right = macs.mac(b"data")
    check = macs.checker(key_id)
    assert check is not None
    for mac in (right, "", "zz", right[:-1], "0" * 64, "ñ"):
        assert check(b"data", mac) is macs.check(key_id, b"data", mac)
    assert not check(b"other", right)
    assert macs.checker(2) is None
