"""A Django site whose accounts are allauth's and whose sign-up asks for an age; prints what came of it. A script."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import include, path

from consentguard.testing.keys import keyring

APPS = (
    "django.contrib.auth django.contrib.contenttypes django.contrib.messages django.contrib.sessions allauth "
    "allauth.account allauth.socialaccount allauth.socialaccount.providers.dummy consentguard consentguard_django"
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
[age.guardian]
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
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        ROOT_URLCONF="club_urls",
        ALLOWED_HOSTS=["testserver"],
        STATIC_URL="static/",
        LOGIN_REDIRECT_URL="/",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        ACCOUNT_FORMS={"signup": "club_forms.SignupForm"},
        SOCIALACCOUNT_FORMS={"signup": "club_forms.SocialSignupForm"},
        SOCIALACCOUNT_AUTO_SIGNUP=False,
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_EMAIL_VERIFICATION="none",
        CONSENTGUARD={"manifest": folder / "privacy.toml", "keyring": folder / "keyring.json"},
    )
    django.setup()
    from allauth.account.forms import SignupForm
    from allauth.socialaccount.forms import SignupForm as SocialSignupForm

    from consentguard import register
    from consentguard_django.allauth import AgeSignupMixin

    register("auth.User", "account", subjects={"user": "self"})
    forms.SignupForm = type("SignupForm", (AgeSignupMixin, SignupForm), {})  # type: ignore[attr-defined]
    forms.SocialSignupForm = type("SocialSignupForm", (AgeSignupMixin, SocialSignupForm), {})  # type: ignore[attr-defined]
    urls.urlpatterns = [  # type: ignore[attr-defined]
        path("accounts/", include("allauth.urls")),
        path("privacy/", include("consentguard_django.urls")),
    ]
    call_command("migrate", verbosity=0)


def came_from_elsewhere(browser: Client, key: int) -> None:
    """Sign in with an account of another site, which is asked to confirm who that is."""
    place = browser.post("/accounts/dummy/login/").headers["Location"]
    browser.post(place, {"id": key, "email": f"{key}@example.org"})


def agreed(address: str) -> None:
    """Let a guardian agree for whoever signs up with an address."""
    from consentguard.records import USE
    from consentguard_django import conf

    room = conf.guards().at().guardians
    asked = room.ask(address, "maria@example.com", language="en")
    with room.stores.transactions.atomic():
        _, code = room.mails.letter(asked)
    room.grant(code, [USE])


def main(folder: str) -> None:
    """Let an adult and a child sign up, by a password and by an account elsewhere; the child once more by an address
    for which a guardian agrees.
    """
    set_up(Path(folder))
    from django.contrib.auth import get_user_model
    from django.core import checks

    from consentguard.records import SubjectRef
    from consentguard_django import conf

    told, adults, childs, kids = {}, Client(), Client(), Client()
    for address in ("guarded@example.com", "social-guarded@example.com"):
        agreed(address)
    walks = (
        ("adult", "1980", adults, "signup"),
        ("child", "2019", childs, "signup"),
        ("replayed", "1980", childs, "signup"),
        ("guarded", "1980", childs, "signup"),
        ("social adult", "1980", Client(), "3rdparty/signup"),
        ("social child", "2019", kids, "3rdparty/signup"),
        ("social replayed", "1980", kids, "3rdparty/signup"),
        ("social guarded", "1980", kids, "3rdparty/signup"),
    )
    for number, (name, year, browser, page) in enumerate(walks):
        email = f"{name.replace(' ', '-')}@example.com"
        form = {"email": email, "password1": PASSWORD, "birth_month": "3", "birth_year": year}
        if page != "signup":
            came_from_elsewhere(browser, number)
        shown = "birth_year" in browser.get(f"/accounts/{page}/").content.decode()
        sent = browser.post(f"/accounts/{page}/", form)
        made = get_user_model().objects.filter(email=form["email"]).first()
        guard = conf.guards().at()
        claim = made and guard.stores.age_claims.latest(guard.pseudonyms.of(SubjectRef("user", str(made.pk))))
        told[name] = [shown, sent.status_code, made is not None, claim.outcome if claim else None]
        told[f"{name} cookie"] = "cg_age" in browser.cookies
    ways: dict[str, dict[str, object]] = {
        "asks": {"ACCOUNT_FORMS": {"signup": sys.modules["club_forms"].SignupForm}},
        "without a form": {"SOCIALACCOUNT_AUTO_SIGNUP": True},
        "form that does not ask": {"SOCIALACCOUNT_FORMS": {}},
        "by programs": {"INSTALLED_APPS": [*APPS.split(), "allauth.headless"]},
        "asks nobody": {"ACCOUNT_FORMS": {}, "SOCIALACCOUNT_FORMS": {}, "SOCIALACCOUNT_AUTO_SIGNUP": True},
    }
    for name, changed in ways.items():
        with override_settings(**changed):
            found = [each.id for each in checks.run_checks(tags=["privacy"])]
            told[f"W042 {name}"] = found.count("consentguard.W042")
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
