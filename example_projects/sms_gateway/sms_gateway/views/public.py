"""Pages for everyone: the home page and the support form."""

from datetime import timedelta
from random import choice
from secrets import token_urlsafe

from flask import Blueprint, current_app, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sms_gateway.extensions import db
from sms_gateway.forms import SupportForm
from sms_gateway.models import SupportRequest

blueprint = Blueprint("public", __name__)


VARIANT_COOKIE = "gateway_variant"
HEADLINES = {
    "a": "Text your customers. Get\N{NO-BREAK SPACE}paid by phone.",
    "b": "Messages that arrive. Payments that\N{NO-BREAK SPACE}follow.",
}


@blueprint.get("/")
def home() -> Response:
    """What the product does and what it costs, under one of two headlines for whoever agreed to the experiment."""
    g.csp_nonce = token_urlsafe(16)  # for the inline script of the statistics
    agreed, kept = g.privacy.allows("experiments"), request.cookies.get(VARIANT_COOKIE)
    variant = (kept if kept in HEADLINES else choice(list(HEADLINES))) if agreed else "a"
    response = make_response(render_template("home.html", headline=HEADLINES[variant]))
    if agreed and kept != variant:
        response.set_cookie(
            VARIANT_COOKIE,
            variant,
            max_age=timedelta(days=90),
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    elif kept and not agreed:
        response.delete_cookie(VARIANT_COOKIE)
    return response


@blueprint.get("/tour")
def tour() -> str:
    """What the front page shows in a frame: it stands in for the player of a video service."""
    return render_template("tour.html")


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
