"""Fills the database with generated data and prints the log-ins to try it with."""

import argparse
from collections.abc import Iterable
from random import Random
from typing import Any

from cookie_consent.models import CookieGroup
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Account, ActivityLog, FeatureUsage, LoginSession, User
from billing.models import Invoice, InvoiceLine
from demo import accounts, desk, inbox, office, outbox, roles
from inbox.models import Attachment, ConnectedChannel, Contact, Conversation, Label, Message
from support.models import SupportTicket

BATCH = 500


def row_count(text: str) -> int:
    """Read the value of ``--rows``."""
    if not text.isdecimal() or not 100 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 100 to 1000000, not {text!r}")
    return int(text)


class Command(BaseCommand):
    """``manage.py seed``: replaces all data; the same day and ``--rows`` give the same data."""

    help = "Replace all data by generated data, and print the demo log-ins."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--rows``."""
        parser.add_argument("--rows", type=row_count, default=1000, help="generate at least this many rows (1000)")

    def handle(self, *, rows: int, **options: Any) -> None:
        """Clear, generate, and say how to log in."""
        self.total = 0
        self.rng = Random(rows)
        self.now = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        desk.clear()
        self.add_rows(rows)
        desk.open_cases()
        self.stdout.write(self.style.SUCCESS(f"{self.total:>7} rows in all. Log in with:"))
        for email, password in accounts.DEMO_LOGINS.items():
            self.stdout.write(f"        {email} / {password}")

    @transaction.atomic
    def add_rows(self, rows: int) -> None:
        """Clear, and generate the rows of every table."""
        clear()
        organisations, users = self.add_accounts(rows)
        self.add_inbox(rows, organisations, users)
        self.add_office(rows, organisations)
        call_command("consentguard", "cookies", "push")

    def add_accounts(self, rows: int) -> tuple[list[Account], list[User]]:
        """Generate organisations, users and their traces."""
        organisations = self.save(Account, accounts.accounts(max(4, rows // 100), self.now))
        users = self.save(User, accounts.users(organisations, self.now))
        self.save(LoginSession, accounts.logins(users, self.rng, self.now))
        self.save(ActivityLog, accounts.activity(users, rows // 10, self.rng, self.now))
        self.save(FeatureUsage, accounts.usage(users, self.rng, self.now))
        self.save(User, accounts.staff(self.now))
        roles.assign()
        return organisations, users

    def add_inbox(self, rows: int, organisations: list[Account], users: list[User]) -> None:
        """Generate channels, conversations and messages."""
        channels = self.save(ConnectedChannel, inbox.channels(organisations, users, self.now))
        labels = self.save(Label, inbox.labels(organisations))
        contacts = self.save(Contact, inbox.contacts(channels, rows // 10, self.now))
        found = inbox.conversations(contacts, channels, users, self.rng, self.now)
        conversations = self.save(Conversation, found)
        self.save(Conversation.labels.through, inbox.conversation_labels(conversations, labels, self.rng))
        messages = self.save(Message, inbox.messages(conversations, rows // 2, self.rng))
        Conversation.objects.bulk_update(conversations, ["last_message_at"], batch_size=BATCH)
        for conversation in conversations:
            conversation.contact.last_message_at = conversation.last_message_at
        Contact.objects.bulk_update(contacts, ["last_message_at"], batch_size=BATCH)
        self.save(Attachment, inbox.attachments(messages, max(4, rows // 50)))

    def add_office(self, rows: int, organisations: list[Account]) -> None:
        """Generate invoices and tickets."""
        invoices = self.save(Invoice, office.invoices(organisations, self.now))
        self.save(InvoiceLine, office.invoice_lines(invoices))
        self.save(SupportTicket, office.tickets(max(4, rows // 50), self.rng, self.now))

    def save(self, model: type[models.Model], rows: Iterable[Any]) -> list[Any]:
        """Insert rows in batches, and say how many."""
        saved = model._default_manager.bulk_create(rows, batch_size=BATCH)
        self.total += len(saved)
        self.stdout.write(f"{len(saved):>7} {model._meta.verbose_name_plural}")
        return saved


def clear() -> None:
    """Delete all data, uploaded files and mails; invoices first, for they protect their account."""
    outbox.clear()
    for attachment in Attachment.objects.iterator():
        attachment.file.delete(save=False)
    for model in (Invoice, SupportTicket, ActivityLog, LoginSession, FeatureUsage, Account, User, Session, CookieGroup):
        model._default_manager.all().delete()
