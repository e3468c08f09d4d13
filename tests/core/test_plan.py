"""Plans: which rows of a person go, in which order, what stays and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from consentguard import Match
from consentguard.datamap.map import DataMap
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.memory import MemoryStores, MemoryTable
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.settle import settle
from consentguard.plan.steps import Found, Plan, PlanError, Step
from consentguard.records import Selection, Test
from tests.core.neutral import policy, table

POLICY = policy(
    subjects={"user": {}, "inquirer": {}},
    categories={
        "account": {},
        "credentials": {"kind": "credential"},
        "invoices": {"retention": {"from": "issued", "at_least_by_jurisdiction": {"GT": "P5Y"}}},
    },
)
USER = table("User", "id:key! email:email! name!", "manager>User notes<Note groups*Group")
NOTE = table("Note", "id:key! user:key! text! written:datetime!", "user>User")
NOW = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
ME = Found(subject="user", root="User", keys=("12",))
SELF = Tag(category="account", subjects={"user": "self"})


def about(path: str | Match = "user", category: str = "account", **rest: object) -> Tag:
    """The tag of a table whose rows are about the user at the end of a path."""
    return Tag(category=category, subjects={"user": path}, **rest)  # type: ignore[arg-type]


def everywhere(selection: Selection) -> int:
    """A database in which every selection has rows."""
    return 1


def nothing_held(data_map: DataMap) -> Exceptions:
    """What stays on a day on which no hold is in force."""
    return Exceptions(data_map=data_map, holds=(), now=NOW)


def plan(tables: tuple[Table, ...], tags: Mapping[str, Tag], nowhere: tuple[str, ...] = ()) -> Plan:
    """The plan that erases the user 12; the tables in `nowhere` hold no row."""
    data_map = DataMap.build(tables, {"User": SELF, **tags}, POLICY)
    return erasure(data_map, [ME], lambda selection: int(selection.label not in nowhere), nothing_held(data_map))


def told(made: Plan) -> list[tuple[str, str, tuple[str, ...]]]:
    """What each step does to which table."""
    return [(step.action, step.label, step.columns) for step in made.steps]


def test_rows_go_before_those_that_they_refer_to() -> None:
    """A child of a child goes first, however the site lists its tables."""
    reply = table("Reply", "id:key! note:key! text", "note>Note")
    tags = {"Note": about(), "Reply": about("note.user")}
    user = table("User", "id:key! email:email!", "notes<Note")
    for tables in ((user, NOTE, reply), (reply, NOTE, user)):
        assert told(plan(tables, tags)) == [("delete", "Reply", ()), ("delete", "Note", ()), ("delete", "User", ())]


def test_a_selection_follows_the_tag_s_path_to_the_person() -> None:
    """Rows are selected by path and primary key, never by a list of all rows."""
    made = plan((table("User", "id:key! email:email!"), NOTE), {"Note": about()})
    assert [step.selection for step in made.steps] == [
        Selection(label="Note", path="user", root="User", keys=("12",)),
        Selection(label="User", path="self", root="User", keys=("12",)),
    ]


def test_tables_without_a_row_are_left_out() -> None:
    """A plan names what there is."""
    made = plan((table("User", "id:key! email:email!"), NOTE), {"Note": about()}, nowhere=("Note",))
    assert told(made) == [("delete", "User", ())]


def test_redact_empties_what_can_be_empty_and_says_what_stays() -> None:
    """A date that must be there stays, and the plan says so."""
    made = plan((USER, NOTE), {"Note": about(on_erase={"user": "redact"}), "User": SELF}, nowhere=("User",))
    assert [(step.action, step.columns, step.left) for step in made.steps] == [("clear", ("text",), ("written",))]


def test_the_moment_that_retention_counts_from_is_not_emptied() -> None:
    """By it the rest of the row goes in its time."""
    tag = about(on_erase={"user": "redact"}, anchors={"issued": "seen"})
    note = table("Note", "id:key! user:key! text! seen:datetime", "user>User")
    made = plan((USER, note), {"Note": tag, "User": SELF}, nowhere=("User",))
    assert [(step.columns, step.left) for step in made.steps] == [(("text",), ("seen",))]


def test_detach_empties_the_link_alone() -> None:
    """The row stays without leading to anybody."""
    log = table("Log", "id:key! actor:key action", "actor>User")
    made = plan((table("User", "id:key! email:email!"), log), {"Log": about("actor", on_erase={"user": "detach"})})
    assert told(made) == [("clear", "Log", ("actor",)), ("delete", "User", ())]


@pytest.mark.parametrize(("columns", "path"), [("id:key! user:key!", "user"), ("id:key!", "user")])
def test_detach_of_a_link_that_must_be_there_is_refused(columns: str, path: str) -> None:
    """No other row becomes of it silently: the developer says what does."""
    log = table("Log", f"{columns} action", "user>User" if "user" in columns else "user<User")
    tables = (table("User", "id:key! email:email! log:key", "log>Log"), log)
    with pytest.raises(PlanError, match="cannot be emptied"):
        plan(tables, {"Log": about(path, on_erase={"user": "detach"})})


def test_what_a_law_keeps_stays_and_the_person_it_refers_to_is_emptied() -> None:
    """An invoice has its five years; its buyer's row stays for it, without what can be empty."""
    invoice = table("Invoice", "id:key! buyer:key! total", "buyer>User")
    made = plan((table("User", "id:key! email:email! joined:date!"), invoice), {"Invoice": about("buyer", "invoices")})
    kept, emptied = sorted(made.steps, key=lambda step: step.label)
    assert (kept.action, kept.ground, kept.why) == ("keep", "law", "the policy keeps invoices for a least time")
    assert (emptied.action, emptied.columns, emptied.left) == ("clear", ("email",), ("joined",))
    assert (emptied.ground, emptied.why) == ("referred", "Invoice.buyer refers to User")


