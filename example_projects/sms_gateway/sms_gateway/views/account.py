"""The account page: profile, API keys, usage and invoices."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from sms_gateway.extensions import db
from sms_gateway.models import ApiKey, Invoice, UsageStat, utc_now
from sms_gateway.signin import current_customer, login_required

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@login_required
def index() -> str:
    """Everything about the account on one page."""
    calls = (
        select(UsageStat.endpoint, func.sum(UsageStat.calls))
        .where(UsageStat.customer_id == current_customer().id, UsageStat.day >= utc_now().date() - timedelta(days=30))
        .group_by(UsageStat.endpoint)
        .order_by(UsageStat.endpoint)
    )
    return render_template("account.html", customer=current_customer(), usage=db.session.execute(calls).all())


@blueprint.post("/keys/<int:key_id>/revoke")
@login_required
def revoke_key(key_id: int) -> Response:
    """Revoke one of the account's keys; a second time changes nothing."""
    key = db.first_or_404(select(ApiKey).filter_by(id=key_id, customer_id=current_customer().id))
    if key.revoked_at is None:
        key.revoked_at = utc_now()
        db.session.commit()
    flash(f"The key {key.prefix}… is revoked.")
    return redirect(url_for("account.index"))


@blueprint.get("/invoices/<int:invoice_id>")
@login_required
def invoice(invoice_id: int) -> str:
    """One of the account's invoices with its lines."""
    found = db.first_or_404(select(Invoice).filter_by(id=invoice_id, customer_id=current_customer().id))
    return render_template("invoice.html", invoice=found, customer=current_customer())
