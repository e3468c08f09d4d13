"""Notices where a page depends on the cookie of django-cookie-consent: its filters read it and tell no cache."""

from __future__ import annotations

from django.http import HttpRequest

from consentguard.web.privacy import Privacy
from consentguard_django.cookie_consent.options import cookie_name


class _Watched(dict[str, str]):
    """The cookies of a request; whoever looks at that one has the answer kept from caches."""

    def __init__(self, request: HttpRequest, privacy: Privacy) -> None:
        super().__init__(request.COOKIES)
        self._request, self._privacy, self._name = request, privacy, cookie_name()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        if key == self._name:
            self._note()
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        if key == self._name:
            self._note()
        return super().__getitem__(key)

    def _note(self) -> None:
        self._privacy.varies = True
        # Django's own cache stores an answer before it comes to us, and learns from it what it depends on
        self._request._cache_update_cache = False  # type: ignore[attr-defined]


def watch(request: HttpRequest, privacy: Privacy) -> None:
    """Take a page that reads the cookie for one visitor's own, as if it had read `request.privacy`."""
    request.COOKIES = _Watched(request, privacy)
