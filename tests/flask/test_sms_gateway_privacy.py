"""The sms_gateway example site does what its privacy policy says."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

SITE = Path(__file__).parents[2] / "example_projects" / "sms_gateway"
DEMO = ("demo@example.com", "demo-password")
STAFF = ("admin@example.com", "admin-password")
CSRF = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
GUEST = {
    "company": "Guests",
    "contact_name": "A Guest",
    "email": "guest@example.org",
    "phone": "+12025550100",
    "billing_address": "1 Example Street",
    "country": "ie",
    "password": "a-password-for-guests",
}


@pytest.fixture(scope="module", autouse=True)
def site_on_path() -> Iterator[None]:
    """Make the example importable, as starting Flask from its folder does."""
    sys.path.insert(0, str(SITE))
    yield
    sys.path.remove(str(SITE))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo database and its keys, made once."""
    from sms_gateway import create_app

    folder = tmp_path_factory.mktemp("seeded")
    app = create_app({"DATABASE_PATH": folder / "site.sqlite3"})
    for command in ("init-db", "seed"):
        assert app.test_cli_runner().invoke(args=[command]).exit_code == 0
    return folder


@pytest.fixture
def app(seeded: Path, tmp_path: Path) -> Flask:
    """The site with a copy of the demo data of its own."""
    from sms_gateway import create_app

    folder = shutil.copytree(seeded, tmp_path / "site")
    return create_app({"DATABASE_PATH": folder / "site.sqlite3", "TESTING": True})


def post(client: FlaskClient, form_page: str, path: str = "", **values: Any) -> Any:
    """Send one of the site's own forms with the token that stands on its page."""
    token = CSRF.search(client.get(form_page).text)
    assert token is not None, f"{form_page} has no form"
    return client.post(path or form_page, data={"csrf_token": token[1], **values}, headers=FROM_OUR_PAGE)


def send(client: FlaskClient, path: str, **values: str) -> Any:
    """Send a form of a privacy page, as a browser does."""
    return client.post(f"/privacy/en/{path}", data=values, headers=FROM_OUR_PAGE)


def accept_all(client: FlaskClient) -> None:
    """Accept what the page of preferences offers, under the version that it shows."""
    page = client.get("/privacy/en/preferences").text
    shown = dict(re.findall(r'name="(version|offered)" value="([^"]*)"', page))
    assert send(client, "preferences", answer="accept", **shown).status_code == 303


def sign_in(app: Flask, login: tuple[str, str]) -> FlaskClient:
    """A browser in which somebody has signed in."""
    client = app.test_client()
    assert post(client, "/login", email=login[0], password=login[1]).status_code == 302
    return client


def grown_up(app: Flask) -> FlaskClient:
    """A browser in which somebody has passed the age screen."""
    client = app.test_client()
    assert send(client, "age", month="5", year="1980").status_code == 303
    return client


def test_a_headline_is_remembered_for_those_who_agreed(app: Flask) -> None:
    """Without a choice, and after refusing, no cookie of the experiment is set; taking consent back removes it."""
    client = app.test_client()
    client.get("/")
    assert client.get_cookie("gateway_variant") is None
    accept_all(client)
    first, again = (re.sub(r'nonce="[^"]*"', "", client.get("/").text) for _ in range(2))
    assert client.get_cookie("gateway_variant") is not None
    assert first == again
    client.set_cookie("gateway_variant", "b")
    send(client, "preferences", answer="refuse")
    assert "Text your customers." in client.get("/").text
    assert client.get_cookie("gateway_variant") is None


def test_each_headline_is_shown_to_those_who_have_it(app: Flask) -> None:
    """What the cookie says is what the front page shows; a value that is none is drawn anew."""
    client = app.test_client()
    accept_all(client)
    for variant, headline in (("a", "Text your customers."), ("b", "Messages that arrive.")):
        client.set_cookie("gateway_variant", variant)
        assert headline in client.get("/").text
    client.set_cookie("gateway_variant", "c")
    client.get("/")
    kept = client.get_cookie("gateway_variant")
    assert kept is not None
    assert kept.value in ("a", "b")


def test_an_account_is_for_who_is_old_enough(app: Flask) -> None:
    """The sign-up asks once; who is too young gets no account, whatever they say next."""
    from sms_gateway.extensions import db
    from sms_gateway.models import Customer

    child, year = app.test_client(), datetime.now(UTC).year
    form = child.get("/sign-up").text
    token = CSRF.search(form)
    assert token is not None
    assert "birth_year" in form
    for years in (9, 30):
        born = {"birth_month": "5", "birth_year": str(year - years), "csrf_token": token[1]}
        assert child.post("/sign-up", data={**GUEST, **born}).location == "/privacy/en/age"
    assert child.get("/sign-up").location == "/privacy/en/age"
    with app.app_context():
        assert db.session.scalar(select(Customer).where(Customer.email == GUEST["email"])) is None
    page = grown_up(app).get("/sign-up").text
    assert ("Create the account" in page, "birth_year" in page) == (True, False)


