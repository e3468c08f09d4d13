"""Ready-made tags: a site with every known companion is covered, and one whose policy knows them not still starts."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

NEEDED = ("allauth", "auditlog", "axes", "cookie_consent", "django_otp", "simple_history")
MISSING = [name for name in NEEDED if find_spec(name) is None]
SITE = Path(__file__).with_name("companions_site.py")
CONVENTION = ("account", "credential", "session", "activity_log", "notes")

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)}: pip install 'consentguard[dev]'")


def site(*categories: str) -> dict[str, dict[str, Any]]:
    """The data map of the site with every companion, under a policy with these categories."""
    command = [sys.executable, str(SITE), *categories]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def covered() -> dict[str, dict[str, Any]]:
    """The site under a policy that has the conventional categories."""
    return site(*CONVENTION)


def test_a_policy_with_the_conventional_categories_has_no_gap(covered: dict[str, dict[str, Any]]) -> None:
    """Every column of every companion is classified by what ships with consentguard."""
    assert covered["gaps"] == {}


@pytest.mark.parametrize(
    ("column", "category"),
    [
        ("auth.User.password", "credential"),
        ("auth.User.email", "account"),
        ("sessions.Session.session_data", "session"),
        ("admin.LogEntry.object_repr", "activity_log"),
        ("account.EmailAddress.email", "account"),
        ("socialaccount.SocialToken.token", "credential"),
        ("mfa.Authenticator.data", "credential"),
        ("auditlog.LogEntry.changes", "activity_log"),
        ("axes.AccessAttempt.ip_address", "activity_log"),
        ("otp_totp.TOTPDevice.key", "credential"),
        ("otp_email.EmailDevice.email", "account"),
        ("sites.Note.text", "notes"),
        ("sites.HistoricalNote.text", "notes"),
        ("sites.HistoricalNote.colour", "of the paper"),
        ("sites.HistoricalNote.history_date", "activity_log"),
        ("sites.HistoricalNote.id", "the primary key of the row that this is the history of"),
    ],
)
def test_a_companion_s_column_has_its_category(covered: dict[str, dict[str, Any]], column: str, category: str) -> None:
    """A history's columns are what they were in the row that it keeps."""
    assert covered["entries"][f"data:{column}"] == category


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("auth.User", "self"),
        ("socialaccount.SocialToken", "account.user"),
        ("axes.AccessLog", "username = auth.User.username"),
        ("sites.HistoricalNote", "author"),
    ],
)
def test_a_companion_s_rows_lead_to_their_user(covered: dict[str, dict[str, Any]], table: str, path: str) -> None:
    """Over foreign keys, or by the user's name where there is none."""
    assert covered["paths"][table] == path


def test_retention_can_count_from_the_moments_of_django_s_own_tables(covered: dict[str, dict[str, Any]]) -> None:
    """So that a policy's period for the admin's log deletes rows, and needs no tag of the site's."""
    assert covered["anchors"]["admin.LogEntry"] == {"created": "action_time"}
    assert covered["anchors"]["sessions.Session"] == {"expired": "expire_date"}


def test_a_policy_without_the_categories_starts_and_names_what_to_add() -> None:
    """Nothing of a companion's is a mistake; each column left open comes with its line."""
    bare = site("notes")
    assert "data:sites.Note.text" in bare["entries"]
    assert bare["gaps"]["sessions.Session.session_data"] == (
        'add [categories.session] to the policy, or register("sessions.Session", "<category>")'
    )
    assert bare["gaps"]["mfa.Authenticator.data"] == (
        "add [categories.credential] to the policy, "
        'or register("mfa.Authenticator", "<category>", subjects={"user": "user"})'
    )
