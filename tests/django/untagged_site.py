"""A Django site with a policy and not one tag: migrates, checks, serves its policy and runs a test. Run as a script."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client, TestCase
from django.test.utils import get_runner

APPS = ("auth", "contenttypes", "sessions")
urlpatterns: list[object] = []


class SmokeTest(TestCase):
    """What a host's own test looks like."""

    def test_users_can_be_made(self) -> None:
        """The test database has every table."""
        from django.contrib.auth.models import User

        assert User.objects.create_user("someone").pk


def main() -> None:
    """Do what a developer does on the first day, and print each thing done."""
    settings.configure(
        SECRET_KEY="tests only",
        BASE_DIR=Path(__file__).parent,
        ALLOWED_HOSTS=["testserver"],
        INSTALLED_APPS=[f"django.contrib.{name}" for name in APPS] + ["consentguard", "consentguard_django"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        ROOT_URLCONF=__name__,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    )
    django.setup()
    from django.urls import include, path, reverse

    urlpatterns.append(path("privacy/", include("consentguard_django.urls")))
    call_command("migrate", verbosity=0)
    print("migrated")
    call_command("check", fail_level="ERROR", stderr=StringIO())
    print("checked")
    print("served", Client().get(reverse("consentguard:policy")).status_code)
    runner = get_runner(settings)(verbosity=0)
    suite = runner.test_loader.loadTestsFromTestCase(SmokeTest)
    databases = runner.setup_databases()
    failed = runner.run_suite(suite).failures
    runner.teardown_databases(databases)
    print("failed" if failed else "tested")


if __name__ == "__main__":
    main()
