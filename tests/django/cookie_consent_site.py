"""The clinic with django-cookie-consent installed: its tables, its groups, and a policy of ours that may be edited."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from django.conf import settings as current
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import override_settings
from django.urls import include, path

from consentguard.testing.keys import keyring
from tests.django import settings
from tests.web_doors import SECTIONS

APP = "cookie_consent"
OURS = "consentguard_django.middleware.PrivacyMiddleware"
IMPORTING = "consentguard_django.cookie_consent.middleware.ImportMiddleware"
PAGE = """{% load cookie_consent_tags %}{% if request|cookie_group_accepted:"analytics" %}TRACKER{% endif %}"""
POLICY = SECTIONS.replace("[cookies.analytics]", '# Counts visits\n[cookies.analytics]\ntitle = "Counter"')


def page(request: HttpRequest) -> HttpResponse:
    """A page of a site that asks django-cookie-consent."""
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


async def page_async(request: HttpRequest) -> HttpResponse:
    """A page that asks nobody."""
    return HttpResponse("plain")


urlpatterns = [
    path("page", page),
    path("page-async", page_async),
    path("privacy/", include("consentguard_django.urls")),
]


@contextmanager
def installed(blocker: Any) -> Iterator[None]:
    """The app and its tables, where the settings do not have them already."""
    with ExitStack() as undone:
        undone.enter_context(blocker.unblock())
        if APP not in current.INSTALLED_APPS:
            undone.enter_context(override_settings(INSTALLED_APPS=[*current.INSTALLED_APPS, APP]))
            call_command("migrate", APP, verbosity=0)
            undone.callback(call_command, "migrate", APP, "zero", verbosity=0)
        yield


@contextmanager
def site(folder: Path, *middleware: str, policy: str = POLICY, **more: Any) -> Iterator[Path]:
    """The clinic under a policy in `folder`; the path of the policy."""
    file = folder / "privacy.toml"
    file.write_text((settings.BASE_DIR / "privacy.toml").read_text("utf-8") + policy, "utf-8")
    keyring().write(folder / "keyring.json")
    options = {"manifest": file, "keyring": folder / "keyring.json"}
    chain = [OURS, *middleware, *settings.MIDDLEWARE]
    with override_settings(CONSENTGUARD=options, MIDDLEWARE=chain, ROOT_URLCONF=__name__, **more):
        yield file


def run(*arguments: str) -> Result:
    """`manage.py consentguard …` on the site of the settings in force."""
    from consentguard_django.commands import group
    from consentguard_django.host import DjangoHost

    return CliRunner().invoke(group, arguments, obj=DjangoHost(), catch_exceptions=False)


def group(varname: str, *cookies: str, **facts: Any) -> Any:
    """A group of the admin with these cookies."""
    from cookie_consent.models import Cookie, CookieGroup

    made = CookieGroup.objects.create(varname=varname, **facts)
    for name in cookies:
        Cookie.objects.create(cookiegroup=made, name=name)
    return made
