"""The staff's admin at /admin: lists with search and filters, and a few forms."""

from flask import Flask, abort, redirect, request, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla.filters import BaseSQLAFilter, FilterConverter
from flask_admin.form import BaseForm
from flask_admin.form.fields import DateTimeField
from flask_admin.model.filters import convert
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from consentguard_flask.admin import SealedModelView, StepUpView, add_views
from sms_gateway import models
from sms_gateway.extensions import db
from sms_gateway.signin import owes_code, to_second_factor
from sms_gateway.staff import is_staff


def turn_away() -> Response:
    """Send visitors to sign in, and the staff to give their code; refuse customers, and staff without the role."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login", next=request.path))
    return to_second_factor() if current_user.is_staff and owes_code() else abort(403)


class StaffOnly:
    """Access rule of every admin view."""

    def is_accessible(self) -> bool:
        return is_staff()

    def inaccessible_callback(self, name: str, **kwargs: object) -> Response:
        return turn_away()


class Overview(StaffOnly, AdminIndexView):
    """The first page: how many rows each table holds."""

    @expose("/")
    def index(self) -> str:
        counts = {
            table.name: db.session.scalar(select(func.count()).select_from(table))
            for table in db.metadata.sorted_tables
        }
        return str(self.render("admin/overview.html", counts=counts))


class Filters(FilterConverter):
    """Flask-Admin picks filters by the name of the column's type, so ours is announced to it."""

    @convert("UtcDateTime")
    def conv_utc_datetime(self, column: object, name: str, **kwargs: object) -> list[BaseSQLAFilter]:
        return list(self.conv_datetime(column, name, **kwargs))


class AdminForm(BaseForm, FlaskForm):
    """Flask-Admin's form, which knows the row that it edits, with the token that the site-wide CSRF check asks for."""


class ReadOnly(StaffOnly, SealedModelView):
    """A table that the staff can read, but for what is encrypted: that they see only when they say why."""

    can_create = False
    can_edit = False
    can_delete = False
    can_view_details = True
    page_size = 50
    named_filter_urls = True
    filter_converter = Filters()
    form_base_class = AdminForm


class CustomerAdmin(StepUpView, ReadOnly):
    """Accounts, those of the staff too: changed right after a second factor. The password hash is never shown."""

    can_edit = True
    column_list = ("company", "email", "contact_name", "phone", "country", "role", "created_at", "closed_at")
    column_details_exclude_list = ("password_hash",)
    # not the phone number: it is encrypted, and no database can search in it
    column_searchable_list = ("company", "email", "contact_name", "tax_id")
    column_filters = ("country", "role", "created_at", "closed_at")
    form_columns = ("contact_name", "company", "email", "phone", "billing_address", "tax_id", "country", "closed_at")
    # Forms, too, go by the name of the column's type, and leave out a column whose type they do not know.
    form_overrides = {"closed_at": DateTimeField}
    form_args = {"closed_at": {"validators": [Optional()]}}


class ApiKeyAdmin(ReadOnly):
    """API keys by their prefix; the hash is never shown."""

    column_list = ("customer", "label", "prefix", "created_at", "last_used_at", "revoked_at")
    column_details_exclude_list = ("secret_hash",)
    column_searchable_list = ("prefix", "label")
    column_filters = ("customer.company", "created_at", "revoked_at")


class MessageAdmin(ReadOnly):
    """Messages without their text: the staff troubleshoots delivery and has no need to read it."""

    column_list = ("customer", "to_number", "status", "queued_at", "delivered_at")
    column_details_exclude_list = ("body",)
    column_searchable_list = ("to_number",)
    column_filters = ("status", "customer.company", "queued_at", "delivered_at")
    column_default_sort = ("queued_at", True)


class DeliveryLogAdmin(ReadOnly):
    """What carriers answered."""

    column_list = ("message", "carrier", "status_code", "at")
    column_searchable_list = ("status_code", "carrier.name")
    column_filters = ("status_code", "carrier.name", "at")
    column_default_sort = ("at", True)


