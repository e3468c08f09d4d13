"""The example site unified_inbox: it starts, holds generated data, and each page is for whom it should be."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2] / "example_projects" / "unified_inbox"

PREAMBLE = """
import json, django
django.setup()
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from accounts.models import User
from inbox.models import Attachment, ConnectedChannel, Conversation, Message

DEMO, ADMIN, AGENT = "demo@example.com", "admin@example.com", "user0001@example.com"

def client(email=None, **headers):
    browser = Client(SERVER_NAME="localhost", headers=headers)
    if email:
        browser.force_login(User.objects.get(email=email))
    return browser

def visitor(email=None):
    return client(email, **{"sec-fetch-site": "same-origin"})

def queries(browser, url):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return len(captured)
"""


@dataclass(frozen=True)
class Site:
    """The site on one directory of data, driven in processes of its own because its settings are its own."""

    data: Path

    def python(self, *args: str, debug: str = "1") -> subprocess.CompletedProcess[str]:
        """Run Python in the site's directory, every warning an error."""
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "unified_inbox.settings",
            "UNIFIED_INBOX_DB": str(self.data / "db.sqlite3"),
            "UNIFIED_INBOX_DEBUG": debug,
        }
        command = [sys.executable, "-W", "error", *args]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    def manage(self, *args: str) -> str:
        """Run a management command that must succeed, and return what it prints."""
        done = self.python("manage.py", *args)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split())

    def ask(self, script: str, debug: str = "1") -> Any:
        """Run ``script`` inside the site and return what it leaves in ``answer``."""
        done = self.python("-c", f"{PREAMBLE}\n{script}\nprint(json.dumps(answer))", debug=debug)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and seeded data directory that no test changes."""
    site = Site(tmp_path_factory.mktemp("unified_inbox"))
    site.manage("migrate", "--verbosity=0")
    site.manage("seed")
    return site.data


@pytest.fixture
def site(seeded: Path, tmp_path: Path) -> Site:
    """The site on its own copy of the data."""
    return Site(Path(shutil.copytree(seeded, tmp_path / "data")))


def test_migrations_match_the_models(site: Site) -> None:
    """The committed migrations leave nothing to migrate, and Django's checks find nothing."""
    site.manage("makemigrations", "--check")
    assert "no issues" in site.manage("check")


def test_seed_generates_enough_rows_and_is_repeatable(site: Site) -> None:
    """Seeding again replaces the data by the same data: at least 1,000 rows, with files."""
    script = """
own = [m for a in ("accounts", "inbox", "billing", "support") for m in apps.get_app_config(a).get_models()]
counts = {m.__name__: m.objects.count() for m in [*own, Conversation.labels.through]}
answer = [counts, list(Message.objects.order_by("pk").values_list("sender_name", "text"))]
"""
    counts, messages = site.ask(script)
    assert sum(counts.values()) >= 1000
    assert min(counts.values()) > 0
    printed = site.manage("seed")
    assert "demo@example.com / demo-password" in printed
    assert "admin@example.com / admin-password" in printed
    assert site.ask(script) == [counts, messages]
    assert len(list((site.data / "media").rglob("*.txt"))) == counts["Attachment"]


@pytest.mark.parametrize("rows", ["99", "many", "-1"])
def test_seed_refuses_a_wrong_number_of_rows(site: Site, rows: str) -> None:
    """A wrong --rows is refused with the value and what was expected, without a traceback."""
    done = site.python("manage.py", "seed", f"--rows={rows}")
    assert done.returncode == 2
    assert f"expected a whole number from 100 to 1000000, not '{rows}'" in done.stderr
    assert "Traceback" not in done.stderr


def test_log_in_with_the_printed_password(site: Site) -> None:
    """The demo password leads to the inbox, another one does not; a log-in is recorded with its address."""
    statuses, cookies, recorded = site.ask("""
browser, user = client(), User.objects.get(email=DEMO)
before = user.login_sessions.count()
wrong = browser.post("/login/", {"username": DEMO, "password": "wrong"})
right = browser.post("/login/", {"username": DEMO.title(), "password": "demo-password"})
answer = [[wrong.status_code, right.status_code, right.headers["Location"]], sorted(browser.cookies),
          [user.login_sessions.count() - before, user.login_sessions.first().ip]]
""")
    assert statuses == [200, 302, "/inbox/"]
    assert "inbox_session" in cookies
    assert recorded == [1, "127.0.0.1"]


