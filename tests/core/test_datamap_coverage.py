"""Coverage of the data map: what leads to a person is classified, or named with the line to add."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from consentguard.datamap.baseline import Baseline
from consentguard.datamap.coverage import by_table, check, covered, gaps
from consentguard.datamap.looks import kind_of
from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Column, ColumnType, Table
from consentguard.datamap.tags import Match, Tag
from consentguard.errors import SettingsError
from consentguard.settings import Coverage, Settings
from tests.core.neutral import policy, table

POLICY = policy(
    subjects={"user": {}},
    categories={
        "account": {"kind": "contact"},
        "messages": {"retention": {"from": "received", "fallback": {"at_most": "P1Y"}}},
    },
)
USER = table("a.User", "id:key email:email", "orders<a.Order")
ORDER = table("a.Order", "id:key user:key note placed:datetime", "user>a.User country>a.Country", source="a/m.py:7")
COUNTRY = table("a.Country", "id:key name", "orders<a.Order harbours<a.Harbour")
HARBOUR = table("a.Harbour", "id:key place", "country>a.Country")
ISLAND = table("a.Island", "id:key title reply_to_email")
TAGS = {"a.User": Tag(category="account", subjects={"user": "self"})}


def found(*tables: Table, tags: dict[str, Tag] | None = None) -> dict[str, str]:
    """Each gap's id by its place."""
    data_map = DataMap.build(tables, TAGS if tags is None else tags, POLICY)
    return {gap.where: gap.id for gap in gaps(data_map)}


def settings(folder: Path, coverage: Coverage) -> Settings:
    """Settings whose files stand in `folder`."""
    return Settings.of({"coverage": coverage}, folder)


def test_every_unclassified_column_that_leads_to_a_person_is_named() -> None:
    """Relations count in both directions and any number of them."""
    assert found(USER, ORDER, COUNTRY, HARBOUR, ISLAND) == {
        "a.Order.note": "D-UNCLASSIFIED",
        "a.Order.placed": "D-UNCLASSIFIED",
        "a.Country.name": "D-UNCLASSIFIED",
        "a.Harbour.place": "D-UNCLASSIFIED",
        "a.Island.reply_to_email": "D-LOOKS-PERSONAL",
    }


def test_a_table_that_is_not_personal_ends_the_search() -> None:
    """A country is nobody's data, and what hangs on it is not its customers'."""
    tags = TAGS | {"a.Country": Tag(reason="the countries of the world")}
    assert set(found(USER, ORDER, COUNTRY, HARBOUR, tags=tags)) == {"a.Order.note", "a.Order.placed"}


def test_a_soft_reference_makes_a_table_reachable() -> None:
    """Rows that know a person by an e-mail address are theirs, and so is what hangs on them."""
    ticket = table("a.Ticket", "id:key email:email", "replies<a.Reply")
    reply = table("a.Reply", "id:key body", "ticket>a.Ticket")
    tag = Tag(category="account", subjects={"user": Match("email", "a.User.email")})
    assert found(USER, ticket, reply, tags=TAGS | {"a.Ticket": tag}) == {"a.Reply.body": "D-UNCLASSIFIED"}


def test_a_generic_key_is_followed_to_its_holder_and_not_through_it() -> None:
    """A comment may be on anything; that does not make everything commented on a person's."""
    comment = table("a.Comment", "id:key text", "about?")
    note = table("a.Note", "id:key words", "on?a.User,a.Island")
    island = table("a.Island", "id:key title", "notes<a.Rock")
    assert found(USER, comment, note, island) == {"a.Comment.text": "D-UNCLASSIFIED", "a.Note.words": "D-UNCLASSIFIED"}


def test_without_a_person_s_table_nothing_leads_to_one() -> None:
    """A site without tags hears of columns that look personal, and of nothing else."""
    comment = table("a.Comment", "id:key text", "about?")
    assert found(USER, ORDER, comment, tags={}) == {"a.User.email": "D-LOOKS-PERSONAL"}
    assert covered(DataMap.build([USER, ORDER], {}, POLICY)) == (0, 0)


