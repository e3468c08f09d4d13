"""Configuration of the accounts app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    """People and organisations."""

    name = "accounts"

    def ready(self) -> None:
        """Record every log-in."""
        from accounts.tracking import record_login

        user_logged_in.connect(record_login, dispatch_uid="accounts.record_login")
