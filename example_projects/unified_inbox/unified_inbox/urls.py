"""Addresses of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from unified_inbox.views import front, tour

urlpatterns = [
    path("", front, name="home"),
    path("tour/", tour, name="tour"),
    path("", include("accounts.urls")),
    path("inbox/", include("inbox.urls")),
    path("support/", include("support.urls")),
    path("privacy/", include("consentguard_django.urls")),
    path("", include("consentguard_django.well_known")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns.append(path("outbox/", include("demo.urls")))
