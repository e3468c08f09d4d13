"""Masks, who looks behind one, and what is taken down of it."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.uses import KeyedPseudonyms
from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Match, Tag
from consentguard.masking import LONGEST_REFERENCE, MASK, REASONS, Masking, MaskingError, Unmasking, last_of
from consentguard.memory import MemoryStores
from consentguard.records import EVERYONE, SubjectRef
from consentguard.screens.unmasking import Sent, labels, question
from tests.core.evidence_kit import RING, evidence_of
from tests.core.neutral import policy, table

ADA, BEN = SubjectRef("user", "1"), SubjectRef("user", "2")
STAFF = SubjectRef("user", "9")
ASKED = Unmasking(label="a.Message", columns=("phone", "text"), people=(ADA,), staff=STAFF, reason="support")
TABLES = (
    table("a.User", "id:key phone", "messages<a.Message"),
    table("a.Contact", "id:key email:email"),
    table("a.Thread", "id:key", "owner>a.User"),
    table("a.Message", "id:key text", "thread>a.Thread contact>a.Contact readers*a.User"),
)
POLICY = policy(subjects={"user": {}, "contact": {}, "reader": {}}, categories={"messages": {}})
TAGS = {
    "a.User": Tag(category="messages", subjects={"user": "self", "reader": "self"}),
    "a.Contact": Tag(category="messages", subjects={"contact": "self"}),
    "a.Thread": Tag(category="messages", subjects={"user": "owner"}),
    "a.Message": Tag(category="messages", subjects={"user": "thread.owner", "contact": "contact", "reader": "readers"}),
}


def masking(stores: MemoryStores, tags: dict[str, Tag] = TAGS) -> Masking:
    """The feature over these stores, as a guard wires it."""
    return Masking(
        data_map=DataMap.build(TABLES, tags, POLICY),
        stores=stores,
        witness=evidence_of(stores),
        pseudonyms=KeyedPseudonyms(RING),
    )


def taken_down(stores: MemoryStores) -> list[tuple[str, str, dict[str, Any]]]:
    """Acts, whom they are about, and what is said of them."""
    return [(each.act, each.subject, json.loads(each.details)) for each in stores.entries.unsealed(None, 100)]


@given(st.text(), st.integers(0, 12))
def test_the_last_characters_are_never_more_than_half(text: str, number: int) -> None:
    """A short value is masked whole, and no mask tells how long it was."""
    shown = last_of(text, number)
    assert shown.startswith(MASK[:4])
    rest = shown[4:] if shown != MASK else ""
    assert text.endswith(rest)
    assert len(rest) in (0, number)
    assert len(rest) * 2 <= len(text)


def test_a_look_is_taken_down_before_anything_is_shown() -> None:
    """Of whom, at what, by whom and why: by pseudonyms, and in the act's own transaction."""
    stores = MemoryStores()
    of = KeyedPseudonyms(RING).of
    masking(stores).unmask(replace(ASKED, reference="T-12/3"))
    facts = {"columns": "phone, text", "reason": "support", "reference": "T-12/3", "table": "a.Message"}
    assert taken_down(stores) == [("value.unmasked", of(ADA), {**facts, "staff": of(STAFF)})]


