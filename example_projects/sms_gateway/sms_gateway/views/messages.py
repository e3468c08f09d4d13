"""The list of messages, and the visitor's choice of how far back it reaches."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from sms_gateway.extensions import db
from sms_gateway.models import STATUSES, DeliveryLog, Message, utc_now
from sms_gateway.signin import current_customer, login_required

blueprint = Blueprint("messages", __name__, url_prefix="/messages")

RANGE_COOKIE = "dash_range"
RANGES = (7, 30, 90)
PAGE_SIZE = 20


@blueprint.get("")
@login_required
def index() -> str:
    """The account's messages, newest first."""
    number, status, days = request.args.get("to", "").strip(), request.args.get("status", ""), chosen_range()
    page = db.paginate(messages_of(current_customer().id, days, number, status), per_page=PAGE_SIZE)
    return render_template(
        "messages.html", page=page, to=number, status=status, days=days, ranges=RANGES, statuses=STATUSES
    )


def messages_of(customer_id: int, days: int, number: str, status: str) -> Select[Any]:
    """The query of the list; an empty number or an unknown status does not narrow it."""
    query = (
        select(Message)
        .where(Message.customer_id == customer_id, Message.queued_at >= utc_now() - timedelta(days=days))
        .order_by(Message.queued_at.desc(), Message.id.desc())
        .options(selectinload(Message.delivery_logs).options(joinedload(DeliveryLog.carrier)))
    )
    if number:
        query = query.where(Message.to_number.contains(number, autoescape=True))
    return query.where(Message.status == status) if status in STATUSES else query


def chosen_range() -> int:
    """How many days the list reaches back: the visitor's choice, or the shortest."""
    days = request.cookies.get(RANGE_COOKIE, type=int)
    return days if days in RANGES else RANGES[0]


@blueprint.post("/range")
@login_required
def choose_range() -> Response:
    """Keep the visitor's choice in a cookie for a year."""
    response = redirect(url_for("messages.index"))
    days = request.form.get("days", type=int)
    if days in RANGES:
        response.set_cookie(
            RANGE_COOKIE,
            str(days),
            max_age=timedelta(days=365),
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response
