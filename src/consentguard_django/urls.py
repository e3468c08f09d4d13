"""The URLs of consentguard: `path("privacy/", include("consentguard_django.urls"))`."""

from __future__ import annotations

from django.urls import path

from consentguard.web.table import PATTERNS
from consentguard_django.views import view

app_name = "consentguard"
urlpatterns = [path(pattern, view(route), name=route.name) for pattern, route in PATTERNS]
