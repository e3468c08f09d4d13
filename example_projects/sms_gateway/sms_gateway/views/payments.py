"""Payments that the gateway collected for the account."""

from flask import Blueprint, render_template
from sqlalchemy import select

from sms_gateway.extensions import db
from sms_gateway.models import Payment
from sms_gateway.signin import current_customer, login_required

blueprint = Blueprint("payments", __name__, url_prefix="/payments")


@blueprint.get("")
@login_required
def index() -> str:
    """The account's payments, newest first."""
    query = select(Payment).filter_by(customer_id=current_customer().id).order_by(Payment.paid_at.desc())
    return render_template("payments.html", page=db.paginate(query, per_page=20))
