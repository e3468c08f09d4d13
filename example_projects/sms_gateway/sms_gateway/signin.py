"""Who is signed in, and where a sign-in may lead."""

import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import flask_login

from sms_gateway.extensions import db, login_manager
from sms_gateway.models import Customer

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# One leading slash and plain characters only: nothing that a browser could read as another host.
LOCAL_TARGET = re.compile(r"/(?:[\w-][\w/-]*)?(?:\?[\w=&%.+-]*)?", re.ASCII)


def load_customer(customer_id: str) -> Customer | None:
    """The account behind a session."""
    return db.session.get(Customer, int(customer_id))


login_manager.user_loader(load_customer)


def login_required(view: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Send visitors to sign in before they see `view`: Flask-Login's decorator, typed."""
    return cast(Callable[Arguments, Result], flask_login.login_required(view))


def current_customer() -> Customer:
    """The signed-in account; for views behind `login_required`."""
    return cast(Customer, flask_login.current_user)


def is_local(target: str) -> bool:
    """Whether `target` is a path of this site, so that a sign-in link cannot lead away from it."""
    return LOCAL_TARGET.fullmatch(target) is not None
