"""Records log-ins and activity with the address and browser they came from."""

from typing import Any

from django.http import HttpRequest

from accounts.models import ActivityLog, LoginSession, User

SESSION_KEY = "login_session_id"


def record_login(sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Receiver of ``user_logged_in``: open a `LoginSession` and log the action."""
    login = LoginSession.objects.create(
        user=user,
        ip=request.META.get("REMOTE_ADDR"),
        user_agent=request.headers.get("User-Agent", "")[:400],
    )
    request.session[SESSION_KEY] = login.pk
    log_activity(request, user, "login")


def log_activity(request: HttpRequest, user: User, action: str, **detail: Any) -> ActivityLog:
    """Add what ``user`` did to the activity log."""
    return ActivityLog.objects.create(user=user, action=action, ip=request.META.get("REMOTE_ADDR"), detail=detail)
