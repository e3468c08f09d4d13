"""Opening an account, for whoever is old enough."""

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from consentguard_flask.forms import record_consents
from sms_gateway.extensions import db
from sms_gateway.forms import SignUpForm
from sms_gateway.models import Customer
from sms_gateway.signin import sign_in

blueprint = Blueprint("signup", __name__)


@blueprint.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> str | Response:
    """Show the form, open the account and sign in; whoever is too young is told so by the page about age."""
    form = SignUpForm()
    if form.validate_on_submit():
        customer = customer_of(form)
        db.session.add(customer)
        try:
            db.session.flush()
            form.record_age(customer)
            record_consents(form, customer, address=customer.email)
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
            form.email.errors = ["This address has an account already. Sign in to it."]
        else:
            sign_in(customer)
            return redirect(url_for("account.index"))
    if form.age_refused:
        return redirect(url_for("consentguard.age", language="en"))
    return render_template("signup.html", form=form)


def customer_of(form: SignUpForm) -> Customer:
    """The account that the form describes."""
    customer = Customer(
        company=form.company.data.strip(),
        contact_name=form.contact_name.data.strip(),
        email=form.email.data.strip().lower(),
        phone=form.phone.data.strip(),
        billing_address=form.billing_address.data.strip(),
        country=form.country.data.strip().upper(),
    )
    customer.set_password(form.password.data)
    return customer
