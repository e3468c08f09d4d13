"""The screens of consent that are no list: how decisions went, and what changed in what visitors are asked."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.http import HttpRequest

from consentguard import screens
from consentguard_django import conf
from consentguard_django.admin.pages import APART, PageAdmin


class ConsentRate(models.Model):
    """The rates in the admin's index. Who may see them has the permission `view_consentrate`."""

    class Meta:
        apps = APART
        app_label = "consentguard_django"
        managed = False


class ConsentVersion(models.Model):
    """The versions in the admin's index. Who may see them has the permission `view_consentversion`."""

    class Meta:
        apps = APART
        app_label = "consentguard_django"
        managed = False


class RatesAdmin(PageAdmin):
    """How many decisions accept what they are asked."""

    screen = screens.RATES
    template = "consent_rates"

    def facts(self, request: HttpRequest) -> Mapping[str, object]:
        """The decisions of the chosen period."""
        return {"rates": screens.rates_page(conf.guard(request), request.GET.get(screens.DAYS, ""))}


class VersionsAdmin(PageAdmin):
    """What visitors are and were asked."""

    screen = screens.VERSIONS
    template = "consent_versions"

    def facts(self, request: HttpRequest) -> Mapping[str, object]:
        """All versions, and the difference of the two chosen ones."""
        chosen = (request.GET.get(name, "") for name in (screens.BEFORE, screens.AFTER))
        return {"versions": screens.versions_page(conf.guard(request), *chosen)}
