"""A Flask site as the core sees it: configuration, tables, tags, and what `init` can tell from them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, has_request_context, url_for
from flask.cli import NoAppException, ScriptInfo

from consentguard.datamap.own import own_tags
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.deployment import Deployment
from consentguard.errors import SettingsError
from consentguard.findings import Finding
from consentguard.host import Survey, installed_packages
from consentguard.manifest.schema import Manifest
from consentguard.ports import Files, Mail, Stores
from consentguard_flask import companions
from consentguard_flask.databases import Databases
from consentguard_flask.mail import FlaskMail
from consentguard_flask.sessions import forget_sessions
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.sealed import sealed_columns
from consentguard_flask.sqlalchemy.tables import attach
from consentguard_flask.storage import NoFiles

PREFIX = "CONSENTGUARD_"
LIKELY_APPS = ("app.py", "wsgi.py")


class FlaskHost:
    """The site of `app`, whose models hang on `db`; consentguard's own tables are among them.

    `db` is a Flask-SQLAlchemy object, a declarative base, a registry or a MetaData; where it is None, the
    Flask-SQLAlchemy object of the app, if it has one.
    """

    def __init__(self, app: Flask, db: object = None) -> None:
        self.app = app
        self._db = db
        self._databases: Databases | None = None

    @classmethod
    def find(cls) -> FlaskHost | None:
        """The site that FLASK_APP names, or an app.py or wsgi.py here; None where there is neither.

        Raises SettingsError when there is one that cannot be loaded.
        """
        named = os.environ.get("FLASK_APP")
        if not named and not any(Path(file).is_file() for file in LIKELY_APPS):
            return None
        sys.path.insert(0, str(Path.cwd()))
        try:
            app = ScriptInfo(app_import_path=named).load_app()
        except NoAppException as error:
            raise SettingsError(f"the Flask site cannot be loaded: {error}", hint="set FLASK_APP") from error
        registered = app.cli.commands.get("consentguard")
        host = registered.context_settings.get("obj") if registered else None
        return host if isinstance(host, cls) else cls(app)

    def options(self) -> Mapping[str, object]:
        """The configuration keys that begin with CONSENTGUARD_, without that beginning."""
        return {key.removeprefix(PREFIX): value for key, value in self.app.config.items() if key.startswith(PREFIX)}

    def root(self) -> Path:
        """The folder of the app's module or package."""
        return Path(self.app.root_path)

    def tables(self) -> tuple[Table, ...]:
        """Every table that hangs on the site's database object; none while it has no such object."""
        models = self._models()
        return models.tables() if models else ()

    def tags(self) -> Mapping[str, Tag]:
        """The host's tags, and ready-made ones for companions that it has not tagged itself."""
        models = self._models()
        if models is None:
            return {}
        own = models.tags()
        return own_tags(models.tables()) | companions.tags(models, own) | own

    def stores(self, database: str) -> Stores:
        """The stores of the app's database (`default`), or of one of its binds by its key.

        Raises SettingsError where there is none of that name.
        """
        return self.databases().stores(database)

    def setting(self, name: str) -> object:
        """A value of the app's configuration; None where there is none of that name."""
        value: object = self.app.config.get(name)
        return value

    def database_names(self) -> tuple[str, ...]:
        """`default` and the keys of the app's binds."""
        return tuple(self.databases().all())

    def databases(self) -> Databases:
        """The databases of the app, whose sessions are watched from now on."""
        if self._databases is None:
            self._databases = Databases(self.app, self._object(), lambda: self._models() or Models((), ()))
        return self._databases

    def execute(self, database: str, statements: Callable[[str], Sequence[str]]) -> None:
        """Run SQL on a database, one statement after the other. Raises SettingsError or StoreError."""
        self.databases().execute(database, statements)

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        """The rows of one statement on a database. Raises SettingsError or StoreError."""
        return self.databases().ask(database, question)

    def mail(self) -> Mail:
        """Flask-Mailman, or SMTP as the MAIL_* keys say."""
        return FlaskMail(self.app)

    def files(self) -> Files:
        """None: Flask has no storage of files."""
        return NoFiles()

    def caches(self) -> Mapping[str, Callable[[], Iterable[bytes]] | None]:
        """Those of Flask-Caching, of which none can be read as a whole."""
        kept: Mapping[object, object] = self.app.extensions.get("cache") or {}
        return {f"the cache {type(cache).__name__}": None for cache in kept.values()}

    def forget_sessions(self, keys: Sequence[str]) -> int:
        """End those that Flask-Session keeps in a table; how many ended."""
        return forget_sessions(self.app, self.databases(), keys)

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        """Every encrypted column of the tables that hang on the site's database object, or those of a bind."""
        models = self._models()
        found = sealed_columns(models) if models else ()
        return tuple(column for column in found if database in ("", column.database))

    def deployment(self) -> Deployment:
        """What the configuration says of it."""
        from consentguard_flask.deployment import deployment  # which one command needs

        return deployment(self.app, self.databases().all() if self._object() else {})

    def staff(self, database: str, named: Callable[[], Iterable[object]] | None) -> tuple[str, Sequence[object]] | None:
        """Whom `named` names; Flask itself knows no staff. Raises SettingsError."""
        with self.app.app_context():
            return ("", tuple(named())) if named else None

    def users(self) -> str:
        """None: Flask itself knows no users."""
        return ""

    def factors_elsewhere(self, database: str, users: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """None: what a Flask app's users have elsewhere stands in columns of its own."""
        return {}

    def unmasked(self) -> Mapping[str, Sequence[str]]:
        """Views of its Flask-Admins, where it has any."""
        if not self.app.extensions.get("admin"):
            return {}
        from consentguard_flask.admin.masking.unmasked import unmasked  # brings Flask-Admin, which few apps have

        return unmasked(self.app)

    def draft_findings(self, manifest: Manifest) -> Sequence[Finding]:
        """None: a policy of a Flask site is edited in its file alone."""
        return ()

    def mirroring_cookie(self) -> str:
        """None: no package of Flask's is mirrored."""
        return ""

    def label_of(self, table: object) -> str:
        """What the data map calls a table; its own name where it is none of the site's."""
        models = self._models()
        return (models and isinstance(table, sa.Table) and models.label(table)) or str(table)

    def path_to(self, name: str, **params: str) -> str:
        """The path of a page of ours, below the place that the app itself has."""
        values: dict[str, Any] = {**params}
        inside = has_request_context() and current_app._get_current_object() is self.app  # type: ignore[attr-defined]
        with nullcontext() if inside else self.app.test_request_context():
            return url_for(f"consentguard.{name}", **values)

    def survey(self) -> Survey:
        """What the configuration shows of cookies, languages and extensions."""
        return Survey(
            root=self.root(),
            registrations=self.root() / "privacy_map.py",
            load_registrations="Import privacy_map where your models are imported, and go through its guesses.",
            languages=tuple(self._languages()),
            hosts=tuple(self._hosts()),
            cookies=dict(self._cookies()),
            packages=tuple(sorted(installed_packages())),
        )

    def _object(self) -> object:
        return self.app.extensions.get("sqlalchemy") if self._db is None else self._db

    def _models(self) -> Models | None:
        db = self._object()
        if db is None:
            return None
        try:
            models = Models.of(db)
        except TypeError as error:
            raise SettingsError(str(error)) from error
        for metadata in models.metadatas:
            attach(metadata)
        return models

    def _languages(self) -> Iterator[str]:
        """Flask-Babel's default language, then those of a LANGUAGES list or mapping, which many sites keep."""
        default = str(self.app.config.get("BABEL_DEFAULT_LOCALE") or "en").replace("_", "-").partition("-")[0]
        yield default
        languages = self.app.config.get("LANGUAGES") or ()
        yield from (language for language in map(str, languages) if language != default)

    def _hosts(self) -> Iterator[str]:
        if self.app.config.get("SERVER_NAME"):
            yield str(self.app.config["SERVER_NAME"])
        yield from map(str, self.app.config.get("TRUSTED_HOSTS") or ())

    def _cookies(self) -> Iterator[tuple[str, str]]:
        """The cookies that Flask and Flask-Login set; Flask-WTF keeps its token in the session."""
        yield str(self.app.config["SESSION_COOKIE_NAME"]), "flask.sessions"
        if hasattr(self.app, "login_manager"):
            yield str(self.app.config.get("REMEMBER_COOKIE_NAME", "remember_token")), "flask_login"