def test_the_line_to_add_carries_path_and_category() -> None:
    """The registration can be pasted: its path is the shortest one to the person."""
    line = table("a.Line", "id:key delivery_address", "order>a.Order", source="a/models.py:31")
    (gap,) = [gap for gap in gaps(DataMap.build([USER, ORDER, line], TAGS, POLICY)) if "Line" in gap.where]
    assert (gap.where, gap.file, gap.line) == ("a.Line.delivery_address", "a/models.py", 31)
    assert 'register("a.Line", "account", subjects={"user": "order.user"})' in gap.hint
    assert 'not_personal("a.Line", "<why>")' in gap.hint


def test_a_foreign_key_is_offered_before_an_equally_short_way_back() -> None:
    """A row belongs to the one that it names."""
    line = table("a.Line", "id:key words", "helpers<a.User owner>a.User")
    (gap,) = gaps(DataMap.build([USER, line], TAGS, POLICY))
    assert 'subjects={"user": "owner"}' in gap.hint


def test_a_contact_that_a_person_s_table_has_too_is_offered_as_a_soft_reference() -> None:
    """No relation leads from a ticket to its sender; the address may."""
    ticket = table("a.Ticket", "id:key email body")
    (gap,) = gaps(DataMap.build([USER, ticket], TAGS, POLICY))
    assert 'register("a.Ticket", "account", subjects={"user": Match("email", "a.User.email")})' in gap.hint


def test_what_several_people_share_is_no_soft_reference() -> None:
    """A street has neighbours, and the day on which an address was confirmed names nobody."""
    user = table("a.User", "id:key street email_confirmed_at:datetime")
    ticket = table("a.Ticket", "id:key street email_confirmed_at:datetime")
    hints = {gap.hint for gap in gaps(DataMap.build([user, ticket], TAGS, POLICY)) if "Ticket" in gap.where}
    assert hints == {'add register("a.Ticket", "account"), or not_personal("a.Ticket", "<why>")'}


def test_no_category_is_guessed_where_the_columns_disagree() -> None:
    """A wrong guess would be pasted too."""
    mixed = table("a.Mixed", "id:key phone password")
    hints = [gap.hint for gap in gaps(DataMap.build([USER, mixed], TAGS, POLICY))]
    assert len(hints) == 2
    assert all('register("a.Mixed", "<category>")' in hint for hint in hints)


def test_a_tagged_table_is_told_what_to_add_to_its_tag() -> None:
    """A tag without a category for all columns leaves new ones open."""
    tags = TAGS | {"a.Order": Tag(columns={"note": "messages"}, subjects={"user": "user"})}
    (gap,) = [gap for gap in gaps(DataMap.build([USER, ORDER], tags, POLICY)) if gap.id == "D-UNCLASSIFIED"]
    assert gap.where == "a.Order.placed"
    assert gap.hint == 'add columns={"placed": "<category>"} or not_personal={"placed": "<why>"} to its tag'


def test_a_companion_s_table_without_a_category_is_reported_even_if_nothing_leads_there() -> None:
    """The policy may take over the ready-made name, or the host maps the table to a name of its own."""
    session = table("sessions.Session", "key data", own=False)
    tags = TAGS | {"sessions.Session": Tag(category="session", proposed=True)}
    data_map = DataMap.build([USER, session], tags, POLICY)
    assert {gap.where: gap.hint for gap in gaps(data_map)} == dict.fromkeys(
        ["sessions.Session.key", "sessions.Session.data"],
        'add [categories.session] to the policy, or register("sessions.Session", "<category>")',
    )


def test_retention_from_a_moment_that_no_tag_binds_is_a_gap() -> None:
    """Neither the period's own anchor nor its fallback's can be found without a column."""
    tags = TAGS | {"a.Order": Tag(category="messages", subjects={"user": "user"})}
    messages = [gap.message for gap in gaps(DataMap.build([USER, ORDER], tags, POLICY))]
    assert len(messages) == 2
    assert 'counts from "received"' in messages[0]
    assert 'counts from "created"' in messages[1]
    bound = Tag(category="messages", subjects={"user": "user"}, anchors={"received": "placed", "created": "placed"})
    assert gaps(DataMap.build([USER, ORDER], TAGS | {"a.Order": bound}, POLICY)) == ()


