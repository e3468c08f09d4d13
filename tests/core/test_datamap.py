"""The data map: tags resolved against tables and policy, with every mistake reported at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from consentguard import DataMapError, Match, register
from consentguard.datamap.map import DataMap, Entry
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Path, Tag
from consentguard.findings import Finding
from tests.core.neutral import policy, table

USER = table("a.User", "id:key email:email joined:datetime", "messages<a.Message account>a.Account")
ACCOUNT = table("a.Account", "id:key tax_id closed_at:datetime", "users<a.User")
MESSAGE = table(
    "a.Message",
    "id:key author:key text sent_at:datetime payload:json",
    "author>a.User labels*a.Label about?",
    source="a/models.py:12",
)
LABEL = table("a.Label", "id:key name", "messages*a.Message")
TICKET = table("a.Ticket", "id:key email:email")
TABLES = (USER, ACCOUNT, MESSAGE, LABEL, TICKET)
POLICY = policy(
    subjects={"user": {}, "correspondent": {}},
    categories={"account": {}, "messages": {"retention": {"from": "sent", "at_most": "P90D"}}},
)
ROOT = Tag(category="account", subjects={"user": "self"})


def mistakes(tag: Tag, on: str = "a.Message", tables: tuple[Table, ...] = TABLES) -> list[Finding]:
    """What building a map finds wrong with one more tag beside the user's; nothing when it can be built."""
    try:
        DataMap.build(tables, {"a.User": ROOT, on: tag}, POLICY)
    except DataMapError as error:
        return list(error.findings)
    return []


def test_each_column_gets_the_category_that_is_nearest_to_it() -> None:
    """A column's own word counts before the tag's; keys are structure and stay out."""
    tag = Tag(
        category="messages",
        subjects={"user": "author"},
        columns={"payload": "account"},
        not_personal={"sent_at": "a moment"},
    )
    data_map = DataMap.build(TABLES, {"a.User": ROOT, "a.Message": tag}, POLICY)
    assert [entry for entry in data_map.entries if entry.table == "a.Message"] == [
        Entry(table="a.Message", column="text", category="messages", subjects=("user",)),
        Entry(table="a.Message", column="sent_at", category=None, reason="a moment"),
        Entry(table="a.Message", column="payload", category="account", subjects=("user",)),
    ]


def test_a_key_that_is_named_is_personal_all_the_same() -> None:
    """A key is structure by itself, and content when its developer says so."""
    tag = Tag(subjects={"user": "author"}, columns={"author": "account"})
    data_map = DataMap.build(TABLES, {"a.User": ROOT, "a.Message": tag}, POLICY)
    assert "data:a.Message.author" in {entry.id for entry in data_map.entries}


def test_categories_lists_the_columns_of_each_category_in_the_policy_s_order() -> None:
    """A category that no column has is not listed."""
    data_map = DataMap.build(TABLES, {"a.User": ROOT}, POLICY)
    assert {name: [entry.column for entry in held] for name, held in data_map.categories().items()} == {
        "account": ["email", "joined"]
    }
    assert [found.label for found in data_map.tables] == ["a.User"]


@pytest.mark.parametrize(
    "path",
    [
        "author",
        "author.account.users",
        "labels.messages.author",
        "about",
        Match("payload.sender.id", "a.User.id"),
        Match("author.email", "a.User.email"),
        Match("text", "a.User.email"),
        Match("author", "a.User.id"),
    ],
    ids=str,
)
def test_a_path_may_lead_over_any_relation_a_soft_reference_or_json(path: Path) -> None:
    """Foreign keys, reverse and many-to-many relations, generic keys, soft references, JSON: all reach the person."""
    assert mistakes(Tag(category="messages", subjects={"user": path})) == []


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("autor", '"autor" is no relation of a.Message', 'did you mean "author"?'),
        ("author.acount.users", '"acount" is no relation of a.User', 'did you mean "account"?'),
        (
            "text",
            '"text" is a column, not a relation, of a.Message',
            "relations of a.Message are about, author, labels",
        ),
        ("", '"" is no relation', "relations of a.Message are"),
        ("author.", '"" is no relation of a.User', "relations of a.User are"),
        (Match("mail", "a.User.email"), 'a.Message has no column "mail"', "columns there are"),
        (Match("text.sender", "a.User.email"), '"text" of a.Message is text, so no path leads into it', "JSON"),
        (Match("text", "a.Usr.email"), '"a.Usr.email" names no table', 'did you mean "a.User"?'),
        (Match("text", "a.User.mail"), 'a.User has no column "mail"', 'did you mean "email"?'),
        (Match("text", "email"), '"email" names no table', 'a target is "Label.column"'),
    ],
    ids=str,
)
def test_a_path_that_leads_nowhere_is_told_step_by_step(path: Path, message: str, hint: str) -> None:
    """The finding names the step, the table where it breaks and what could stand there."""
    (finding,) = mistakes(Tag(category="messages", subjects={"user": path}))
    assert finding.id == "D-PATH"
    assert message in finding.message
    assert hint in finding.hint


