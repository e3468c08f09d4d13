"""Browsers in which people gave a second factor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connections, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from consentguard.records import FactorSession
from consentguard_django import models
from consentguard_django.stores.portions import portions
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import decided, told


class DjangoFactorSessions:
    """`consentguard.ports.FactorSessions`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.FactorSession, FactorSession)

    def add(self, session: FactorSession) -> None:
        """Keep a session; those of its subject that count no more are removed."""
        with told(self._alias), transaction.atomic(using=self._alias):
            over = Q(expires_at__lte=session.verified_at) | ~Q(epoch=self.epoch(session.subject))
            dead = self._rows.where(subject=session.subject).filter(over)
            # looked for first: where nothing is found to delete MariaDB locks the gap, and two at once wait for ever
            if dead.exists():
                dead.delete()
            self._rows.add(session)

    def find(self, digests: Sequence[str], now: dt.datetime) -> FactorSession | None:
        """The session with one of these digests that counts now, or None."""
        return self._rows.first(counting(self._alias, now).filter(digest__in=digests))

    def of(self, subject: str, now: dt.datetime) -> Sequence[FactorSession]:
        """A subject's sessions that count now, the newest first."""
        return self._rows.read(counting(self._alias, now).filter(subject=subject).order_by("-verified_at", "-id"))

    def see(self, id: str, on: dt.date) -> bool:  # noqa: A002 - the record's own word
        """Take down on which day a session was last seen."""
        rows = self._rows.where(id=id)
        return decided(self._alias, lambda: rows.update(seen_on=on))

    def leave(self, id: str) -> bool:  # noqa: A002 - the record's own word
        """Let a session belong to no sign-in."""
        rows = self._rows.where(id=id)
        return decided(self._alias, lambda: rows.update(sign_in=""))

    def end(self, subject: str, id: str) -> bool:  # noqa: A002 - the record's own word
        """Remove a session of that subject's."""
        rows = self._rows.where(subject=subject, id=id)
        return decided(self._alias, lambda: rows.delete()[0])

    def epoch(self, subject: str) -> str:
        """The epoch that a session is to be kept with."""
        with told(self._alias):
            return self._epochs.filter(subject=subject).values_list("epoch", flat=True).first() or ""

    def bump_epoch(self, subject: str, epoch: str) -> None:
        """Begin another epoch of a subject."""
        of_any = connections[self._alias].features.supports_update_conflicts_with_target
        with told(self._alias), transaction.atomic(using=self._alias):
            self._epochs.bulk_create(
                [models.FactorEpoch(subject=subject, epoch=epoch)],
                update_conflicts=True,
                update_fields=["epoch"],
                unique_fields=["subject"] if of_any else None,
            )

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the sessions and the epochs of these subjects."""
        with told(self._alias), transaction.atomic(using=self._alias):
            for some in portions(subjects):
                self._epochs.filter(subject__in=some).delete()
            return sum(self._rows.where(subject__in=some).delete()[0] for some in portions(subjects))

    @property
    def _epochs(self) -> QuerySet[models.FactorEpoch]:
        return models.FactorEpoch.objects.using(self._alias)


def counting(alias: str, now: dt.datetime) -> QuerySet[models.FactorSession]:
    """The sessions that have neither expired nor another epoch than their subject's."""
    epochs = models.FactorEpoch.objects.using(alias).filter(subject=OuterRef("subject"))
    theirs = Coalesce(Subquery(epochs.values("epoch")[:1]), Value(""))
    return models.FactorSession.objects.using(alias).filter(expires_at__gt=now, epoch=theirs)
