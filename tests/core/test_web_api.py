"""The endpoints that speak JSON: what they give, take and refuse, and that their description says all of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from consentguard.consent import Decision
from consentguard.cookies import CHOICE, REFUSAL
from consentguard.guard import Guard
from consentguard.memory import Outbox
from consentguard.records import ConsentRecord, Token
from consentguard.testing.clock import FrozenClock
from consentguard.web.answer import answer
from consentguard.web.api import OPERATIONS, ROUTES
from consentguard.web.messages import FORM_LIMIT, Inbound, Outbound
from tests.core.visits import ANA, CHOICES, NOW, RIGHTS, Browser, acts, shop
from tests.web_policy import CONTROLLER, url_for

BY_NAME = {route.name: route for route in ROUTES}
POLICY = CHOICES + RIGHTS
JSON = {"Content-Type": "application/json"}
NONCE = "0123456789abcdef" * 2
SECRET = "a-secret-of-the-help-desk"
ASK = {"right": "erasure", "email": "ana@example.com", "language": "es"}


def api(guard: Guard, name: str, **rest: Any) -> Browser:
    return Browser(guard, BY_NAME[name], **{"headers": JSON, **rest})


def help_desk(guard: Guard, token: str = SECRET, *, lasts: int = 1) -> Browser:
    """A system that was given a token, and sends one."""
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    expires_at = NOW + dt.timedelta(days=lasts)
    guard.stores.tokens.add(Token(digest=digest, purpose="machine", about="help-desk", expires_at=expires_at))
    return api(guard, "api_requests", headers={**JSON, "Authorization": f"Bearer {token}"})


def send(browser: Browser, body: object, **params: str) -> Outbound:
    return browser.post(body=json.dumps(body).encode(), **params)


def shown(browser: Browser) -> str:
    """The version that a visitor is asked by."""
    return browser.guard.site.consent_policy.id


def decided(guard: Guard, *accepted: str) -> ConsentRecord:
    asked = guard.site.consent_policy.id
    return guard.consent.decide(
        Decision(accepted=accepted, policy=asked, method="save", component="api", language="en")
    )


def outbox(guard: Guard) -> Outbox:
    box = guard.site.host.mail()
    assert isinstance(box, Outbox)
    return box


def description(guard: Guard) -> dict[str, Any]:
    document = api(guard, "openapi").get().json
    assert isinstance(document, dict)
    return document


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        (POLICY, ["api_choice", "api_requests", "api_status", "openapi"]),
        (CHOICES, ["api_choice", "openapi"]),
        (CONTROLLER + RIGHTS, ["api_requests", "api_status", "openapi"]),
        (CONTROLLER, []),
        (CONTROLLER + RIGHTS.replace('"page"', '"email"'), ["api_requests", "api_status", "openapi"]),
    ],
)
def test_an_endpoint_exists_where_the_policy_has_its_section(tmp_path: Path, policy: str, names: list[str]) -> None:
    """What the policy lacks is not there, and the description tells of what is there only."""
    guard = shop(tmp_path, policy)
    assert [route.name for route in ROUTES if route.enabled(guard.site)] == names
    if names:
        paths = {re.sub("<(.*)>", r"{\1}", f"/{BY_NAME[name].path}") for name in names}
        assert description(guard)["paths"].keys() == paths


def test_the_choice_before_there_is_one(tmp_path: Path) -> None:
    """A script learns what may be chosen, and that it has to ask."""
    guard = shop(tmp_path)
    assert api(guard, "api_choice").get().json == {
        "policy": guard.site.consent_policy.id,
        "needs_choice": True,
        "purposes": ["analytics", "newsletter"],
        "choice": None,
    }


def test_a_choice_is_recorded_and_given_back(tmp_path: Path) -> None:
    """The answer is the choice as it now counts, the cookie keeps it, and the record says that a program sent it."""
    browser = api(shop(tmp_path), "api_choice", subject=ANA)
    sent = send(browser, {"accepted": ["newsletter"], "policy": shown(browser), "nonce": NONCE})
    (cookie,) = sent.cookies
    assert (sent.status, sent.private, cookie.name, cookie.http_only) == (200, True, CHOICE, False)
    assert isinstance(sent.json, dict)
    record = browser.guard.consent.standing(ANA)["newsletter"]
    assert (record.accepted, record.method, record.component) == (("newsletter",), "save", "api")
    assert sent.json["choice"] == {
        "accepted": ["newsletter"],
        "chosen_at": "2026-11-21T10:30:05.250000Z",
        "holds_until": "2027-05-22T10:30:05.250000Z",
        "record": record.id,
    }
    assert (sent.json["needs_choice"], record.id == NONCE) == (False, False)
    assert browser.get().json["choice"]["record"] == record.id  # type: ignore[index]
    json.dumps(sent.json)


def test_a_decision_that_is_sent_again_is_the_same_one(tmp_path: Path) -> None:
    """One record, the same answer, and a cookie that counts no longer for that: whenever it is sent again."""
    clock = FrozenClock(NOW)
    browser = api(shop(tmp_path, clock=clock), "api_choice")
    decision = {"accepted": ["analytics"], "policy": shown(browser), "nonce": NONCE}
    first = send(browser, decision)
    clock.tick(dt.timedelta(days=100))
    again = send(browser, decision)
    assert (again.status, again.json) == (200, first.json)
    assert len(acts(browser.guard)) == 1
    assert again.cookies[0].value == first.cookies[0].value
    assert first.cookies[0].max_age - again.cookies[0].max_age == 100 * 24 * 3600


@pytest.mark.parametrize("change", [{"accepted": []}, {"accepted": ["analytics", "newsletter"]}])
def test_a_nonce_stands_for_one_decision_alone(tmp_path: Path, change: dict[str, object]) -> None:
    """409 where it is sent with another content: the first one stands, and is not written over."""
    browser = api(shop(tmp_path), "api_choice")
    decision = {"accepted": ["analytics"], "policy": shown(browser), "nonce": NONCE}
    send(browser, decision)
    refused = send(browser, decision | change)
    assert (refused.status, refused.cookies, len(acts(browser.guard))) == (409, (), 1)


def test_a_record_that_exists_cannot_be_claimed(tmp_path: Path) -> None:
    """Whoever sends the id of somebody's record as a nonce gets a record of their own, whose id they cannot choose."""
    browser = api(shop(tmp_path), "api_choice")
    send(browser, {"accepted": ["analytics"], "policy": shown(browser)})
    [entry] = acts(browser.guard)
    stranger = api(browser.guard, "api_choice")
    sent = send(stranger, {"accepted": [], "nonce": entry.id})
    assert isinstance(sent.json, dict)
    assert sent.json["choice"]["record"] != entry.id
    assert len(acts(browser.guard)) == 2


