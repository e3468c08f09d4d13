"""The data map as a tree for people."""

from __future__ import annotations

from rich.console import Console

from consentguard.datamap.map import DataMap
from consentguard.datamap.tags import Match, Tag
from consentguard.datamap.tree import tree
from tests.core.neutral import policy, table

POLICY = policy(subjects={"user": {}, "guest": {}}, categories={"account": {}, "messages": {}})


def lines(data_map: DataMap) -> list[str]:
    """The printed tree, without its branches."""
    console = Console(width=100, force_terminal=False)
    with console.capture() as captured:
        console.print(tree(data_map))
    return [line.strip(" │├└─") for line in captured.get().splitlines()]


def test_a_table_stands_under_everyone_it_is_about_with_the_way_to_them() -> None:
    """Brackets in names are shown; a reason for all columns is said once."""
    user = table("a.User", "id:key email [x]")
    note = table("a.Note", "id:key user:key text seen", "user>a.User")
    country = table("a.Country", "name code")
    mixed = table("a.Mixed", "data until")
    tags = {
        "a.User": Tag(category="account", subjects={"user": "self"}),
        "a.Note": Tag(
            category="messages",
            subjects={"user": "user", "guest": "self"},
            not_personal={"seen": "a flag"},
        ),
        "a.Country": Tag(reason="countries"),
        "a.Mixed": Tag(category="messages", not_personal={"until": "a date"}),
    }
    assert lines(DataMap.build([user, note, country, mixed], tags, POLICY)) == [
        "data map",
        "user",
        "a.User  is the person",
        "account: email, [x]",
        "a.Note  by user",
        "messages: text",
        "not personal: seen",
        "guest",
        "a.Note  is the person",
        "messages: text",
        "not personal: seen",
        "nobody in particular",
        "a.Country  countries",
        "a.Mixed",
        "messages: data",
        "not personal: until",
    ]


def test_a_soft_reference_is_shown_as_what_it_compares() -> None:
    """The column on the left, the person's on the right."""
    user, ticket = table("a.User", "email"), table("a.Ticket", "sender")
    tags = {
        "a.User": Tag(category="account", subjects={"user": "self"}),
        "a.Ticket": Tag(category="messages", subjects={"user": Match("sender", "a.User.email")}),
    }
    assert "a.Ticket  by sender = a.User.email" in lines(DataMap.build([user, ticket], tags, POLICY))
