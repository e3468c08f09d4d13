"""The type of a request behind ``login_required``."""

from django.http import HttpRequest

from accounts.models import User


class UserRequest(HttpRequest):
    """A request of someone who is logged in; for annotations only."""

    user: User
