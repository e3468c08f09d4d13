"""Passkeys: the count of what an authenticator has signed is claimed by one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from consentguard.records import Passkey
from consentguard_django import models
from consentguard_django.stores.portions import portions
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import decided, outside, told


class DjangoPasskeys:
    """`consentguard.ports.Passkeys`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Passkey, Passkey)

    def add(self, passkey: Passkey) -> None:
        """Keep a passkey."""
        self._rows.add(passkey)

    def of(self, subject: str) -> Sequence[Passkey]:
        """A subject's passkeys, the oldest first."""
        return self._rows.read(self._rows.where(subject=subject).order_by("created_at", "id"))

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have a passkey."""
        with told(self._alias):
            found = (
                self._rows.where(subject__in=some).values_list("subject", flat=True).distinct()
                for some in portions(subjects)
            )
            return frozenset(each for some in found for each in some)

    def claim_count(self, id: str, sign_count: int, day: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Accept how often the authenticator has signed unless the number does not grow; the verdict."""
        outside(self._alias)
        grows = Q(sign_count__lt=sign_count)
        rows = self._rows.where(id=id).filter(grows if sign_count else grows | Q(sign_count=0))
        return decided(self._alias, lambda: rows.update(sign_count=sign_count, last_used_on=day))

    def rename(self, subject: str, id: str, name: str) -> bool:  # noqa: A002
        """Give a passkey of this subject another name; the verdict."""
        with told(self._alias):
            return bool(self._rows.where(subject=subject, id=id).update(name=name))

    def drop(self, subject: str, id: str) -> bool:  # noqa: A002
        """Remove a passkey of this subject; the verdict."""
        with told(self._alias):
            return bool(self._rows.where(subject=subject, id=id).delete()[0])

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the passkeys of these subjects."""
        with told(self._alias), transaction.atomic(using=self._alias):
            return sum(self._rows.where(subject__in=some).delete()[0] for some in portions(subjects))
