"""The small Django site of the browser's tests of consent, behind Django's cache for the whole site."""

from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from tests.browser.consent_sites import GATED, HOST, MAILS, options, page, policy, values

PORT = 0


def app(folder: Path, port: int) -> Any:
    """The site with its tables, as a WSGI application that serves its static files too."""
    global PORT
    PORT = port
    settings.configure(
        DEBUG=True,
        SECRET_KEY="shop",
        ALLOWED_HOSTS=[HOST],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "consentguard",
            "consentguard_django",
        ],
        MIDDLEWARE=[
            "consentguard_django.middleware.PrivacyMiddleware",
            "django.middleware.cache.UpdateCacheMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.locale.LocaleMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.middleware.cache.FetchFromCacheMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "site.sqlite3"}},
        LANGUAGE_CODE="en",
        LANGUAGES=[("en", "English"), ("ar", "Arabic")],
        STATIC_URL="static/",
        EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
        EMAIL_FILE_PATH=folder / MAILS,
        CONSENTGUARD=options(folder, port),
    )
    django.setup()
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    return StaticFilesHandler(get_wsgi_application())


def shown(request: HttpRequest, content: str, **more: Any) -> HttpResponse:
    """The site's layout around the content, under its strict policy."""
    from django.template import engines
    from django.utils.translation import get_language

    told = values(PORT, get_language() or "en")
    response = HttpResponse(engines["django"].from_string(page("django", content)).render({**told, **more}, request))
    response["Content-Security-Policy"] = policy(told["nonce"], PORT)
    patch_vary_headers(response, ["Accept-Language"])
    return response


def home(request: HttpRequest) -> HttpResponse:
    return shown(request, GATED)


def other(request: HttpRequest) -> HttpResponse:
    return shown(request, "<p>Another page.</p>")


def reads(request: HttpRequest) -> HttpResponse:
    allowed = request.privacy.allows("analytics")  # type: ignore[attr-defined]
    return shown(request, "<p id=told>{{{{ told }}}}</p>", told="allowed" if allowed else "refused")


def __getattr__(name: str) -> Any:
    """The URLs, once the site is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import include, path

    return [
        path("", home),
        path("other", other),
        path("reads", reads),
        path("privacy/", include("consentguard_django.urls")),
    ]
