"""Django's settings while mypy reads the packages: what their code stands on; no site, and so no policy to check."""

from django.apps import AppConfig


class Tables(AppConfig):
    """Our models alone: the package's own configuration would look for a policy."""

    name = "consentguard_django"


SECRET_KEY = "mypy reads models, it signs nothing"  # noqa: S105
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "typing_tests.django_settings.Tables",
]