@pytest.mark.parametrize("policy", ["0" * 16, ""])
def test_nobody_accepts_what_they_were_not_shown(tmp_path: Path, policy: str) -> None:
    """409 for a version that does not hold, or for none at all; to refuse is always possible."""
    browser = api(shop(tmp_path), "api_choice")
    named = {"policy": policy} if policy else {}
    assert send(browser, {"accepted": ["analytics"], **named}).status == 409
    assert acts(browser.guard) == []
    assert send(browser, {"accepted": [], **named}).status == 200


@pytest.mark.parametrize("method", ["reject", "withdraw"])
@pytest.mark.parametrize("again", [True, False])
def test_a_refusal_accepts_nothing(tmp_path: Path, method: str, *, again: bool) -> None:
    """422, also where somebody is asked again: a record never says two things."""
    browser = api(shop(tmp_path), "api_choice")
    body = {"accepted": ["analytics"], "policy": shown(browser), "method": method, "again": again}
    assert send(browser, body).status == 422
    assert acts(browser.guard) == []


@pytest.mark.parametrize("item", ["nothing", "analytics/nothing", "newsletter/counter", "service", "service/session"])
def test_what_visitors_do_not_choose_about_is_refused(tmp_path: Path, item: str) -> None:
    """422 for a purpose or service that there is not, that is needed, or that serves another purpose."""
    browser = api(shop(tmp_path), "api_choice")
    refused = send(browser, {"accepted": [item], "policy": shown(browser)})
    assert (refused.status, item in json.dumps(refused.json)) == (422, False)
    assert acts(browser.guard) == []


