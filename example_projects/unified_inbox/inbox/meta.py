"""Whose rows Meta means when it names one of its users: the channels that they connected, and their account here."""

from collections.abc import Iterator

from inbox.models import ConnectedChannel


def rows_of(app_user_id: str) -> Iterator[str]:
    """Yield each channel that a user of the app connected, and who that was, as the settings of consentguard say them.

    Meta knows the same person by another ID for each app, and a page by one of its own: neither is the ID of a channel.
    """
    channels = ConnectedChannel.objects.filter(app_user_id=app_user_id).exclude(app_user_id="")
    for pk in channels.values_list("pk", flat=True):
        yield f"channel:{pk}"
    for pk in channels.exclude(connected_by=None).values_list("connected_by", flat=True).distinct().order_by():
        yield f"user:{pk}"
