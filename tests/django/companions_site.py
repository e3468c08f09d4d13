"""A Django site with every companion that has a ready-made tag; prints its data map as JSON. Run as a script."""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.conf import settings

COMPANIONS = (
    "django.contrib.sites django.contrib.flatpages django.contrib.redirects allauth allauth.account "
    "allauth.socialaccount allauth.mfa allauth.usersessions simple_history auditlog axes django_otp "
    "django_otp.plugins.otp_totp django_otp.plugins.otp_hotp django_otp.plugins.otp_static "
    "django_otp.plugins.otp_email cookie_consent"
)
DJANGO = "admin auth contenttypes messages sessions"
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware django.contrib.auth.middleware.AuthenticationMiddleware "
    "django.contrib.messages.middleware.MessageMiddleware allauth.account.middleware.AccountMiddleware"
)


def set_up() -> None:
    """Configure and start the site."""
    settings.configure(
        SECRET_KEY="tests only",
        INSTALLED_APPS=[f"django.contrib.{name}" for name in DJANGO.split()] + COMPANIONS.split(),
        MIDDLEWARE=MIDDLEWARE.split(),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SITE_ID=1,
    )
    django.setup()


def with_history() -> type[Any]:
    """A model of the site's own whose changes are kept."""
    from django.contrib.sites.models import Site
    from django.db import models
    from simple_history.models import HistoricalRecords

    class Note(models.Model):
        author = models.ForeignKey("auth.User", models.CASCADE)
        text = models.TextField()
        colour = models.CharField(max_length=9)
        history = HistoricalRecords(app="sites")

        class Meta:
            app_label = "sites"

    assert Site is not None
    return Note


def main(categories: list[str]) -> None:
    """Print what each column of the site is, under a policy with these categories."""
    set_up()
    note = with_history()
    import msgspec

    from consentguard import register
    from consentguard.datamap.coverage import gaps
    from consentguard.datamap.map import DataMap
    from consentguard.manifest.schema import Manifest
    from consentguard_django.host import DjangoHost

    sections = {"subjects": {"user": {}}, "categories": {name: {} for name in categories}}
    register(note, "notes", subjects={"user": "author"}, not_personal={"colour": "of the paper"})
    host = DjangoHost()
    data_map = DataMap.build(host.tables(), host.tags(), msgspec.convert({"manifest": 1, **sections}, Manifest))
    print(
        json.dumps(
            {
                "entries": {entry.id: entry.category or entry.reason for entry in data_map.entries},
                "gaps": {gap.where: gap.hint for gap in gaps(data_map)},
                "anchors": {label: dict(tag.anchors) for label, tag in data_map.tags.items()},
                "subjects": {label: sorted(tag.subjects) for label, tag in data_map.tags.items()},
                "paths": {label: str(tag.subjects.get("user", "")) for label, tag in data_map.tags.items()},
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