@pytest.mark.parametrize("marker", ["", "junk", "0" * 16, f"{'0' * 16}.", f"{'0' * 16}.zzzzzzz", "x" * 9000, ";", "."])
@pytest.mark.parametrize("cookie", ["", "junk", "x" * 9000, "0.0.0.0.0.0"])
def test_whatever_the_browser_keeps_is_read_or_nothing(tmp_path: Path, marker: str, cookie: str) -> None:
    """Cookies that are cut, foreign, huge or made up are no choice: nothing is accepted by them, and nothing fails."""
    browser = api(shop(tmp_path), "api_choice")
    for read in (browser.get, lambda: send(browser, {"accepted": []})):
        browser.cookies = {CHOICE: cookie, REFUSAL: marker}
        answered = read()
        assert isinstance(answered.json, dict)
        assert answered.status == 200
        assert not answered.json["choice"] or answered.json["choice"]["accepted"] == []


def test_a_choice_that_another_site_signed_is_none(tmp_path: Path) -> None:
    """A key that is not ours, and ours with one digit changed."""
    (tmp_path / "other").mkdir()
    other, guard = shop(tmp_path / "other"), shop(tmp_path)
    foreign = other.cookies.keep_choice(decided(other, "analytics")).value
    own = guard.cookies.keep_choice(decided(guard, "analytics")).value
    for value in (foreign, own.replace("analytics", "newsletter"), own[:-1], own[1:], f"{own}x"):
        browser = api(guard, "api_choice", cookies={CHOICE: value})
        assert browser.get().json["choice"] is None  # type: ignore[index]


def test_ten_thousand_posts_from_one_address(tmp_path: Path) -> None:
    """As many as the limit allows in an hour are taken down, whatever they say; all others wait."""
    guard = shop(tmp_path)
    body = json.dumps({"accepted": []}).encode()
    answers = [through_the_door(guard, "api_choice", body=body) for _ in range(10_000)]
    assert Counter(each.status for each in answers) == {200: 600, 429: 9_400}
    assert guard.stores.entries.waiting() == 600


NO_CHOICES = {
    "nothing": b"",
    "no JSON": b"accepted=analytics",
    "not UTF-8": b'{"accepted": ["\xff"]}',
    "another type": b'{"accepted": "analytics"}',
    "a number": b"1",
    "an unknown field": b'{"accepted": [], "refused": []}',
    "a missing field": b"{}",
    "no name": b'{"accepted": ["Analytics; --"]}',
    "a null character": b'{"accepted": ["analytics\\u0000"]}',
    "too many": json.dumps({"accepted": ["analytics"] * 201}).encode(),
    "too long": json.dumps({"accepted": ["a" * 201]}).encode(),
    "too deep": b"[" * 60_000,
    "no version": b'{"accepted": [], "policy": "newest"}',
    "a forged nonce": b'{"accepted": [], "nonce": "../../etc/passwd"}',
    "a nonce in capitals": json.dumps({"accepted": [], "nonce": "A" * 32}).encode(),
    "another method": b'{"accepted": [], "method": "gpc"}',
    "continued use": b'{"accepted": ["analytics"], "method": "scroll"}',
    "another component": b'{"accepted": [], "component": "<script>"}',
    "a number that is no truth": b'{"accepted": [], "again": 1}',
}


@pytest.mark.parametrize("body", NO_CHOICES.values(), ids=NO_CHOICES)
def test_a_body_that_is_no_choice_is_refused(tmp_path: Path, body: bytes) -> None:
    """400 with what is wrong, and nothing recorded."""
    browser = api(shop(tmp_path), "api_choice")
    refused = browser.post(body=body)
    assert refused.status == 400
    assert isinstance(refused.json, dict)
    assert refused.json["error"]
    assert (refused.cookies, acts(browser.guard)) == ((), [])


def test_a_purpose_that_nobody_chooses_about_is_refused(tmp_path: Path) -> None:
    """422, which the description says."""
    browser = api(shop(tmp_path), "api_choice")
    assert send(browser, {"accepted": ["service"]}).status == 422
    assert acts(browser.guard) == []


