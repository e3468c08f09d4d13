"""Signing in and out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import logout_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from sms_gateway.extensions import db
from sms_gateway.forms import LoginForm
from sms_gateway.models import Customer
from sms_gateway.signin import is_local, sign_in

blueprint = Blueprint("auth", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> str | Response:
    """Show the sign-in form, and sign in when the password fits."""
    form = LoginForm()
    if form.validate_on_submit():
        customer = db.session.scalar(select(Customer).filter_by(email=form.email.data.strip().lower()))
        if customer and customer.has_password(form.password.data) and sign_in(customer):
            target = request.args.get("next", "")
            return redirect(target if is_local(target) else url_for("messages.index"))
        flash("The e-mail address or the password is not right.", "error")
    return render_template("login.html", form=form)


@blueprint.post("/logout")
def logout() -> Response:
    """End the session, also one that a code of the second factor is still missing from."""
    logout_user()
    return redirect(url_for("public.home"))