def test_an_account_is_opened_and_its_phone_number_sealed(app: Flask) -> None:
    """Whoever signs up is signed in; the account page shows the number, and the table holds none of it."""
    from sms_gateway.extensions import db

    client = grown_up(app)
    assert post(client, "/sign-up", **GUEST).location == "/account"
    page = client.get("/account").text
    assert "guest@example.org" in page
    assert GUEST["phone"] in page
    with app.app_context():
        stored = db.session.scalar(text("SELECT phone FROM customer WHERE email = 'guest@example.org'"))
    assert isinstance(stored, bytes)
    assert b"2025550100" not in stored


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", DEMO[0].upper(), "has an account already"),
        ("phone", "12345", "in the form +12025550123"),
        ("country", "Ireland", "a code of two letters"),
        ("password", "short", "Choose 10 to 256 characters."),
    ],
)
def test_a_wrong_sign_up_is_told_what_to_change(app: Flask, field: str, value: str, message: str) -> None:
    """The form comes back with the reason, and no account is opened."""
    from sms_gateway.extensions import db
    from sms_gateway.models import Customer

    with app.app_context():
        before = db.session.scalar(select(func.count()).select_from(Customer))
    assert message in post(grown_up(app), "/sign-up", **{**GUEST, field: value}).text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Customer)) == before


def set_up_factor(client: FlaskClient) -> str:
    """Set up a second factor for who is signed in there; the next code of their app."""
    send(client, "second-factor/setup", answer="start")
    key = re.search(r"<dt>Key</dt><dd>([A-Z2-7 ]+)</dd>", client.get("/privacy/en/second-factor/setup").text)
    assert key is not None
    codes, now = pyotp.TOTP(key[1].replace(" ", "")), datetime.now(UTC)
    assert "Recovery codes" in send(client, "second-factor/setup", answer="activate", code=codes.at(now)).text
    return codes.at(now + timedelta(seconds=30))


def test_a_second_factor_is_asked_for_before_the_console(app: Flask) -> None:
    """Whoever set one up sees no page of the account and no admin with the password alone; a code lets them in."""
    first = sign_in(app, STAFF)
    code = set_up_factor(first)
    assert first.get("/account").status_code == 200
    second = sign_in(app, STAFF)
    for path in ("/account", "/messages", "/admin/", "/admin/customer/"):
        assert second.get(path).location == f"/privacy/en/second-factor?next={path}", path
    assert second.get("/").status_code == 200
    assert send(second, "second-factor", answer="verify", code=code, next="/admin/").location == "/admin/"
    assert second.get("/admin/").status_code == 200


def test_who_owes_a_code_can_sign_out(app: Flask) -> None:
    """Half a sign-in is ended like a whole one."""
    set_up_factor(sign_in(app, DEMO))
    client = sign_in(app, DEMO)
    assert client.get("/account").location.startswith("/privacy/")
    post(client, "/", "/logout")
    assert client.get("/account").location.startswith("/login")


def test_the_staff_replaces_a_sealed_number_unseen_and_sees_it_for_a_reason(app: Flask) -> None:
    """The admin shows a mask until somebody says why; nobody can search for a number."""
    staff = sign_in(app, STAFF)
    edit, before, after = "/admin/customer/edit/?id=1", "+442079460123", "+442079460199"
    assert before not in staff.get(edit).text + staff.get("/admin/customer/").text
    values = {"contact_name": "C", "company": "L", "email": DEMO[0], "billing_address": "1 Street", "country": "KE"}
    typed = {"phone": after, "phone-replace": "on", "tax_id": "", "closed_at": ""}
    assert post(staff, edit, edit, **values, **typed).status_code == 302
    assert after not in staff.get("/admin/customer/details/?id=1").text
    question = "/admin/customer/unmask/?id=1"
    shown = post(staff, question, question, column="phone", reason="support", reference="T-1")
    assert f'value="{after}"' in shown.text
    assert "value.unmasked" in staff.get("/admin/privacy/evidence/").text
    assert "There are no items" in staff.get("/admin/customer/?search=%2B442079460199").text