@pytest.mark.parametrize("sent_as", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_another_type_of_body_is_refused(tmp_path: Path, sent_as: str) -> None:
    """A body that any page's form can send is no JSON, whatever is in it."""
    browser = api(shop(tmp_path), "api_choice", headers={"Content-Type": sent_as})
    assert send(browser, {"accepted": []}).status == 415
    assert acts(browser.guard) == []


def test_json_with_a_character_set_is_json(tmp_path: Path) -> None:
    """What some libraries add to the type changes nothing."""
    browser = api(shop(tmp_path), "api_choice", headers={"Content-Type": "Application/JSON; charset=utf-8"})
    assert send(browser, {"accepted": []}).status == 200


def test_another_system_sends_a_request(tmp_path: Path) -> None:
    """The request waits, the person gets a mail in their language, and the answer says until when it is answered."""
    guard = shop(tmp_path, POLICY)
    sent = send(help_desk(guard), ASK)
    (request,) = guard.stores.requests.in_state("received", 10)
    assert (sent.status, sent.json) == (202, {"id": request.id, "due_on": request.due_on.isoformat()})
    assert (request.right, request.language) == ("erasure", "es")
    assert [mail.to for mail in outbox(guard).messages] == ["ana@example.com"]


def test_without_a_language_the_sites_first_is_meant(tmp_path: Path) -> None:
    """A system need not know what somebody reads."""
    guard = shop(tmp_path, POLICY)
    assert send(help_desk(guard), {"right": "access", "email": "ana@example.com"}).status == 202
    assert guard.stores.requests.in_state("received", 10)[0].language == "en"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"Basic {SECRET}", f"Bearer {SECRET}x", f"Bearer {SECRET} x", "Bearer " + "x" * 9000],
)
def test_without_a_token_that_counts_nothing_is_taken(tmp_path: Path, header: str) -> None:
    """401, which says how to do it, before the body is looked at; nothing is sent or kept."""
    guard = shop(tmp_path, POLICY)
    desk = help_desk(guard)
    desk.headers = {**JSON, "Authorization": header}
    refused = desk.post(body=b"no JSON")
    assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (outbox(guard).messages, acts(guard)) == ([], [])


def test_a_token_that_has_expired_counts_no_more(tmp_path: Path) -> None:
    """Expiry is read at use, to the moment."""
    guard = shop(tmp_path, POLICY)
    assert send(help_desk(guard, lasts=0), ASK).status == 401


def test_the_scheme_is_written_either_way(tmp_path: Path) -> None:
    """`bearer` is `Bearer` (RFC 9110 section 11.1)."""
    guard = shop(tmp_path, POLICY)
    desk = help_desk(guard)
    desk.headers = {**JSON, "Authorization": f"bearer {SECRET}"}
    assert send(desk, ASK).status == 202


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"right": "complaint"}, 422),
        ({"received_at": "2025-11-19T10:00:00Z"}, 409),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, 409),
        ({"received_at": "2026-11-19T10:00:00"}, 400),
        ({"details": {"purposes": ["sale"]}}, 422),
        ({"details": {"until": "2026-11-21"}}, 409),
        ({"details": {"person": "eva@example.com"}}, 400),
        ({"speaks": {"role": "agent", "name": "Eva", "authority": "", "person": "eva"}}, 422),
        ({"speaks": {"role": "session", "name": "Eva", "authority": "", "person": "eva@example.com"}}, 400),
        ({"right": ""}, 422),
        ({"language": "fr"}, 422),
        ({"language": ""}, 422),
        ({"email": "ana"}, 422),
        ({"email": "ana@example.com\nBcc: eva@example.com"}, 422),
        ({"email": "a" * 255}, 400),
        ({"email": None}, 400),
        ({"name": "Ana"}, 400),
    ],
)
def test_a_request_that_cannot_be_taken_is_refused(tmp_path: Path, change: dict[str, object], status: int) -> None:
    """A right that is not offered, a language that the site lacks, what is no address: refused, and nothing kept."""
    guard = shop(tmp_path, POLICY)
    refused = send(help_desk(guard), {**ASK, **change})
    assert refused.status == status
    assert (outbox(guard).messages, acts(guard)) == ([], [])


def test_how_far_a_request_is(tmp_path: Path) -> None:
    """Whoever has the code of a confirmed request sees what it is, how far, and until when; nothing about whom."""
    guard = shop(tmp_path, POLICY)
    send(help_desk(guard), ASK)
    link = re.search(r"https://\S+", outbox(guard).messages[0].text)
    confirmed = guard.rights.confirm(link[0].rsplit("/", 1)[1]) if link else None
    assert confirmed is not None
    request, code = confirmed
    assert api(guard, "api_status").get(code=code).json == {
        "right": "erasure",
        "state": "confirmed",
        "status": "open",
        "reason": "",
        "received_on": "2026-11-21",
        "due_on": request.due_on.isoformat(),
        "extended_on": None,
    }
    guard.rights.deny(request.id, "claim_not_covered", "Dana")
    told = api(guard, "api_status").get(code=code).json
    assert isinstance(told, dict)
    assert (told["status"], told["reason"]) == ("denied", "claim_not_covered")


