"""Address of the support page."""

from django.urls import path

from support.views import SupportView

urlpatterns = [path("", SupportView.as_view(), name="support")]
