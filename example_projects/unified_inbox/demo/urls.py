"""Address of the outbox, which only the demo has."""

from django.urls import path

from demo.views import outbox

urlpatterns = [path("", outbox, name="outbox")]