def test_a_request_is_confirmed_from_the_outbox_and_carried_out(app: Flask) -> None:
    """Who asks to be erased finds the link in the outbox; afterwards their log-in fails, and everybody else's works."""
    client = grown_up(app)
    post(client, "/sign-up", **GUEST)
    send(client, "requests", right="erasure", email=GUEST["email"])
    link = re.search(r'href="http://localhost:8002(/privacy/en/requests/confirm/[^"]+)"', client.get("/outbox").text)
    assert link is not None
    assert client.post(link[1], headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    runner = app.test_cli_runner()
    begun = runner.invoke(args=["consentguard", "rights", "run"])
    assert "1 found, partial" in begun.output
    runner.invoke(args=["consentguard", "errands", "work"])
    with app.app_context():
        guard = app.extensions["consentguard"].at()
        for errand in guard.errands.unanswered(begun.output.split()[0]):
            guard.errands.settle(errand.id, "Dana", "ticket 1")
    assert "1 found, done" in runner.invoke(args=["consentguard", "rights", "resume"]).output
    again = post(app.test_client(), "/login", email=GUEST["email"], password=GUEST["password"])
    assert "is not right" in again.text
    sign_in(app, DEMO)


def test_no_mail_is_shown_where_a_server_takes_it(app: Flask) -> None:
    """With a mail server the page is not there, and no page links to it."""
    assert 'href="/outbox"' in app.test_client().get("/").text
    app.config["MAIL_BACKEND"] = "smtp"
    assert app.test_client().get("/outbox").status_code == 404
    assert 'href="/outbox"' not in app.test_client().get("/").text


def test_the_access_log_holds_no_secret_address(app: Flask) -> None:
    """Of a privacy page the log keeps which one it was, and not the token that opens it; of others the whole path."""
    from sms_gateway.extensions import db
    from sms_gateway.models import AccessLog

    client = sign_in(app, DEMO)
    for path in ("/privacy/en/requests/confirm/SECRET", "/privacy/requests/SECRET", "/account/invoices/1"):
        client.get(path)
    with app.app_context():
        paths = list(db.session.scalars(select(AccessLog.path).order_by(AccessLog.id.desc()).limit(3)))
    assert paths[0] == "/account/invoices/1"
    assert not any("SECRET" in path for path in paths)
    assert any("confirm" in path for path in paths)


def test_old_access_logs_go(app: Flask) -> None:
    """The demo has access logs past their 90 days; one run of retention leaves none, and no other rows change."""
    from sms_gateway.extensions import db
    from sms_gateway.models import AccessLog, Message

    def counted() -> tuple[int, int, int]:
        old = AccessLog.at < datetime.now(UTC) - timedelta(days=91)
        queries = (select(func.count()).select_from(AccessLog).where(old), select(func.count(Message.id)))
        with app.app_context():
            return tuple(db.session.scalar(query) or 0 for query in (*queries, select(func.count(AccessLog.id))))  # type: ignore[return-value]

    words = ["consentguard", "retention", "run", "--category", "access_logs"]
    before = counted()
    assert before[0] > 0
    assert "would go" in app.test_cli_runner().invoke(args=[*words, "--dry-run"]).output
    assert counted() == before
    rules = json.loads(app.test_cli_runner().invoke(args=[*words[:2], "preview", "--json"]).output)
    app.test_cli_runner().invoke(args=[*words[:2], "accept", rules["digest"], "--by", "dpo"])
    assert "deleted" in app.test_cli_runner().invoke(args=words).output
    after = counted()
    assert after[0] == 0
    assert after[1] == before[1]
    assert 0 < after[2] < before[2]


def test_the_records_of_privacy_are_for_the_staff(app: Flask) -> None:
    """Each screen of what consentguard keeps sends visitors away, refuses customers, and answers the staff."""
    from consentguard.screens import SCREENS

    visitor, customer, staff = app.test_client(), sign_in(app, DEMO), sign_in(app, STAFF)
    for screen in SCREENS:
        path = f"/admin/privacy/{screen.name}/"
        assert (visitor.get(path).status_code, customer.get(path).status_code) == (302, 403), path
        assert staff.get(path).status_code == 200, path


def test_news_go_to_those_who_agreed_and_did_not_unsubscribe(app: Flask) -> None:
    """Whoever ticks the box at sign-up gets the news, with a way out; one click ends them, and the account shows it."""
    client = grown_up(app)
    page = client.get("/sign-up").text
    box = re.search(r'<input[^>]*name="news"[^>]*>', page)
    assert box is not None
    assert "checked" not in box[0]
    assert "Product news" in page
    mark = re.search(r'value="([0-9a-f]+)"', box[0])
    assert mark is not None
    assert post(client, "/sign-up", **GUEST, news=mark[1]).location == "/account"
    assert "Take back: Product news" in client.get("/privacy/en/agreements").text
    send_news = ["send-news", "News", "Short links are here."]
    assert app.test_cli_runner().invoke(args=send_news).output.startswith("1 of ")
    link = re.search(r"http://localhost:8002(/privacy/unsubscribe/[\w.-]+)", client.get("/outbox").text)
    assert link is not None
    stranger = app.test_client()
    assert stranger.post(link[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert app.test_cli_runner().invoke(args=send_news).output.startswith("0 of ")
