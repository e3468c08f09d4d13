"""The Flask extensions, created once and bound to the application by `create_app`."""

from sqlite3 import Connection

from flask import Flask
from flask_login import LoginManager
from flask_mailman import Mail
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import event

from sms_gateway.models.base import Base

db = SQLAlchemy(model_class=Base)
csrf = CSRFProtect()
mail = Mail()
login_manager = LoginManager()
login_manager.login_view = "auth.login"
login_manager.login_message = "Please sign in to continue."


def turn_on_foreign_keys(app: Flask) -> None:
    """SQLite checks foreign keys only on connections that ask for it."""

    def ask(connection: Connection, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    with app.app_context():
        event.listen(db.engine, "connect", ask)
