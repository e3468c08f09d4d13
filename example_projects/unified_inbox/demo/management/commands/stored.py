"""Shows what the database holds of the phone number of the demo log-in."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from demo.accounts import DEMO_LOGINS


class Command(BaseCommand):
    """``manage.py stored``: an encrypted column as the database sees it."""

    help = "Show what the database holds of the demo log-in's phone number."

    def handle(self, **options: Any) -> None:
        """Print the bytes of the column, and look for the number in the whole database file."""
        email = next(iter(DEMO_LOGINS))
        with connection.cursor() as cursor:
            cursor.execute("SELECT phone FROM accounts_user WHERE email = %s", [email])
            row = cursor.fetchone()
        if row is None:
            raise CommandError(f"there is no {email}; run `manage.py seed`")
        self.stdout.write(f"accounts_user.phone of {email}: {bytes(row[0]).hex()}")
        phone = User.objects.get(email=email).phone
        found = phone.encode() in settings.DATABASE_PATH.read_bytes()
        self.stdout.write("The number stands in the database file." if found else "The number is not in its file.")
