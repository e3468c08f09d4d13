"""`check --deploy` in Django: each setting that is weak is found, and the same setting put right is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections
from django.test import override_settings

from consentguard.deployed import deployed
from consentguard.deployment import IDS
from consentguard.records import Authenticator, SubjectRef, new_id
from consentguard.testing.keys import keyring
from consentguard_django import conf
from tests.web_doors import SECTIONS

SECURITY = "django.middleware.security.SecurityMiddleware"
WELL: dict[str, Any] = {
    "DEBUG": False,
    "SECRET_KEY": "9f2b7c4e1d8a6035" * 4,
    "ALLOWED_HOSTS": ["shop.example.com", "testserver", "localhost"],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_HSTS_SECONDS": 31_536_000,
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.PBKDF2PasswordHasher"],
}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("H-DEBUG", {"DEBUG": True}),
    ("H-SECRET-KEY", {"SECRET_KEY": "django-insecure-0123456789abcdefghijklmnopqrstuvwxyz"}),
    ("H-SECRET-KEY", {"SECRET_KEY_FALLBACKS": ["short"]}),
    ("H-ANY-HOST", {"ALLOWED_HOSTS": ["*"]}),
    ("H-TLS-REDIRECT", {"SECURE_SSL_REDIRECT": False}),
    ("H-HSTS", {"SECURE_HSTS_SECONDS": 3600}),
    ("H-COOKIE-SECURE", {"SESSION_COOKIE_SECURE": False}),
    ("H-COOKIE-SECURE", {"CSRF_COOKIE_SECURE": False}),
    ("H-COOKIE-HTTPONLY", {"SESSION_COOKIE_HTTPONLY": False}),
    ("H-COOKIE-SAMESITE", {"SESSION_COOKIE_SAMESITE": None}),
    ("H-COOKIE-SAMESITE", {"CSRF_COOKIE_SAMESITE": "None"}),
    ("H-HASHER", {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}),
]


@pytest.fixture
def options(tmp_path: Path) -> Iterator[dict[str, object]]:
    """A site of which nothing is weak; what its own settings are made of."""
    policy = (settings.BASE_DIR / "privacy.toml").read_text("utf-8") + SECTIONS
    (tmp_path / "privacy.toml").write_text(policy, "utf-8")
    keyring().write(tmp_path / "keyring.json")
    ours: dict[str, object] = {
        "manifest": tmp_path / "privacy.toml",
        "keyring": tmp_path / "keyring.json",
        "base_url": "https://shop.example.com",
        "limits": "redis://127.0.0.1:1/0",
    }
    middleware = [SECURITY, *(each for each in settings.MIDDLEWARE if each != SECURITY)]
    with override_settings(**WELL, MIDDLEWARE=middleware, CONSENTGUARD=ours):
        yield ours


def found() -> list[str]:
    """The ids of what is found."""
    return [each.id for each in deployed(conf.site())]


def test_a_site_whose_settings_are_well_has_no_finding(options: dict[str, object]) -> None:
    """Nothing is invented."""
    assert found() == []


@pytest.mark.parametrize(("id_", "changed"), CASES)
def test_a_weak_setting_is_found(options: dict[str, object], id_: str, changed: dict[str, Any]) -> None:
    """Under its id, alone, and with the name of the setting."""
    with override_settings(**changed):
        assert found() == [id_]
        (one,) = deployed(conf.site())
    assert one.where.partition("[")[0] in changed


@pytest.mark.parametrize(
    ("id_", "changed"),
    [
        ("H-BASE-URL", {"base_url": "http://shop.example.com"}),
        ("H-LIMITS", {"limits": "memory://"}),
        ("H-KEY-AGE", {"key_period": "P0D"}),
    ],
)
def test_a_weak_setting_of_ours_is_found(options: dict[str, object], id_: str, changed: dict[str, object]) -> None:
    """Alone, as those of Django are."""
    with override_settings(CONSENTGUARD=options | changed):
        assert found() == [id_]


def test_each_id_is_seen_to_fire() -> None:
    """In this framework, by a case above or a test below."""
    ours = {"H-BASE-URL", "H-LIMITS", "H-KEY-AGE"}
    assert {id_ for id_, _ in CASES} | ours | {"H-DATABASE-TLS", "H-STAFF-FACTOR"} == set(IDS)


def test_without_its_middleware_django_sees_to_no_tls(options: dict[str, object]) -> None:
    """Whatever the settings say."""
    with override_settings(MIDDLEWARE=[each for each in settings.MIDDLEWARE if each != SECURITY]):
        assert found() == ["H-TLS-REDIRECT", "H-HSTS"]


def test_a_token_in_the_session_is_no_cookie(options: dict[str, object]) -> None:
    """Its attributes are the session's then."""
    with override_settings(CSRF_COOKIE_SECURE=False, CSRF_USE_SESSIONS=True):
        assert found() == []