def test_pages_are_for_whom_they_should_be(site: Site) -> None:
    """Public pages answer anyone, the others only users, the admin only staff; strangers are sent to log in."""
    statuses = site.ask("""
urls = ["/", "/login/", "/support/", "/inbox/", "/account/", "/admin/"]
closed = ["/inbox/", "/inbox/1/", "/account/", "/admin/"]
answer = {str(who): [client(who).get(url).status_code for url in urls] for who in (None, DEMO, ADMIN)}
answer["strangers"] = [client().get(url).headers["Location"] for url in closed]
""")
    assert statuses == {
        "None": [200, 200, 200, 302, 302, 302],
        "demo@example.com": [200, 200, 200, 200, 200, 302],
        "admin@example.com": [200, 200, 200, 200, 200, 200],
        "strangers": [f"/{at}login/?next=/{to}/" for at, to in
                      (("", "inbox"), ("", "inbox/1"), ("", "account"), ("admin/", "admin"))],
    }  # fmt: skip


def test_inbox_list_runs_a_constant_number_of_queries(site: Site) -> None:
    """A full page of conversations costs as many queries as a page with one conversation."""
    full, single = site.ask("""
browser = client(DEMO)
browser.get("/inbox/?show=all")
shown = Conversation.objects.filter(channel__account__users__email=DEMO).exclude(assigned_to=None)
assert shown.count() > 10
answer = [queries(browser, "/inbox/?show=all")]
Conversation.objects.exclude(pk=shown.first().pk).delete()
answer.append(queries(browser, "/inbox/?show=all"))
""")
    assert full == single


def test_admin_lists_run_a_constant_number_of_queries(site: Site) -> None:
    """Every admin list of the site answers, and 100 rows cost as many queries as two.

    But for the groups of django-cookie-consent, whose admin asks for the cookies of each.
    """
    counts = site.ask("""
from django.contrib import admin
from django.urls import reverse
browser, answer = client(ADMIN), {}
for model, model_admin in admin.site._registry.items():
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    queries(browser, url)
    answer[model.__name__] = []
    for model_admin.list_per_page in (2, 100):
        answer[model.__name__].append(queries(browser, url))
""")
    assert len(counts) >= 12
    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]}.keys() <= {"CookieGroup"}


def test_conversation_shows_its_messages_and_takes_a_reply(site: Site) -> None:
    """Message texts are on the page; a reply with a file is stored and the file comes back as a download."""
    missing, reply, content, disposition = site.ask("""
from django.core.files.base import ContentFile
from django.utils.html import escape
browser = client(DEMO)
one = Conversation.objects.filter(channel__account__users__email=DEMO).first()
page = browser.get(f"/inbox/{one.pk}/").content.decode()
missing = [message.text for message in one.messages.all() if escape(message.text) not in page]
browser.post(f"/inbox/{one.pk}/", {"text": "On its way.", "file": ContentFile(b"<b>note</b>", name="note.html")})
sent = one.messages.last()
file = browser.get(f"/inbox/attachments/{sent.attachments.get().pk}/")
answer = [missing, [sent.text, sent.direction, sent.sent_by.email], b"".join(file.streaming_content).decode(),
          file.headers["Content-Disposition"]]
file.close()
""")
    assert missing == []
    assert reply == ["On its way.", "out", "demo@example.com"]
    assert content == "<b>note</b>"
    assert disposition == 'attachment; filename="note.html"'


def test_accounts_do_not_see_each_other(site: Site) -> None:
    """Conversations, files and channels of another account do not exist for a user."""
    statuses = site.ask("""
browser = client(DEMO)
channel = ConnectedChannel.objects.connected().exclude(account__users__email=DEMO).first()
conversation = Conversation.objects.filter(channel=channel).first()
file = Attachment.objects.exclude(message__conversation__channel__account__users__email=DEMO).first()
answer = [browser.get(f"/inbox/{conversation.pk}/").status_code,
          browser.get(f"/inbox/attachments/{file.pk}/").status_code,
          browser.post(f"/account/channels/{channel.pk}/disconnect/").status_code]
""")
    assert statuses == [404, 404, 404]


