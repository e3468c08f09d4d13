"""The forms of the pages; Flask-WTF adds the CSRF token to each."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import EmailField, PasswordField, StringField, TelField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from consentguard_flask.forms import AgeFields, ConsentField
from sms_gateway.recipients import PHONE

ADDRESS = Regexp(r"[^@\s]+@[^@\s]+\Z", message="Enter an e-mail address such as name@example.com.")
NUMBER = Regexp(rf"\s*{PHONE.pattern}\s*\Z", message="Enter a number in the form +12025550123.")
LONG = Length(min=10, max=256, message="Choose 10 to 256 characters.")
COUNTRY = Regexp(r"[A-Za-z]{2}\Z", message="Enter a code of two letters, such as IE.")


class LoginForm(FlaskForm):
    """Sign in with an e-mail address and a password."""

    email = EmailField("E-mail", [InputRequired("Enter your e-mail address."), ADDRESS, Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password.")])


class SignUpForm(AgeFields, FlaskForm):
    """Whether somebody is old enough, what an account needs, and whether its owner wants to hear what is new."""

    company = StringField("Company", [InputRequired("Enter the name of the company."), Length(max=120)])
    contact_name = StringField("Your name", [InputRequired("Enter your name."), Length(max=120)])
    email = EmailField("E-mail", [InputRequired("Enter your e-mail address."), ADDRESS, Length(max=254)])
    phone = TelField("Phone", [InputRequired("Enter your phone number."), NUMBER, Length(max=20)])
    billing_address = StringField("Billing address", [InputRequired("Enter the address."), Length(max=300)])
    country = StringField("Country code", [InputRequired("Enter the code of the country."), COUNTRY])
    password = PasswordField("Password", [InputRequired("Choose a password."), LONG])
    news = ConsentField("news")


class SupportForm(FlaskForm):
    """A question to the support team."""

    email = EmailField("Your e-mail", [InputRequired("Enter the address to answer to."), ADDRESS, Length(max=254)])
    subject = StringField("Subject", [InputRequired("Say in a few words what it is about."), Length(max=200)])
    body = TextAreaField("Message", [InputRequired("Write your question."), Length(max=5000)])


class ImportForm(FlaskForm):
    """A CSV file of recipients."""

    file = FileField("CSV file", [FileRequired("Choose a CSV file.")])
