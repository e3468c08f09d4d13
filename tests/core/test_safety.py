"""What reaches an endpoint and what is refused before: other sites, other methods, bodies that cannot be read."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.errors import ConsentGuardError, SettingsError
from consentguard.guard import Guard
from consentguard.memory import MemoryStores
from consentguard.ports import StoreError
from consentguard.site import Site
from consentguard.web.answer import answer
from consentguard.web.forms import URLENCODED
from consentguard.web.messages import FORM_FIELDS, FORM_LIMIT, Cookie, Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.safety import local_path
from tests.web_policy import POLICY, BareHost, url_for

OURS = "https://shop.example.com"
FRIEND = "https://forms.example.net"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
Endpoint = Callable[[Guard, Inbound], Outbound]


def guard(folder: Path, **options: object) -> Guard:
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    settings = {"base_url": OURS, "trusted_origins": [FRIEND], **options}
    return Guard(Site(BareHost(folder), settings), MemoryStores())


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """One guard for many examples, none of which changes it."""
    return guard(tmp_path_factory.mktemp("shop"))


def reached(_: Guard, inbound: Inbound) -> Outbound:
    """An endpoint that tells that it was asked, and with which form."""
    return Outbound(json={"reached": {name: list(values) for name, values in inbound.form.items()}})


def route(endpoint: Endpoint = reached, **rest: object) -> Route:
    given = {"methods": FORM, "enabled": lambda _: True, **rest}
    return Route(name="policy", path="trial", endpoint=endpoint, **given)  # type: ignore[arg-type]


def post(headers: Mapping[str, str] = SAME_ORIGIN, body: bytes = b"", **rest: object) -> Inbound:
    sent = {"Content-Type": URLENCODED} if body else {}
    return Inbound(method="POST", headers={**sent, **headers}, body=body, url_for=url_for, **rest)  # type: ignore[arg-type]


ACCEPTED = {
    "same origin": {"Sec-Fetch-Site": "same-origin"},
    "same origin, address hidden by the site's own referrer policy": {
        "Sec-Fetch-Site": "same-origin",
        "Origin": "null",
    },
    "a trusted origin": {"Sec-Fetch-Site": "cross-site", "Origin": FRIEND},
    "a trusted origin on the same site": {"Sec-Fetch-Site": "same-site", "Origin": FRIEND},
    "an old browser": {"Origin": OURS},
    "an old browser at a trusted origin": {"Origin": FRIEND},
}
REFUSED = {
    "nothing said": {},
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "another site that says it is ours": {"Sec-Fetch-Site": "cross-site", "Origin": OURS},
    "a neighbour on the same site": {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.example.com"},
    "typed in or a bookmark": {"Sec-Fetch-Site": "none"},
    "typed in, and a trusted origin": {"Sec-Fetch-Site": "none", "Origin": FRIEND},
    "a word of no standard": {"Sec-Fetch-Site": "ours", "Origin": OURS},
    "a hidden origin": {"Origin": "null"},
    "a hidden origin on another site": {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    "our host over http": {"Origin": "http://shop.example.com"},
    "our host at another port": {"Origin": "https://shop.example.com:8443"},
    "our host as the beginning of another": {"Origin": "https://shop.example.com.evil.example"},
    "two origins": {"Origin": f"{OURS}, https://evil.example"},
    "the host that was asked for": {"Origin": "https://evil.example", "Host": "evil.example"},
    "the host that a proxy is said to have": {
        "Origin": "https://evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
    },
    "only where the reader came from": {"Referer": f"{OURS}/privacy/"},
}


@pytest.mark.parametrize("headers", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_form_from_our_own_pages_is_accepted(tmp_path: Path, headers: dict[str, str]) -> None:
    """The browser says that the form stood on a page of this site, or of an origin that is trusted."""
    assert answer(route(), guard(tmp_path), post(headers)).json == {"reached": {}}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
def test_a_form_of_anybody_else_is_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    """No endpoint is asked; the answer is a page that says what to do, and no cache keeps it."""
    refused = answer(route(), guard(tmp_path), post(headers))
    assert (refused.status, refused.json, refused.template) == (403, None, "consentguard/refused.html")
    assert refused.page.onward[0].url == "/privacy/policy/en"
    assert refused.headers["Cache-Control"] == "no-store"


def test_without_a_base_url_only_the_browser_s_own_word_counts(tmp_path: Path) -> None:
    """A site that says nowhere where it stands believes no Origin, and its log says what to set."""
    bare = guard(tmp_path, base_url="")
    assert answer(route(), bare, post({"Origin": ""})).status == 403
    assert answer(route(), bare, post({"Origin": OURS})).status == 403
    assert answer(route(), bare, post()).status == 200


def test_the_log_tells_of_a_refusal_and_nothing_of_what_was_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One line with the route and the setting that would help; neither origin, address nor form."""
    sent = post({"Origin": "https://evil.example"}, b"email=ada%40example.org", address="192.0.2.7")
    with caplog.at_level(logging.INFO, "consentguard"):
        answer(route(), guard(tmp_path), sent)
    [record] = caplog.records
    assert "POST policy refused with 403" in record.getMessage()
    assert "trusted_origins" in record.getMessage()
    assert not [word for word in ("evil", "ada", "192.0.2.7") if word in caplog.text]


