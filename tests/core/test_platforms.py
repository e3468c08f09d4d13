"""Calls of platforms: what they sign is read, and nothing else; whom they name is erased or disconnected, once."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from consentguard.cli import group
from consentguard.crypto.keyring import VARIABLE
from consentguard.guard import Guard
from consentguard.platforms import PlatformError, SignedRequestError, ids_of
from consentguard.platforms.signed_request import parse
from consentguard.testing.keys import keyring
from consentguard.web import platforms as pages
from consentguard.web.messages import Inbound, Outbound
from tests.core import rights_kit
from tests.core.rights_kit import POLICY, TAGS, Shop
from tests.web_policy import url_for

SECRET = "an app's secret"
NOW = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
EVENTS = """
[[categories.orders.retention.ends_on]]
event = "channel.disconnected"
scope = "channel"
delete_within = "PT1H"
"""
ORDERS = 'retention = { from = "placed", at_most = "P1Y" }'
KEPT = 'from = "placed"\nat_most = "P1Y"\n'
Endpoint = Callable[[Guard, Inbound], Outbound]
PEOPLE = {"scoped-1": ["user:1"], "scoped-2": ["channel:2"], "odd": ["nothing"]}


def envelope(user_id: str = "scoped-1", secret: str = SECRET, **payload: object) -> str:
    """What Meta would send."""
    facts = {"user_id": user_id, "algorithm": "HMAC-SHA256", "issued_at": int(NOW.timestamp()), "expires": 0} | payload
    encoded = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")
    made = hmac.new(secret.encode(), encoded.encode(), hashlib.sha256).digest()
    return f"{base64.urlsafe_b64encode(made).decode().rstrip('=')}.{encoded}"


@dataclass(frozen=True)
class Called(Shop):
    """The shop, which one platform calls."""

    def options(self) -> Mapping[str, object]:
        return {
            "platforms": {
                "meta": {
                    "secret": SECRET,
                    "identify": lambda user_id: PEOPLE.get(user_id, []),
                    "event": "channel.disconnected",
                }
            }
        }


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Called:
    """It, with keys in the environment."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    monkeypatch.setitem(TAGS, "Order", replace(TAGS["Order"], scopes={"channel": "self"}))
    made = rights_kit.shop(tmp_path, POLICY.replace(ORDERS, f"[categories.orders.retention]\n{KEPT}{EVENTS}"))
    site = Called(made.folder, databases=made.databases, rows=made.rows)
    site.clock.tick(NOW - site.clock.now())
    return site


def call(site: Called, sent: str, endpoint: Endpoint = pages.delete, platform: str = "meta") -> tuple[int, Any]:
    """What a platform is answered."""
    inbound = Inbound(method="POST", params={"platform": platform}, form={"signed_request": [sent]}, url_for=url_for)
    answer = endpoint(site.guard(), inbound)
    return answer.status, answer.json


def test_every_envelope_that_is_signed_is_taken_and_no_other() -> None:
    """Three thousand of each, with ids of every length: padding of base64 must not matter to the signature."""
    chance = random.Random(7)  # noqa: S311 - which ids and bits, no secret
    for number in range(3_000):
        user_id = str(number) + "x" * chance.randrange(20)
        sent = envelope(user_id)
        assert parse(sent, SECRET, NOW).user_id == user_id
        signature, _, payload = sent.partition(".")
        forged = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
        forged[chance.randrange(len(forged))] ^= 1 << chance.randrange(8)
        with pytest.raises(SignedRequestError, match="signature"):
            parse(f"{base64.urlsafe_b64encode(forged).decode().rstrip('=')}.{payload}", SECRET, NOW)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", "no signed request"),
        ("a", "no signed request"),
        (".", "no signed request"),
        ("ü.ü", "no signed request"),
        ("a" * 9_000 + ".b", "no signed request"),
        ("!!!!.e30", "no signed request"),
        (envelope(secret="another app's"), "not that of this app"),
        (envelope(algorithm="none"), "another algorithm"),
        (envelope(issued_at=int(NOW.timestamp()) - 90_000), "too long ago"),
        (envelope(expires=int(NOW.timestamp()) - 1), "too long ago"),
        (envelope(issued_at=int(NOW.timestamp()) + 600), "in the future"),
        (envelope(user_id=""), "names no user"),
        (envelope(issued_at="soon"), "not as Meta documents it"),
    ],
)
def test_what_is_not_good_is_refused_with_the_reason(sent: str, said: str) -> None:
    """And without a word of what it held."""
    with pytest.raises(SignedRequestError, match=said) as caught:
        parse(sent, SECRET, NOW)
    assert "scoped-1" not in str(caught.value)


