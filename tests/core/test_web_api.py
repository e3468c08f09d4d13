"""The endpoints that speak JSON: what they give, take and refuse, and that their description says all of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from consentguard.cookies import CHOICE
from consentguard.guard import Guard
from consentguard.memory import Outbox
from consentguard.records import Token
from consentguard.web.answer import answer
from consentguard.web.api import OPERATIONS, ROUTES
from consentguard.web.messages import FORM_LIMIT, Inbound, Outbound
from tests.core.visits import ANA, CHOICES, NOW, RIGHTS, Browser, acts, shop
from tests.web_policy import CONTROLLER, url_for

BY_NAME = {route.name: route for route in ROUTES}
POLICY = CHOICES + RIGHTS
JSON = {"Content-Type": "application/json"}
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
        (CONTROLLER + RIGHTS.replace('"page"', '"email"'), []),
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
        "version": guard.site.version,
        "needs_choice": True,
        "purposes": ["analytics", "newsletter"],
        "choice": None,
    }


def test_a_choice_is_recorded_and_given_back(tmp_path: Path) -> None:
    """The answer is the choice as it now counts, the cookie keeps it, and the record says that a program sent it."""
    browser = api(shop(tmp_path), "api_choice", subject=ANA)
    sent = send(browser, {"accepted": ["newsletter"]})
    (cookie,) = sent.cookies
    assert (sent.status, sent.private, cookie.name, cookie.http_only) == (200, True, CHOICE, False)
    assert isinstance(sent.json, dict)
    record = browser.guard.stores.consents.latest(browser.guard.pseudonyms.of(ANA))
    assert record is not None
    assert (record.accepted, record.method) == (("newsletter",), "api")
    assert sent.json["choice"] == {
        "accepted": ["newsletter"],
        "chosen_at": "2026-11-21T10:30:05Z",
        "holds_until": "2027-05-22T10:30:05Z",
        "record": record.id,
    }
    assert (sent.json["needs_choice"], browser.get().json) == (False, sent.json)
    json.dumps(sent.json)


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
    "too many": json.dumps({"accepted": ["analytics"] * 101}).encode(),
    "too long": json.dumps({"accepted": ["a" * 101]}).encode(),
    "too deep": b"[" * 60_000,
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
        ({"right": "objection"}, 422),
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
        "received_on": "2026-11-21",
        "due_on": request.due_on.isoformat(),
    }


def test_an_unknown_code_is_not_found(tmp_path: Path) -> None:
    """404 as JSON, the same for every code that is none."""
    browser = api(shop(tmp_path, POLICY), "api_status")
    answers = [browser.get(code=code) for code in ("x" * 22, "ñ", "0")]
    assert {(each.status, json.dumps(each.json)) for each in answers} == {
        (404, '{"error": "There is no request with this code."}')
    }


def test_the_description_is_of_this_site(tmp_path: Path) -> None:
    """It names the site, stands below its prefix, and lists the purposes, rights and languages that there are."""
    document = description(shop(tmp_path, POLICY))
    assert (document["openapi"], document["info"]["title"]) == ("3.1.0", "Example <Shop> & Co")
    fields = {name: schema["properties"] for name, schema in document["components"]["schemas"].items()}
    assert fields["ChoiceMade"]["accepted"]["items"] == {"enum": ["analytics", "newsletter"]}
    assert fields["RequestMade"]["right"] == {"enum": ["access", "erasure"]}
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
REFUSALS: list[tuple[int, str, str, dict[str, Any]]] = [
    (400, "api_status", "GET", {"code": "\0"}),
    (403, "api_choice", "POST", {"Sec_Fetch_Site": "cross-site"}),
    (404, "api_status", "GET", {}),
    (413, "api_choice", "POST", {"body": LARGE}),
    (413, "api_requests", "POST", {"body": LARGE}),
    (415, "api_choice", "POST", {"body": UNKNOWN, "Content_Type": "text/plain"}),
    (415, "api_requests", "POST", {"body": UNKNOWN, "Content_Type": "text/plain"}),
    (422, "api_choice", "POST", {"body": UNKNOWN}),
    (422, "api_requests", "POST", {"body": json.dumps({**ASK, "right": "objection"}).encode()}),
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
        ("api_choice", "GET"),
        ("api_choice", "POST"),
        ("api_requests", "POST"),
        ("api_status", "GET"),
    ):
        refused = through_the_door(guard, name, method, body=b'{"accepted": []}')
        assert (refused.status, "key" in json.dumps(refused.json)) == (503, False)
        assert_described(document, name, method.lower(), refused)
