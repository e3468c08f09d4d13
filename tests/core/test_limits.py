"""How often one client may send a form, counted in memory or in Redis, and without their address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import redis

from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.site import Site
from consentguard.testing.keys import keyring
from consentguard.web.answer import answer
from consentguard.web.limits import client_key, network_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import FORM, Route
from tests.web_policy import POLICY, BareHost, url_for

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def guard(folder: Path, limits: str = "memory://", *, keys: bool = True) -> Guard:
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    options: dict[str, object] = {"limits": limits}
    if keys:
        keyring().write(folder / "keyring.json")
        options["keyring"] = "keyring.json"
    return Guard(Site(BareHost(folder), options), MemoryStores())


def route(name: str = "policy", **rest: object) -> Route:
    given = {"methods": FORM, "enabled": lambda _: True, "limit": "2/hour", **rest}
    return Route(name=name, path=name, endpoint=lambda *_: Outbound(json=1), **given)  # type: ignore[arg-type]


def send(guard: Guard, route: Route, address: str = "192.0.2.7", method: str = "POST") -> Outbound:
    return answer(route, guard, Inbound(method=method, headers=SAME_ORIGIN, address=address, url_for=url_for))


def statuses(guard: Guard, route: Route, *addresses: str) -> list[int]:
    return [send(guard, route, address).status for address in addresses]


def test_one_attempt_too_many_waits(tmp_path: Path) -> None:
    """429 with a page that says how long, and a header for programs: no longer than the period."""
    site = guard(tmp_path)
    assert statuses(site, route(), "192.0.2.7", "192.0.2.7") == [200, 200]
    refused = send(site, route())
    assert (refused.status, refused.template) == (429, "consentguard/refused.html")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert "1 hour" in refused.page.notice or "60 minutes" in refused.page.notice


def test_a_program_is_told_in_json(tmp_path: Path) -> None:
    """With the same header."""
    site, api = guard(tmp_path), route(localised=False)
    refused = [send(site, api) for _ in range(3)][-1]
    assert (refused.status, refused.json) == (429, {"error": "Too many attempts."})
    assert "Retry-After" in refused.headers


def test_each_client_and_each_form_has_attempts_of_its_own(tmp_path: Path) -> None:
    """Nobody uses up another's, nor those of another form, nor those of another site in the process."""
    site = guard(tmp_path)
    assert statuses(site, route(), *["192.0.2.7"] * 3, "192.0.2.8") == [200, 200, 429, 200]
    assert send(site, route("cookies")).status == 200
    other = tmp_path / "other"
    other.mkdir()
    assert send(guard(other), route()).status == 200


def test_reading_and_refused_forms_are_not_counted(tmp_path: Path) -> None:
    """A page may be looked at often; and another site cannot use up a visitor's attempts in their browser."""
    site = guard(tmp_path)
    foreign = Inbound(method="POST", headers={"Sec-Fetch-Site": "cross-site"}, address="192.0.2.7", url_for=url_for)
    for _ in range(5):
        assert send(site, route(), method="GET").status == 200
        assert answer(route(), site, foreign).status == 403
    assert send(site, route()).status == 200


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_64_bits(address: str, client: str) -> None:
    """Who has an IPv6 address has 18 quintillion neighbours of it; an IPv4 address in IPv6 dress is one address."""
    assert network_of(address) == client


def test_no_address_is_kept(tmp_path: Path) -> None:
    """What is counted under is a keyed hash: another key, another hash."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    keys = {client_key(guard(folder).site, "192.0.2.7") for folder in (one, two)}
    assert len(keys) == 2
    assert all(len(key) == 32 and "192" not in key.split(".") for key in keys)


def test_without_a_keyring_nothing_is_counted_and_the_form_is_closed(tmp_path: Path) -> None:
    """503: a form that needs a keyring never runs without one."""
    assert send(guard(tmp_path, keys=False), route()).status == 503


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "memcached://127.0.0.1:1", "nowhere", "redis://[bad"])
def test_a_form_that_nobody_can_count_is_closed(tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A Redis that is down, or no storage at all: 503, and the log says so without a password."""
    told = send(guard(tmp_path, url.replace("//", "//user:secret@")), route())
    assert told.status == 503
    assert caplog.records
    assert "secret" not in caplog.text


@pytest.fixture
def our_redis(redis_url: str) -> Iterator[str]:
    """The shared Redis; what this test leaves in it goes."""
    before = _keys(redis_url)
    yield redis_url
    with redis.Redis.from_url(redis_url) as client:
        for key in _keys(redis_url) - before:
            client.delete(key)


def _keys(url: str) -> set[bytes]:
    with redis.Redis.from_url(url) as client:
        return set(client.keys("consentguard*"))


@pytest.mark.redis
def test_several_processes_count_in_one_redis(tmp_path: Path, our_redis: str) -> None:
    """What one process counted counts in another; no key in Redis holds an address."""
    before, name, address = _keys(our_redis), f"form-{uuid4().hex}", "203.0.113.77"
    one = guard(tmp_path, our_redis)
    two = Guard(Site(BareHost(tmp_path), {"limits": our_redis, "keyring": "keyring.json"}), MemoryStores())
    form = route(name, localised=False)
    assert [send(site, form, address).status for site in (one, two, one, two)] == [200, 200, 429, 429]
    made = _keys(our_redis) - before
    assert made
    assert not any(address.encode() in key for key in made)