@pytest.mark.parametrize(("coverage", "severity"), [("report", "warning"), ("strict", "error"), ("new-only", "error")])
def test_the_mode_decides_how_bad_a_gap_is(coverage: Coverage, severity: str, tmp_path: Path) -> None:
    """Report warns; strict fails; new-only fails on what no baseline lists."""
    data_map = DataMap.build([USER, ORDER], TAGS, POLICY)
    assert {gap.severity for gap in check(data_map, settings(tmp_path, coverage))} == {severity}


def test_a_baseline_puts_up_with_today_s_gaps_and_fails_on_tomorrow_s(tmp_path: Path) -> None:
    """Known gaps become notes, a new one is an error, and a closed one is to be struck off."""
    options = settings(tmp_path, "new-only")
    Baseline.of(options.baseline, gaps(DataMap.build([USER, ORDER], TAGS, POLICY))).write()
    assert {gap.severity for gap in check(DataMap.build([USER, ORDER], TAGS, POLICY), options)} == {"note"}
    order = table("a.Order", "id:key placed:datetime gift", "user>a.User")
    judged = {gap.where: (gap.id, gap.severity) for gap in check(DataMap.build([USER, order], TAGS, POLICY), options)}
    assert judged == {
        "a.Order.placed": ("D-UNCLASSIFIED", "note"),
        "a.Order.gift": ("D-UNCLASSIFIED", "error"),
        "a.Order.note": ("D-STALE-BASELINE", "note"),
    }


def test_a_baseline_is_sorted_json_without_lines_or_paths(tmp_path: Path) -> None:
    """It is committed: moving a model within its file changes nothing."""
    file = tmp_path / "baseline.json"
    Baseline.of(file, gaps(DataMap.build([USER, ORDER], TAGS, POLICY))).write()
    assert json.loads(file.read_text()) == {"gaps": {"D-UNCLASSIFIED": ["a.Order.note", "a.Order.placed"]}}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"gaps": []}', b'{"gaps": {"x": 1}}', b"\xff", b"[" * 99999])
def test_a_broken_baseline_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    """The message names the file, and the hint the command that writes it anew."""
    (tmp_path / "privacy.baseline.json").write_bytes(content)
    with pytest.raises(SettingsError, match=r"privacy\.baseline\.json cannot be read") as caught:
        check(DataMap.build([USER], TAGS, POLICY), settings(tmp_path, "new-only"))
    assert "--write-baseline" in caught.value.hint


def test_for_reading_the_columns_of_a_table_become_one_finding() -> None:
    """One line mends them all, so one line is said."""
    (finding,) = by_table(gaps(DataMap.build([USER, ORDER], TAGS, POLICY)))
    assert finding.where == "a.Order"
    assert finding.message.startswith("note, placed: each leads to a data subject")


def test_removing_a_tag_is_found_by_name() -> None:
    """The column that was covered is the column that is named."""
    tags = TAGS | {"a.Order": Tag(category="account", subjects={"user": "user"})}
    full = DataMap.build([USER, ORDER], tags, POLICY)
    assert (gaps(full), covered(full)) == ((), (3, 3))
    assert found(USER, ORDER) == {"a.Order.note": "D-UNCLASSIFIED", "a.Order.placed": "D-UNCLASSIFIED"}


@pytest.mark.parametrize(
    ("name", "type_", "kind"),
    [
        ("email", "text", "contact"),
        ("billingAddress", "text", "contact"),
        ("last_login_ip", "text", "device"),
        ("TAX_ID", "text", "identifier.tax"),
        ("fecha_nacimiento", "date", "identity"),
        ("teléfono", "text", "contact"),
        ("whatever", "email", "contact"),
        ("whatever", "ip", "device"),
        ("shipped", "datetime", None),
        ("message", "text", None),
        ("email_verified", "boolean", None),
        ("name", "text", None),
        ("page", "integer", None),
        ("", "text", None),
    ],
)
def test_a_column_looks_personal_by_whole_words_or_by_its_type(name: str, type_: ColumnType, kind: str | None) -> None:
    """In English and Spanish, with accents and in any case; part of a word is no word."""
    assert kind_of(Column(name=name, type=type_)) == kind