def test_a_path_must_end_at_a_table_whose_rows_are_the_subject() -> None:
    """Ending at the user's account is not ending at the user."""
    (finding,) = mistakes(Tag(category="messages", subjects={"user": "author.account"}))
    assert (finding.id, finding.hint) == ("D-PATH-END", "lead it to a.User")
    assert "ends at a.Account" in finding.message


def test_a_subject_without_a_table_of_its_own_is_told_how_to_get_one() -> None:
    """`self` on some table is what the other paths lead to."""
    (finding,) = mistakes(Tag(category="messages", subjects={"correspondent": "author"}))
    assert 'subjects={"correspondent": "self"}' in finding.hint


def test_a_relation_to_a_table_that_the_site_lacks_leads_nowhere() -> None:
    """A model outside the map's tables cannot be followed."""
    stray = table("a.Stray", "id:key", "owner>b.Owner")
    (finding,) = mistakes(Tag(category="account", subjects={"user": "owner"}), "a.Stray", (*TABLES, stray))
    assert "leads to b.Owner, which is no table of this site" in finding.message


@pytest.mark.parametrize(
    ("tag", "code", "hint"),
    [
        (Tag(category="mesages", subjects={"user": "author"}), "D-UNKNOWN-CATEGORY", 'did you mean "messages"?'),
        (Tag(columns={"text": "mesages"}), "D-UNKNOWN-CATEGORY", 'did you mean "messages"?'),
        (Tag(category="messages", columns={"txt": "account"}), "D-UNKNOWN-COLUMN", 'did you mean "text"?'),
        (Tag(category="messages", not_personal={"txt": "why"}), "D-UNKNOWN-COLUMN", 'did you mean "text"?'),
        (Tag(category="messages", subjects={"usr": "author"}), "D-UNKNOWN-SUBJECT", 'did you mean "user"?'),
        (Tag(category="messages", anchors={"sent": "snt_at"}), "D-ANCHOR", 'did you mean "sent_at"?'),
        (Tag(category="messages", anchors={"sent": "text"}), "D-ANCHOR-TYPE", "date"),
        (Tag(category="messages", anchors={"sent": "labels.name"}), "D-ANCHOR", "foreign keys only"),
        (Tag(category="messages", on_erase={"user": "delete"}), "D-ERASE-SUBJECT", "there are no subjects"),
        (Tag(category="messages", not_personal={"text": " "}), "D-NO-REASON", 'not_personal={"text"'),
        (Tag(reason=" "), "D-EMPTY-TAG", "not_personal(Message"),
        (
            Tag(category="messages", columns={"text": "account"}, not_personal={"text": "why"}),
            "D-CONTRADICTION",
            "remove one",
        ),
        (
            Tag(category="messages", subjects={"user": "author"}, on_erase={"user": "erase"}),  # type: ignore[dict-item]
            "D-ERASE-ACTION",
            "the actions are",
        ),
    ],
)
def test_a_word_that_names_nothing_is_a_mistake(tag: Tag, code: str, hint: str) -> None:
    """Each finding names the model's source line and the nearest word that exists."""
    (finding,) = mistakes(tag)
    assert finding.id == code
    assert hint in finding.hint
    assert (finding.file, finding.line) == ("a/models.py", 12)
    assert finding.where.startswith("a.Message")


@pytest.mark.parametrize(
    ("model", "arguments", "said"),
    [
        ("a.User", {"subjects": ["user"]}, "subjects is ['user']: it is a dict of texts, such as {"),
        ("a.User", {"columns": {"email": None}}, "columns is {'email': None}: it is a dict of texts"),
        ("a.User", {"anchors": {"sent": Match("a", "b.c")}}, "anchors is "),
        ("a.User", {"category": ["contact"]}, "category is ['contact']: it is the name of one"),
        (USER, {"category": "contact"}, "is no model: it is a class, or a label"),
    ],
)
def test_an_argument_of_the_wrong_type_is_refused_where_it_stands(
    model: Any, arguments: dict[str, Any], said: str
) -> None:
    """The traceback of a wrong tag ends at its own line, not deep inside the map."""
    with pytest.raises(TypeError, match=re.escape(said)):
        register(model, **arguments)


def test_a_match_of_the_wrong_type_is_refused_where_it_stands() -> None:
    """As any argument of a tag is."""
    with pytest.raises(TypeError, match="takes two texts"):
        Match("email", None)  # type: ignore[arg-type]


def test_every_mistake_is_reported_at_once() -> None:
    """A developer mends a model in one go."""
    tag = Tag(category="x", subjects={"y": "author", "user": "z"}, columns={"w": "account"}, anchors={"sent": "v"})
    assert {finding.id for finding in mistakes(tag)} == {
        "D-UNKNOWN-CATEGORY",
        "D-UNKNOWN-SUBJECT",
        "D-PATH",
        "D-UNKNOWN-COLUMN",
        "D-ANCHOR",
    }


