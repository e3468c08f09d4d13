"""The pages of an account: what they show of whom, what they do for who signed in lately, and what they never do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import Tag
from consentguard.guard import Guard
from consentguard.memory import MemoryTable
from consentguard.records import SubjectRef
from consentguard.rights.telling import Telling
from consentguard.testing.keys import keyring
from consentguard.web.account import ROUTES
from consentguard.web.circumstances import Circumstances
from consentguard.web.messages import Inbound, Outbound
from consentguard.words import words
from tests.core import rights_kit
from tests.core.neutral import table
from tests.core.rights_kit import TAGS, Shop
from tests.web_policy import url_for

BY_NAME = {route.name: route for route in ROUTES}
ANNA, BEN = SubjectRef("user", "1"), SubjectRef("user", "2")
RIGHTS = '[rights.access]\nchannels = ["account"]\n[rights.erasure]\nchannels = ["page", "email", "account"]\n'
POLICY = (
    rights_kit.POLICY.replace('[rights.access]\nchannels = ["page"]\n', "")
    .replace('[rights.erasure]\nchannels = ["page", "email"]\n', RIGHTS)
    .replace('[rights.objection]\nchannels = ["page"]', '[rights.objection]\nchannels = ["account"]')
    + """
[rights.rectification]
channels = ["account"]
[rights.restriction]
channels = ["account"]
[purposes.service]
title = { en = "Provide the service", es = "Prestar el servicio" }
basis = "contract"
[purposes.counting]
title = { en = "Count visits", es = "Contar visitas" }
basis = "legitimate_interests"
[categories.channels]
title = { en = "Connected channels", es = "Canales conectados" }
[categories.channels.retention]
from = "connected"
at_most = "P1Y"
[[categories.channels.retention.ends_on]]
event = "channel.disconnected"
scope = "channel"
hide = "at_once"
delete_within = "PT1H"
"""
)


class Keys:
    """The keys of the site's API, as a site might keep them."""

    def __init__(self) -> None:
        self.kept = {"key-of-anna-1234": ("1", "Shop door")}

    def list(self, subject: SubjectRef) -> list[dict[str, object]]:
        made = dt.date(2026, 1, 2)
        return [
            {"id": id, "label": label, "created": made, "last_used": None}
            for id, (owner, label) in self.kept.items()  # noqa: A001 - as the hook has it
            if owner == subject.key
        ]

    def revoke(self, subject: SubjectRef, id: str) -> None:  # noqa: A002 - as the hook has it
        del self.kept[id]


@dataclass(frozen=True)
class Site(Shop):
    """The shop, with channels, and what people may correct."""

    keys: Keys = field(default_factory=Keys)

    def options(self) -> Mapping[str, object]:
        return {"api_keys": self.keys}

    def tables(self) -> tuple[Table, ...]:
        return (*rights_kit.TABLES, table("Channel", "id:key! user:key! name connected:datetime!", "user>User"))

    def tags(self) -> Mapping[str, Tag]:
        channel = Tag(
            category="channels", subjects={"user": "user"}, anchors={"connected": "connected"},
            scopes={"channel": "self"},
        )  # fmt: skip
        return {**TAGS, "User": replace(TAGS["User"], rectifiable=("name", "email")), "Channel": channel}


