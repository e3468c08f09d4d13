"""Settings of the Unified Inbox site; the environment decides what differs between machines."""

import os
from pathlib import Path

import django
from django.utils.translation import gettext_lazy as _

from consentguard.crypto.keyring import Keyring

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("UNIFIED_INBOX_DEBUG", "1") == "1"
# The prefix makes `manage.py check --deploy` object when the demo key is left in place.
SECRET_KEY = os.environ.get("UNIFIED_INBOX_SECRET_KEY", "django-insecure-demo-key-for-the-unified-inbox-example-site")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "consentguard",
    "consentguard_django",
    "cookie_consent",
    "accounts",
    "inbox",
    "billing",
    "support",
    "demo",
]

MIDDLEWARE = [
    "consentguard_django.middleware.PrivacyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "unified_inbox.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "consentguard_django.second_factor.SecondFactorMiddleware",
    "accounts.middleware.touch_login_session",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "unified_inbox.urls"
WSGI_APPLICATION = "unified_inbox.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASE_PATH = Path(os.environ.get("UNIFIED_INBOX_DB", BASE_DIR / "db.sqlite3"))
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE_PATH}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "inbox:list"
LOGOUT_REDIRECT_URL = "home"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads lie beside the database, so that one directory holds everything the site stores.
MEDIA_ROOT = DATABASE_PATH.parent / "media"

DEFAULT_FROM_EMAIL = "privacy@inbox.example.com"
# For the demo alone: mail waits in files beside the database, and the page /outbox shows it.
OUTBOX = DATABASE_PATH.parent / "outbox"
if DEBUG and django.VERSION >= (6, 1):
    MAILERS = {
        "default": {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": OUTBOX}}
    }
elif DEBUG:
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", OUTBOX

SESSION_COOKIE_NAME = "inbox_session"
CSRF_COOKIE_NAME = "inbox_csrf"
LANGUAGE_COOKIE_NAME = "inbox_language"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not DEBUG
LANGUAGE_COOKIE_SAMESITE = "Lax"
# The cookie of django-cookie-consent says what ours says, so it lasts as long.
COOKIE_CONSENT_SUCCESS_URL = "/"
COOKIE_CONSENT_MAX_AGE = 182 * 24 * 60 * 60
COOKIE_CONSENT_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG

# As the demo key above, for the demo alone: a site makes its keyring once, with `consentguard keys new`.
KEYRING = DATABASE_PATH.parent / "consentguard.keys"
if DEBUG and not KEYRING.exists():
    Keyring.generate().write(KEYRING)

# privacy.toml says what the site promises; every column that leads to a person must be classified.
CONSENTGUARD = {
    "manifest": BASE_DIR / "privacy.toml",
    "coverage": "strict",
    "keyring": KEYRING,
    # who was erased, so that a backup that is put back brings nobody back: of a real site it lies apart from its data
    "ledger": f"file:{DATABASE_PATH.with_suffix('.ledger.jsonl')}",
    # a cookie that privacy.toml does not declare, or that the visitor has not agreed to, does not leave
    "cookies": "strip",
    "base_url": os.environ.get("UNIFIED_INBOX_URL", "http://localhost:8001"),
    # who privacy.toml means by a privacy officer
    "has_role": "accounts.roles.has_role",
    # what a request has done in other places; for those that have no function here, somebody does it
    "connectors": {"mailbox": "support.mailbox.erase"},
    # Meta calls where somebody disconnects the site there, or wants their data deleted
    "platforms": {
        "meta": {
            "secret": os.environ.get("UNIFIED_INBOX_META_SECRET", "demo-app-secret"),
            "identify": "inbox.meta.rows_of",
            "event": "channel.disconnected",
        },
    },
}
