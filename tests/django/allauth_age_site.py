"""A Django site whose accounts are allauth's and whose sign-up asks for an age; prints what came of it. A script."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import include, path

from consentguard.testing.keys import keyring

APPS = (
    "django.contrib.auth django.contrib.contenttypes django.contrib.messages django.contrib.sessions allauth "
    "allauth.account consentguard consentguard_django"
)
MIDDLEWARE = (
    "consentguard_django.middleware.PrivacyMiddleware django.contrib.sessions.middleware.SessionMiddleware "
    "django.contrib.auth.middleware.AuthenticationMiddleware django.contrib.messages.middleware.MessageMiddleware "
    "allauth.account.middleware.AccountMiddleware"
)
POLICY = """
manifest = 1
[controller]
name = "Club"
legal_entity = "Club Ltd"
contact = "privacy@club.example.com"
[site]
base_url = "http://testserver"
[subjects.user]
title = "Members"
[purposes.club]
basis = "contract"
[categories.account]
sources = { you = ["email"] }
[age]
threshold = 18
mode = "screen"
retry_after = "P0D"
"""
PASSWORD = "long-enough-for-allauth-9"


def set_up(folder: Path) -> None:
    """Configure and start the site, with its tables."""
    (folder / "privacy.toml").write_text(POLICY, "utf-8")
    keyring().write(folder / "keyring.json")
    forms, urls = ModuleType("club_forms"), ModuleType("club_urls")
    sys.modules |= {"club_forms": forms, "club_urls": urls}
    settings.configure(
        SECRET_KEY="tests only",
        INSTALLED_APPS=APPS.split(),
        MIDDLEWARE=MIDDLEWARE.split(),
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        ROOT_URLCONF="club_urls",
        ALLOWED_HOSTS=["testserver"],
        STATIC_URL="static/",
        LOGIN_REDIRECT_URL="/",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        ACCOUNT_FORMS={"signup": "club_forms.SignupForm"},
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_EMAIL_VERIFICATION="none",
        CONSENTGUARD={"manifest": folder / "privacy.toml", "keyring": folder / "keyring.json"},
    )
    django.setup()
    from allauth.account.forms import SignupForm

    from consentguard import register
    from consentguard_django.allauth import AgeSignupMixin

    register("auth.User", "account", subjects={"user": "self"})
    forms.SignupForm = type("SignupForm", (AgeSignupMixin, SignupForm), {})  # type: ignore[attr-defined]
    urls.urlpatterns = [  # type: ignore[attr-defined]
        path("accounts/", include("allauth.urls")),
        path("privacy/", include("consentguard_django.urls")),
    ]
    call_command("migrate", verbosity=0)


def main(folder: str) -> None:
    """Let an adult and a child sign up."""
    set_up(Path(folder))
    from django.contrib.auth import get_user_model

    from consentguard.records import SubjectRef
    from consentguard_django import conf

    told, adults, childs = {}, Client(), Client()
    for name, year, browser in (("adult", "1980", adults), ("child", "2019", childs), ("replayed", "1980", childs)):
        form = {"email": f"{name}@example.com", "password1": PASSWORD, "birth_month": "3", "birth_year": year}
        shown = "birth_year" in browser.get("/accounts/signup/").content.decode()
        sent = browser.post("/accounts/signup/", form)
        made = get_user_model().objects.filter(email=form["email"]).first()
        guard = conf.guards().at()
        claim = made and guard.stores.age_claims.latest(guard.pseudonyms.of(SubjectRef("user", str(made.pk))))
        told[name] = [shown, sent.status_code, made is not None, claim.outcome if claim else None]
        told[f"{name} cookie"] = "cg_age" in browser.cookies
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