@dataclass(frozen=True)
class Person:
    """Somebody in front of a browser; `minutes` ago they signed in. Of some a second factor is required."""

    site: Site
    subject: SubjectRef | None
    minutes: float | None = 5
    sign_in: str = "/login"
    guard: Guard | None = None
    required: bool = False

    def get(self, name: str, language: str = "en", **params: str) -> Outbound:
        return self._send("GET", name, {"language": language, **params})

    def post(self, name: str, form: Mapping[str, Any] | None = None, **params: str) -> Outbound:
        fields = {key: value if isinstance(value, list) else [value] for key, value in (form or {}).items()}
        return self._send("POST", name, {"language": "en", **params}, form=fields)

    def ask(self, right: str, form: dict[str, Any] | None = None) -> Outbound:
        return self.post("account_right", form, right=right)

    def _send(self, method: str, name: str, params: dict[str, str], **content: Any) -> Outbound:
        since = None if self.minutes is None else self.site.clock.now() - dt.timedelta(minutes=self.minutes)
        inbound = Inbound(
            method=method,
            params=params,
            url_for=url_for,
            subject=lambda: self.subject,
            circumstances=Circumstances(signed_in_at=lambda: since, required=lambda: self.required),
            sign_in=lambda: self.sign_in,
            **content,
        )
        route, guard = BY_NAME[name], self.guard or self.site.guard()
        assert route.enabled(guard.site)
        return route.endpoint(guard, inbound)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The shop, with keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    shop = rights_kit.shop(tmp_path, POLICY)
    new = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    channels = [
        {"id": 7, "user": 1, "name": "Anna's page", "connected": new},
        {"id": 8, "user": 2, "name": "Ben's page", "connected": new},
    ]
    rows = {**shop.rows, "Channel": MemoryTable(rows=channels, to={"user": "User"})}
    stores = type(shop.databases["default"])(tables=rows)
    return Site(tmp_path, databases={"default": stores}, rows=rows)


@pytest.fixture
def anna(site: Site) -> Person:
    """She signed in five minutes ago."""
    return Person(site, ANNA)


def shown(outbound: Outbound) -> str:
    """Everything that a page says."""
    return str(outbound.page)


@pytest.mark.parametrize("name", BY_NAME)
def test_whoever_is_not_signed_in_is_led_to_where_they_can_be(site: Site, name: str) -> None:
    """And back; where the host names no such page there is none of ours either."""
    params = {"right": "access"} if name == "account_right" else {}
    answer = Person(site, None).get(name, **params)
    here = "/".join(["/privacy", name, "en", *params.values()])
    assert (answer.status, answer.redirect, answer.private) == (303, f"/login?next={here}", True)
    assert Person(site, None, sign_in="").get(name, **params) == Outbound(status=404)


def test_it_says_what_is_held_of_whom_until_when_and_why(anna: Person) -> None:
    """Her rows by what the policy calls them, counted; nothing of Ben's, and no value of a row."""
    held, *_ = anna.get("account").page.grids
    rows = {row.name: [cell for _, cell in row.cells] for row in held.rows}
    assert rows["Orders"] == ["Order", "1", "Kept until March 1, 2027: up to 1 year from placed."]
    assert "Invoices" not in rows
    assert rows["Connected channels"][1] == "1"
    assert "anna@example.com" not in shown(anna.get("account"))


def test_many_rows_are_counted_and_few_explained(site: Site, anna: Person) -> None:
    """A table of a thousand rows costs no more than one of twenty."""
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    for number in range(100, 1100):
        placed = start + dt.timedelta(hours=number)
        site.rows["Order"].rows.append({"id": number, "user": 1, "note": "", "placed": placed})
    rows = {row.name: [cell for _, cell in row.cells] for row in anna.get("account").page.grids[0].rows}
    assert rows["Orders"][1] == "1001"
    assert rows["Orders"][2].endswith("more rows by the same rules.")


def test_a_copy_is_downloaded_at_once_by_who_signed_in_lately(site: Site, anna: Person) -> None:
    """By POST alone; it is theirs, and the request is done with its last byte."""
    page = anna.get("account_right", right="access").page
    assert [button.label for button in page.forms[0].buttons] == ["Download"]
    assert site.acts() == []
    answer = anna.ask("access")
    assert answer.file
    assert answer.private
    assert not isinstance(answer.file.content, bytes)
    assert b"".join(answer.file.content)[:2] == b"PK"
    assert "export.delivered" in site.acts()
    assert "request.confirmed" not in site.acts(), "a session proves what a mailed link would"


@pytest.mark.parametrize("minutes", [15.1, 60 * 24, None, -20])
@pytest.mark.parametrize("right", ["access", "erasure"])
def test_who_signed_in_long_ago_confirms_by_mail(site: Site, anna: Person, right: str, minutes: float | None) -> None:
    """Nothing is given out or done for a browser that was left open; the link goes to the account's own address."""
    stale = replace(anna, minutes=minutes)
    page = stale.get("account_right", right=right).page
    assert page.notice_kind == "problem"
    assert page.onward[0].url == f"/login?next=/privacy/account_right/en/{right}"
    answer = stale.ask(right)
    assert (answer.status, answer.redirect, answer.file) == (303, "/privacy/account/en?done=mailed", None)
    [mail] = site.outbox.messages
    assert mail.to == "anna@example.com"
    assert site.guard().rights.waiting() == []
    confirmed = site.guard().rights.confirm(site.token())
    assert confirmed is not None


