"""What stands at the root of a site: `path("", include("consentguard_django.well_known"))`."""

from __future__ import annotations

from django.urls import path

from consentguard.web.wellknown import ROUTES
from consentguard_django.views import view

app_name = "consentguard_well_known"
urlpatterns = [path(route.path, view(route), name=route.name) for route in ROUTES]
