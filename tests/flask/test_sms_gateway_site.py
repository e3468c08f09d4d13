"""The sms_gateway example site behaves as its owner expects before any privacy policy is enforced on it."""

import io
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

SITE = Path(__file__).parents[2] / "example_projects" / "sms_gateway"
DEMO = ("demo@example.com", "demo-password")
STAFF = ("admin@example.com", "admin-password")
CONSOLE = ("/account", "/messages", "/campaigns", "/campaigns/1", "/payments", "/account/invoices/1")
CSRF = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@pytest.fixture(scope="module", autouse=True)
def site_on_path() -> Iterator[None]:
    """Make the example importable, as starting Flask from its folder does."""
    sys.path.insert(0, str(SITE))
    yield
    sys.path.remove(str(SITE))


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo database and its uploads, made once."""
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


def sign_in(app: Flask, login: tuple[str, str]) -> FlaskClient:
    """A browser in which somebody has signed in."""
    client = app.test_client()
    answer = post(client, "/login", "/login", email=login[0], password=login[1])
    assert answer.status_code == 302
    return client


def post(client: FlaskClient, path: str, form_page: str, **values: Any) -> Any:
    """Send a form with the token that stands on `form_page`."""
    token = CSRF.search(client.get(form_page).text)
    assert token is not None, f"{form_page} has no form"
    return client.post(path, data={"csrf_token": token[1], **values})


def row_counts(app: Flask) -> dict[str, int]:
    """How many rows each table holds."""
    from sms_gateway.extensions import db

    with app.app_context():
        return {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in db.metadata.sorted_tables}


def test_public_pages_are_open_and_strict(app: Flask) -> None:
    """Everyone may read the public pages; they load nothing from elsewhere."""
    for path in ("/", "/login", "/support"):
        answer = app.test_client().get(path)
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_only_the_admin_loosens_the_policy(app: Flask) -> None:
    """The admin's exception covers attributes, never scripts, and stays off the site's own pages."""
    client = sign_in(app, STAFF)
    policy = client.get("/admin/").headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src-attr 'unsafe-inline'" in policy
    assert "script-src " not in policy
    assert "unsafe-inline" not in client.get("/administrator").headers["Content-Security-Policy"]


def test_first_visit_sets_no_cookie(app: Flask) -> None:
    """The home page leaves nothing in the browser."""
    assert "Set-Cookie" not in app.test_client().get("/").headers


def test_wrong_password_is_refused(app: Flask) -> None:
    """A wrong password, and an account without one, get the form again with a reason."""
    for email in (DEMO[0], "customer0003@example.org", "nobody@example.com"):
        answer = post(app.test_client(), "/login", "/login", email=email, password="wrong")
        assert answer.status_code == 200
        assert "is not right" in answer.text


def test_closed_account_is_signed_out(app: Flask) -> None:
    """Closing an account ends its sessions and its sign-in."""
    from sms_gateway.extensions import db
    from sms_gateway.models import Customer, utc_now

    client = sign_in(app, DEMO)
    with app.app_context():
        db.session.execute(update(Customer).where(Customer.email == DEMO[0]).values(closed_at=utc_now()))
        db.session.commit()
    assert client.get("/account").status_code == 302
    assert post(client, "/login", "/login", email=DEMO[0], password=DEMO[1]).status_code == 200


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example/", "/\t/evil.example"])
def test_sign_in_stays_on_the_site(app: Flask, target: str) -> None:
    """A crafted sign-in link cannot lead to another host, a plain path is followed."""
    for asked, reached in ((target, "/messages"), ("/account", "/account")):
        client = app.test_client()
        token = CSRF.search(client.get("/login").text)
        assert token is not None
        form = {"csrf_token": token[1], "email": DEMO[0], "password": DEMO[1]}
        assert client.post("/login", query_string={"next": asked}, data=form).location == reached


def test_console_asks_for_sign_in(app: Flask) -> None:
    """Visitors are sent to sign in, customers see the pages."""
    visitor, customer = app.test_client(), sign_in(app, DEMO)
    for path in CONSOLE:
        assert visitor.get(path).status_code == 302, path
        assert customer.get(path).status_code == 200, path


def test_customers_see_their_own_rows_only(app: Flask) -> None:
    """Another account's campaign, invoice or key is not found."""
    staff = sign_in(app, STAFF)
    for path in ("/campaigns/1", "/account/invoices/1"):
        assert staff.get(path).status_code == 404
    assert post(staff, "/account/keys/1/revoke", "/account").status_code == 404


def test_admin_is_for_staff(app: Flask) -> None:
    """Every admin page sends visitors away, refuses customers, and answers the staff."""
    from sms_gateway.admin import VIEWS

    visitor, customer, staff = app.test_client(), sign_in(app, DEMO), sign_in(app, STAFF)
    paths = ["/admin/", *(f"/admin/{model.__tablename__}/" for _, model, _, _ in VIEWS)]
    for path in paths:
        assert (visitor.get(path).status_code, customer.get(path).status_code) == (302, 403), path
        assert staff.get(path).status_code == 200, path


