"""Who sent a request, in the policy's words: the adapter tells whose row it is, this tells which data subject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from consentguard.records import SubjectRef
from consentguard.site import Site


def subject_of(site: Site, request: object, signed_in: Callable[[], tuple[str, object]]) -> SubjectRef | None:
    """The data subject who sent the framework's request: as the setting `subject` says, else as `signed_in` does.

    `signed_in` gives the database's name for the table of users, and the primary key of the one who is signed in,
    None for nobody. The subject is the one that the data map roots in that table, `user` where it roots none there.
    """
    table, key = signed_in()
    if site.settings.subject:
        key = site.settings.subject(request)
    if key is None or key == "":
        return None
    return reference(site, table, key)


def signed_in_at(site: Site, request: object, known: Callable[[], dt.datetime | None]) -> dt.datetime | None:
    """Since when they are signed in: as the setting `signed_in_at` says, else as the framework knows.

    A moment without a time zone is one of UTC. None where nobody knows: where the setting `subject` alone says who it
    is, the framework may know of somebody else's sign-in, and so of none.
    """
    settings = site.settings
    if settings.signed_in_at is None and settings.subject is not None:
        return None
    at = settings.signed_in_at(request) if settings.signed_in_at else known()
    return at.replace(tzinfo=dt.UTC) if at is not None and at.tzinfo is None else at


def reference(site: Site, table: str, key: object) -> SubjectRef:
    """The data subject whose row has this primary key, in the table of this name in the database."""
    return SubjectRef(site.data_map.kind_in(table), str(key))
