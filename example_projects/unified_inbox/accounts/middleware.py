"""Keeps the "last seen" time of log-ins current."""

from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import LoginSession
from accounts.tracking import SESSION_KEY

#: One write per log-in and interval is precise enough for the list of log-ins.
INTERVAL = timedelta(minutes=5)


def touch_login_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Move `LoginSession.last_seen_at` forward for whoever is logged in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if login_id := request.session.get(SESSION_KEY):
            now = timezone.now()
            LoginSession.objects.filter(pk=login_id, last_seen_at__lt=now - INTERVAL).update(last_seen_at=now)
        return get_response(request)

    return middleware