def test_a_hasher_with_few_rounds_is_weak(options: dict[str, object]) -> None:
    """As a class of the site's own has them."""
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.Hurried"]):
        assert found() == ["H-HASHER"]


from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: E402 - below what it is an example for


class Hurried(PBKDF2PasswordHasher):
    """Takes less time than it should."""

    iterations = 1_000


def test_a_database_across_a_network_is_found(options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless its options insist on TLS. The database of the tests is a file, so its connection is told otherwise."""
    said = connections["default"].settings_dict
    monkeypatch.setattr(connections["default"], "vendor", "postgresql")
    monkeypatch.setitem(said, "HOST", "db.example.com")
    assert found() == ["H-DATABASE-TLS"]
    monkeypatch.setitem(said, "OPTIONS", {"sslmode": "verify-full"})
    assert found() == []


def test_the_checks_of_django_report_them(options: dict[str, object]) -> None:
    """With `--deploy` alone: an error stops it, and each names the finding; what is accepted is not there."""
    with override_settings(DEBUG=True, SECURE_HSTS_SECONDS=0):
        messages = [each for each in checks.run_checks(include_deployment_checks=True) if "040" in str(each.id)]
        assert [(each.id, each.msg.partition(":")[0], each.obj) for each in messages] == [
            ("consentguard.E040", "H-DEBUG", "DEBUG"),
            ("consentguard.W040", "H-HSTS", "SECURE_HSTS_SECONDS"),
        ]
        assert [each for each in checks.run_checks() if "040" in str(each.id)] == []
        with pytest.raises(SystemCheckError, match="H-DEBUG"):
            call_command("check", "--deploy", "--tag", "privacy")
        policy = Path(str(options["manifest"]))
        policy.write_text(
            policy.read_text("utf-8") + '\n[accept.H-HSTS]\nreason = "the proxy does"\nuntil = 2999-01-01\n', "utf-8"
        )
        with override_settings(CONSENTGUARD=dict(options)):
            left = [each.msg for each in checks.run_checks(include_deployment_checks=True) if "040" in str(each.id)]
        assert [each.partition(":")[0] for each in left] == ["H-DEBUG"]


@pytest.mark.django_db
def test_staff_without_a_second_factor_are_counted(options: dict[str, object]) -> None:
    """Who may sign in to the admin, and is active; only where a database is named, and by no name."""
    users = get_user_model().objects
    with_one = users.create(username="dana", is_staff=True)
    users.create(username="secretname", is_staff=True)
    users.create(username="root", is_superuser=True)
    users.create(username="gone", is_staff=True, is_active=False)
    users.create(username="customer")
    guard = conf.guards().at()
    now = guard.clock.now()
    who = guard.pseudonyms.of(SubjectRef("member", str(with_one.pk)))
    guard.stores.authenticators.add(
        Authenticator(id=new_id(now), subject=who, state="active", secret=b"sealed", created_at=now)
    )
    (message,) = [
        each for each in checks.run_checks(include_deployment_checks=True, databases=["default"]) if "STAFF" in each.msg
    ]
    assert (message.id, message.msg.partition(": ")[2][:6]) == ("consentguard.W040", "2 of 3")
    assert "secretname" not in str(message)
    assert not [each for each in checks.run_checks(include_deployment_checks=True) if "STAFF" in each.msg]
    assert not [each for each in checks.run_checks(databases=["default"]) if "STAFF" in each.msg]


@pytest.mark.parametrize(
    ("rules", "enrolled", "packages"),
    [("", 2, []), ("[twofactor]\n", 4, ["consentguard"])],
    ids=["theirs alone", "with ours"],
)
def test_factors_that_other_apps_keep_are_counted_too(
    tmp_path: Path, rules: str, enrolled: int, packages: list[str]
) -> None:
    """Those of allauth and django-otp that are in force, once for whoever has several; codes to recover by are none.

    Whoever has one in any place is protected, and what can be no user's key is nobody's.
    """
    script = Path(__file__).with_name("factors_elsewhere_site.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), rules], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    kept = [*packages, "django-allauth", "django-otp"]
    protected = ["ada", "bea", "cal", "customer", "dan"]
    assert json.loads(done.stdout) == {"enrolled": enrolled, "staff": 6, "packages": kept, "protected": protected}


@pytest.mark.django_db
def test_the_setting_says_who_is_staff(options: dict[str, object]) -> None:
    """In place of what Django knows."""
    get_user_model().objects.create(username="dana", is_staff=True)
    with override_settings(CONSENTGUARD={**options, "staff": lambda: [1, 2, 3, 4]}):
        guard = conf.guards().at()
        (one,) = [each for each in deployed(guard.site, guard) if each.id == "H-STAFF-FACTOR"]
    assert one.message.startswith("4 of 4")
