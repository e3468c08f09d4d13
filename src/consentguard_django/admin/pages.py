"""Screens that are no list of a table: each is one page, with a model for the admin's index and permissions alone.

Such a model stands in a registry of its own: no migration, no command and no data map ever meets it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from django.apps.registry import Apps
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from consentguard.errors import ConsentGuardError
from consentguard_django.admin.base import ReadOnlyAdmin

APART = Apps()
"""Where the models of such pages are registered."""


class PageAdmin(ReadOnlyAdmin):
    """A screen of one page, for whoever may see it."""

    template: ClassVar[str]

    @abstractmethod
    def facts(self, request: HttpRequest) -> Mapping[str, object]:
        """What the page shows. Raises ConsentGuardError."""

    def get_urls(self) -> list[URLPattern]:
        """The one page."""
        return [path("", self.admin_site.admin_view(self.changelist_view), name=self.name_of("changelist"))]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The page, or what keeps it from being shown."""
        error, facts = "", dict[str, object]()
        try:
            facts.update(self.facts(request))
        except ConsentGuardError as wrong:
            error = str(wrong)
        context = self.page(request, self.screen.title, screen=self.screen, error=error, **facts)
        template = f"admin/consentguard_django/{self.template}.html"
        return TemplateResponse(request, template, context | (extra_context or {}))
