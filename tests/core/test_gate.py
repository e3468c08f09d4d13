"""The cookies of an answer before it leaves: what stays, what is said of it, and what never breaks."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.consent.errors import CookieRefusedError
from consentguard.consent.gate import is_removal, name_of
from consentguard.consent.reports import ACT, LATER, LOOKED_BACK, MOST, UNNAMED, findings
from consentguard.errors import SettingsError
from consentguard.findings import Finding
from consentguard.guard import Guard
from consentguard.ports import StoreError
from consentguard.web.gate import Refused, judged
from consentguard.web.privacy import Privacy
from tests.core.test_privacy import Visit, chosen
from tests.core.visits import CHOICES, NOW, Shop, acts, shop
from tests.web_policy import CONTROLLER

SECRET = "c2VjcmV0"
PAST = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"


def judge(
    guard: Guard, *headers: str, cookies: dict[str, str] | None = None, route: str = "shop/<pk>"
) -> Refused | None:
    """What the gate says of an answer with these `Set-Cookie` headers to a visitor with these cookies."""
    sent = [(name_of(header), partial(str, header)) for header in headers]
    return judged(Privacy(Visit(guard, cookies or {})), sent, lambda: route)


def taken_down(guard: Guard, *headers: str, route: str = "shop/<pk>") -> None:
    refused = judge(guard, *headers, route=route)
    assert refused is not None
    refused.take_down()


def found(guard: Guard) -> list[Finding]:
    assert guard.site.inventory is not None
    return list(findings(guard.stores.entries, guard.site.inventory, guard.clock.now()))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("a=1; Path=/", "a"),
        (" a = b=c ; Secure", "a"),
        ("=x", ""),
        ("lonely; Path=/", ""),
        ("", ""),
        ("a;b=c", ""),
        ('a="x;y"', "a"),
    ],
)
def test_a_header_names_its_cookie_as_browsers_read_it(header: str, name: str) -> None:
    """Up to the first equals sign before the first semicolon."""
    assert name_of(header) == name


@pytest.mark.parametrize(
    ("header", "goes"),
    [
        ("a=; Max-Age=0", True),
        ("a=x; max-age=-1", True),
        ("a=; MAX-AGE=000; Path=/", True),
        (f'a=""; {PAST}', True),
        ("a=; expires=Thu, 01-Jan-1970 00:00:00 GMT; Path=/", True),
        (f"a=; Max-Age=60; {PAST}", False),
        ("a=; Max-Age=0; Max-Age=60", False),
        (f"a={SECRET}; {PAST}", False),
        ("a=; Expires=Thu, 01 Jan 2099 00:00:00 GMT", False),
        ("a=; Expires=yesterday", False),
        ("a=; Expires=", False),
        ("a=; Max-Age=soon", False),
        ("a=", False),
        ("a=0; Path=/Max-Age=0", False),
    ],
)
def test_a_removal_is_what_browsers_take_for_one(header: str, goes: bool) -> None:
    """`Max-Age` outranks `Expires`; a value that a browser with a slow clock would keep is none."""
    assert is_removal(header, lambda: NOW) is goes


def test_what_is_declared_and_consented_leaves(tmp_path: Path) -> None:
    """Essential cookies for everybody, and our own; what waits for consent for those who accepted it."""
    guard = shop(tmp_path, cookies="strip")
    assert judge(guard, "session=1", "cg_choice=1", "cg_refused=1", "cg_age=1", "cg_factor=1") is None
    assert judge(guard, "visits=1", cookies=chosen(guard, "analytics")) is None
    assert judge(guard) is None


def test_what_is_undeclared_or_refused_stays(tmp_path: Path) -> None:
    """By its place in the answer: the others leave, and so does every removal."""
    guard = shop(tmp_path, cookies="strip")
    refused = judge(guard, "session=1", "other=1", "visits=1", "visits=; Max-Age=0", "other=; Max-Age=0")
    assert refused is not None
    assert refused.withheld == {1, 2}
    assert [report[:3] for report in refused.reports] == [
        ("other", "undeclared", "shop/<pk>"),
        ("visits", "unconsented", "shop/<pk>"),
    ]
    after_a_refusal = judge(guard, "visits=1", cookies=chosen(guard))
    assert after_a_refusal is not None
    assert after_a_refusal.withheld == {0}


def test_a_report_lets_everything_leave(tmp_path: Path) -> None:
    """The default: a site that adopts this alone is told, and not changed."""
    guard = shop(tmp_path)
    refused = judge(guard, "other=1", "visits=1")
    assert refused is not None
    assert not refused.withheld
    assert len(refused.reports) == 2


def test_a_test_fails_by_the_name_of_the_cookie(tmp_path: Path) -> None:
    """The error says which, why, where, and what to add to the policy; never the value."""
    guard = shop(tmp_path, cookies="raise")
    with pytest.raises(CookieRefusedError) as raised:
        judge(guard, f"other={SECRET}")
    assert "the cookie other is set by shop/<pk>" in str(raised.value)
    assert '[cookies.other] to privacy.toml with names = ["other"]' in raised.value.hint
    with pytest.raises(CookieRefusedError, match=r'privacy.allows\("counter"\)'):
        judge(guard, f"visits={SECRET}", route="")
    assert SECRET not in f"{raised.value!r}{raised.value}"
    assert judge(guard, "session=1") is None


@pytest.mark.parametrize("policy", ["", "\n[cookies]\n"])
def test_without_the_section_nothing_is_judged(tmp_path: Path, policy: str) -> None:
    """A policy that says nothing of cookies keeps none back; an empty section says that there are none."""
    guard = shop(tmp_path, CONTROLLER + policy, cookies="strip")
    assert (judge(guard, "other=1") is None) is not policy


def test_an_unknown_place_breaks_no_answer(tmp_path: Path) -> None:
    """Where no guard is to be had, there is no policy to hold a cookie against."""

    class Nowhere(Visit):
        def guard(self) -> Guard:
            raise SettingsError("there is no site 'x'")

    assert judged(Privacy(Nowhere(shop(tmp_path))), [("other", lambda: "other=1")], str) is None


def test_a_choice_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    """A site that lost its keys strips what waits for consent, and writes what it can: nothing, without an error."""
    cookies = chosen(shop(tmp_path), "analytics")
    (tmp_path / "shop.keys").unlink()
    guard = shop(tmp_path, keys=False, cookies="strip")
    refused = judge(guard, "session=1", "visits=1", cookies=cookies)
    assert refused is not None
    assert refused.withheld == {1}
    refused.take_down()
    assert acts(guard) == []


def test_what_is_asked_for_an_essential_cookie_is_nothing(tmp_path: Path) -> None:
    """Neither the header nor the visitor's cookies are looked at, and no cache is told of anything."""
    guard = shop(tmp_path)
    visit = Visit(guard)
    privacy = Privacy(visit)

    def never() -> str:
        raise AssertionError("nobody asks")

    assert judged(privacy, [("session", never)], never) is None
    assert visit.asked == ["guard"]
    judged(privacy, [("visits", lambda: "visits=1")], str)
    assert not privacy.varies