def test_the_time_to_answer_runs_from_when_the_help_desk_had_it(tmp_path: Path) -> None:
    """And not from when it was handed on; what was asked is kept sealed, and asked back by mail."""
    guard = shop(tmp_path, POLICY)
    details = {"purposes": ["analytics"], "external": {"ticket": "7"}, "note": "Please stop counting me."}
    sent = send(
        help_desk(guard),
        {**ASK, "right": "objection", "received_at": "2026-11-01T08:00:00+02:00", "details": details},
    )
    assert sent.status == 202
    [request] = guard.stores.requests.in_state("received", 10)
    assert (request.channel, request.received_at.date(), request.due_on) == (
        "help_desk", dt.date(2026, 11, 1), dt.date(2026, 11, 8),
    )  # fmt: skip
    known = guard.rights.means.details(request)
    assert (known.purposes, known.external, known.note) == (("analytics",), {"ticket": "7"}, details["note"])
    assert len(outbox(guard).messages) == 1


def test_a_help_desk_may_hand_on_what_a_guardian_asks(tmp_path: Path) -> None:
    """Nobody is mailed a link that would confirm it: a member of staff looks at the proof."""
    guard = shop(tmp_path, POLICY)
    speaks = {"role": "guardian", "name": "Eva", "authority": "mother", "person": "child@example.com"}
    assert send(help_desk(guard), {**ASK, "speaks": speaks}).status == 202
    [request] = guard.stores.requests.in_state("received", 10)
    assert request.identity == "guardian"
    assert [message.to for message in outbox(guard).messages] == [ASK["email"]]
    assert "/confirm/" not in outbox(guard).messages[0].text


def test_an_unknown_code_is_not_found(tmp_path: Path) -> None:
    """404 as JSON, the same for every code that is none."""
    browser = api(shop(tmp_path, POLICY), "api_status")
    answers = [browser.get(code=code) for code in ("x" * 22, "ñ", "0")]
    assert {(each.status, json.dumps(each.json)) for each in answers} == {
        (404, '{"error": "There is no request with this code."}')
    }