def test_channel_is_disconnected_by_post_and_by_managers_only(site: Site) -> None:
    """GET is refused, an agent finds nothing, the owner disconnects."""
    statuses, logged = site.ask("""
one = Conversation.objects.filter(channel__account__users__email=DEMO).first()
url, owner = f"/account/channels/{one.channel_id}/disconnect/", client(DEMO)
statuses = [owner.get(url).status_code, client(AGENT).post(url).status_code, owner.post(url).status_code]
answer = [statuses, User.objects.get(email=DEMO).activity.first().action]
""")
    assert statuses == [405, 404, 302]
    assert logged == "channel.disconnect"


LEFT = """
def left(channel):
    counts = []
    with connection.cursor() as cursor:
        for table in ("inbox_connectedchannel WHERE id", "inbox_conversation WHERE channel_id"):
            cursor.execute(f"SELECT COUNT(*) FROM {table} = %s", [channel])
            counts.append(cursor.fetchone()[0])
    return counts
"""


def test_what_came_through_a_disconnected_channel_is_seen_no_more_and_goes(site: Site) -> None:
    """Once the page has answered no query finds the channel, or what came through it; the next run deletes it all."""
    kept, seen, other, channel = site.ask(f"""{LEFT}
one = Conversation.objects.filter(channel__account__users__email=DEMO).first()
browser, before = client(DEMO), left(one.channel_id)
browser.post(f"/account/channels/{{one.channel_id}}/disconnect/")
seen = [ConnectedChannel.objects.filter(pk=one.channel_id).count(), one.messages.count(),
        browser.get(f"/inbox/{{one.pk}}/").status_code]
others = Conversation.objects.filter(channel__account__users__email=DEMO)
answer = [left(one.channel_id) == before, seen, others.exists(), one.channel_id]
""")
    assert (kept, seen, other) == (True, [0, 0, 404], True)
    assert "Events done" in site.manage("consentguard", "retention", "run", "--events")
    assert site.ask(f"{LEFT}answer = left({channel})") == [0, 0]


def test_meta_means_whoever_connected_a_channel(site: Site) -> None:
    """An app-scoped ID leads to the channel and to who connected it; no ID at all leads to nobody."""
    named, connected, nobody = site.ask("""
from inbox.meta import rows_of
one = ConnectedChannel.objects.exclude(app_user_id="").order_by("pk").first()
answer = [list(rows_of(one.app_user_id)), [f"channel:{one.pk}", f"user:{one.connected_by_id}"], list(rows_of(""))]
""")
    assert named == connected
    assert nobody == []


def test_the_mailbox_forgets_whoever_is_erased(site: Site) -> None:
    """The connector deletes the mails to one address, once, and leaves the others; nothing is deleted for less."""
    deleted, again, other, left = site.ask("""
from django.core.mail import EmailMessage
from consentguard.errands import Notice
from demo.outbox import clear, mails
from support.mailbox import erase
clear()
for address in ("ada@example.com", "ben@example.com", "Ada@example.com"):
    EmailMessage("A question", "Its answer.", to=[address]).send()
asked = {"target": "mailbox", "request": "r", "address": "ada@example.com"}
answer = [erase(Notice(kind="erase", **asked)), erase(Notice(kind="erase", **asked)),
          erase(Notice(kind="restrict", **asked)), [mail.to for mail in mails()]]
""")
    assert [deleted, again] == ["2 mails deleted", "0 mails deleted"]
    assert other.startswith("a mail stays")
    assert left == ["ben@example.com"]


def test_whoever_objects_is_counted_no_more(site: Site) -> None:
    """The report on features is made for a purpose, from which an objection takes somebody out."""
    assert "0 left out, who objected" in site.manage("report_features")
    site.ask("""
from consentguard import SubjectRef
from consentguard_django.conf import guards
subject = SubjectRef("user", str(User.objects.get(email=DEMO).pk))
answer = guards().at().restrictions.object(subject, "improvement").granted
""")
    assert "1 left out, who objected" in site.manage("report_features")


def test_chosen_view_is_remembered_in_a_cookie(site: Site) -> None:
    """The list starts comfortable, becomes compact when chosen, and ignores a value nobody offers."""
    seen = site.ask("""
browser, answer = client(DEMO), []
for view in ("nonsense", "compact", "nonsense"):
    browser.post("/inbox/view/", {"view": view})
    page = browser.get("/inbox/").content.decode()
    answer.append(["conversations compact" in page, "inbox_view" in browser.cookies])
""")
    assert seen == [[False, False], [True, True], [True, True]]


