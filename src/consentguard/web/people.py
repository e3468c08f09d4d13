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

    A moment without a time zone is one of UTC. None where nobody knows.
    """
    if not is_frameworks(site):
        return None
    told = site.settings.signed_in_at
    at = told(request) if told else known()
    return at.replace(tzinfo=dt.UTC) if at is not None and at.tzinfo is None else at


def is_frameworks(site: Site) -> bool:
    """Whether what the framework knows of a sign-in is about the data subject.

    Where the setting `subject` alone says who that is, it may be about somebody else; `signed_in_at` says it is not.
    """
    return site.settings.subject is None or site.settings.signed_in_at is not None


def reference(site: Site, table: str, key: object) -> SubjectRef:
    """The data subject whose row has this primary key, in the table of this name in the database."""
    return SubjectRef(site.data_map.kind_in(table), str(key))
