"""What the settings say of how a Django site is served and kept, for `check --deploy`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Q

from consentguard.deployment import CookieFlags, Deployment, Hasher, Link, link_of

SECURITY = "django.middleware.security.SecurityMiddleware"
CALLED = {"any_host": "ALLOWED_HOSTS", "redirects": "SECURE_SSL_REDIRECT", "hsts": "SECURE_HSTS_SECONDS"}


def deployment() -> Deployment:
    """The settings in force. Redirects and HSTS are SecurityMiddleware's to see to."""
    guarded = SECURITY in settings.MIDDLEWARE
    fallbacks = enumerate(settings.SECRET_KEY_FALLBACKS)
    return Deployment(
        debug=settings.DEBUG,
        secrets={"SECRET_KEY": settings.SECRET_KEY}
        | {f"SECRET_KEY_FALLBACKS[{number}]": each for number, each in fallbacks},
        any_host="*" in settings.ALLOWED_HOSTS,
        redirects=guarded and settings.SECURE_SSL_REDIRECT,
        hsts=settings.SECURE_HSTS_SECONDS if guarded else 0,
        cookies=tuple(_cookies()),
        hasher=_hasher(),
        links=tuple(_links()),
        called=CALLED,
    )


def staff(database: str, named: Callable[[], Iterable[object]] | None) -> tuple[str, Sequence[object]] | None:
    """The table of users and the keys of those who may sign in to the admin. Raises StoreError."""
    from consentguard_django.stores.transactions import told  # models, and so not before the apps are ready

    if not apps.is_installed("django.contrib.auth"):
        return None
    users: Any = get_user_model()
    if named:
        return users._meta.db_table, tuple(named())
    fields = {field.name for field in users._meta.concrete_fields}
    if "is_staff" not in fields:
        return None
    works = Q(is_staff=True) | Q(is_superuser=True) if "is_superuser" in fields else Q(is_staff=True)
    active = {"is_active": True} if "is_active" in fields else {}
    with told(database):
        return users._meta.db_table, tuple(
            users._base_manager.using(database).filter(works, **active).values_list("pk", flat=True)
        )


def _cookies() -> Iterator[CookieFlags]:
    """Those of sessions and of the token against forgery, which scripts of a site may have to read."""
    middleware = {path.rpartition(".")[2] for path in settings.MIDDLEWARE}
    if "SessionMiddleware" in middleware:
        yield _flags("SESSION_COOKIE", http_only=settings.SESSION_COOKIE_HTTPONLY)
    if "CsrfViewMiddleware" in middleware and not settings.CSRF_USE_SESSIONS:
        yield _flags("CSRF_COOKIE", http_only=None)


def _flags(name: str, *, http_only: bool | None) -> CookieFlags:
    same_site = getattr(settings, f"{name}_SAMESITE")
    secure = bool(getattr(settings, f"{name}_SECURE"))
    return CookieFlags(settings=name, secure=secure, http_only=http_only, same_site=str(same_site or ""))


def _hasher() -> Hasher | None:
    """The first of PASSWORD_HASHERS, which new passwords get; without Django's users there are none."""
    if not apps.is_installed("django.contrib.auth"):
        return None
    from django.contrib.auth.hashers import get_hashers

    first: Any = next(iter(get_hashers()), None)
    iterations = getattr(first, "iterations", None)
    return Hasher(
        algorithm=str(getattr(first, "algorithm", "")),
        setting="PASSWORD_HASHERS",
        iterations=iterations if isinstance(iterations, int) else None,
    )


def _links() -> Iterator[Link]:
    for alias in connections:
        said = connections[alias].settings_dict
        found = link_of(alias, connections[alias].vendor, said.get("HOST") or "", said.get("OPTIONS") or {}, os.environ)
        if found:
            yield found