def test_pages_carry_a_strict_policy_and_their_language(site: Site) -> None:
    """Every page names the content security policy; a Spanish browser gets Spanish, and the page says so."""
    policy, lang, title, other = site.ask("""
page = client(**{"accept-language": "es"}).get("/")
text = page.content.decode()
other = client().get("/login/").headers["Content-Security-Policy"]
answer = [page.headers["Content-Security-Policy"], 'lang="es"' in text, "Todos los mensajes." in text, other]
""")
    assert re.fullmatch(r"default-src 'self'; script-src 'self' 'nonce-[\w-]{22}'", policy)
    assert other == "default-src 'self'"
    assert lang
    assert title


def test_services_are_drafted_in_the_admin_and_templates_of_that_package_follow(site: Site) -> None:
    """The seeded groups of django-cookie-consent say what the policy says, and its cookie what a visitor chose."""
    assert "says what the admin says" in site.manage("consentguard", "cookies", "pull", "--dry-run")
    mirrored = site.ask("""
from cookie_consent.util import parse_cookie_str
from consentguard_django import conf
decision = {"accepted": ["experiments"], "policy": conf.site().consent_policy.id, "method": "save"}
kept = visitor().post("/privacy/api/choice", decision, content_type="application/json").cookies
said = parse_cookie_str(kept["cookie_consent"].value)
ages = [kept[name]["max-age"] for name in ("cookie_consent", "cg_choice")]
answer = [said.pop("variant") > "2026", sorted(set(said.values())), *ages]
""")
    assert mirrored == [True, ["-1"], *[pytest.approx(182 * 24 * 60 * 60, abs=2)] * 2]  # it is counted down


def test_cookies_are_secure_outside_the_demo(site: Site) -> None:
    """With debugging off, pages move to https and the session cookie is for https only."""
    script = """
browser = client()
moved = browser.get("/login/")
browser.post("/login/", {"username": DEMO, "password": "demo-password"}, secure=True)
answer = [moved.headers["Location"], browser.cookies["inbox_session"]["secure"]]
"""
    assert site.ask(script, debug="0") == ["https://localhost/login/", True]


def test_headline_is_tried_out_on_those_who_agreed_alone(site: Site) -> None:
    """The cookie of the experiment comes with consent, stays the same, and goes when consent is taken back."""
    before, refused, agreed, again, removed, after = site.ask("""
from unittest.mock import patch
browser, page, answer = visitor(), "/privacy/en/preferences", []
def front():
    response = browser.get("/")
    cookie = response.cookies.get("inbox_variant")
    return [cookie and cookie.value, cookie and cookie["max-age"], "Answer everyone." in response.content.decode()]
answer.append(front())
browser.post(page, {"answer": "refuse"})
answer.append(front())
version = browser.get("/privacy/api/choice").json()["policy"]
browser.post(page, {"answer": "save", "accepted": "experiments", "version": version})
with patch("secrets.choice", return_value="quick"):
    answer.append(front())
answer.append(front())
gone = browser.post(page, {"answer": "refuse"}).cookies["inbox_variant"]
answer += [[gone.value, gone["max-age"]], front()]
""")
    assert before == refused == [None, None, False]
    assert agreed == ["quick", 7_776_000, True]
    assert again == agreed
    assert removed == ["", 0]
    assert after == before


def test_the_banner_is_on_every_page_and_says_nothing_of_a_visitor(site: Site) -> None:
    """Whoever looks, and whatever they chose: the page is the same, and the scripts of its statistics wait."""
    first, chosen, kinds = site.ask("""
import re
browser = visitor()
def front():
    text = browser.get("/").content.decode()
    return re.sub('nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", text)
first = front()
browser.post("/privacy/en/preferences", {"answer": "refuse"})
answer = [first, front(), re.findall('<script type="(.*?)"', first)]
""")
    assert first == chosen
    assert "data-consent-banner" in first
    assert kinds == ["text/plain"] * 3


