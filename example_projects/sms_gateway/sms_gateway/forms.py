"""The forms of the pages; Flask-WTF adds the CSRF token to each."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import EmailField, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

ADDRESS = Regexp(r"[^@\s]+@[^@\s]+\Z", message="Enter an e-mail address such as name@example.com.")


class LoginForm(FlaskForm):
    """Sign in with an e-mail address and a password."""

    email = EmailField("E-mail", [InputRequired("Enter your e-mail address."), ADDRESS, Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password.")])


class SupportForm(FlaskForm):
    """A question to the support team."""

    email = EmailField("Your e-mail", [InputRequired("Enter the address to answer to."), ADDRESS, Length(max=254)])
    subject = StringField("Subject", [InputRequired("Say in a few words what it is about."), Length(max=200)])
    body = TextAreaField("Message", [InputRequired("Write your question."), Length(max=5000)])


class ImportForm(FlaskForm):
    """A CSV file of recipients."""

    file = FileField("CSV file", [FileRequired("Choose a CSV file.")])
