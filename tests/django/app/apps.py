"""The clinic's application, under a label that is not its module's name."""

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    """The clinic."""

    name = "tests.django.app"
    label = "clinic"
    default_auto_field = "django.db.models.BigAutoField"
