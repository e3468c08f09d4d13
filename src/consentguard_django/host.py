"""A Django site as the core sees it: settings, tables, tags, and what `init` can tell from them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

import django
from django.apps import apps
from django.conf import global_settings, settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils.module_loading import autodiscover_modules

from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.sources import belongs_to_site
from consentguard.datamap.tags import Tag
from consentguard.deployment import Deployment
from consentguard.errors import SettingsError
from consentguard.findings import Finding
from consentguard.host import Survey, installed_packages
from consentguard.manifest.schema import Manifest
from consentguard.ports import Files, Mail
from consentguard_django import companions, introspect
from consentguard_django.addresses import path_to
from consentguard_django.mail import DjangoMail

if TYPE_CHECKING:
    from consentguard_django.stores import DjangoStores

SETTINGS = "DJANGO_SETTINGS_MODULE"
FALLBACK = re.compile(rf"""{SETTINGS}["'],\s*["']([\w.]+)["']""")
REGISTRATIONS = "privacy"
LOCAL = ("*", "localhost", "127.0.0.1", "[::1]")


class DjangoHost:
    """The site of the settings in force. Tags stand on the models, or in a `privacy.py` of any installed app."""

    @classmethod
    def find(cls) -> DjangoHost | None:
        """The site that DJANGO_SETTINGS_MODULE or the manage.py here names, set up and ready; None where none does.

        Raises SettingsError when there is one that cannot be set up.
        """
        module = os.environ.get(SETTINGS) or _settings_of(Path("manage.py"))
        if not module:
            return None
        os.environ[SETTINGS] = module
        sys.path.insert(0, str(Path.cwd()))
        try:
            django.setup()
        except (ImportError, ImproperlyConfigured) as error:
            raise SettingsError(f"the Django site of {module} cannot be set up: {error}") from error
        return cls()

    def options(self) -> Mapping[str, object]:
        """The setting CONSENTGUARD. Raises SettingsError when it is no dict."""
        options = getattr(settings, "CONSENTGUARD", {})
        if not isinstance(options, Mapping):
            raise SettingsError(
                f"CONSENTGUARD is a {type(options).__name__}", hint='it is a dict, such as {"coverage": "strict"}'
            )
        return options

    def root(self) -> Path:
        """The setting BASE_DIR, as `startproject` writes it, else the working directory."""
        return Path(getattr(settings, "BASE_DIR", None) or Path.cwd())

    def tables(self) -> tuple[Table, ...]:
        """Every table of the installed apps."""
        return introspect.tables()

    def tags(self) -> Mapping[str, Tag]:
        """The host's tags, and ready-made ones for companions that it has not tagged itself. Raises SettingsError."""
        _load_registrations()
        own = introspect.tags()
        return companions.tags(own) | own

    def stores(self, database: str) -> DjangoStores:
        """The stores of a database alias. Raises SettingsError where the settings have no such alias."""
        if database not in connections:
            hint = f"the aliases are {', '.join(connections)}"
            raise SettingsError(f"DATABASES has no {database!r}", hint=hint)
        return _stores(database)

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        """Every encrypted column of the installed apps, or those of an alias."""
        from consentguard_django.sealed import sealed_columns  # brings the cipher, which few commands need

        return sealed_columns(database)

    def setting(self, name: str) -> object:
        """One of the site's settings; None where there is none of that name."""
        return getattr(settings, name, None)

    def database_names(self) -> tuple[str, ...]:
        """The aliases of the setting DATABASES, but for one that says nothing."""
        return tuple(alias for alias in connections if connections[alias].vendor != "unknown")

    def deployment(self) -> Deployment:
        """What the settings say of it."""
        from consentguard_django.deployment import deployment  # which one command needs

        return deployment()

    def staff(self, database: str, named: Callable[[], Iterable[object]] | None) -> tuple[str, Sequence[object]] | None:
        """Whom `named` names, else whoever may sign in to the admin. Raises SettingsError or StoreError."""
        from consentguard_django.deployment import staff  # as above

        return staff(self.stores(database).name, named)

    def users(self) -> str:
        """That of the model that AUTH_USER_MODEL names."""
        return get_user_model()._meta.db_table if apps.is_installed("django.contrib.auth") else ""

    def factors_elsewhere(self, database: str, users: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Those of allauth and of django-otp, where they are installed."""
        from consentguard_django.factors_elsewhere import factors  # their models

        return factors(self.stores(database).name, users)

    def unmasked(self) -> Mapping[str, Sequence[str]]:
        """The ModelAdmins of every admin site, where there is one."""
        if not apps.is_installed("django.contrib.admin"):
            return {}
        from consentguard_django.masking.checks import unmasked  # brings the admin's views

        return {f"{kind.__module__}.{kind.__qualname__}": tuple(shown) for kind, shown in unmasked()}

    def draft_findings(self, manifest: Manifest) -> Sequence[Finding]:
        """Where the groups of django-cookie-consent differ from the policy, if its app is installed."""
        if not apps.is_installed("cookie_consent"):
            return ()
        from consentguard_django.cookie_consent.groups import findings  # that app's models

        return findings(manifest)

    def mirroring_cookie(self) -> str:
        """That of django-cookie-consent, if its app is installed."""
        if not apps.is_installed("cookie_consent"):
            return ""
        from consentguard_django.cookie_consent.options import cookie_name  # that package's settings

        return cookie_name()

    def survey(self) -> Survey:
        """What the settings show of cookies, languages and installed apps."""
        return Survey(
            root=self.root(),
            registrations=_own_app(self.root()) / f"{REGISTRATIONS}.py",
            load_registrations="privacy.py is loaded by itself, as admin.py is; go through its guesses.",
            languages=tuple(_languages()),
            hosts=tuple(host for host in settings.ALLOWED_HOSTS if host not in LOCAL),
            cookies=dict(_cookies()),
            packages=tuple(sorted({*installed_packages(), *(config.name for config in apps.get_app_configs())})),
        )

    def execute(self, database: str, statements: Callable[[str], Sequence[str]]) -> None:
        """Run SQL on a database, one statement after the other. Raises SettingsError or StoreError."""
        from consentguard_django.stores.transactions import told  # as in `_stores`

        alias = self.stores(database).name
        if connections[alias].vendor == "unknown":  # the backend that Django puts where there is none
            raise SettingsError(f"DATABASES says nothing of {database!r}", hint="give it an ENGINE and a NAME")
        with told(alias), connections[alias].cursor() as cursor:
            for statement in statements(connections[alias].vendor):
                cursor.execute(statement)

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        """The rows of one statement on a database. Raises SettingsError or StoreError."""
        from consentguard_django.stores.transactions import told  # as in `_stores`

        alias = self.stores(database).name
        with told(alias), connections[alias].cursor() as cursor:
            cursor.execute(question(connections[alias].vendor))
            return cursor.fetchall() if cursor.description else ()

    def mail(self) -> Mail:
        """Django's own way of sending mail."""
        return DjangoMail()

    def files(self) -> Files:
        """Those of the file fields, each in the storage of its field."""
        from consentguard_django.files import DjangoFiles  # models, and so not before the apps are ready

        return DjangoFiles()

    def caches(self) -> Mapping[str, Callable[[], Iterable[bytes]] | None]:
        """Those of the setting CACHES: in this process, in files and in tables they can be read."""
        from consentguard_django.caches import caches  # which few commands need

        return caches()

    def forget_sessions(self, keys: Sequence[str]) -> int:
        """End those that `django.contrib.sessions` keeps in the database, cached or not; how many ended."""
        from consentguard_django.sessions import forget_sessions  # as above

        return forget_sessions(keys)

    def path_to(self, name: str, **params: str) -> str:
        """The path of a page of ours, wherever the site's urls include them. Raises SettingsError where none does."""
        return path_to(name, **params)


@cache
def _stores(alias: str) -> DjangoStores:
    """One for each alias: what it does is the database's, and of no request."""
    from consentguard_django.stores import DjangoStores  # models, and so not before the apps are ready

    return DjangoStores(alias)


def _load_registrations() -> None:
    """Import the privacy.py of each app. Raises SettingsError, with its line, for one that cannot be imported."""
    try:
        autodiscover_modules(REGISTRATIONS)
    except Exception as error:
        raise SettingsError(f"{_place(error)}: {type(error).__name__}: {error}", hint="mend the line") from error


def _place(error: Exception) -> str:
    """File and line of the mistake, or of what in a privacy.py led to it."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    steps = list(walk_tb(error.__traceback__))
    ours = [step for step in steps if step[0].f_globals["__name__"].endswith(f".{REGISTRATIONS}")]
    frame, line = (ours or steps)[-1]
    return f"{frame.f_code.co_filename}, line {line}"


def _own_app(root: Path) -> Path:
    """The folder of the first installed app that is the site's own; `root` where it has none."""
    return next((Path(config.path) for config in apps.get_app_configs() if belongs_to_site(config.path)), root)


def _settings_of(manage: Path) -> str:
    """The settings module that a manage.py falls back to."""
    try:
        named = FALLBACK.search(manage.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""
    return named[1] if named else ""


def _languages() -> Iterator[str]:
    """The default language, then the others where LANGUAGES is the site's own choice and not Django's whole list."""
    default = settings.LANGUAGE_CODE.partition("-")[0]
    yield default
    if settings.USE_I18N and list(settings.LANGUAGES) != list(global_settings.LANGUAGES):
        yield from (code for code, _ in settings.LANGUAGES if code != default)


def _cookies() -> Iterator[tuple[str, str]]:
    """The cookies that the middleware sets, each with the middleware's name."""
    cookies = {
        "SessionMiddleware": settings.SESSION_COOKIE_NAME,
        "CsrfViewMiddleware": "" if settings.CSRF_USE_SESSIONS else settings.CSRF_COOKIE_NAME,
        "LocaleMiddleware": settings.LANGUAGE_COOKIE_NAME,
        "MessageMiddleware": "messages",
    }
    for path in settings.MIDDLEWARE:
        cookie = cookies.get(path.rpartition(".")[2])
        if cookie:
            yield cookie, path
