"""Filters of the admin's lists: by pseudonym, and by values that are known without asking the database."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from consentguard import screens
from consentguard.screens import Screen
from consentguard_django import conf


class PersonFilter(admin.SimpleListFilter):
    """The rows about some people, by their pseudonyms."""

    title = "person"
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Whoever is looked for now, to show it and to end it; nobody can be chosen here."""
        value = self.value()
        return [(value, f"{value[:10]}…")] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Their rows; none for what is no pseudonym."""
        value, screen = self.value(), self._screen
        return queryset.filter(**{f"{screen.person}__in": screens.pseudonyms(value)}) if value else queryset

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self._screen: Screen = model_admin.screen
        super().__init__(request, params, model, model_admin)


def filters_of(screen: Screen) -> Iterator[type[admin.SimpleListFilter]]:
    """A filter for each field of the screen whose values are known."""
    return (_filter(screen, name, values) for name, values in screen.filters.items())


def _filter(screen: Screen, name: str, values: tuple[str, ...]) -> type[admin.SimpleListFilter]:
    column = screen.column(name)

    class Known(admin.SimpleListFilter):
        title = column.title.lower()
        parameter_name = name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            today = conf.guard(request).site.today()
            return [(value, column.cell(SimpleNamespace(**{name: value}), today).text) for value in values]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            value = self.value()
            return queryset.filter(**{name: value}) if value else queryset

    return Known