def test_a_report_is_taken_down_once_for_each_place(tmp_path: Path) -> None:
    """One entry of the evidence for each cookie, reason and route; a thousand answers write no more."""
    guard = shop(tmp_path)
    for _ in range(5):
        taken_down(guard, f"other={SECRET}", "visits=1")
        taken_down(guard, "other=2", route="cart")
    assert {entry.act for entry in acts(guard)} == {ACT}
    assert sorted(entry.details for entry in acts(guard)) == [
        '{"cookie":"other","mode":"report","reason":"undeclared","route":"cart"}',
        '{"cookie":"other","mode":"report","reason":"undeclared","route":"shop/<pk>"}',
        '{"cookie":"visits","mode":"report","reason":"unconsented","route":"shop/<pk>"}',
    ]
    refused = judge(guard, "other=3")
    assert refused is not None
    assert not refused.is_news


def test_names_that_visitors_make_are_few(tmp_path: Path) -> None:
    """A site that names cookies by what it is sent fills no evidence, and writes no such name into it."""
    guard = shop(tmp_path)
    for number in range(MOST + 50):
        taken_down(guard, f"n{number}=1")
    assert len(acts(guard)) == MOST
    other = shop(tmp_path)
    other.stores = type(other.stores)()
    for name in ("ana@example.com", "é", "x" * 200, "a b", "lonely;"):
        taken_down(other, name if ";" in name else f"{name}=1")
    assert [UNNAMED in entry.details for entry in acts(other)] == [True]


