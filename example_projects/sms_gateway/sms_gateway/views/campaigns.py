"""Campaigns, their results, and the import of recipients."""

from typing import NamedTuple

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from sms_gateway.extensions import db
from sms_gateway.forms import ImportForm
from sms_gateway.models import Campaign, CampaignRecipient, Recipient, RecipientImport
from sms_gateway.recipients import ImportRefusedError, import_file
from sms_gateway.signin import current_customer, login_required

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")


class Result(NamedTuple):
    """A campaign with how many recipients it was sent to, reached, and moved to click."""

    campaign: Campaign
    sent: int
    reached: int
    clicked: int


@blueprint.get("")
@login_required
def index() -> str:
    """The account's campaigns with their results, and its imports."""
    imports = select(RecipientImport).filter_by(customer_id=current_customer().id).order_by(RecipientImport.id.desc())
    return render_template(
        "campaigns.html",
        results=results_where(),
        imports=db.session.scalars(imports.limit(5)).all(),
        form=ImportForm(),
    )


def results_where(*conditions: ColumnElement[bool]) -> list[Result]:
    """The results of the account's campaigns that meet `conditions`, newest first."""
    query = (
        select(
            Campaign,
            func.count(CampaignRecipient.recipient_id),
            func.count(CampaignRecipient.delivered_at),
            func.count(CampaignRecipient.clicked_at),
        )
        .outerjoin(Campaign.deliveries)
        .where(Campaign.customer_id == current_customer().id, *conditions)
        .group_by(Campaign.id)
        .order_by(Campaign.id.desc())
    )
    return [Result._make(row) for row in db.session.execute(query)]


@blueprint.get("/<int:campaign_id>")
@login_required
def show(campaign_id: int) -> str:
    """One campaign, its template and its recipients."""
    found = results_where(Campaign.id == campaign_id)
    if not found:
        abort(404)
    deliveries = (
        select(CampaignRecipient)
        .join(CampaignRecipient.recipient)
        .where(CampaignRecipient.campaign_id == campaign_id)
        .order_by(Recipient.name)
        .options(joinedload(CampaignRecipient.recipient))
    )
    return render_template("campaign.html", result=found[0], page=db.paginate(deliveries, per_page=20))


@blueprint.post("/import")
@login_required
def import_recipients() -> Response:
    """Take a CSV file of recipients; say what is wrong with it when it cannot be read."""
    form = ImportForm()
    if not form.validate_on_submit():
        flash("Choose a CSV file first.", "error")
        return redirect(url_for("campaigns.index"))
    upload = form.file.data
    try:
        done = import_file(current_customer().id, current_app.config["UPLOAD_FOLDER"], upload.filename, upload.read())
        flash(f"{done.row_count} recipients added from {done.original_name}.")
    except ImportRefusedError as refusal:
        flash(str(refusal), "error")
    return redirect(url_for("campaigns.index"))