def test_the_callbacks_of_platforms_are_described_where_there_are_any(tmp_path: Path) -> None:
    """As forms that carry their own signature, and so no token."""
    meta = {"secret": "an app's", "identify": lambda _: []}
    paths = description(shop(tmp_path, POLICY, platforms={"meta": meta}))["paths"]
    called = paths["/platforms/{platform}/delete"]["post"]
    assert list(called["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert "security" not in called
    assert "/platforms/{platform}/delete" not in description(shop(tmp_path, POLICY))["paths"]


def test_the_description_is_of_this_site(tmp_path: Path) -> None:
    """It names the site, stands below its prefix, and lists the purposes, rights and languages that there are."""
    document = description(shop(tmp_path, POLICY))
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", "Example <Shop> & Co")
    fields = {name: schema["properties"] for name, schema in document["components"]["schemas"].items()}
    assert fields["ChoiceMade"]["accepted"]["items"] == {"enum": ["analytics", "analytics/counter", "newsletter"]}
    assert fields["RequestMade"]["right"]["enum"][:3] == ["access", "erasure", "portability"]
    assert "complaint" not in fields["RequestMade"]["right"]["enum"]
    assert fields["RequestMade"]["language"] == {"enum": ["en", "es"]}
    json.dumps(document)


@pytest.mark.parametrize("prefix", ["", "/privacy", "/shop/privacy"])
def test_the_description_stands_where_the_site_does(tmp_path: Path, prefix: str) -> None:
    """The server's path is what stands before ours, wherever the host has put it."""
    inbound = Inbound(method="GET", url_for=lambda name, /, **params: f"{prefix}/api/openapi.json")
    document = BY_NAME["openapi"].endpoint(shop(tmp_path), inbound).json
    assert isinstance(document, dict)
    assert document["servers"] == [{"url": prefix or "/"}]


def test_every_endpoint_is_described_by_its_methods() -> None:
    """A route without a description, or with a method that has none, does not slip in."""
    assert {name: set(methods) for name, methods in OPERATIONS.items()} == {
        route.name: set(route.methods) - {"HEAD"} for route in ROUTES
    }


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere(tmp_path: Path) -> None:
    """What reads the description finds JSON Schema in it, and nothing missing."""
    document = description(shop(tmp_path, POLICY))
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references == schemas.keys()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["analytics", "erasure"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["accepted", "right", "email", "language"]) | st.text(max_size=5), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_sent_gets_an_answer_that_is_described(tmp_path: Path, body: bytes) -> None:
    """Through the door that adapters use, each status and body is one that the description has."""
    guard = shop(tmp_path, POLICY)
    document = description(guard)
    help_desk(guard)
    for name in ("api_choice", "api_requests"):
        outbound = through_the_door(guard, name, body=body)
        assert_described(document, name, "post", outbound)


def through_the_door(
    guard: Guard, name: str, method: str = "POST", *, body: bytes = b"", code: str = "x", **headers: str
) -> Outbound:
    """What an adapter answers to a page or a system that does everything right but for what is given."""
    right = {**JSON, "Authorization": f"Bearer {SECRET}", "Sec-Fetch-Site": "same-origin"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    inbound = Inbound(
        method=method,
        headers=right | named,
        params={"code": code} if name == "api_status" else {},
        body=body,
        address="192.0.2.1",
        url_for=url_for,
    )
    return answer(BY_NAME[name], guard, inbound)


def assert_described(document: dict[str, Any], name: str, method: str, outbound: Outbound) -> None:
    path = re.sub("<(.*)>", r"{\1}", f"/{BY_NAME[name].path}")
    described = document["paths"][path][method]["responses"][str(outbound.status)]
    schema = described["content"]["application/json"]["schema"] | {"components": document["components"]}
    Draft202012Validator(schema).validate(outbound.json)


LARGE = b" " * (FORM_LIMIT + 1)
UNKNOWN = b'{"accepted": ["service"]}'
OUTDATED = b'{"accepted": ["analytics"], "policy": "0000000000000000"}'
REFUSALS: list[tuple[int, str, str, dict[str, Any]]] = [
    (400, "api_status", "GET", {"code": "\0"}),
    (403, "api_choice", "POST", {"Sec_Fetch_Site": "cross-site"}),
    (404, "api_status", "GET", {}),
    (409, "api_choice", "POST", {"body": OUTDATED}),
    (413, "api_choice", "POST", {"body": LARGE}),
    (413, "api_requests", "POST", {"body": LARGE}),
    (415, "api_choice", "POST", {"body": UNKNOWN, "Content_Type": "text/plain"}),
    (415, "api_requests", "POST", {"body": UNKNOWN, "Content_Type": "text/plain"}),
    (422, "api_choice", "POST", {"body": UNKNOWN}),
    (422, "api_requests", "POST", {"body": json.dumps({**ASK, "right": "complaint"}).encode()}),
    (401, "api_requests", "POST", {"Authorization": ""}),
]


@pytest.mark.parametrize(("status", "name", "method", "sent"), REFUSALS)
def test_every_refusal_is_described(tmp_path: Path, status: int, name: str, method: str, sent: dict[str, Any]) -> None:
    """Whoever reads the description knows each status that there is, and that it comes as JSON."""
    guard = shop(tmp_path, POLICY)
    help_desk(guard)
    refused = through_the_door(guard, name, method, **sent)
    assert refused.status == status
    assert_described(description(guard), name, method.lower(), refused)


@pytest.mark.parametrize("name", ["api_choice", "api_requests"])
def test_too_many_of_one_client_is_described(tmp_path: Path, name: str) -> None:
    """The six hundred and first of an hour is refused, and told when to come back."""
    guard = shop(tmp_path, POLICY)
    answers = [through_the_door(guard, name) for _ in range(601)]
    assert [each.status for each in answers].count(429) == 1
    assert answers[-1].headers["Retry-After"]
    assert_described(description(guard), name, "post", answers[-1])


def test_a_site_that_lost_its_keys_says_that_it_cannot_answer(tmp_path: Path) -> None:
    """503 on every endpoint that needs them, without a word of why."""
    document = description(shop(tmp_path, POLICY))
    (tmp_path / "shop.keys").unlink()
    guard = shop(tmp_path, POLICY, keys=False)
    for name, method in (
        ("api_choice", "POST"),
        ("api_requests", "POST"),
        ("api_status", "GET"),
    ):
        refused = through_the_door(guard, name, method, body=b'{"accepted": []}')
        assert (refused.status, "key" in json.dumps(refused.json)) == (503, False)
        assert_described(document, name, method.lower(), refused)