def test_reading_is_free_to_everybody(tmp_path: Path) -> None:
    """GET and HEAD change nothing, so a link from any site leads here."""
    for method in ("GET", "HEAD"):
        visit = Inbound(method=method, headers={"Sec-Fetch-Site": "cross-site"}, url_for=url_for)
        assert answer(route(), guard(tmp_path), visit).status == 200


def test_a_machine_route_is_left_to_its_token(tmp_path: Path) -> None:
    """Programs send neither Origin nor Sec-Fetch-Site."""
    assert answer(route(caller="machine"), guard(tmp_path), post({})).status == 200


def test_what_speaks_json_is_refused_in_json(tmp_path: Path) -> None:
    """A program gets a reason that it can read, in every refusal."""
    api = route(localised=False)
    assert isinstance(answer(api, guard(tmp_path), post({})).json, dict)
    missing = answer(route(localised=False, enabled=lambda _: False), guard(tmp_path), post())
    assert (missing.status, missing.json) == (404, {"error": "There is no such page."})
    unknown = answer(api, guard(tmp_path), Inbound(method="DELETE", url_for=url_for))
    assert (unknown.status, unknown.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_a_page_that_the_policy_lacks_is_not_found(tmp_path: Path) -> None:
    """Whatever the method: nothing tells that there could be such a page."""
    off = route(enabled=lambda _: False)
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        told = answer(off, guard(tmp_path), Inbound(method=method, headers=SAME_ORIGIN, url_for=url_for))
        assert (told.status, told.template, "Allow" in told.headers) == (404, "", False)


def test_options_tells_what_a_page_allows(tmp_path: Path) -> None:
    """No endpoint is asked for it."""
    told = answer(route(), guard(tmp_path), Inbound(method="OPTIONS", url_for=url_for))
    assert (told.status, told.headers["Allow"], told.json) == (204, "GET, HEAD, POST, OPTIONS", None)


def test_a_form_is_read_as_it_was_sent(tmp_path: Path) -> None:
    """Fields in order, empty ones kept, text in UTF-8."""
    sent = answer(route(), guard(tmp_path), post(body=b"right=access&name=%C3%89va+%26&box=1&box=2&none="))
    assert sent.json == {"reached": {"right": ["access"], "name": ["Éva &"], "box": ["1", "2"], "none": [""]}}


PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'


def test_a_form_in_parts_is_read_too(tmp_path: Path) -> None:
    """As scripts send one, and the test client of Django: `fetch` with a FormData."""
    body = PART + b"\r\n" + PART + "é\r\nline".encode() + b"\r\n--x--\r\n"
    sent = post({**SAME_ORIGIN, "Content-Type": "multipart/form-data; boundary=x"}, body)
    assert answer(route(), guard(tmp_path), sent).json == {"reached": {"a": ["1", "1é\r\nline"]}}


UNREADABLE: dict[str, tuple[int, bytes, str]] = {
    "too large": (413, b"a=" + b"x" * FORM_LIMIT, URLENCODED),
    "other than UTF-8": (400, b"name=%E9va", URLENCODED),
    "raw bytes": (400, b"name=\xe9", URLENCODED),
    "a null character": (400, b"name=a%00b", URLENCODED),
    "a null character in a name": (400, b"na%00me=a", URLENCODED),
    "too many fields": (400, b"&".join([b"a=1"] * (FORM_FIELDS + 1)), URLENCODED),
    "parts without a boundary": (400, b"--x\r\n\r\n1\r\n--x--", "multipart/form-data"),
    "parts that break off": (400, PART, "multipart/form-data; boundary=x"),
    "parts that a hook has read": (400, b"", "multipart/form-data; boundary=x"),
    "a part without a name": (400, b"--x\r\n\r\n1\r\n--x--", "multipart/form-data; boundary=x"),
    "a file": (400, PART.replace(b'"a"', b'"a"; filename="b"') + b"\r\n--x--", "multipart/form-data; boundary=x"),
    "a part that is no UTF-8": (400, PART + b"\xff\r\n--x--", "multipart/form-data; boundary=x"),
    "too many parts": (400, (PART + b"\r\n") * (FORM_FIELDS + 1) + b"--x--", "multipart/form-data; boundary=x"),
    "parts in parts": (400, b"--x\r\nContent-Type: multipart/mixed\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    "a thousand parts, each in the one before": (
        400,
        b"".join(b"--x%d\r\nContent-Type: multipart/mixed; boundary=x%d\r\n\r\n" % (n, n + 1) for n in range(1100)),
        "multipart/form-data; boundary=x0",
    ),
    "mails in mails": (
        400,
        b"--x\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 2000,
        "multipart/form-data; boundary=x",
    ),
    "JSON": (415, b"{}", "application/json"),
    "no type at all": (415, b"a=1", ""),
}


@pytest.mark.parametrize(("status", "body", "kind"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_body_that_is_no_form_is_refused(tmp_path: Path, status: int, body: bytes, kind: str) -> None:
    """No endpoint sees half of it, and the answer says what is wrong."""
    refused = answer(route(), guard(tmp_path), post({**SAME_ORIGIN, "Content-Type": kind}, body))
    assert (refused.status, refused.json) == (status, None)


def test_a_program_s_body_is_left_as_it_is(tmp_path: Path) -> None:
    """An endpoint that speaks JSON reads the bytes itself; only their number is limited."""

    def echo(_: Guard, inbound: Inbound) -> Outbound:
        return Outbound(json=json.loads(inbound.body))

    api = route(echo, localised=False, caller="machine")
    headers = {"Content-Type": "application/json"}
    assert answer(api, guard(tmp_path), post(headers, b'{"a": 1}')).json == {"a": 1}
    assert answer(api, guard(tmp_path), post(headers, b"1" * (FORM_LIMIT + 1))).status == 413


@pytest.mark.parametrize("place", ["params", "query"])
def test_a_null_character_in_an_address_is_refused(tmp_path: Path, place: str) -> None:
    """No database is asked for what it cannot hold."""
    visit = Inbound(method="GET", url_for=url_for, **{place: {"token": "a\0b"}})  # type: ignore[arg-type]
    assert answer(route(), guard(tmp_path), visit).status == 400


PIECES = (
    PART,
    b"--x",
    b"--x--",
    b"\r\n",
    b"\n",
    b":",
    b'; name="',
    b"Content-Type: multipart/mixed; boundary=y",
    b"\xff",
)
BYTES = st.binary(max_size=300) | st.lists(st.sampled_from(PIECES)).map(b"".join)
KINDS = (URLENCODED, "multipart/form-data; boundary=x", "multipart/form-data; boundary=é", "text/plain", "ü")


@given(BYTES, st.sampled_from(KINDS))
def test_no_body_whatever_breaks_the_door(shop: Guard, body: bytes, kind: str) -> None:
    """Any bytes are a form or a 4xx."""
    told = answer(route(), shop, post({**SAME_ORIGIN, "Content-Type": kind}, body))
    assert told.status == 200 or 400 <= told.status < 500


FAILURES = {
    "the database": StoreError("the tables of consentguard are missing", hint="run migrate"),
    "a setting": SettingsError("nobody said where this site answers"),
}


@pytest.mark.parametrize("error", FAILURES.values(), ids=FAILURES.keys())
@pytest.mark.parametrize("localised", [True, False], ids=["page", "json"])
def test_what_an_endpoint_cannot_do_is_said_without_details(
    tmp_path: Path, error: ConsentGuardError, localised: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """503 for the visitor; the reason and what to do about it stand in the log, once."""

    def broken(*_: object) -> Outbound:
        raise error

    told = answer(route(broken, localised=localised), guard(tmp_path), post())
    assert told.status == 503
    assert error.message not in f"{told.page}{told.json}"
    [record] = caplog.records
    assert error.message in record.getMessage()
    assert record.exc_info is None


def test_inside_a_transaction_of_the_host_nothing_is_changed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its end could undo what the answer tells; the log says what to do. Reading goes on."""
    shop = guard(tmp_path)
    with shop.stores.transactions.atomic():
        assert answer(route(), shop, post()).status == 503
        assert answer(route(), shop, get()).status == 200
    assert "transaction" in caplog.text
    assert answer(route(), shop, post()).status == 200


def test_a_site_that_cannot_even_show_a_page_says_503(tmp_path: Path) -> None:
    """Where the refusal's own page fails, the host answers in its own manner."""
    site = guard(tmp_path)

    def nowhere(name: str, /, **params: str) -> str:
        raise SettingsError("the pages stand nowhere")

    def broken(*_: object) -> Outbound:
        raise StoreError("down")

    told = answer(route(broken), site, Inbound(method="POST", headers=SAME_ORIGIN, url_for=nowhere))
    assert (told.status, told.template, told.json) == (503, "", None)


def test_what_is_about_one_visitor_is_kept_nowhere(tmp_path: Path) -> None:
    """Private pages, answers to a form and answers with a cookie: no cache, no frame or address for other sites."""
    cookie = Cookie(name="cg_choice", value="v", max_age=60)
    kept = {"Cache-Control": "public, max-age=300"}
    for private in (
        answer(route(lambda *_: Outbound(json=1, private=True, headers=kept)), guard(tmp_path), get()),
        answer(route(lambda *_: Outbound(json=1, cookies=(cookie,), headers=kept)), guard(tmp_path), get()),
        answer(route(lambda *_: Outbound(redirect="/", status=303)), guard(tmp_path), post()),
    ):
        assert private.private
        assert private.headers["Cache-Control"] == "no-store"
        assert private.headers["Referrer-Policy"] == "same-origin"
        assert private.headers["X-Content-Type-Options"] == "nosniff"
        assert private.headers["X-Frame-Options"] == "SAMEORIGIN"
    public = answer(route(lambda *_: Outbound(json=1, headers=kept)), guard(tmp_path), get())
    assert (public.private, public.headers["Cache-Control"]) == (False, "public, max-age=300")


def get() -> Inbound:
    return Inbound(method="GET", url_for=url_for)


LOCAL = ("/", "/privacy/", "/a?next=//b", "/a%2F%2Fevil.example", "/é", "/a:b@c")
ELSEWHERE = (
    "",
    "privacy",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/a\\b",
    "https://evil.example",
    "javascript:alert(1)",
    " /a",
    "/\t/evil.example",
    "/\n/evil.example",
    "/a\r\nSet-Cookie: a=b",
    "/\x00",
    "/a\x7f",
    ".evil.example",
    "@evil.example",
)


@pytest.mark.parametrize("path", LOCAL)
def test_a_path_of_this_site_may_be_followed(path: str) -> None:
    """It comes back as it is."""
    assert local_path(path) == path


@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_may_lead_elsewhere_is_no_path(path: str) -> None:
    """Neither another site nor what a browser turns into one, nor what would end a header."""
    assert local_path(path) == ""


@given(st.text(alphabet=st.sampled_from("/\\.:@?#%\t\n\r\x00 ahtps2F5C"), max_size=12))
def test_no_path_leads_to_another_host(text: str) -> None:
    """Whatever is let through is joined by a browser to our own host: the slashes at its start are one."""
    path = local_path(text)
    squeezed = "".join(letter for letter in path if letter not in "\t\n\r")
    assert not squeezed.replace("\\", "/").startswith("//")
