"""The databases of a Flask app: its binds, and the stores of each over the app's session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

import sqlalchemy as sa
from flask import Flask, current_app, has_app_context
from sqlalchemy import orm

from consentguard.errors import SettingsError
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.mistakes import translated
from consentguard_flask.sqlalchemy.purposes import limit
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.tables import Tables, attach
from consentguard_flask.sqlalchemy.watching import watch

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Bound:
    """One database: the sessions to it, consentguard's tables in its metadata, and its engine."""

    sessions: Callable[[], orm.Session]
    tables: Tables
    engine: sa.Engine


class Databases:
    """The databases of an app: the Flask-SQLAlchemy object's own, called `default`, and its binds by their keys.

    `db` is that object, or something with less: then no store can be used.
    """

    def __init__(self, app: Flask, db: Any, models: Callable[[], Models]) -> None:
        """`models` describes the app's classes; it is asked when the first store is, and they are imported."""
        self._app = app
        self._db = db
        self._models = models
        self._bound: tuple[Models, Mapping[str, Bound]] | None = None
        if self._has_session:
            watch(db.session)
            limit(db.session, models)

    def stores(self, name: str) -> SQLAlchemyStores:
        """The stores of a database. Raises SettingsError where the app has none of that name."""
        if not self._has_session:
            return nowhere(name)
        models, every = self._known
        if name not in every:
            hint = f"the databases are {', '.join(every)}"
            raise SettingsError(f"the app has no database {name!r}", hint=hint)
        bound = every[name]
        return SQLAlchemyStores(bound.sessions, bound.tables, name, models=models, engine=bound.engine)

    def execute(self, name: str, statements: Callable[[str], Sequence[str]]) -> None:
        """Run SQL on a database: the statements for its kind. Raises SettingsError or StoreError."""
        self.stores(name)
        engine = self.all()[name].engine
        with translated(name), engine.begin() as connection:
            for statement in statements(_kind(engine)):
                connection.exec_driver_sql(statement)

    def ask(self, name: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        """The rows of one statement on a database, outside of any transaction. Raises SettingsError or StoreError."""
        self.stores(name)
        engine = self.all()[name].engine
        alone = engine.execution_options(isolation_level="AUTOCOMMIT")
        with translated(name), alone.connect() as connection:
            found = connection.exec_driver_sql(question(_kind(engine)))
            return [tuple(row) for row in found] if found.returns_rows else ()

    def all(self) -> Mapping[str, Bound]:
        """Each database by its name. Raises SettingsError for an app that has none."""
        if not self._has_session:
            raise _no_database()
        return self._known[1]

    @property
    def _known(self) -> tuple[Models, Mapping[str, Bound]]:
        if self._bound is None:
            with self._app.app_context():
                engines = sorted(self._db.engines.items(), key=lambda each: each[0] or "")
            self._bound = self._models(), {key or DEFAULT: self._bind(key, engine) for key, engine in engines}
        return self._bound

    def _bind(self, key: str | None, engine: sa.Engine) -> Bound:
        return Bound(_Sessions(self._app, self._db, engine), attach(self._db.metadatas[key]), engine)

    @property
    def _has_session(self) -> bool:
        return hasattr(self._db, "session") and hasattr(self._db, "metadatas")


class _Sessions:
    """Hands out the app's own session; outside the app, such as in a command, one to the database alone."""

    def __init__(self, app: Flask, db: Any, engine: sa.Engine) -> None:
        self._app = app
        self._db = db
        self._alone = orm.scoped_session(orm.sessionmaker(engine))

    def __call__(self) -> orm.Session:
        if has_app_context() and current_app._get_current_object() is self._app:  # type: ignore[attr-defined]
            session: orm.Session = self._db.session()
            return session
        return self._alone()


def nowhere(name: str) -> SQLAlchemyStores:
    """The stores of an app without a database: whatever needs one raises SettingsError."""
    if name != DEFAULT:
        raise SettingsError(f"the app has no database {name!r}", hint="it has none at all")
    return SQLAlchemyStores(_refuse, _unbound(), name)


@cache
def _unbound() -> Tables:
    return attach(sa.MetaData())


def _refuse() -> NoReturn:
    raise _no_database()


def _no_database() -> SettingsError:
    return SettingsError(
        "the app has no database that consentguard can keep anything in",
        hint="give it the app's Flask-SQLAlchemy object: ConsentGuard(app, db)",
    )


def _kind(engine: sa.Engine) -> str:
    """The kind of database, as triggers and the like are written for it."""
    return "mysql" if engine.dialect.name == "mariadb" else engine.dialect.name
