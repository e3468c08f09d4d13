"""The screens for Flask-Admin: who sees them, what they show, whom one finds, and what can be done on them."""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from lxml import html
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

from consentguard import personal_data
from consentguard.consent.record import ACT
from consentguard.guard import Guard
from consentguard.publish.versions import CONSENT, Version, Versions
from consentguard.records import AgeClaim, Authenticator, RightsRequest, SubjectRef, new_id
from consentguard.screens import SCREENS
from consentguard.testing.keys import keyring
from consentguard_flask import ConsentGuard
from consentguard_flask.admin import CARRY_OUT, VERIFY, add_views
from tests.web_policy import CONTROLLER, COOKIES, SITE

OURS = "https://clinic.example.com"
POLICY = (
    CONTROLLER
    + SITE.replace("[site]", f'[site]\nbase_url = "{OURS}"')
    + COOKIES
    + """
[subjects.user]
title = { en = "Users", es = "Usuarios" }
[rights.erasure]
channels = ["page"]
"""
)
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": OURS}
NAMES = [screen.name for screen in SCREENS]
LISTS = [screen.name for screen in SCREENS if screen.columns]
WITH_PAGES = [screen.name for screen in SCREENS if screen.more]
ADA = SubjectRef("user", "1")
ADDRESS = "ada@example.org"
SEALED = b"sealed-secret-bytes"


class Base(DeclarativeBase):
    """What the app's models hang on."""


