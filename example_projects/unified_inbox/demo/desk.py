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


def clear() -> None:
    """Release the holds, and delete what came through closed channels: Django's own deletion does not see it."""
    guard = guards().at()
    for hold in guard.holds.in_force():
        guard.holds.release(hold.id, DESK)
    guard.retention.purge()


def open_cases() -> None:
    """Tell of the channels that closed, hold one person's data, and take requests of that one and of another."""
    guard = guards().at()
    for channel in ConnectedChannel.objects.exclude(disconnected_at=None):
        guard.retention.happened("channel.disconnected", "channel", str(channel.pk))
    held = SubjectRef("user", str(User.objects.get(email=HELD).pk))
    review = timezone.now().date() + timedelta(days=90)
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