def test_a_deletion_is_confirmed_with_a_page_and_a_code(site: Called) -> None:
    """The request needs no mail: the platform has signed it. Once carried out, its page says so."""
    status, answer = call(site, envelope())
    assert status == 200
    assert answer["url"].endswith(answer["confirmation_code"])
    request = site.guard().rights.status(answer["confirmation_code"])
    assert request
    assert (request.right, request.state, request.identity, request.subject) == (
        "erasure",
        "confirmed",
        "platform",
        "user:1",
    )
    assert site.guard().rights.carry_out(request.id).request.state in ("done", "partial")
    assert 1 not in site.names("User")
    assert site.names("Order") == [2]


def test_a_call_that_comes_again_is_answered_as_before(site: Called) -> None:
    """One request, however often a platform tries."""
    first, second = call(site, envelope()), call(site, envelope())
    assert first == second
    assert site.acts().count("request.received") == 1


def test_whom_nobody_knows_gets_an_answer_too(site: Called) -> None:
    """That nothing was found is for the page to say, which shows no id."""
    status, answer = call(site, envelope("scoped-9"))
    request = site.guard().rights.status(answer["confirmation_code"])
    assert status == 200
    assert request
    assert site.guard().rights.carry_out(request.id).outcome.people == 0
    assert site.names("User") == [1, 2]
    assert "scoped-9" not in request.subject


def test_who_disconnects_loses_that_connection_and_nothing_else(site: Called) -> None:
    """The event of the policy happens to what the platform's id leads to, in time for `delete_within`."""
    assert call(site, envelope("scoped-2"), pages.deauthorise) == (200, {"disconnected": 1})
    assert call(site, envelope("scoped-2"), pages.deauthorise) == (200, {"disconnected": 1})
    [happening] = site.stores("default").happenings.open()
    assert (happening.event, happening.key) == ("channel.disconnected", "2")
    assert site.guard().retention.purge().done == 1
    assert (site.names("Order"), site.names("User")) == ([1], [1, 2])


def test_a_forged_call_does_nothing(site: Called) -> None:
    """No request, no evidence; another platform's name is no way around."""
    assert call(site, envelope(secret="guessed"))[0] == 400
    assert call(site, envelope(), platform="other")[0] == 404
    assert call(site, envelope(secret="guessed"), pages.deauthorise)[0] == 400
    assert site.acts() == []


def test_what_identify_gives_must_name_rows(site: Called) -> None:
    """A host's mistake is its own: nothing is erased by half a name."""
    with pytest.raises(PlatformError, match="names no row"):
        site.guard().platforms.delete("meta", envelope("odd"), language="en")


def test_a_list_of_ids_opens_a_request_for_each_once(site: Called, tmp_path: Path) -> None:
    """As platforms mail them; the same list does nothing twice on one day."""
    guard = site.guard()
    ids = ids_of(["user_id,reason\n", "scoped-1,asked\n", "\n", "scoped-9,asked\n", "scoped-1,asked\n"])
    assert ids == ["scoped-1", "scoped-9", "scoped-1"]
    first = guard.platforms.delete_listed("meta", ids, language="en")
    assert first == guard.platforms.delete_listed("meta", ids, language="en")
    assert [each.request.subject == "user:1" for each in first] == [True, False]
    (tmp_path / "ids.csv").write_text("id\nscoped-1\n", "utf-8")
    told = CliRunner().invoke(group, ["platforms", "delete-ids", "meta", str(tmp_path / "ids.csv")], obj=site)
    assert (told.exit_code, told.stdout) == (0, "1 requests are open or were before.\n")


@pytest.mark.parametrize(("lines", "said"), [([], "empty"), (["name,mail\n", "a,b\n"], "called user_id")])
def test_a_list_that_names_no_ids_is_refused(lines: list[str], said: str) -> None:
    """With what to do about it."""
    with pytest.raises(PlatformError, match=said):
        ids_of(lines)


def test_another_spelling_of_an_envelope_is_no_other_envelope(site: Called) -> None:
    """Base64 with padding, or with other bits behind the last byte, says the same, and would be taken for new."""
    signature, _, payload = envelope().partition(".")
    last = {"A": "B", "E": "F", "I": "J", "M": "N", "Q": "R", "U": "V", "Y": "Z", "c": "d"}
    last |= {"g": "h", "k": "l", "o": "p", "s": "t", "w": "x", "0": "1", "4": "5", "8": "9"}
    for other in (f"{signature}=", signature[:-1] + last[signature[-1]]):
        with pytest.raises(SignedRequestError, match="no signed request"):
            site.guard().platforms.delete("meta", f"{other}.{payload}", language="en")
    assert site.acts() == []