@personal_data(
    "contact",
    subjects={"user": "self"},
    anchors={"created": "joined_at"},
    address="email",
    on_erase={"user": "delete"},
)
class User(Base):
    """Somebody with an account."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254))
    joined_at: Mapped[dt.datetime]


@dataclass(frozen=True)
class Office:
    """The admin of an app: `allowed` is what its staff may see and do."""

    app: Flask
    db: SQLAlchemy
    client: FlaskClient
    allowed: set[str] = field(default_factory=set)

    @property
    def guard(self) -> Guard:
        """The app's guard."""
        made: Guard = self.app.extensions["consentguard"].at()
        return made

    def get(self, path: str) -> TestResponse:
        """A visit of the staff."""
        return self.client.get(f"/admin/privacy/{path}", base_url=OURS)

    def post(self, path: str, headers: dict[str, str] = FROM_OUR_PAGE, **form: str) -> TestResponse:
        """A form of the staff's."""
        return self.client.post(f"/admin/privacy/{path}", base_url=OURS, headers=headers, data=form)

    def acts(self, act: str) -> list[str]:
        """The people whom acts of this kind concern."""
        return [entry.subject for entry in self.guard.stores.entries.unsealed(None, 1_000) if entry.act == act]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL that runs meanwhile."""
        ran: list[str] = []

        def note(_: object, __: object, statement: str, *rest: object) -> None:
            ran.append(statement)

        sa.event.listen(self.db.engine, "before_cursor_execute", note)
        yield ran
        sa.event.remove(self.db.engine, "before_cursor_execute", note)


def make_office(folder: Path, url: str = "", more: str = "") -> Office:
    """An app at `url`, or on SQLite, whose policy says `more` and whose staff may do everything."""
    (folder / "privacy.toml").write_text(POLICY + more, "utf-8")
    keyring(2).write(folder / "keyring.json")
    app = Flask("clinic", root_path=str(folder))
    app.config.update(
        SECRET_KEY="test",
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        SQLALCHEMY_DATABASE_URI=url or f"sqlite:///{folder / 'db.sqlite3'}",
        SQLALCHEMY_ENGINE_OPTIONS={"poolclass": NullPool},
        MAIL_DEFAULT_SENDER="clinic@example.com",
        CONSENTGUARD_KEYRING=str(folder / "keyring.json"),
    )
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    CSRFProtect(app)
    ConsentGuard(app, db)
    office = Office(app, db, app.test_client(), {*NAMES, CARRY_OUT, VERIFY})
    add_views(Admin(app), accessible=office.allowed.__contains__)
    with app.app_context():
        db.create_all()
    return office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An admin whose staff may do everything, over a database in which Ada has an account."""
    made = make_office(tmp_path)
    with made.app.app_context():
        made.db.session.add(User(id=1, email=ADDRESS, joined_at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001 - the host's own
        made.db.session.commit()
        yield made


def a_request(guard: Guard, **facts: object) -> RightsRequest:
    """A confirmed request of Ada's to be erased, kept in the store."""
    now = guard.clock.now()
    made = RightsRequest(
        id=new_id(now),
        right="erasure",
        state="confirmed",
        received_at=now,
        due_on=now.date() + dt.timedelta(days=12),
        language="en",
        jurisdiction="ES",
        contact=guard.rights.means.contacts.seal(ADDRESS.encode()),
        contact_ref=guard.pseudonyms.of_address(ADDRESS),
        owes="",
        confirmed_at=now,
    )
    made = replace(made, **facts)  # type: ignore[arg-type]
    guard.stores.requests.add(made)
    return made


def fill(guard: Guard, rows: int = 1) -> None:
    """Keep so many records of each kind, the first of them Ada's."""
    now = guard.clock.now()
    with guard.stores.transactions.atomic():
        for number in range(rows):
            who = guard.pseudonyms.of(SubjectRef("user", str(number + 1)))
            chosen = {"policy": "ab" * 32, "accepted": "analytics", "refused": "", "language": "es", "jurisdiction": ""}
            made = {"method": "accept", "component": "banner", "gpc": False, "lasts": 60}
            guard.evidence.record(ACT, who, **chosen, **made)
            guard.stores.age_claims.add(
                AgeClaim(
                    id=new_id(now),
                    at=now,
                    subject=who,
                    threshold=18,
                    outcome="over",
                    method="screen",
                    assurance="self_declared",
                    version="ab" * 8,
                )
            )
            factor = Authenticator(id=new_id(now), subject=who, state="active", secret=SEALED, created_at=now)
            guard.stores.authenticators.add(factor)
            a_request(guard)


def text_of(answer: TestResponse) -> str:
    """What stands on a page between the frame's end and the page's, white space made one."""
    return " ".join(html.document_fromstring(answer.data).text_content().split())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [0, 1])
def test_every_screen_is_shown(office: Office, name: str, rows: int) -> None:
    """With rows and without, in Flask-Admin's frame, kept by nobody, with nothing of a secret."""
    fill(office.guard, rows)
    screen = SCREENS[NAMES.index(name)]
    answer = office.get(f"{name}/")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    page = text_of(answer)
    assert screen.lead in page
    assert all(column.title in page for column in screen.columns)
    listed = len(html.document_fromstring(answer.data).xpath("//tbody/tr/td[1]/span"))
    assert listed == {"keys": 2, "data-map": listed or 1}.get(name, rows if name in LISTS else 0)
    hide(office, answer)


@pytest.mark.parametrize("name", WITH_PAGES)
def test_a_record_has_a_page_and_opening_it_is_taken_down(office: Office, name: str) -> None:
    """Every fact of a record but what is sealed; that somebody opened a person's record is evidence."""
    fill(office.guard)
    (link,) = html.document_fromstring(office.get(f"{name}/").data).xpath("//tbody//a/@href")
    answer = office.client.get(link, base_url=OURS)
    screen = SCREENS[NAMES.index(name)]
    assert all(column.title in text_of(answer) for column in (*screen.columns, *screen.more))
    hide(office, answer)
    about = office.guard.pseudonyms
    assert office.acts("records.viewed") == [about.of_address(ADDRESS) if name == "requests" else about.of(ADA)]
    assert office.get(f"{name}/record/nonsense").status_code == 404


def hide(office: Office, answer: TestResponse) -> None:
    """Nothing on the page is a key, an address, or what is sealed."""
    bare = [SEALED, *(key.secret for key in office.guard.site.keyring.keys)]
    forms = (each for secret in bare for each in (repr(secret)[2:-1], secret.hex(), b64encode(secret).decode()))
    assert not [each for each in (ADDRESS, *forms) if each in answer.text]


@pytest.mark.parametrize("name", NAMES)
def test_who_may_not_see_a_screen_is_refused(office: Office, name: str) -> None:
    """403 on the list, the search and every page of it, and it is not in the menu; the other screens are untouched."""
    fill(office.guard)
    office.allowed.discard(name)
    paths = [f"{name}/", f"{name}/record/{new_id(office.guard.clock.now())}"]
    assert {office.get(path).status_code for path in paths} <= {403, 404}
    assert office.get(f"{name}/").status_code == 403
    assert name not in LISTS or office.post(f"{name}/search", text="user:1").status_code == 403
    other = next(each for each in NAMES if each != name)
    menu = html.document_fromstring(office.get(f"{other}/").data).xpath("//nav//a/@href")
    assert f"/admin/privacy/{name}/" not in menu
    assert f"/admin/privacy/{other}/" in menu
    assert office.acts("records.viewed") == []


def test_without_a_rule_nobody_sees_anything() -> None:
    """A site that forgot to say who may has closed screens, not open ones."""
    bare = Flask("bare")
    bare.config["SECRET_KEY"] = "test"
    add_views(Admin(bare))
    assert [bare.test_client().get(f"/admin/privacy/{name}/").status_code for name in NAMES] == [403] * len(NAMES)


def test_the_site_says_where_the_refused_are_led() -> None:
    """Such as to its page for signing in, for acts as for screens."""
    bare = Flask("bare")
    bare.config["SECRET_KEY"] = "test"
    add_views(Admin(bare), inaccessible=lambda: redirect("/login"))
    assert bare.test_client().get("/admin/privacy/keys/").location == "/login"


@pytest.mark.parametrize(("act", "path"), [(CARRY_OUT, "requests/send-owed"), (VERIFY, "evidence/verify")])
def test_an_act_needs_a_right_of_its_own(office: Office, act: str, path: str) -> None:
    """Who may look may not act: there is no button, and the form is refused."""
    name = path.partition("/")[0]
    assert path in office.get(f"{name}/").text
    assert office.post(path).status_code == 200
    office.allowed.discard(act)
    assert path not in office.get(f"{name}/").text
    assert office.post(path).status_code == 403


def test_carrying_out_needs_a_right_of_its_own(office: Office) -> None:
    """Neither the button nor the page of what would be done is there for who may only look, and nothing is erased."""
    request = a_request(office.guard)
    office.allowed.discard(CARRY_OUT)
    path = f"requests/record/{request.id}"
    assert "Carry out" not in office.get(path).text
    assert [office.get(f"{path}/carry-out").status_code, office.post(f"{path}/carry-out").status_code] == [403, 403]
    assert office.acts("erasure.done") == []


def test_a_person_is_found_without_an_address_in_the_url(office: Office) -> None:
    """Typed as kind:key or as an e-mail address: the URL has pseudonyms, and the look is taken down."""
    fill(office.guard, 3)
    guard = office.guard
    for typed, found in (("user:1", ADA), (ADDRESS.upper(), ADA), ("user:2", SubjectRef("user", "2"))):
        answer = office.post("consents/search", text=typed)
        assert answer.status_code == 303
        assert re.fullmatch(r"/admin/privacy/consents/\?subject=[0-9a-f]{32}(,[0-9a-f]{32})?", answer.location)
        page = office.client.get(answer.location, base_url=OURS)
        people = html.document_fromstring(page.data).xpath("//tbody/tr/td[2]/span/@title")
        assert people == [guard.pseudonyms.of(found)]
    assert office.acts("records.viewed").count(guard.pseudonyms.of(ADA)) == 2
    for typed in (ADDRESS, "user:1"):
        requests = office.client.get(office.post("requests/search", text=typed).location, base_url=OURS)
        assert len(html.document_fromstring(requests.data).xpath("//tbody/tr/td[1]/span")) == 3
    nobody = office.client.get(office.post("requests/search", text="user:none").location, base_url=OURS)
    assert html.document_fromstring(nobody.data).xpath("//tbody/tr/td[1]/span") == []


def test_a_text_is_looked_for_where_it_begins(office: Office) -> None:
    """Of the fields that the screen names; a sign of LIKE is a sign like any other. A list without people drops
    an address.
    """
    fill(office.guard)
    for typed, rows in (("consent.", 1), ("decided", 0), ("%", 0), ("consent_", 0)):
        page = office.client.get(office.post("evidence/search", text=typed).location, base_url=OURS)
        assert len(html.document_fromstring(page.data).xpath("//tbody/tr/td[1]/span")) == rows
    page = office.client.get(office.post("data-map/search", text="EMAIL").location, base_url=OURS)
    assert "email" in {cell.text_content() for cell in html.document_fromstring(page.data).xpath("//tbody/tr/td[2]")}
    assert office.post("data-map/search", text=ADDRESS).location == "/admin/privacy/data-map/"


@pytest.mark.parametrize(
    "database", [pytest.param(each, marks=getattr(pytest.mark, each)) for each in ("postgres", "mariadb")]
)
def test_every_database_has_the_same_pages(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Lists, searches, filters and pages of records on the servers too."""
    made = make_office(tmp_path, request.getfixturevalue(f"{database}_url"))
    with made.app.app_context():
        fill(made.guard, 2)
        links = []
        for name in WITH_PAGES:
            page = html.document_fromstring(made.get(f"{name}/?state=confirmed&method=form").data)
            links += page.xpath("//tbody//a/@href")
        assert len(links) == 10  # two of each: a value that a screen does not know is passed over
        assert [made.client.get(link, base_url=OURS).status_code for link in links] == [200] * 10
        found = made.client.get(made.post("evidence/search", text="consent.").location, base_url=OURS)
        assert len(html.document_fromstring(found.data).xpath("//tbody/tr/td[1]/span")) == 2
        made.db.session.remove()
        made.db.drop_all()


def test_rows_are_chosen_by_a_value(office: Office) -> None:
    """A filter offers the values in words; one that there is not is passed over."""
    a_request(office.guard)
    a_request(office.guard, state="received", confirmed_at=None)
    page = html.document_fromstring(office.get("requests/?state=received&owes=nonsense").data)
    assert page.xpath("//select[@name='state']/option[@selected]/text()") == ["waits to be confirmed"]
    assert [cell.text_content() for cell in page.xpath("//tbody/tr/td[2]")] == ["waits to be confirmed"]
    assert len(html.document_fromstring(office.get("requests/?state=nonsense").data).xpath("//tbody/tr")) == 2


@pytest.mark.parametrize(("days", "said", "marked"), [(12, "due in 12 days", ""), (-3, "3 days late", "badge-danger")])
def test_clocks_say_how_much_time_is_left(office: Office, days: int, said: str, marked: str) -> None:
    """Late in red, and in words."""
    due = office.guard.clock.now().date() + dt.timedelta(days=days)
    a_request(office.guard, due_on=due)
    (clock,) = html.document_fromstring(office.get("requests/").data).xpath("//tbody/tr/td[3]/span")
    assert clock.text == said
    assert marked in clock.get("class", "")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_takes_the_same_statements_for_one_row_and_for_many(office: Office, name: str) -> None:
    """No statement for each row, none that counts, and none that reads what is sealed."""
    fill(office.guard)
    with office.statements() as one:
        office.get(f"{name}/")
    fill(office.guard, 100)
    with office.statements() as many:
        office.get(f"{name}/")
    assert one == many
    assert len([each for each in many if each.startswith("SELECT")]) <= 1
    counts = r"\.contact\b|\.secret\b" + (r"|count\(" if name in LISTS else "")
    assert not [each for each in many if re.search(counts, each)]


def test_pages_are_turned(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty rows on each, every row once, the newest first, the search kept; nonsense for a page is the first."""
    fill(office.guard, 60)
    path, seen = "consents/?q=0&nonsense=1", []
    for _ in range(2):
        page = html.document_fromstring(office.get(path).data)
        seen += page.xpath("//tbody//a/@href")
        (onward, *_rest) = [*page.xpath("//a[@rel='next']/@href"), *page.xpath("//a[@rel='prev']/@href")]
        path = onward.removeprefix("/admin/privacy/")
    assert len(seen) == 60
    newest = sorted(office.guard.stores.entries.unsealed(None, 1_000), key=lambda each: (each.at, each.id))[::-1]
    assert [link.rpartition("/")[2] for link in seen] == [each.id for each in newest if each.act == ACT]
    assert path == "consents/?q=0"
    assert [office.get(f"consents/?page={page}").status_code for page in ("0", "-1", "x", "9" * 30)] == [200] * 4
    monkeypatch.setattr("consentguard_flask.admin.views.LAST_PAGE", 1)
    assert 'rel="next"' not in office.get("consents/").text


def test_the_list_of_decisions_holds_nothing_else(office: Office) -> None:
    """Other evidence stays on its own screen, also by its address; a receipt is found by how its id begins."""
    fill(office.guard)
    office.guard.evidence.record("erasure.done")
    other, decided = sorted(office.guard.stores.entries.unsealed(None, 9), key=lambda each: each.act == ACT)
    page = html.document_fromstring(office.get("consents/").data)
    assert [cell.text_content() for cell in page.xpath("//tbody/tr/td[3]")] == ["analytics"]
    assert office.get(f"consents/record/{other.id}").status_code == 404
    found = html.document_fromstring(office.get(f"consents/?q={decided.id[:12]}").data)
    (link,) = found.xpath("//tbody//a/@href")
    assert "ab" * 32 in office.client.get(link, base_url=OURS).text


def test_rates_are_drawn_and_written_down(office: Office) -> None:
    """A picture that is read out by its title, with every number in a table, with one statement; nothing that a
    strict CSP forbids.
    """
    fill(office.guard, 3)
    office.guard.evidence.record(ACT, **{**ODD, "method": "save"})
    with office.statements() as ran:
        answer = office.get("consent-rates/?days=7")
    assert len([each for each in ran if "GROUP BY" in each]) == len(ran) == 1
    page = html.document_fromstring(answer.data)
    assert len(page.xpath("//svg[@role='img']/title")) == 5
    assert page.xpath("//option[@selected]/@value") == ["7"]
    cells = [row.xpath("td/text()") for row in page.xpath("//table//tr")]
    assert ["analytics", "3", "3 (100%)", "0 (0%)", "0 (0%)"] in cells
    assert ["<script>p", "1", "0 (0%)", "0 (0%)", "1 (100%)"] in cells
    assert page.xpath("//svg//script | //svg//@style | //table//script | //table//@style") == []


ODD = {"policy": "", "accepted": "", "refused": "<script>p", "language": "<script>l", "component": "<script>c"}
"""What a database may say that nobody of ours wrote."""


def test_rates_of_nothing_say_so(office: Office) -> None:
    """Without a picture."""
    page = office.get("consent-rates/?days=nonsense").text
    assert "No decisions yet" in page
    assert "<svg" not in page


def test_versions_are_compared(tmp_path: Path) -> None:
    """What was published, what is a draft, and what changed between two: marked, and in sentences."""
    made = make_office(tmp_path)
    with made.app.app_context():
        assert "visitors are asked nothing" in made.get("consent-versions/").text
    (tmp_path / "two").mkdir()
    asking = make_office(tmp_path / "two", more='[cookies.counter]\nnames = ["visits"]\n')
    with asking.app.app_context():
        site = asking.guard.site
        old = site.consent_policy.canonical.replace(b'["visits"]', b"[]")
        entry = Version(version="a" * 16, published=dt.date(2026, 1, 1), manifest="")
        Versions(site.settings.published).add(entry, {CONSENT: old + b"\n"})
        answer = asking.get("consent-versions/?before=<nonsense>")
        page = html.document_fromstring(answer.data)
        assert "<nonsense>" not in answer.text
        assert len(page.xpath("//select[@name='before']/option")) == 2
        assert "Counter sets more cookies than before." in page.text_content()
        assert (page.xpath("//del/text()"), page.xpath("//ins/text()")) == ([], ["visits"])


def test_evidence_tells_what_is_sealed_and_verifies(office: Office) -> None:
    """The seal of each entry; an audit that says so when something was changed behind our back."""
    fill(office.guard)
    assert "not sealed yet" in text_of(office.get("evidence/"))
    office.guard.evidence.seal()
    page = html.document_fromstring(office.get("evidence/").data)
    assert [cell.text_content() for cell in page.xpath("//tbody/tr/td[6]")] == ["sealed as 1"]
    assert "alert-success" in office.post("evidence/verify").text
    office.db.session.execute(sa.text("UPDATE consentguard_evidence_entry SET act = 'consent.forged'"))
    office.db.session.commit()
    broken = office.post("evidence/verify")
    assert "alert-danger" in broken.text
    assert "changed entry" in text_of(broken)


def test_a_request_is_carried_out_after_a_look_at_what_would_be_done(office: Office) -> None:
    """The page of the request leads to what would be done, which changes nothing; the form of it erases."""
    request = a_request(office.guard)
    page = html.document_fromstring(office.get(f"requests/record/{request.id}").data)
    (link,) = page.xpath("//a[text()='Carry out…']/@href")
    asked = office.client.get(link, base_url=OURS)
    assert "1 person has the address" in text_of(asked)
    assert "delete 1 row of User" in text_of(asked)
    hide(office, asked)
    assert office.db.session.get(User, 1) is not None
    office.db.session.rollback()
    done = office.client.post(link, base_url=OURS, headers=FROM_OUR_PAGE)
    assert (done.status_code, done.location) == (303, f"/admin/privacy/requests/record/{request.id}")
    assert "done" in text_of(office.client.get(done.location, base_url=OURS))
    assert office.acts("erasure.done") == [request.contact_ref]
    assert office.db.session.get(User, 1) is None


def test_what_cannot_be_carried_out_says_so(office: Office) -> None:
    """A request that is not confirmed has no button, and its form is answered with the reason; a copy has none."""
    request = a_request(office.guard, state="received", confirmed_at=None)
    copy = a_request(office.guard, right="access")
    for each in (request, copy):
        assert "Carry out" not in office.get(f"requests/record/{each.id}").text
    refused = office.post(f"requests/record/{request.id}/carry-out")
    assert refused.status_code == 409
    assert "it is carried out once it is confirmed" in text_of(refused)
    assert office.post("requests/record/nonsense/carry-out").status_code == 404


def test_owed_mails_are_sent_again(office: Office) -> None:
    """Those that could not be sent; how many were is said."""
    earlier = office.guard.clock.now() - dt.timedelta(hours=1)
    a_request(office.guard, state="received", confirmed_at=None, owes="confirmation", received_at=earlier)
    assert "the mail to confirm it" in text_of(office.get("requests/"))
    assert "Sent: 1. Still owed: 0." in text_of(office.post("requests/send-owed"))
    assert len(office.app.extensions["mailman"].outbox) == 1


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}])
def test_forms_of_other_sites_are_refused(office: Office, headers: dict[str, str]) -> None:
    """403 without an extension's help, and nothing is done."""
    request = a_request(office.guard)
    for path in (f"requests/record/{request.id}/carry-out", "requests/send-owed", "evidence/verify", "consents/search"):
        answer = office.post(path, headers)
        assert answer.status_code == 403
        assert "was not sent from a page of this site" in text_of(answer)
    assert office.db.session.get(User, 1) is not None


