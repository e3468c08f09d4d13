"""Deletes what the mailbox of the support holds of somebody, when a request asks for it."""

from consentguard.errands import Notice
from demo import outbox


def erase(notice: Notice) -> str:
    """Delete the mails to the person, and say what proves it; a mailbox that is down raises, and is tried again.

    A real site asks its mail server. The demo's mails lie in files, which stand in for one.
    """
    if notice.kind != "erase":
        return "a mail stays as it was sent, and is used for nothing but its answer"
    return f"{outbox.forget(notice.address)} mails deleted"
