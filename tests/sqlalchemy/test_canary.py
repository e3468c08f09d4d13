"""The canary on SQLAlchemy classes, as a pytest plugin of the host's own tests has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from consentguard.crypto import installed
from consentguard.crypto.keyring import VARIABLE
from consentguard.datamap.schema import SealedColumn, Table
from consentguard.datamap.tags import Tag
from consentguard.guard import Guard
from consentguard.guards import Guards
from consentguard.ports import Stores
from consentguard.testing.canary import Sing, canary
from consentguard.testing.keys import keyring
from consentguard_flask.sqlalchemy.sealed import sealed_columns
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.sqlalchemy.site import MODELS, TABLES
from tests.web_policy import CONTROLLER, BareHost

__all__ = ["canary"]
POLICY = f"""{CONTROLLER}
[site]
languages = ["en"]
[subjects.person]
[categories.account]
[categories.notes]
[rights.erasure]
channels = ["email"]
"""
DATED = {"written": "a date of ours"}
TAGS = {
    "Person": Tag(category="account", subjects={"person": "self"}, not_personal={"joined": "a date of ours"}),
    "Note": Tag(category="notes", subjects={"person": "person"}, not_personal=DATED),
    "Reply": Tag(category="notes", subjects={"person": "note.person"}),
    "Paper": Tag(category="notes", subjects={"person": "person"}),
}


@dataclass(frozen=True)
class ClassesHost(BareHost):
    """People, notes and replies, on the host's session."""

    session: orm.Session | None = None

    def tables(self) -> tuple[Table, ...]:
        return tuple(table for table in MODELS.tables() if table.label in TAGS)

    def tags(self) -> Mapping[str, Tag]:
        return TAGS

    def sealed_columns(self, database: str = "") -> tuple[SealedColumn, ...]:
        return tuple(column for column in sealed_columns(MODELS) if column.label in TAGS)

    def stores(self, database: str) -> Stores:  # type: ignore[override]
        assert self.session
        return SQLAlchemyStores(self.session, TABLES, models=MODELS)

    def ask(self, database: str, question: Callable[[str], str]) -> Sequence[Sequence[object]]:
        assert self.session
        self.session.commit()  # what a session has read keeps VACUUM FULL waiting
        engine = self.session.get_bind()
        assert isinstance(engine, sa.Engine)
        kind = "mysql" if engine.dialect.name == "mariadb" else engine.dialect.name
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            found = connection.exec_driver_sql(question(kind))
            return [tuple(row) for row in found] if found.returns_rows else ()


@pytest.fixture
def consentguard_guard(session: orm.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """The guard of the site, as a host's own test says it to the plugin."""
    monkeypatch.setenv(VARIABLE, keyring().dumps())
    (tmp_path / "privacy.toml").write_text(POLICY, "utf-8")
    if session.get_bind().dialect.name == "sqlite":
        sa.event.listen(session.get_bind(), "connect", _secure)
    host = ClassesHost(tmp_path, session=session)
    installed.install(keyring())
    installed.install_data_keys(lambda: host.stores("default").data_keys)
    yield Guards(host).at()
    installed.uninstall()


def _secure(connection: object, _: object) -> None:
    connection.execute("PRAGMA secure_delete = ON")  # type: ignore[attr-defined]


def test_it_lives_on_every_database(canary: Sing) -> None:
    """The plugin's fixture sings on the host's own classes: nothing is found, and what was sealed stays closed."""
    song = canary("person")
    assert song.seeded == ("Note.remark", "Note.text", "Paper.remark", "Person.email", "Person.name", "Reply.email")
    assert song.kept == ()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_fails_the_test_that_it_dies_in(canary: Sing) -> None:
    """Somebody's test says which column was left where."""
    values = {"Reply.email": _unfit}
    with pytest.raises(pytest.fail.Exception, match=r"Reply: no row was made up"):
        canary("person", values=values)


def _unfit(canary: str) -> object:
    return {"no": "text"}
