"""Ready-made tags for Flask's companions, in force where the host has tagged none."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consentguard import register
from consentguard.datamap.coverage import gaps
from consentguard.datamap.map import DataMap
from consentguard_flask.host import FlaskHost
from tests.core.neutral import policy

NEEDED = ("flask_dance", "flask_security", "flask_session")
MISSING = [name for name in NEEDED if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)}: pip install 'consentguard[dev]'")


@pytest.fixture
def host() -> FlaskHost:
    """A site with users of its own and three companions."""
    from flask_dance.consumer.storage.sqla import OAuthConsumerMixin
    from flask_security.models.fsqla_v3 import FsModels, FsRoleMixin
    from flask_session.sqlalchemy.sqlalchemy import create_session_model

    app = Flask("companions")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db = SQLAlchemy(app)
    FsModels.set_db_info(db, user_table_name="user", role_table_name="role")

    class User(db.Model):  # type: ignore[name-defined, misc]
        id: Mapped[int] = mapped_column(primary_key=True)
        email: Mapped[str]

    class Role(db.Model, FsRoleMixin):  # type: ignore[name-defined, misc]
        pass

    class OAuth(OAuthConsumerMixin, db.Model):  # type: ignore[name-defined, misc]
        user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
        user: Mapped[User] = relationship(User)
        invited_by: Mapped[str]

    # SQLAlchemy knows its classes by weak references; a site's modules hold them
    app.extensions["classes"] = [User, Role, OAuth, create_session_model(db, "sessions")]
    register(User, "account", subjects={"customer": "self"})
    return FlaskHost(app, db)


def test_a_companion_s_columns_are_classified_and_the_host_s_own_are_not(host: FlaskHost) -> None:
    """What the host adds to a mixin is the host's to say."""
    categories = {name: {} for name in ("account", "credential", "session")}
    manifest = policy(subjects={"customer": {}}, categories=categories)
    data_map = DataMap.build(host.tables(), host.tags(), manifest)
    held = {entry.id: entry.category for entry in data_map.entries}
    assert held["data:OAuth.token"] == "credential"
    assert held["data:Session.data"] == "session"
    assert held["data:Role.name"] is None
    assert data_map.tags["OAuth"].subjects == {"customer": "user"}
    assert [gap.where for gap in gaps(data_map)] == ["OAuth.invited_by"]