def test_account_is_made_by_those_who_are_old_enough(site: Site) -> None:
    """Sign-up asks for the age first; a child gets no further, and an adult is the owner of a new account, once."""
    asked, child, adult, made = site.ask("""
import datetime
from consentguard.records import SubjectRef
from consentguard_django import conf
def form(name, years):
    born = {"birth_month": "1", "birth_year": datetime.date.today().year - years}
    return {"email": f"{name}@Example.com", "name": "New", "organisation": "New Ltd.", "country": "es",
            "password1": "long-enough-9", "password2": "long-enough-9", **born}
child, adult = visitor(), visitor()
answer = ["birth_year" in adult.get("/sign-up/").content.decode()]
answer.append([child.post("/sign-up/", form("kid", years)).headers["Location"] for years in (9, 30)])
answer[1].append(User.objects.filter(email__startswith="kid").count())
answer.append([adult.post("/sign-up/", form("new", 30)).headers["Location"], adult.get("/account/").status_code,
               "birth_year" in adult.get("/sign-up/").content.decode()])
made = User.objects.get(email="new@example.com")
guard = conf.guards().at()
claim = guard.stores.age_claims.latest(guard.pseudonyms.of(SubjectRef("user", str(made.pk))))
answer.append([made.role, made.account.name, made.account.country, made.login_sessions.count(), claim.outcome])
""")
    assert asked
    assert child == ["/privacy/en/age", "/privacy/en/age", 0]
    assert adult == ["/account/", 200, False]
    assert made == ["owner", "New Ltd.", "ES", 1, "over"]


def test_phone_is_sealed_in_the_database_and_shown_to_whom_it_belongs(site: Site) -> None:
    """The account page shows the number and the admin a mask; neither its column nor the rest of the file holds it."""
    shown, stored = site.ask("""
demo = User.objects.get(email=DEMO)
pages = [client(DEMO).get("/account/"), client(ADMIN).get(f"/admin/accounts/user/{demo.pk}/change/")]
with connection.cursor() as cursor:
    cursor.execute("SELECT phone FROM accounts_user")
    stored = [bytes(phone).hex() for phone, in cursor.fetchall()]
answer = [[demo.phone in page.content.decode() for page in pages], stored]
""")
    assert shown == [True, False]
    assert len(set(stored)) == len(stored) > 2
    assert all(value.startswith("10") and len(value) > 60 for value in stored)  # which says that digests follow
    assert b"+1 202 555" not in (site.data / "db.sqlite3").read_bytes()
    assert "not in its file" in site.manage("stored")


def test_the_admin_finds_people_by_their_sealed_number(site: Site) -> None:
    """However it is written, and nobody else."""
    assert (
        site.ask("""
pages = [client(ADMIN).get("/admin/accounts/user/", {"q": number}) for number in ("+12025550100", '"(202) 555-0100"')]
answer = [[one.email for one in page.context_data["cl"].result_list] for page in pages]
""")
        == [["demo@example.com"]] * 2
    )