def test_a_person_without_kept_rows_goes_whole() -> None:
    """That some user has invoices keeps nobody else's row."""
    invoice = table("Invoice", "id:key! buyer:key! total", "buyer>User")
    tags = {"Invoice": about("buyer", "invoices")}
    assert told(plan((table("User", "id:key! email:email!"), invoice), tags, nowhere=("Invoice",))) == [
        ("delete", "User", ())
    ]


def test_columns_that_no_law_keeps_are_emptied_in_a_row_that_one_does() -> None:
    """The note on an invoice goes, its total stays."""
    invoice = table("Invoice", "id:key! buyer:key total note", "buyer>User")
    tag = Tag(columns={"total": "invoices", "note": "account"}, subjects={"user": "buyer"})
    made = plan((table("User", "id:key! email:email!"), invoice), {"Invoice": tag})
    assert ("clear", ("note",), ("total",)) in [(step.action, step.columns, step.left) for step in made.steps]


def test_keep_keeps() -> None:
    """A row that the tag keeps is named with that reason."""
    made = plan((table("User", "id:key! email:email!"), NOTE), {"Note": about(on_erase={"user": "keep"})})
    assert ("keep", "Note", "tag") in [(step.action, step.label, step.ground) for step in made.steps]


def test_a_row_of_somebody_else_lets_go_of_a_row_that_goes() -> None:
    """Another user's manager goes: their row stays, without the reference; so does a table that nobody tagged."""
    other = table("Other", "id:key! editor:key words", "editor>User")
    made = plan((table("User", "id:key! email:email! manager:key", "manager>User"), other), {})
    assert told(made) == [("clear", "User", ("manager",)), ("clear", "Other", ("editor",)), ("delete", "User", ())]
    assert made.steps[0].selection == Selection(label="User", path="manager", root="User", keys=("12",))


def test_a_row_that_only_links_goes_with_what_it_links() -> None:
    """A membership is nothing without its member."""
    link = table("User_groups", "id:key! user:key! group:key!", "user>User group>Group")
    group = table("Group", "id:key! name")
    made = plan((table("User", "id:key! email:email!"), group, link), {})
    assert told(made) == [("delete", "User_groups", ()), ("delete", "User", ())]


def test_a_row_that_may_go_follows_what_it_cannot_be_without() -> None:
    """Lines of an order are about whoever ordered: they go with it, though their tag leads to them by its payer."""
    order = table("Order", "id:key! buyer:key! payer:key!", "buyer>User payer>User")
    line = table("Line", "id:key! order:key! what", "order>Order")
    tags = {"Order": about("buyer"), "Line": about("order.payer")}
    made = plan((USER, order, line), tags)
    gone = [step.selection.path for step in made.steps if step.label == "Line"]
    assert {"order.buyer", "order.payer"} <= set(map(str, gone))


POST = table("Post", "id:key! author:key! words!", "author>User")
COMMENT = table("Comment", "id:key! post:key! author:key! text!", "post>Post author>User")


def blog(*comments: tuple[int, int]) -> tuple[Plan, MemoryStores]:
    """The plan that erases the user 12, who wrote post 1, and the comments on it: each its key, and who wrote it."""
    rows = [{"id": key, "post": 1, "author": author, "text": "well"} for key, author in comments]
    required = frozenset({"email", "words", "text"})
    users = [{"id": 12, "email": "anna@example.com"}, {"id": 13, "email": "ben@example.com"}]
    stores = MemoryStores(
        tables={
            "User": MemoryTable(rows=[dict(row) for row in users], required=required),
            "Post": MemoryTable(
                rows=[{"id": 1, "author": 12, "words": "Hello"}], to={"author": "User"}, required=required
            ),
            "Comment": MemoryTable(rows=rows, to={"post": "Post", "author": "User"}, required=required),
        }
    )
    tags = {"User": SELF, "Post": about("author"), "Comment": about("author")}
    data_map = DataMap.build((table("User", "id:key! email:email!"), POST, COMMENT), tags, POLICY)
    made = erasure(data_map, [ME], stores.dataset.count, nothing_held(data_map))
    for step in made.acts:
        if step.action == "delete":
            stores.dataset.delete(step.selection)
        else:
            stores.dataset.clear(step.selection, step.columns)
    return made, stores


