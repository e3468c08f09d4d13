"""What lies on the desk of whoever answers for privacy: a legal hold, and requests in several states."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from consentguard import SubjectRef
from consentguard.rights import Asked
from consentguard_django.conf import guards
from inbox.models import ConnectedChannel

DESK = "Demo staff"
HELD, ERASED = "user0004@example.com", "user0010@example.com"


def end_events() -> None:
    """Delete what came through channels that closed before: it is out of the sight of Django's own deletion."""
    guards().at().retention.purge()


def open_cases() -> None:
    """Hold one person's data, take requests, and tell of the channels that closed; unless that was done before."""
    guard = guards().at()
    if guard.holds.in_force():
        return
    held = SubjectRef("user", str(User.objects.get(email=HELD).pk))
    review = timezone.now().date() + timedelta(days=90)
    for channel in ConnectedChannel.objects.exclude(disconnected_at=None):
        guard.retention.happened("channel.disconnected", "channel", str(channel.pk))
    guard.holds.place("A dispute about an invoice", DESK, review, subject=held)
    ask("access", HELD)
    request = ask("erasure", ERASED)
    guard.rights.verify(request, "staff", DESK)
    guard.rights.approve(request, guard.rights.plan(request).digest, "Demo lead")
    # the hosting company has not answered yet: until somebody says that it has, the request is partial
    guard.rights.carry_out(request)


def ask(right: str, address: str) -> str:
    """Take down what somebody asked for by telephone; the request's id."""
    asked = Asked(right=right, address=address, language="en", channel="staff")
    return guards().at().rights.take(asked).id