def test_numbers_of_before_are_sealed_by_the_migration(tmp_path: Path) -> None:
    """A number that stood there in the clear is the same after the migration, and so is none at all."""
    site = Site(tmp_path)
    site.manage("migrate", "accounts", "0001", "--verbosity=0")
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database, database:
        database.executemany(
            "INSERT INTO accounts_user (email, phone, password, name, role, is_superuser, is_active, is_staff,"
            " date_joined) VALUES (?, ?, '', '', 'agent', 0, 1, 0, '2026-01-01')",
            [("a@example.com", "+1 202 555 0199"), ("b@example.com", "")],
        )
    site.manage("migrate", "--verbosity=0")
    assert site.ask("answer = list(User.objects.order_by('email').values_list('phone', flat=True))") == [
        "+1 202 555 0199",
        "",
    ]
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        (columns,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'accounts_user'").fetchone()
    assert "phone_in_clear" not in columns


def test_keys_of_the_demo_are_made_once_and_are_its_owners_alone(site: Site) -> None:
    """The keyring lies beside the database, nobody else may read it, and no command makes another one."""
    keyring = site.data / "consentguard.keys"
    made = keyring.read_text()
    site.manage("check")
    assert keyring.read_text() == made
    assert keyring.stat().st_mode & 0o777 == 0o600


def test_outbox_shows_the_mails_of_the_demo(site: Site) -> None:
    """A request's mail is on the page with its link, which leads to the site's own address, not to the asked host."""
    shown, links = site.ask("""
from lxml import html
browser = visitor()
for right in ("access", "erasure"):
    browser.post("/privacy/en/requests", {"right": right, "email": DEMO})
page = html.document_fromstring(browser.get("/outbox/").content)
links = [a.get("href") for a in page.iter("a") if "confirm" in a.get("href")]
answer = [[p.text for p in page.xpath("//article/p[@class]")][:2], links[:2]]
""")
    assert shown == ["To demo@example.com"] * 2
    assert [link.startswith("http://localhost:8001/privacy/en/requests/confirm/") for link in links] == [True, True]
    assert site.ask("answer = client().get('/outbox/', secure=True).status_code", debug="0") == 404


def test_who_asks_is_erased_and_nobody_else(site: Site) -> None:
    """After request, mail and confirmation one command erases a person's rows, and leaves everybody else's."""
    counts = """
from accounts.models import ActivityLog, FeatureUsage, LoginSession
own = [model.objects.filter(user__email=DEMO).exists() for model in (ActivityLog, FeatureUsage, LoginSession)]
others = [User.objects.exclude(email=DEMO).count(), LoginSession.objects.exclude(user__email=DEMO).count()]
answer = [User.objects.filter(email=DEMO).count(), own, others, ActivityLog.objects.count(), Message.objects.count()]
"""
    before = site.ask(counts)
    assert before[:2] == [1, [True, True, True]]
    confirmed = site.ask("""
import re
from demo.outbox import mails
browser = visitor()
browser.post("/privacy/en/requests", {"right": "erasure", "email": DEMO})
page = re.search(r"http://localhost:8001(/privacy/en/requests/confirm/\\S+)", mails()[0].text)[1]
answer = browser.post(page, {"answer": "confirm"}).status_code
""")
    assert confirmed == 303
    assert site.ask(counts) == before
    assert "No request" in site.manage("consentguard", "rights", "run"), "somebody has to approve it first"
    [mine] = json.loads(site.manage("consentguard", "rights", "list", "--state", "confirmed", "--json"))
    plan = json.loads(site.manage("consentguard", "rights", "plan", mine["id"], "--json"))
    site.manage("consentguard", "rights", "approve", mine["id"], plan["digest"], "--by", "dpo")
    assert "1 found, partial" in site.manage("consentguard", "rights", "run")
    assert site.ask(counts) == [0, [False, False, False], *before[2:]]


def test_retention_deletes_what_it_says_and_nothing_younger(site: Site) -> None:
    """The rows that a dry run counts go, every entry of the last ninety days stays, and nothing is due afterwards."""
    command = ("consentguard", "retention", "run", "--category", "security_logs")
    script = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import ActivityLog
young = ActivityLog.objects.filter(at__gte=timezone.now() - timedelta(days=90))
answer = [ActivityLog.objects.count(), young.count()]
"""
    every, young = site.ask(script)
    assert young < every
    dry = site.manage(*command, "--dry-run")
    assert f"accounts.ActivityLog: {every - young} would go (dry run)" in dry
    assert site.ask(script) == [every, young]
    rules = json.loads(site.manage("consentguard", "retention", "preview", "--json"))
    site.manage("consentguard", "retention", "accept", rules["digest"], "--by", "dpo")
    assert f"accounts.ActivityLog: {every - young} deleted" in site.manage(*command)
    assert site.ask(script) == [young, young]
    assert "Nothing is due." in site.manage(*command, "--dry-run")


def test_news_go_to_those_who_agreed_and_did_not_unsubscribe(site: Site) -> None:
    """Whoever ticks the box at sign-up gets the news, with a way out; one click ends them, and the account shows it."""
    made, agreed = site.ask("""
import datetime, re
from lxml import html
adult = visitor()
adult.post("/privacy/en/age?next=/sign-up/", {"month": "1", "year": datetime.date.today().year - 30})
page = html.document_fromstring(adult.get("/sign-up/").content)
[box] = page.xpath("//input[@name='news']")
form = {"email": "reader@example.com", "name": "New", "organisation": "New Ltd.", "country": "es",
        "password1": "long-enough-9", "password2": "long-enough-9", "news": box.get("value")}
made = [box.get("checked"), adult.post("/sign-up/", form).status_code]
answer = [made, "Take back: Product news" in adult.get("/privacy/en/agreements").content.decode()]
""")
    assert (made, agreed) == ([None, 302], True)
    assert site.manage("send_news", "News", "Replies can be scheduled.").startswith("1 of ")
    assert (
        site.ask("""
import re
from demo.outbox import mails
link = re.search(r"http://localhost:8001(/privacy/unsubscribe/\\S+)", mails()[0].text)[1]
answer = client().post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded").status_code
""")
        == 200
    )
    assert site.manage("send_news", "News", "Replies can be scheduled.").startswith("0 of ")
