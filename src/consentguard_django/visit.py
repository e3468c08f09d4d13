"""A Django request as the core's `Visit`: nothing is worked out before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from consentguard.guard import Guard
from consentguard.records import SubjectRef
from consentguard.web.circumstances import Circumstances
from consentguard_django import conf
from consentguard_django.assurance import circumstances
from consentguard_django.people import subject_of


@dataclass(frozen=True, slots=True)
class DjangoVisit:
    """`consentguard.web.privacy.Visit` in Django's words."""

    request: HttpRequest

    def guard(self) -> Guard:
        """The guard that the request belongs to."""
        return conf.guard(self.request)

    def headers(self) -> Mapping[str, str]:
        """The request's headers."""
        return self.request.headers

    def cookies(self) -> Mapping[str, str]:
        """The cookies that the browser sent."""
        return self.request.COOKIES

    def address(self) -> str:
        """The address that the connection came from, or that the server put there for a proxy."""
        address: str = self.request.META.get("REMOTE_ADDR", "")
        return address

    def secure(self) -> bool:
        """Whether the request came over TLS."""
        return self.request.is_secure()

    def vary(self) -> None:
        """Keep Django's own page cache from keeping the answer, wherever it stands in MIDDLEWARE or around a view.

        It looks at the answer before our middleware has marked it; this is what Django's `cache_page` goes by itself.
        """
        self.request._cache_update_cache = False  # type: ignore[attr-defined]

    def circumstances(self) -> Circumstances:
        """How they signed in."""
        return circumstances(self.request)

    def subject(self) -> SubjectRef | None:
        """Who is signed in."""
        return subject_of(self.request)