def test_what_somebody_else_wrote_is_not_erased_with_what_it_refers_to() -> None:
    """Ben's comment on Anna's post stays, and her post without its words for it; her own comment goes."""
    made, stores = blog((1, 12), (2, 13))
    kept = Selection(label="Comment", path="post.author", root="User", keys=("12",))
    assert [dict(row) for row in stores.dataset.rows(kept, ["id", "text"])] == [{"id": 2, "text": "well"}]
    [post] = [step for step in made.steps if step.label == "Post"]
    assert (post.action, post.columns) == ("clear", ("words",))
    assert post.why == "Comment.post refers to Post, and may be about somebody else"


def test_what_nobody_else_wrote_on_goes_whole() -> None:
    """Anna's post goes with her own comments, although comments may be anybody's."""
    made, stores = blog((1, 12))
    assert {step.action for step in made.steps} == {"delete"}
    everybody = Selection(label="User", root="User", keys=("12", "13"))
    assert [dict(row) for row in stores.dataset.rows(everybody, ["id"])] == [{"id": 13}]


def test_a_row_that_nobody_tagged_keeps_what_it_refers_to() -> None:
    """What no tag speaks of is never deleted on somebody's behalf."""
    audit = table("Audit", "id:key! user:key! words", "user>User")
    made = plan((table("User", "id:key! email:email! name!"), audit), {})
    assert told(made) == [("clear", "User", ("email", "name"))]
    assert made.steps[0].why == "Audit.user refers to User"


def test_rows_are_found_before_what_they_are_found_by_goes() -> None:
    """A soft reference by e-mail address is read before the address goes."""
    ticket = table("Ticket", "id:key! email:email!")
    tags = {"Ticket": about(Match("email", "User.email"))}
    for tables in ((table("User", "id:key! email:email!"), ticket), (ticket, table("User", "id:key! email:email!"))):
        assert [step.label for step in plan(tables, tags).steps] == ["Ticket", "User"]


def test_a_circle_of_optional_keys_is_cut() -> None:
    """An order knows its last event, an event its order: the first lets go, then both go."""
    order = table("Order", "id:key! user:key! last:key words", "user>User last>Event")
    event = table("Event", "id:key! order:key! words", "order>Order")
    tags = {"Order": about(), "Event": about("order.user")}
    made = plan((table("User", "id:key! email:email!"), order, event), tags)
    steps = [(step.action, step.label) for step in made.steps]
    assert steps == [("clear", "Order"), ("delete", "Event"), ("delete", "Order"), ("delete", "User")]


def test_a_circle_that_cannot_be_cut_names_its_tables() -> None:
    """An account found by its users, and users that cannot be without it: the developer decides."""
    account = table("Account", "id:key! name", "users<User")
    user = table("User", "id:key! email:email! account:key!", "account>Account")
    data_map = DataMap.build((account, user), {"User": SELF, "Account": about("users")}, POLICY)
    with pytest.raises(PlanError, match=r"Account and User|User and Account"):
        erasure(data_map, [ME], lambda selection: int(not selection.besides), nothing_held(data_map))


def test_an_account_stays_for_its_other_users() -> None:
    """One of them is erased: the others are not deleted with the account, which is emptied."""
    account = table("Account", "id:key! name", "users<User")
    user = table("User", "id:key! email:email! account:key!", "account>Account")
    made = plan((account, user), {"Account": about("users")})
    assert told(made) == [("clear", "Account", ("name",)), ("delete", "User", ())]


def test_two_kinds_of_people_with_one_address_are_one_plan() -> None:
    """Rows of both are in an order that serves both."""
    ticket = table("Ticket", "id:key! email:email! user:key", "user>User")
    tag = Tag(category="account", subjects={"inquirer": "self", "user": "user"})
    data_map = DataMap.build((table("User", "id:key! email:email!"), ticket), {"User": SELF, "Ticket": tag}, POLICY)
    people = [ME, Found(subject="inquirer", root="Ticket", keys=("7",))]
    made = erasure(data_map, people, everywhere, nothing_held(data_map))
    gone = [(step.label, step.selection.keys) for step in made.steps]
    assert (set(gone[:-1]), gone[-1]) == ({("Ticket", ("12",)), ("Ticket", ("7",))}, ("User", ("12",)))


def test_rows_by_age_take_with_them_what_is_as_old() -> None:
    """Retention plans like erasure: the reference is followed to the moment that counts."""
    before = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    link = table("Note_labels", "id:key! note:key!", "note>Note")
    data_map = DataMap.build((USER, NOTE, link), {"User": SELF, "Note": about()}, POLICY)
    wish = Step(action="delete", selection=Selection(label="Note", where=(Test("written", "before", before),)))
    made = settle(data_map, [wish], everywhere, lambda step, why: step)
    tests = [step.selection.where for step in made.steps]
    assert tests == [(Test("note.written", "before", before),), (Test("written", "before", before),)]


def test_the_lines_say_what_happens_and_why() -> None:
    """A person reads the plan before it is carried out."""
    audit = table("Audit", "id:key! user:key! words", "user>User")
    lines = list(plan((table("User", "id:key! email:email! joined:date!"), audit), {}).lines())
    assert lines == ["empty email of 1 row of User; joined stay: Audit.user refers to User"]