def test_a_tag_for_a_table_that_is_not_there_is_a_mistake() -> None:
    """A misspelt label would silently classify nothing."""
    (finding,) = mistakes(Tag(reason="a queue"), on="a.Mesage")
    assert (finding.id, finding.hint) == ("D-UNKNOWN-TABLE", 'did you mean "a.Message"?')


def test_an_anchor_may_belong_to_the_row_that_this_one_belongs_to() -> None:
    """An account's end is the account's column, and its users' rows count from it too."""
    assert mistakes(Tag(category="messages", anchors={"sent": "author.account.closed_at"})) == []


def test_an_anchor_that_no_rule_counts_from_is_a_warning() -> None:
    """It does no harm and has no effect, so start-up goes on."""
    tag = Tag(category="messages", subjects={"user": "author"}, anchors={"snt": "sent_at", "sent": "sent_at"})
    data_map = DataMap.build(TABLES, {"a.User": ROOT, "a.Message": tag}, POLICY)
    (warning,) = data_map.warnings
    assert (warning.id, warning.severity, warning.hint) == ("D-UNUSED-ANCHOR", "warning", 'did you mean "sent"?')


@pytest.mark.parametrize(
    "tag",
    [
        Tag(category="diary", columns={"email": "account", "gone": "account"}, proposed=True),
        Tag(category="account", subjects={"nobody": "self", "user": "self"}, proposed=True),
        Tag(category="account", subjects={"correspondent": "missing.way"}, on_erase={"x": "keep"}, proposed=True),
        Tag(category="account", anchors={"sent": "gone"}, not_personal={"gone": "why"}, proposed=True),
    ],
)
def test_a_companion_s_tag_never_stops_the_site(tag: Tag) -> None:
    """What a ready-made tag says and this policy or version does not know is passed over."""
    data_map = DataMap.build(TABLES, {"a.User": ROOT, "a.Ticket": tag}, POLICY)
    held = {entry.column for entry in data_map.entries if entry.table == "a.Ticket"}
    assert held == {"email"}


@pytest.mark.parametrize(
    ("categories", "held"),
    [
        ({"credential": {}}, "credential"),
        ({"credentials": {}}, "credentials"),
        ({"sign_in": {"kind": "credential"}}, "sign_in"),
        ({"sign_in": {"kind": "credential"}, "keys": {"kind": "credential"}}, None),
        ({"keys": {"kind": "log"}}, None),
    ],
)
def test_a_companion_s_category_is_found_by_name_or_by_its_only_kind(categories: object, held: str | None) -> None:
    """A policy keeps its own words: two categories of a kind are not chosen between."""
    manifest = policy(subjects={"user": {}}, categories=categories)
    tags = {"a.Ticket": Tag(category="credential", subjects={"user": "self"}, proposed=True)}
    data_map = DataMap.build(TABLES, tags, manifest)
    assert [entry.category for entry in data_map.entries] == ([held] if held else [])


@pytest.mark.parametrize(
    ("columns", "address", "expected"),
    [
        ("id:key email:email", "", "email"),
        ("id:key email:email backup:email", "", None),
        ("id:key email:email backup:email", "backup", "backup"),
        ("id:key contact_mail phone", "", "contact_mail"),
        ("id:key correo:text", "", "correo"),
        ("id:key name", "", None),
        ("id:key name", "name", "name"),
    ],
)
def test_mail_to_a_person_goes_where_only_one_column_is_likely(
    columns: str, address: str, expected: str | None
) -> None:
    """A tag decides where several columns could be meant; where none seems right, there is no address."""
    tag = Tag(category="account", subjects={"user": "self"}, address=address)
    data_map = DataMap.build([table("a.User", columns)], {"a.User": tag}, POLICY)
    assert data_map.addresses == ({"user": ("a.User", expected)} if expected else {})


@pytest.mark.parametrize(
    ("address", "subjects", "message"),
    [
        ("e_mail", {"user": "self"}, 'address names "e_mail", which is no column of a.User'),
        ("joined", {"user": "self"}, 'address names "joined", which is datetime and no text'),
        ("email", {}, "address is given in a table whose rows are no data subject"),
    ],
)
def test_an_address_that_cannot_be_one_is_a_mistake(address: str, subjects: dict[str, Path], message: str) -> None:
    """It names a column of text of the table whose rows are the people."""
    tag = Tag(category="account", subjects=subjects, address=address)
    with pytest.raises(DataMapError) as raised:
        DataMap.build([USER, ACCOUNT, MESSAGE], {"a.User": tag}, POLICY)
    found = [each for each in raised.value.findings if each.id == "D-ADDRESS"]
    assert [each.message for each in found] == [message]