def test_inside_a_transaction_nothing_is_written_but_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What rolls back would take the report along; one warning, and the next answer tries again."""
    guard = shop(tmp_path)
    with caplog.at_level(logging.WARNING), guard.stores.transactions.atomic():
        taken_down(guard, f"other={SECRET}")
        taken_down(guard, f"visits={SECRET}")
    assert acts(guard) == []
    [record] = caplog.records
    assert "the cookie other is undeclared" in record.getMessage()
    assert SECRET not in record.getMessage()
    taken_down(guard, "other=1")
    assert len(acts(guard)) == 1


@pytest.mark.parametrize("error", [StoreError("the database is away"), RuntimeError("a test has no database")])
def test_a_database_that_is_away_breaks_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """Whatever it says; it is left alone for a minute, and then asked again."""
    guard = shop(tmp_path)
    asked: list[object] = []

    def away(entry: object) -> None:
        asked.append(entry)
        raise error

    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(guard.stores.entries, "add", away)
        for _ in range(5):
            taken_down(guard, "other=1")
    assert len(asked) == len(caplog.records) == 1
    taken_down(guard, "other=1")
    assert acts(guard) == []
    guard.clock.tick(LATER)  # type: ignore[attr-defined]
    taken_down(guard, "other=1")
    assert len(acts(guard)) == 1


def test_a_finding_says_how_often_when_and_where(tmp_path: Path) -> None:
    """One for each cookie, over processes, days and routes; what to add to the policy is its hint."""
    stores = shop(tmp_path).stores
    for _ in range(3):
        guard = shop(tmp_path)
        guard.stores = stores
        for route in ("a", "b", "c", "d"):
            taken_down(guard, "other=1", route=route)
    taken_down(guard, "visits=1", route="")
    other, visits = found(guard)
    assert (other.id, other.severity, other.where) == ("C-UNDECLARED", "warning", "cookies")
    assert other.message == (
        "other: a cookie leaves that the policy does not declare; "
        "reported 12 times, last on 2026-11-21, by a, b, c and 1 more"
    )
    assert (visits.id, visits.where) == ("C-UNCONSENTED", "cookies.counter")
    assert visits.message.endswith("reported 1 time, last on 2026-11-21")
    assert 'privacy.allows("counter")' in visits.hint


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        (lambda policy: policy, ["C-UNDECLARED", "C-UNCONSENTED"]),
        (lambda policy: policy.replace('["visits"]', '["visits", "oth*"]'), ["C-UNCONSENTED"]),
        (lambda policy: policy.replace('["session"]', '["session", "visits", "other"]'), []),
        (lambda policy: policy.replace('["visits"]', "[]"), ["C-UNDECLARED", "C-UNDECLARED"]),
    ],
)
def test_what_the_policy_declares_by_now_is_no_finding(
    tmp_path: Path, change: Callable[[str], str], ids: list[str]
) -> None:
    """Reports are held against the policy as it is, not as it was."""
    before = shop(tmp_path)
    taken_down(before, "other=1", "visits=1")
    after = shop(tmp_path, change(CHOICES))
    after.stores = before.stores
    assert [each.id for each in found(after)] == ids


def test_a_report_is_forgotten_after_a_month(tmp_path: Path) -> None:
    """What was not seen again is presumed to be mended."""
    guard = shop(tmp_path)
    taken_down(guard, "other=1")
    guard.clock.tick(LOOKED_BACK - dt.timedelta(seconds=1))  # type: ignore[attr-defined]
    assert len(found(guard)) == 1
    guard.clock.tick(dt.timedelta(seconds=2))  # type: ignore[attr-defined]
    assert found(guard) == []


def test_the_command_shows_them(tmp_path: Path) -> None:
    """`consentguard check` reads the database of the site."""
    guard = shop(tmp_path)
    taken_down(guard, "other=1")
    host = guard.site.host
    assert isinstance(host, Shop)
    shown = CliRunner().invoke(group, ["check"], obj=host).output
    assert "C-UNDECLARED" in shown
    assert 'names = ["other"]' in shown
