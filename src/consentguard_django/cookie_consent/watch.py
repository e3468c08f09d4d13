"""Notices where a page depends on the cookie of django-cookie-consent: its filters read it and tell no cache."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest

from consentguard.web.privacy import Privacy
from consentguard_django.cookie_consent.options import cookie_name


class _Watched(dict[str, str]):
    """The cookies of a request; whoever looks at that one has the answer kept from caches."""

    def __init__(self, cookies: Mapping[str, str], privacy: Privacy) -> None:
        super().__init__(cookies)
        self._privacy, self._name = privacy, cookie_name()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        if key == self._name:
            self._privacy.vary()
        return super().get(key, default)

    def __getitem__(self, key: str) -> str:
        if key == self._name:
            self._privacy.vary()
        return super().__getitem__(key)


def watch(request: HttpRequest, privacy: Privacy) -> None:
    """Take a page that reads the cookie for one visitor's own, as if it had read `request.privacy`."""
    request.COOKIES = _Watched(request.COOKIES, privacy)
