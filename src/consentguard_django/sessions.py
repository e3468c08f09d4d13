"""Sessions that Django keeps in the database: those of somebody who was erased end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import router

from consentguard_django.stores.transactions import told

if TYPE_CHECKING:
    from django.contrib.sessions.base_session import AbstractBaseSession

PORTION = 500
"""How many sessions are read at a time."""


def forget_sessions(keys: Sequence[str]) -> int:
    """End the sessions of the users with these primary keys; how many ended. Raises StoreError.

    Every session is read: whose one is stands only in its sealed content. In a cached one the copy ends too. None where
    sessions are in a cache, a file or a cookie: those are nobody's as soon as the user's row is gone, or its password.
    """
    if not apps.is_installed("django.contrib.sessions"):
        return 0
    from django.contrib.sessions.backends.db import SessionStore  # brings a model

    kind = import_module(settings.SESSION_ENGINE).SessionStore
    if not issubclass(kind, SessionStore):
        return 0
    model, theirs = kind.get_model_class(), frozenset(keys)
    with told(router.db_for_write(model) or "default"):
        ending = [row.pk for row in _every(model) if kind(row.pk).decode(row.session_data).get(SESSION_KEY) in theirs]
        for key in ending:
            kind(key).delete()
    return len(ending)


def _every(model: type[AbstractBaseSession]) -> Iterator[AbstractBaseSession]:
    """Each session, in portions: a server may keep millions."""
    rows, last = model._default_manager.order_by("pk"), ""
    while portion := list(rows.filter(pk__gt=last)[:PORTION]):
        yield from portion
        last = portion[-1].pk
