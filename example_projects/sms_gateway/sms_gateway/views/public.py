"""Pages for everyone: the home page and the support form."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from sms_gateway.extensions import db
from sms_gateway.forms import SupportForm
from sms_gateway.models import SupportRequest

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def home() -> str:
    """What the product does and what it costs."""
    return render_template("home.html")


@blueprint.route("/support", methods=["GET", "POST"])
def support() -> str | Response:
    """Show the support form, and store what is sent with it."""
    form = SupportForm()
    if not form.validate_on_submit():
        return render_template("support.html", form=form)
    db.session.add(SupportRequest(email=form.email.data, subject=form.subject.data, body=form.body.data))
    db.session.commit()
    flash("Thank you. We answer within one working day.")
    return redirect(url_for("public.support"))