def test_a_look_is_taken_down_for_each_person_once() -> None:
    """And for nobody in particular where a row says of nobody."""
    stores = MemoryStores()
    masking(stores).unmask(replace(ASKED, people=(ADA, BEN, ADA)))
    masking(stores).unmask(replace(ASKED, people=()))
    of = KeyedPseudonyms(RING).of
    assert sorted(subject for _, subject, _ in taken_down(stores)) == sorted([of(ADA), of(BEN), EVERYONE])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"columns": ()}, "what you want"),
        ({"reason": ""}, "why"),
        ({"reason": "curiosity"}, "why"),
        ({"reason": "other"}, "written down"),
        ({"reference": "ada@example.org"}, "letters"),
        ({"reference": "Ada Lovelace"}, "letters"),
        ({"reference": "-1"}, "letters"),
        ({"reference": "1\n"}, "letters"),
        ({"reference": "٣"}, "letters"),
        ({"reference": "1" * (LONGEST_REFERENCE + 1)}, "letters"),
        ({"staff": None}, "who asks"),
    ],
)
def test_without_a_reason_nothing_is_shown(wrong: dict[str, Any], words: str) -> None:
    """What is wrong is said in a sentence that is translated, and nothing is taken down."""
    stores = MemoryStores()
    with pytest.raises(MaskingError, match=words) as caught:
        masking(stores).unmask(replace(ASKED, **wrong))
    assert taken_down(stores) == []
    assert question("es", {}, Sent(), caught.value).error not in ("", caught.value.message)


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_one_and_has_words(reason: str) -> None:
    """In both languages."""
    stores = MemoryStores()
    masking(stores).unmask(replace(ASKED, reason=reason, reference="1"))
    assert taken_down(stores)[0][2]["reason"] == reason
    words = {tongue: [each.label for each in question(tongue, {}, Sent()).reasons] for tongue in ("en", "es")}
    assert not set(words["en"]) & set(words["es"])


def key_of(row: Any) -> str:
    return str(row.id)


def test_a_row_is_about_whom_its_foreign_keys_lead_to() -> None:
    """Over one step or several; a way to many leads to nobody whom the row names."""
    ada, contact = SimpleNamespace(id=1), SimpleNamespace(id=7)
    message = SimpleNamespace(id=5, thread=SimpleNamespace(id=3, owner=ada), contact=contact, readers=[ada])
    people = masking(MemoryStores()).people
    assert people("a.Message", message, key_of) == (ADA, SubjectRef("contact", "7"))
    assert people("a.User", ada, key_of) == (ADA, SubjectRef("reader", "1"))


@pytest.mark.parametrize("thread", [None, SimpleNamespace(id=3, owner=None)])
def test_a_row_whose_foreign_key_is_empty_is_about_nobody(thread: object) -> None:
    """At whichever step it ends."""
    message = SimpleNamespace(id=5, thread=thread, contact=None, readers=[])
    assert masking(MemoryStores()).people("a.Message", message, key_of) == ()


def test_a_table_without_a_tag_and_a_soft_reference_name_nobody() -> None:
    """No row of the other table is looked for."""
    tags = {**TAGS, "a.Message": Tag(category="messages", subjects={"contact": Match("text", "a.Contact.email")})}
    people = masking(MemoryStores(), tags).people
    assert people("a.Message", SimpleNamespace(id=5, text="x"), key_of) == ()
    assert people("a.Stranger", SimpleNamespace(id=5), key_of) == ()


def test_a_form_is_read_as_far_as_it_is_known() -> None:
    """Columns in their own order, without what is none; the first of several values; nothing for what is missing."""
    fields = {"column": ["text", "password", "phone"], "reason": [" support ", "legal"], "reference": []}
    assert Sent.of(fields, ["phone", "text"]) == Sent(("phone", "text"), "support", "")
    assert Sent.of({}, ["phone"]) == Sent()


def test_the_question_keeps_what_was_chosen() -> None:
    """And chooses the only column there is."""
    columns = {"phone": "Phone", "text": "Text"}
    asked = question("en", columns, Sent(("text",), "legal", "T-1"))
    assert [(each.value, each.chosen) for each in asked.columns] == [("phone", False), ("text", True)]
    assert [each.value for each in asked.reasons if each.chosen] == ["legal"]
    assert asked.reference == "T-1"
    assert [each.chosen for each in question("en", {"phone": "Phone"}, Sent()).columns] == [True]
    assert not any(each.chosen for each in question("en", columns, Sent()).columns)


def test_what_stands_beside_a_mask_is_in_the_reader_s_language() -> None:
    """Spanish for Guatemala too."""
    assert labels("es-GT").unmask == "Mostrar…"
    assert labels("en").hidden == "hidden"