class CarrierAdmin(ReadOnly):
    """Carriers."""

    can_create = can_edit = True
    column_searchable_list = ("name",)
    column_filters = ("country",)


class InvoiceAdmin(ReadOnly):
    """Invoices."""

    column_list = ("number", "customer", "issued_on", "total_cents", "card_last4", "fiscal_year_end")
    column_searchable_list = ("number", "tax_id", "processor_reference")
    column_filters = ("customer.company", "issued_on", "fiscal_year_end")
    column_default_sort = ("issued_on", True)


class PaymentAdmin(ReadOnly):
    """Payments collected for customers."""

    column_list = ("customer", "payer_phone", "amount_cents", "status", "processor_reference", "paid_at")
    column_searchable_list = ("payer_phone", "processor_reference")
    column_filters = ("status", "customer.company", "paid_at")


class CampaignAdmin(ReadOnly):
    """Campaigns."""

    column_list = ("name", "customer", "template", "created_at")
    column_searchable_list = ("name", "template")
    column_filters = ("customer.company", "created_at")


class RecipientAdmin(ReadOnly):
    """Recipients in customers' address books."""

    column_list = ("name", "phone", "customer", "opted_out_at")
    column_searchable_list = ("name", "phone")
    column_filters = ("customer.company", "opted_out_at")


class ImportAdmin(ReadOnly):
    """Uploaded recipient files."""

    column_list = ("original_name", "customer", "row_count", "uploaded_at")
    column_searchable_list = ("original_name",)
    column_filters = ("customer.company", "uploaded_at")


class SupportRequestAdmin(ReadOnly):
    """Questions from the support page; answered ones may be removed."""

    can_delete = True
    column_list = ("created_at", "email", "subject")
    column_searchable_list = ("email", "subject", "body")
    column_filters = ("email", "created_at")
    column_default_sort = ("created_at", True)


class UsageStatAdmin(ReadOnly):
    """API calls by customer, day and endpoint."""

    column_list = ("customer", "day", "endpoint", "calls")
    column_searchable_list = ("endpoint",)
    column_filters = ("customer.company", "day", "endpoint")


class AccessLogAdmin(ReadOnly):
    """Requests to the site."""

    column_list = ("at", "customer", "ip", "path", "user_agent")
    column_searchable_list = ("ip", "path", "user_agent")
    column_filters = ("customer.company", "ip", "at")
    column_default_sort = ("at", True)


VIEWS: tuple[tuple[type[ReadOnly], type[models.Base], str, str], ...] = (
    (CustomerAdmin, models.Customer, "Customers", "Accounts"),
    (ApiKeyAdmin, models.ApiKey, "API keys", "Accounts"),
    (UsageStatAdmin, models.UsageStat, "Usage", "Accounts"),
    (MessageAdmin, models.Message, "Messages", "Messaging"),
    (DeliveryLogAdmin, models.DeliveryLog, "Delivery log", "Messaging"),
    (CarrierAdmin, models.Carrier, "Carriers", "Messaging"),
    (CampaignAdmin, models.Campaign, "Campaigns", "Marketing"),
    (RecipientAdmin, models.Recipient, "Recipients", "Marketing"),
    (ImportAdmin, models.RecipientImport, "Imports", "Marketing"),
    (InvoiceAdmin, models.Invoice, "Invoices", "Billing"),
    (PaymentAdmin, models.Payment, "Payments", "Billing"),
    (SupportRequestAdmin, models.SupportRequest, "Support requests", "Operations"),
    (AccessLogAdmin, models.AccessLog, "Access log", "Operations"),
)


def init_app(app: Flask) -> None:
    """Mount the admin; built for each application, because Flask-Admin views belong to one."""
    admin = Admin(app, name="Pebblewire staff", index_view=Overview(url="/admin"))
    for view, model, name, category in VIEWS:
        admin.add_view(
            view(
                model,
                db,
                name=name,
                category=category,
                endpoint=f"admin_{model.__tablename__}",
                url=f"/admin/{model.__tablename__}",
            )
        )
    add_views(admin, inaccessible=turn_away, who=lambda: current_user.email)