def test_an_account_without_an_address_signs_in_again(site: Site, anna: Person) -> None:
    """There is no mailbox that could confirm it."""
    site.rows["User"].rows[0]["email"] = ""
    answer = replace(anna, minutes=60).ask("erasure")
    assert (answer.status, answer.page.forms, site.acts()) == (403, (), [])


@pytest.mark.parametrize("right", ["access", "erasure", "rectification"])
def test_no_mail_stands_in_for_a_second_factor(site: Site, anna: Person, right: str) -> None:
    """Where a right discloses or destroys: the same rights for which a mailed link takes the factor too."""
    must = replace(anna, required=True)
    page = must.get("account_right", right=right).page
    assert (page.forms, page.notice) == ((), "Set up a second factor to go on.")
    answer = must.ask(right, {"User.name": "Anne", "User.email": "anna@example.com"})
    assert (answer.status, site.acts(), site.outbox.messages) == (403, [], [])


@pytest.mark.parametrize(("right", "form"), [("objection", {"purposes": ["counting"]}), ("restriction", {})])
def test_an_end_to_a_use_is_asked_for_by_mail_all_the_same(
    site: Site, anna: Person, right: str, form: dict[str, Any]
) -> None:
    """It is no harder for who has a second factor, or has to have one, than on the public form."""
    must = replace(anna, required=True)
    assert "or let us mail a link" in must.get("account_right", right=right).page.notice
    assert must.ask(right, form).redirect == "/privacy/account/en?done=mailed"
    assert site.guard().rights.confirm(site.token())


def test_a_mailbox_is_not_filled_from_an_account_either(site: Site, anna: Person) -> None:
    """The same limit as that of the public form, and the same answer."""
    left = replace(anna, minutes=60, guard=site.guard())
    answers = {left.ask("erasure").redirect for _ in range(5)}
    assert (len(answers), len(site.outbox.messages)) == (1, 3)


def test_an_account_is_deleted_from_its_own_page(site: Site, anna: Person) -> None:
    """Confirmed by the session, carried out by the next run, and told by mail though the account is gone."""
    answer = anna.ask("erasure")
    code = answer.redirect.rpartition("/")[2]
    request = site.guard().rights.status(code)
    assert request
    assert (request.state, request.identity, request.channel, request.subject) == (
        "confirmed", "session", "account", "user:1",
    )  # fmt: skip
    site.guard().rights.carry_out(request.id)
    assert site.names("User") == [2]
    assert site.outbox.messages[-1].to == "anna@example.com"


def test_what_the_person_objects_to_ends_at_once(site: Site, anna: Person) -> None:
    """Only what can be objected to is to choose; the rest stands there with its reason, and cannot be forged."""
    [form] = anna.get("account_right", right="objection").page.forms
    assert [(option.value, option.disabled, bool(option.hint)) for option in form.fields[0].options] == [
        ("counting", False, False),
        ("service", True, True),
    ]
    assert anna.ask("objection").status == 422
    assert anna.ask("objection", {"purposes": ["service"]}).status == 422
    anna.ask("objection", {"purposes": ["service", "counting"]})
    marks = site.guard().restrictions.in_force()
    assert {(mark.kind, mark.purpose) for mark in marks} == {("objection", "counting")}
    assert {str(mark.subject) for mark in marks} == {"user:1"}, (
        "an address that nobody confirmed makes nobody else hers"
    )


def test_a_use_is_restricted_for_some_data_until_a_day(site: Site, anna: Person) -> None:
    """All or some, for a time or for good; a day that is over is refused."""
    assert anna.ask("restriction", {"until": "2026-03-28"}).status == 422
    assert anna.ask("restriction", {"until": "soon"}).status == 422
    anna.ask("restriction", {"categories": ["orders"], "until": "2026-05-01"})
    marks = site.guard().restrictions.in_force()
    assert {(mark.category, mark.until) for mark in marks} == {("orders", dt.datetime(2026, 5, 2, tzinfo=dt.UTC))}


