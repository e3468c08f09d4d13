"""The example site unified_inbox: it starts, holds generated data, and each page is for whom it should be."""

import json
import os
import shutil
import subprocess
import sys
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
        return done.stdout

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
        "demo@example.com": [200, 302, 200, 200, 200, 302],
        "admin@example.com": [200, 302, 200, 200, 200, 200],
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
    """Every admin list of the site answers, and 100 rows cost as many queries as two."""
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
    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]} == {}


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
    """GET is refused, an agent finds nothing, the owner disconnects, and the conversation takes no more replies."""
    statuses, disconnected, logged, replies = site.ask("""
one = Conversation.objects.filter(channel__account__users__email=DEMO).first()
url, before, owner = f"/account/channels/{one.channel_id}/disconnect/", one.messages.count(), client(DEMO)
statuses = [owner.get(url).status_code, client(AGENT).post(url).status_code, owner.post(url).status_code]
owner.post(f"/inbox/{one.pk}/", {"text": "Too late."})
one.channel.refresh_from_db()
answer = [statuses, one.channel.disconnected_at is not None,
          User.objects.get(email=DEMO).activity.first().action, one.messages.count() - before]
""")
    assert statuses == [405, 404, 302]
    assert disconnected
    assert logged == "channel.disconnect"
    assert replies == 0


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
    policy, lang, title = site.ask("""
page = client(**{"accept-language": "es"}).get("/")
text = page.content.decode()
answer = [page.headers["Content-Security-Policy"], 'lang="es"' in text, "Todos los mensajes." in text]
""")
    assert policy == "default-src 'self'"
    assert lang
    assert title


def test_cookies_are_secure_outside_the_demo(site: Site) -> None:
    """With debugging off, pages move to https and the session cookie is for https only."""
    script = """
browser = client()
moved = browser.get("/login/")
browser.post("/login/", {"username": DEMO, "password": "demo-password"}, secure=True)
answer = [moved.headers["Location"], browser.cookies["inbox_session"]["secure"]]
"""
    assert site.ask(script, debug="0") == ["https://localhost/login/", True]