def _tree(number: int) -> str:
    """A table hangs on one of those before it."""
    return f"parent>a.T{(number - 1) // 3}" if number else ""


def _web(number: int) -> str:
    """A table hangs on six others, and only the last on the person."""
    ways = " ".join(f"to_{step}>a.T{(number * 7 + step * 13 + 1) % 199 + 1}" for step in range(6))
    return "" if number == 0 else ways if number < 199 else "person>a.T0"


@pytest.mark.parametrize("relations", [_tree, _web])
def test_two_hundred_tables_are_checked_well_within_two_seconds(relations: Callable[[int], str]) -> None:
    """A check that is felt at every start-up gets switched off; many ways between tables change nothing."""
    names = "id:key " + " ".join(f"column_{column}" for column in range(20))
    tables = [table(f"a.T{number}", names, relations(number)) for number in range(200)]
    start = time.perf_counter()
    data_map = DataMap.build(tables, {"a.T0": Tag(category="account", subjects={"user": "self"})}, POLICY)
    assert len(gaps(data_map)) == 199 * 20
    assert time.perf_counter() - start < 2


def test_what_a_period_depends_on_has_to_be_bound_table_by_table() -> None:
    """A plan, a place, a channel: each is named with the line to add, and no longer once it is bound."""
    end = {"event": "channel.disconnected", "scope": "channel"}
    rule = {"from": "placed", "at_most_by_plan": {"free": "P7D"}, "at_least_by_jurisdiction": {"GT": "P5Y"}}
    manifest = policy(
        subjects={"user": {}}, categories={"account": {}, "orders": {"retention": {**rule, "ends_on": [end]}}}
    )
    user = table("a.User", "id:key email:email plan land")
    order = table("a.Order", "id:key user:key note placed:datetime", "user>a.User channel>a.User")
    bound = Tag(category="orders", subjects={"user": "user"}, anchors={"placed": "placed"})
    whole = replace(bound, plan="user.plan", place="user.land", scopes={"channel": "channel"})
    for tag, ids in ((bound, ["D-UNBOUND-PLAN", "D-UNBOUND-PLACE", "D-UNBOUND-SCOPE"]), (whole, [])):
        data_map = DataMap.build((user, order), {**TAGS, "a.Order": tag}, manifest)
        assert [gap.id for gap in gaps(data_map) if gap.where == "a.Order"] == ids


def test_a_table_that_cannot_lead_to_a_scope_needs_no_way_there() -> None:
    """Of the tables of one category, those that belong to a channel have to say so, and no other."""
    end = {"event": "channel.disconnected", "scope": "channel"}
    manifest = policy(subjects={"user": {}}, categories={"account": {}, "chats": {"retention": {"ends_on": [end]}}})
    tables = (
        table("a.User", "id:key email:email"),
        table("a.Channel", "id:key user:key", "user>a.User"),
        table("a.Chat", "id:key channel:key words", "channel>a.Channel"),
        table("a.File", "id:key chat:key words", "chat>a.Chat"),
        table("a.Friend", "id:key user:key words", "user>a.User"),
    )
    tags = {
        "a.Chat": Tag(category="chats", subjects={"user": "channel.user"}, scopes={"channel": "channel"}),
        "a.File": Tag(category="chats", subjects={"user": "chat.channel.user"}),
        "a.Friend": Tag(category="chats", subjects={"user": "user"}),
    }
    data_map = DataMap.build(tables, {**TAGS, **tags}, manifest)
    assert [gap.where for gap in gaps(data_map) if gap.id == "D-UNBOUND-SCOPE"] == ["a.File"]
