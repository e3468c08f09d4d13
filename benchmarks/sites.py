"""Two small sites, alike but for their framework: one page that needs nothing, and every section of a policy."""

from __future__ import annotations

import secrets
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consentguard.crypto.keyring import Keyring

if TYPE_CHECKING:
    from flask import Flask

OURS = "consentguard_django.middleware.PrivacyMiddleware"
URL = "https://clinic.example.com"
POLICY = f"""
manifest = 1
controller = {{ name = "Clinic", legal_entity = "Clinic Ltd", country = "ES", contact = "privacy@clinic.example.com" }}
site = {{ languages = ["en"], base_url = "{URL}" }}
[subjects.user]
[purposes.care]
[purposes.analytics]
basis = "consent"
[categories.account]
purposes = ["care"]
[cookies.analytics]
purpose = "analytics"
names = ["_ga"]
lifetime = "P1Y"
[rights.access]
channels = ["page"]
"""
GATED = POLICY + '[twofactor]\nrequired_for = ["everyone"]\n'
"""The same where nobody sees a page before they gave a second factor."""
PAGE = "A page that needs nothing."


def signed_in(_: object) -> str:
    """The setting `subject` of a site where one and the same user is always signed in."""
    return "1"


def everybody(_: object, __: str) -> bool:
    """The setting `has_role` of a site where everybody has every role."""
    return True


def _prepare(folder: Path, policy: str) -> dict[str, Any]:
    """Write the policy and the keys; the options that name them."""
    path, keys = folder / "privacy.toml", folder / "consentguard.keys"
    path.write_text(policy, "utf-8")
    Keyring.generate().write(keys)
    options = {"manifest": str(path), "keyring": str(keys)}
    return options | {"subject": signed_in, "has_role": everybody} if policy == GATED else options


def django(folder: Path, database: dict[str, Any], apps: Sequence[str] = (), policy: str = POLICY) -> None:
    """Set the site up, with other apps, and without any middleware."""
    import django
    from django.conf import settings
    from django.http import HttpRequest, HttpResponse
    from django.urls import include, path

    urls: Any = types.ModuleType("clinic_urls")
    sys.modules["clinic_urls"] = urls
    settings.configure(
        SECRET_KEY=secrets.token_hex(),
        ALLOWED_HOSTS=["clinic.example.com"],
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "consentguard",
            "consentguard_django",
            *apps,
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        DATABASES={"default": database},
        ROOT_URLCONF="clinic_urls",
        CONSENTGUARD=_prepare(folder, policy),
        DEFAULT_FROM_EMAIL="privacy@clinic.example.com",
        **_mail(django.VERSION),
    )
    django.setup()

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(PAGE)

    async def page_async(request: HttpRequest) -> HttpResponse:
        return HttpResponse(PAGE)

    urls.urlpatterns = [
        path("page", page),
        path("page-async", page_async),
        path("privacy/", include("consentguard_django.urls")),
    ]


def _mail(version: tuple[Any, ...]) -> dict[str, Any]:
    """Mails that stay in the process, as each version of Django is told to."""
    backend = "django.core.mail.backends.locmem.EmailBackend"
    return {"MAILERS": {"default": {"BACKEND": backend}}} if version >= (6, 1) else {"EMAIL_BACKEND": backend}


def flask(folder: Path, database: str, *, without: bool = False, policy: str = POLICY) -> Flask:
    """The app, with consentguard or `without` it."""
    from flask import Flask
    from flask_mailman import Mail
    from flask_sqlalchemy import SQLAlchemy
    from sqlalchemy import String
    from sqlalchemy.orm import DeclarativeBase, mapped_column

    from consentguard import personal_data
    from consentguard_flask import ConsentGuard

    class Base(DeclarativeBase):
        """What the app's models hang on."""

    @personal_data("account", subjects={"user": "self"})
    class User(Base):
        """Somebody with an account."""

        __tablename__ = "user"
        email = mapped_column(String(200), primary_key=True)

    app = Flask("clinic", root_path=str(folder))
    app.config.update(
        SECRET_KEY=secrets.token_hex(),
        SQLALCHEMY_DATABASE_URI=database,
        MAIL_BACKEND="locmem",
        MAIL_DEFAULT_SENDER="privacy@clinic.example.com",
    )
    db = SQLAlchemy(app, model_class=Base)
    Mail(app)
    if not without:
        app.config.update({f"CONSENTGUARD_{key.upper()}": value for key, value in _prepare(folder, policy).items()})
        ConsentGuard(app, db)
    app.add_url_rule("/page", "page", lambda: PAGE)
    return app
