"""Mails product news to those who agreed to it, each mail with a way out."""

from argparse import ArgumentParser
from typing import Any

from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand

from accounts.models import User
from consentguard import SubjectRef
from consentguard_django.conf import guards


class Command(BaseCommand):
    """``manage.py send_news "What is new" "Replies can be scheduled."``"""

    help = "Mail product news to those who agreed to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the subject and the text of the mail."""
        parser.add_argument("subject")
        parser.add_argument("text")

    def handle(self, *, subject: str, text: str, **options: Any) -> None:
        """Send the mails, and say how many there were."""
        lists = guards().at().unsubscribe
        users = {user.email: SubjectRef("user", str(user.pk)) for user in User.objects.filter(is_active=True)}
        allowed = lists.allowed("news", users)
        for address in sorted(allowed):
            link = lists.link(address, "news", users[address])
            headers = dict(lists.headers(address, "news", users[address]))
            EmailMessage(subject, f"{text}\n\nUnsubscribe: {link}\n", to=[address], headers=headers).send()
        self.stdout.write(f"{len(allowed)} of {len(users)} people get the news.")
