"""The screens whose rows are in no table: the keys of the keyring, and the data map.

Each has a model for the admin's index and permissions alone. It stands in a registry of its own: no migration, no
command and no data map ever meets it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from django.apps.registry import Apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard_django import conf
from consentguard_django.admin.base import ReadOnlyAdmin, as_html

_APART = Apps()


class Key(models.Model):
    """A key in the admin's index. Who may see keys has the permission `view_key`."""

    class Meta:
        apps = _APART
        app_label = "consentguard_django"
        managed = False


class DataEntry(models.Model):
    """The data map in the admin's index. Who may see it has the permission `view_dataentry`."""

    class Meta:
        apps = _APART
        app_label = "consentguard_django"
        managed = False
        verbose_name_plural = "data map"


class TableAdmin(ReadOnlyAdmin):
    """A page with one table."""

    searchable: ClassVar[bool] = False

    @abstractmethod
    def rows(self, request: HttpRequest, text: str) -> Sequence[object]:
        """The rows that hold the text. Raises ConsentGuardError."""

    def get_urls(self) -> list[URLPattern]:
        """The one page."""
        return [path("", self.admin_site.admin_view(self.changelist_view), name=self.name_of("changelist"))]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The table, or what keeps it from being read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text, error = request.GET.get("q", ""), ""
        try:
            found = self.rows(request, text)
        except ConsentGuardError as wrong:
            found, error = (), str(wrong)
        today = conf.guard(request).clock.now().date()
        cells = [[as_html(column.cell(row, today)) for column in self.screen.columns] for row in found]
        ours = {"screen": self.screen, "cells": cells, "error": error, "text": text, "searchable": self.searchable}
        context = self.page(request, self.screen.title, **ours, **(extra_context or {}))
        return TemplateResponse(request, "admin/consentguard_django/table.html", context)


class KeysAdmin(TableAdmin):
    """Ids, states and dates of the keys; never a key."""

    screen = screens.KEYS

    def rows(self, request: HttpRequest, text: str) -> Sequence[object]:
        """Every key."""
        return screens.keys(conf.guard(request))


class DataMapAdmin(TableAdmin):
    """What is held where, about whom, and for how long."""

    screen = screens.DATA_MAP
    searchable = True

    def rows(self, request: HttpRequest, text: str) -> Sequence[object]:
        """The entries that hold the text."""
        return screens.data_rows(conf.guard(request), text)
