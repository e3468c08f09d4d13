"""The settings of django-cookie-consent, as they are when they are asked for."""

from __future__ import annotations

from typing import Any

from cookie_consent.conf import settings  # with that package's defaults


def cookie_name() -> str:
    """What its cookie is called."""
    return str(_of("NAME"))


def declined() -> str:
    """What its cookie says of a group that was declined."""
    return str(_of("DECLINE"))


def lasts() -> int:
    """For how many seconds a browser keeps its cookie."""
    return int(_of("MAX_AGE"))


def _of(name: str) -> Any:
    return getattr(settings, f"COOKIE_CONSENT_{name}")
