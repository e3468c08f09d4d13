"""Who is signed in, and where a sign-in may lead."""

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

import flask_login
from flask import g, redirect, request, session, url_for
from werkzeug.wrappers import Response

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


def login_required(view: Callable[Arguments, Result]) -> Callable[Arguments, Result | Response]:
    """Send visitors to sign in before they see `view`, and whoever has a second factor to give a code of it."""

    @wraps(view)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result | Response:
        return to_second_factor() if owes_code() else view(*args, **kwargs)

    return cast(Callable[Arguments, Result | Response], flask_login.login_required(guarded))


def owes_code() -> bool:
    """Whether the signed-in account has a second factor, and this browser has not given a code of it."""
    if g.privacy.claims.factor_at:
        return False
    return bool(g.privacy.guard.twofactor.is_enrolled(g.privacy.subject))


def to_second_factor() -> Response:
    """To the page that takes a code, and from there on to where somebody was going."""
    onward = request.path if request.method == "GET" else url_for("messages.index")
    return redirect(url_for("consentguard.factor", language="en", next=onward))


def sign_in(customer: Customer) -> bool:
    """Sign somebody in who gave their password; whether they may sign in at all."""
    if not flask_login.login_user(customer):
        return False
    session.permanent = True
    return True


def current_customer() -> Customer:
    """The signed-in account; for views behind `login_required`."""
    return cast(Customer, flask_login.current_user)


def is_local(target: str) -> bool:
    """Whether `target` is a path of this site, so that a sign-in link cannot lead away from it."""
    return LOCAL_TARGET.fullmatch(target) is not None