def test_admin_searches_filters_and_edits(app: Flask) -> None:
    """The staff can narrow a list by text and by time, open a row, and change a customer."""
    staff = sign_in(app, STAFF)
    assert "customer0003" in staff.get("/admin/customer/?search=Company+0003").text
    assert "customer0003" not in staff.get("/admin/customer/?search=Company+0004").text
    late = staff.get("/admin/message/?flt0_queued_at_greater_than=2999-01-01+00:00:00").text
    assert "There are no items" in late
    edit = "/admin/customer/edit/?id=3"
    values = {
        "contact_name": "Contact 0003",
        "company": "Company 0003",
        "email": "changed@example.org",
        "phone": "",
        "billing_address": "3 Example Street",
        "tax_id": "",
        "country": "KE",
        "closed_at": "2026-01-02 03:04:05",
    }
    assert post(staff, edit, edit, **values).status_code == 302
    details = staff.get("/admin/customer/details/?id=3").text
    assert "changed@example.org" in details
    assert "2026-01-02 03:04:05" in details


def test_admin_shows_no_secret_and_no_message_text(app: Flask) -> None:
    """Hashes and the text of messages appear neither in the lists nor in the details."""
    from sms_gateway.extensions import db
    from sms_gateway.models import ApiKey, Customer, Message

    staff = sign_in(app, STAFF)
    with app.app_context():
        secrets = {
            "customer": db.session.get_one(Customer, 1).password_hash,
            "api_key": db.session.get_one(ApiKey, 1).secret_hash,
            "message": db.session.get_one(Message, 1).body,
        }
    for table, secret in secrets.items():
        for path in (f"/admin/{table}/", f"/admin/{table}/details/?id=1"):
            assert secret is not None
            assert secret not in staff.get(path).text, path


def test_message_list_runs_a_constant_number_of_statements(app: Flask) -> None:
    """A longer list costs no more statements."""
    from sms_gateway.extensions import db

    client = sign_in(app, DEMO)
    post(client, "/messages/range", "/messages", days="90")
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    runs: dict[int, int] = {}
    for query in ("?to=000000", "?status=failed", ""):
        statements.clear()
        shown = client.get(f"/messages{query}").text.count('<th scope="row"')
        runs[shown] = len(statements)
    assert sorted(runs)[::2] == [0, 20]
    assert len(runs) == 3
    few, many = (runs[shown] for shown in sorted(runs)[1:])
    assert few == many <= 10  # two of them ask whether this customer has a second factor


def test_message_list_is_filtered(app: Flask) -> None:
    """Status, number and the chosen range narrow the list; the range is kept in a cookie."""
    client = sign_in(app, DEMO)

    def total(query: str = "") -> int:
        found = re.search(r'id="found">(\d+)', client.get(f"/messages{query}").text)
        assert found is not None
        return int(found[1])

    week = total()
    chosen = post(client, "/messages/range", "/messages", days="90")
    assert "dash_range=90" in chosen.headers["Set-Cookie"]
    assert 0 < week < total()
    assert 0 < total("?status=delivered") < total()
    assert total("?to=000000") == total("?to=%25") == 0


def test_revoke_by_post_only(app: Flask) -> None:
    """A key is revoked by its form, not by a link, and not without the form's token."""
    from sms_gateway.extensions import db
    from sms_gateway.models import ApiKey

    def revoked() -> datetime | None:
        with app.app_context():
            return db.session.get_one(ApiKey, 1).revoked_at

    client = sign_in(app, DEMO)
    assert client.get("/account/keys/1/revoke").status_code == 405
    assert client.post("/account/keys/1/revoke").status_code == 400
    assert revoked() is None
    assert post(client, "/account/keys/1/revoke", "/account").status_code == 302
    moment = revoked()
    assert moment is not None
    post(client, "/account/keys/1/revoke", "/account")
    assert revoked() == moment


def test_import_adds_new_recipients(app: Flask) -> None:
    """An uploaded file is stored as it came, and its unknown numbers are added."""
    client, before = sign_in(app, DEMO), row_counts(app)
    content = b"phone,name\n+19995550101,Recipient A\n+12025550100,Known already\n+19995550101,Recipient B\n"
    post(client, "/campaigns/import", "/campaigns", file=(io.BytesIO(content), "people.csv"))
    after = row_counts(app)
    assert after["recipient"] == before["recipient"] + 1
    assert after["recipient_import"] == before["recipient_import"] + 1
    assert content in [file.read_bytes() for file in app.config["UPLOAD_FOLDER"].rglob("*.csv")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"number\n+12025550100\n", "phone,name"),
        (b"phone,name\n12,Short\n", "Line 2"),
        (b"phone,name\n+12025550100\n\xff\n", "not UTF-8"),
        (b'phone,name\n"+12025550100,Open\n', "not valid CSV"),
        (b"", "phone,name"),
    ],
)
def test_import_says_what_is_wrong(app: Flask, content: bytes, reason: str) -> None:
    """A file that cannot be read changes nothing and gets a reason."""
    client, before = sign_in(app, DEMO), row_counts(app)
    files = set(app.config["UPLOAD_FOLDER"].rglob("*"))
    post(client, "/campaigns/import", "/campaigns", file=(io.BytesIO(content), "people.csv"))
    assert reason in client.get("/campaigns").text
    assert row_counts(app)["recipient"] == before["recipient"]
    assert set(app.config["UPLOAD_FOLDER"].rglob("*")) == files


def test_support_request_is_stored(app: Flask) -> None:
    """Anybody can write to support; an incomplete form comes back with reasons."""
    client, before = app.test_client(), row_counts(app)["support_request"]
    assert "Write your question" in post(client, "/support", "/support", email="a@example.com", subject="Hi").text
    answer = post(client, "/support", "/support", email="a@example.com", subject="Hi", body="Question")
    assert answer.status_code == 302
    assert row_counts(app)["support_request"] == before + 1
