"""Evidence that somebody changed: whatever they change, the audit names the place."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.uses import KeyedMacs
from consentguard.evidence import Break, Reason, Verification
from consentguard.evidence.audit import Audit
from consentguard.evidence.chain import BEGINNING, seal_hash
from consentguard.memory import MemoryStores
from consentguard.records import EvidenceEntry, Seal
from tests.core.evidence_kit import RING, act, evidence_of

LENGTH = 8
Link = tuple[Seal, EvidenceEntry | None]
places = st.integers(0, LENGTH - 1)
entry_fields = st.sampled_from([field.name for field in fields(EvidenceEntry)])
seal_fields = st.sampled_from([field.name for field in fields(Seal) if field.name != "sequence"])


@cache
def links() -> tuple[tuple[Seal, EvidenceEntry], ...]:
    """A chain as it should be."""
    stores = MemoryStores()
    evidence = evidence_of(stores)
    act(evidence, LENGTH)
    evidence.seal()
    return tuple((seal, entry) for seal, entry in stores.seals.read(0, LENGTH) if entry)


def audited(chain: list[Link]) -> Verification:
    """What an audit says of these links."""
    audit = Audit(KeyedMacs(RING, "evidence"), "default")
    audit.links(chain)
    return audit.outcome(0)


def named(chain: list[Link]) -> set[int | None]:
    """The sequences that an audit names."""
    return {each.sequence for each in audited(chain).breaks}


def changed(value: object) -> Any:
    """Another value of the same type."""
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(microseconds=1)
    return value + 1 if isinstance(value, int) else f"{value}0"


def test_a_chain_that_nobody_touched_is_sound() -> None:
    """Else the tests below would show nothing."""
    found = audited(list(links()))
    assert (found.sound, found.sealed, found.checked) == (True, LENGTH, LENGTH)


@given(places, entry_fields)
def test_a_changed_entry_is_named(place: int, field: str) -> None:
    """Whichever field it is."""
    chain = list[Link](links())
    seal, entry = links()[place]
    chain[place] = seal, replace(entry, **{field: changed(getattr(entry, field))})
    reason: Reason = "unknown key" if field == "key_id" else "changed entry"
    assert audited(chain).breaks == (Break(place + 1, reason, seal.entry),)


@given(places, entry_fields, st.text("0123456789abcdef", max_size=40))
def test_no_text_of_a_field_passes_for_that_of_another(place: int, field: str, text: str) -> None:
    """What is hashed says where each field ends."""
    chain = list[Link](links())
    seal, entry = links()[place]
    texts = [each.name for each in fields(EvidenceEntry) if isinstance(getattr(entry, each.name), str)]
    if field not in texts or getattr(entry, field) == text:
        return
    chain[place] = seal, replace(entry, **dict[str, Any]({field: text}))
    assert named(chain) == {place + 1}


@given(places, seal_fields)
def test_a_changed_seal_is_named(place: int, field: str) -> None:
    """Whichever field it is, its time too; a changed hash also parts it from the link after it."""
    chain = list[Link](links())
    seal, entry = links()[place]
    chain[place] = replace(seal, **{field: changed(getattr(seal, field))}), entry
    after = {place + 2} if field == "hash" and place + 1 < LENGTH else set()
    if field == "entry":
        assert chain[place][0].entry != entry.id  # a store would find no entry by it
        chain[place] = chain[place][0], None
    assert named(chain) == {place + 1} | after


@given(places)
def test_a_missing_entry_is_named(place: int) -> None:
    """Its seal stays, and the link after it follows."""
    chain = list[Link](links())
    chain[place] = links()[place][0], None
    assert audited(chain).breaks == (Break(place + 1, "missing entry", links()[place][0].entry),)


@given(places.filter(lambda place: place < LENGTH - 1))
def test_a_missing_link_is_named(place: int) -> None:
    """Any but the last: that the end is gone shows in a head kept outside."""
    chain = list[Link](links())
    del chain[place]
    assert audited(chain).breaks[0] == Break(place + 1, "gap in sequences")
    assert named(chain) == {place + 1}


@given(places.filter(lambda place: place < LENGTH - 1))
def test_a_sequence_that_a_chain_made_anew_leaves_out_is_named(place: int) -> None:
    """Every hash of it is right: it takes no key to make them."""
    chain = list[Link](links()[:place])
    previous = chain[-1][0].hash if chain else BEGINNING.hash
    for seal, entry in links()[place + 1 :]:
        made = seal_hash(seal.sequence, previous, seal.at, entry.id, entry.mac)
        chain.append((replace(seal, previous=previous, hash=made), entry))
        previous = made
    assert audited(chain).breaks == (Break(place + 1, "gap in sequences"),)


@given(places, places)
def test_entries_that_change_places_are_named(one: int, two: int) -> None:
    """Both are whole, and neither is where it was."""
    chain = list[Link](links())
    chain[one], chain[two] = (chain[one][0], chain[two][1]), (chain[two][0], chain[one][1])
    assert named(chain) == ({one + 1, two + 1} if one != two else set())


@given(places, places)
def test_links_that_change_places_are_named(one: int, two: int) -> None:
    """With new sequences, so that the order is as it should be."""
    chain = list[Link](links())
    for place, source in ((one, two), (two, one)):
        seal, entry = links()[source]
        chain[place] = replace(seal, sequence=place + 1), entry
    assert named(chain) >= ({one + 1, two + 1} if one != two else set())


@given(places)
def test_an_inserted_link_is_named(place: int) -> None:
    """Without a key its entry has no right hash, though the chain around it be made anew."""
    chain = list[Link](links()[:place])
    seal, entry = links()[place]
    chain.append((seal, replace(entry, id="f" * 32)))
    chain += [(replace(seal, sequence=seal.sequence + 1), entry) for seal, entry in links()[place:]]
    assert place + 1 in named(chain)


@given(places)
def test_a_doubled_link_is_named(place: int) -> None:
    """A sequence that comes twice leaves the chain without the one that should come."""
    chain = list[Link](links())
    chain.insert(place, links()[place])
    assert named(chain)
