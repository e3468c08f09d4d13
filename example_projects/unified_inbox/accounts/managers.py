"""Manager of users who log in with their e-mail address."""

from typing import Any

from django.contrib.auth.models import BaseUserManager


class UserManager(BaseUserManager):
    """Creates users from an e-mail address and a password."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Save and return a user.

        Raises:
            ValueError: the e-mail address is empty.
        """
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Save and return a user who may do everything in the admin."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    def get_by_natural_key(self, email: str | None) -> Any:
        """Find a user by e-mail address, whatever its case."""
        return self.get(email=(email or "").lower())
