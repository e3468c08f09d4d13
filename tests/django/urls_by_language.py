"""The addresses of a test site that puts a language before every path."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

urlpatterns = i18n_patterns(path("privacy/", include("consentguard_django.urls")))
