"""The screens whose rows are in no table: the keys of the keyring, and the data map."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.db import models
from django.http import HttpRequest

from consentguard import screens
from consentguard_django import conf
from consentguard_django.admin.base import as_html
from consentguard_django.admin.pages import APART, PageAdmin


class Key(models.Model):
    """A key in the admin's index. Who may see keys has the permission `view_key`."""

    class Meta:
        apps = APART
        app_label = "consentguard_django"
        managed = False


class DataEntry(models.Model):
    """The data map in the admin's index. Who may see it has the permission `view_dataentry`."""

    class Meta:
        apps = APART
        app_label = "consentguard_django"
        managed = False
        verbose_name_plural = "data map"


class TableAdmin(PageAdmin):
    """A page with one table."""

    template = "table"
    searchable: ClassVar[bool] = False

    @abstractmethod
    def rows(self, request: HttpRequest, text: str) -> Sequence[object]:
        """The rows that hold the text. Raises ConsentGuardError."""

    def facts(self, request: HttpRequest) -> Mapping[str, object]:
        """The table's cells."""
        text = request.GET.get("q", "")
        found, today = self.rows(request, text), conf.guard(request).clock.now().date()
        rows = [("", [as_html(column.cell(row, today)) for column in self.screen.columns]) for row in found]
        return {"rows": rows, "text": text, "searchable": self.searchable}


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
