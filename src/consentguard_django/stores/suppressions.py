"""Addresses that no mail goes to any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from consentguard.ports.mistakes import RefusedError
from consentguard_django import models
from consentguard_django.stores.transactions import told


class DjangoSuppressions:
    """`consentguard.ports.Suppressions`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def add(self, address: str, purpose: str, at: dt.datetime) -> bool:
        """Suppress a pseudonym for a purpose; False where it is already."""
        row = models.Suppression(address=address, purpose=purpose, at=at)
        try:
            # inside a transaction this is a savepoint, so that the rest goes on where the row is there already
            with told(self._alias), transaction.atomic(using=self._alias):
                row.save(using=self._alias, force_insert=True)
        except RefusedError:
            return False
        return True

    def lift(self, address: str, purpose: str) -> bool:
        """Suppress it no more; the verdict."""
        with told(self._alias):
            return self._rows.filter(address=address, purpose=purpose).delete()[0] > 0

    def among(self, addresses: Sequence[str], purpose: str) -> frozenset[str]:
        """Those of these pseudonyms that are suppressed for a purpose."""
        with told(self._alias):
            found = self._rows.filter(address__in=addresses, purpose=purpose)
            return frozenset(found.values_list("address", flat=True))

    def counts(self) -> Mapping[str, int]:
        """How many pseudonyms are suppressed, by purpose."""
        with told(self._alias):
            return dict(self._rows.values_list("purpose").annotate(Count("address")).order_by("purpose"))

    @property
    def _rows(self) -> QuerySet[Any]:
        return models.Suppression.objects.using(self._alias)
