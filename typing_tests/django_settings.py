"""Django's settings while mypy reads the packages: our apps and what they stand on."""

SECRET_KEY = "mypy reads models, it signs nothing"  # noqa: S105
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "consentguard",
    "consentguard_django",
]
