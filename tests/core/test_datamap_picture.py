"""The data map as a Mermaid picture: grouped by subject, readable, and broken by no name."""

from __future__ import annotations

import re

from consentguard.datamap.map import DataMap
from consentguard.datamap.picture import mermaid
from consentguard.datamap.tags import Tag
from tests.core.neutral import policy, table

POLICY = policy(subjects={"user": {}, "guest": {}}, categories={"account": {}, "messages": {}})
USER = table("a.User", "id:key email phone", "messages<a.Message")
MESSAGE = table("a.Message", "id:key author:key text one two three four five", "author>a.User country>a.Country")
COUNTRY = table("a.Country", "id:key name")
TAGS = {
    "a.User": Tag(category="account", subjects={"user": "self"}),
    "a.Message": Tag(category="messages", subjects={"user": "author", "guest": "self"}, columns={"text": "account"}),
    "a.Country": Tag(reason="countries"),
}


def test_tables_stand_in_the_box_of_those_they_are_about() -> None:
    """One box for each set of subjects, an arrow for each foreign key, nothing for what is not personal."""
    assert mermaid(DataMap.build([USER, MESSAGE, COUNTRY], TAGS, POLICY)).splitlines() == [
        "flowchart LR",
        '  subgraph s0["user"]',
        '    t0["<b>a.User</b><br/><i>account</i>: email, phone"]',
        "  end",
        '  subgraph s1["user, guest"]',
        '    t1["<b>a.Message</b><br/><i>account</i>: text<br/><i>messages</i>: one, two, three, four, five"]',
        "  end",
        "  t1 --> t0",
    ]


def test_a_long_table_says_how_much_more_there_is() -> None:
    """Fifteen tables with all their columns would be no picture."""
    wide = table("a.Wide", "id:key " + " ".join(f"c{number}" for number in range(9)))
    tags = {"a.Wide": Tag(category="account", subjects={"user": "self"})}
    assert "c0, c1, c2, c3, c4 and 4 more" in mermaid(DataMap.build([wide], tags, POLICY))


def test_no_name_can_end_its_node() -> None:
    """Quotes, brackets and line ends of a label are written as entity codes."""
    odd = table('a."]; x <b>\n', "id:key email")
    tags = {odd.label: Tag(category="account", subjects={"user": "self"})}
    node = mermaid(DataMap.build([odd], tags, POLICY)).splitlines()[2]
    assert re.fullmatch(r'    t0\["<b>a\.#34;#93;#59; x #60;b#62;#10;</b><br/><i>account</i>: email"\]', node)


def test_a_map_without_personal_data_is_an_empty_picture() -> None:
    """A site that has tagged nothing yet can still print its record."""
    assert mermaid(DataMap.build([COUNTRY], {}, POLICY)) == "flowchart LR\n"
