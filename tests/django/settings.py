"""A small Django site with every kind of model, for tests of the Django package."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "tests only"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "consentguard",
    "consentguard_django",
    "tests.django.app",
    "tests.django.people",
    "tests.django.sealed",
    "tests.django.searched",
    "tests.django.masked",
    # what the site has besides: one environment of the matrix tests everything beside such a package
    *os.environ.get("CONSENTGUARD_TEST_APPS", "").split(),
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
AUTH_USER_MODEL = "clinic.Member"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a slow one would take most of many tests' time
ROOT_URLCONF = "tests.django.urls"
STATIC_URL = "static/"
COOKIE_CONSENT_SUCCESS_URL = "/"  # of a companion whose views are not wired
ALLOWED_HOSTS = ["clinic.example.com", "localhost"]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
USE_TZ = True
CONSENTGUARD = {"manifest": "privacy.toml"}