def test_somebody_corrects_what_may_be_corrected(site: Site, anna: Person) -> None:
    """What stands there is shown and written over; what cannot stand there is refused, and so is nothing at all."""
    [form] = anna.get("account_right", right="rectification").page.forms
    assert [(each.name, each.kind, each.value) for each in form.fields] == [
        ("User.name", "textarea", "Anna"),
        ("User.email", "email", "anna@example.com"),
    ]
    assert anna.ask("rectification", {"User.name": "Anna", "User.email": "anna@example.com"}).status == 422
    assert anna.ask("rectification", {"User.name": "Anna", "User.email": "nobody"}).status == 422
    assert anna.ask("rectification", {"User.name": "", "User.email": "anna@example.com"}).status == 422
    answer = anna.ask("rectification", {"User.name": "Anne", "User.password": "x"})
    told = site.guard().rights.status(answer.redirect.rpartition("/")[2])
    assert told
    assert next(iter(Telling(site.guard().site.data_map, words("en"), told).lines())) == "Corrected: “Account data”."
    assert [(row["name"], row["password"]) for row in site.rows["User"].rows] == [
        ("Anne", "scrambled"), ("Ben", "scrambled"),
    ]  # fmt: skip


def test_what_stands_in_a_row_is_shown_only_to_who_signed_in_lately(anna: Person) -> None:
    """An open browser tells whoever sits down in front of it nothing."""
    page = replace(anna, minutes=60).get("account_right", right="rectification").page
    assert [each.value for each in page.forms[0].fields] == ["", ""]


def test_a_channel_is_disconnected(site: Site, anna: Person) -> None:
    """Its rows go, and those alone; another person's channel cannot be named."""
    [form] = anna.get("account_connections").page.forms
    [option] = form.fields[0].options
    assert option.label == "Channel: Anna's page"
    forged = option.value.replace("/7", "/8")
    assert anna.post("account_connections", {"connection": forged}).status == 422
    assert replace(anna, minutes=60).post("account_connections", {"connection": option.value}).status == 403
    assert site.names("Channel") == [7, 8]
    answer = anna.post("account_connections", {"connection": option.value})
    assert answer.redirect == "/privacy/account/en?done=disconnected"
    assert site.names("Channel") == [8]
    assert anna.get("account_connections").page.forms == ()


def test_keys_are_listed_masked_and_revoked(site: Site, anna: Person) -> None:
    """Through the site's own hook; nobody names a key of somebody else."""
    page = anna.get("account_keys").page
    assert [option.label for option in page.forms[0].fields[0].options] == ["Shop door (…1234)"]
    assert Person(site, BEN).post("account_keys", {"key": "key-of-anna-1234"}).status == 422
    assert replace(anna, minutes=60).post("account_keys", {"key": "key-of-anna-1234"}).status == 403
    assert site.keys.kept
    assert anna.post("account_keys", {"key": "key-of-anna-1234", "answer": "revoke"}).status == 303
    assert site.keys.kept == {}
    assert "api_key.revoked" in site.acts()


def test_what_was_asked_for_from_the_account_is_listed_there(site: Site, anna: Person) -> None:
    """Not what somebody asked for who typed the address into the public form."""
    site.guard().rights.receive("erasure", "anna@example.com", language="en", jurisdiction=None)
    assert len(anna.get("account").page.grids) == 1
    anna.ask("erasure")
    _, asked = anna.get("account").page.grids
    assert [row.name for row in asked.rows] == ["Deletion"]


def test_looking_changes_nothing(site: Site, anna: Person) -> None:
    """No page of the account writes anything when it is shown."""
    for name in BY_NAME:
        params = {"right": "erasure"} if name == "account_right" else {}
        anna.get(name, "en", **params)
    assert (site.acts(), site.outbox.messages) == ([], [])


def test_every_form_of_the_account_is_limited(site: Site) -> None:
    """In how often one client may send it; and a right that is not offered there is not found."""
    assert all(route.limit for route in ROUTES if "POST" in route.methods)
    assert Person(site, ANNA).get("account_right", right="opt_out").status == 404
    assert Person(site, ANNA).get("account", "fr").status == 404