def test_the_forms_carry_the_token_that_the_site_asks_for(tmp_path: Path) -> None:
    """With Flask-WTF's CSRFProtect each form has its token, and is refused without it."""
    made = make_office(tmp_path)
    made.app.config["WTF_CSRF_ENABLED"] = True
    with made.app.app_context():
        page = html.document_fromstring(made.get("evidence/").data)
        forms = page.xpath("//form[@method='post']")
        (token, *_) = [form.fields["csrf_token"] for form in forms]
        assert len(forms) == 2
        assert made.post("evidence/verify").status_code == 400
        headers = {**FROM_OUR_PAGE, "Referer": f"{OURS}/admin/"}
        assert made.post("evidence/verify", headers, csrf_token=token).status_code == 200


def test_what_cannot_be_read_now_is_said_without_details(office: Office) -> None:
    """Without the keyring 503 with the hint, in the admin's frame; a null character is refused before it is read."""
    office.guard.site.__dict__.pop("keyring", None)
    Path(str(office.app.config["CONSENTGUARD_KEYRING"])).unlink()
    failed = office.get("keys/")
    assert failed.status_code == 503
    assert "Consent records" in text_of(failed)
    for path in ("consents/?q=a%00", "consents/record/a%00", "keys/?state=%00"):
        assert office.get(path).status_code == 400
