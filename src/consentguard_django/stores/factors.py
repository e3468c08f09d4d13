"""Second factors, and the codes that replace one once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from consentguard.records import Authenticator
from consentguard_django import models
from consentguard_django.columns import Moment
from consentguard_django.stores.portions import portions
from consentguard_django.stores.rows import Rows
from consentguard_django.stores.transactions import changed, decided, outside, told

# Both are asked for each code, and written here, because Django takes longer to write them than databases to execute.
# The state stands first: MariaDB takes each value from what the ones before it have set.
COUNT = """UPDATE consentguard_authenticator
SET state = CASE WHEN failures >= %s THEN 'disabled' ELSE state END, failures = failures + 1, next_at = %s
WHERE id = %s AND state <> 'disabled' AND (next_at IS NULL OR next_at <= %s)"""
ACCEPT = """UPDATE consentguard_authenticator
SET last_step = %s, state = 'active', failures = 0, next_at = NULL
WHERE id = %s AND last_step < %s"""
MOMENT = Moment()


class DjangoAuthenticators:
    """`consentguard.ports.Authenticators`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._rows = Rows(alias, models.Authenticator, Authenticator)

    def add(self, authenticator: Authenticator) -> None:
        """Keep a pending authenticator, in place of the subject's other pending ones."""
        with told(self._alias), transaction.atomic(using=self._alias):
            self._rows.where(subject=authenticator.subject, state="pending").delete()
            self._rows.add(authenticator)

    def of(self, subject: str) -> Sequence[Authenticator]:
        """A subject's authenticators, the oldest first."""
        return self._rows.ask(self._theirs, (subject,))

    @cached_property
    def _theirs(self) -> str:
        return self._rows.select("WHERE subject = %s ORDER BY created_at, id")

    def find(self, id: str) -> Authenticator | None:  # noqa: A002 - the record's own word
        """The authenticator with this id, or None."""
        return self._rows.first(self._rows.where(id=id))

    def enrolled(self, subjects: Sequence[str]) -> frozenset[str]:
        """Those of these subjects that have an active authenticator."""
        active = self._rows.where(state="active")
        with told(self._alias):
            found = (active.filter(subject__in=some).values_list("subject", flat=True) for some in portions(subjects))
            return frozenset(each for some in found for each in some)

    def begin_attempt(self, id: str, now: dt.datetime, next_at: dt.datetime, most: int) -> bool:  # noqa: A002
        """Count an attempt before it is verified, and allow none before `next_at`; whether it is allowed."""
        connection = outside(self._alias)
        then, at = (MOMENT.get_db_prep_value(each, connection, prepared=True) for each in (next_at, now))
        return self._decided(connection, COUNT, (most - 1, then, id, at))

    def claim_step(self, id: str, step: int) -> bool:  # noqa: A002 - the record's own word
        """Accept a code's time step unless it or a later one was accepted before; the verdict."""
        return self._decided(outside(self._alias), ACCEPT, (step, id, step))

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the authenticators of these subjects."""
        with told(self._alias), transaction.atomic(using=self._alias):
            return sum(self._rows.where(subject__in=some).delete()[0] for some in portions(subjects))

    def _decided(self, connection: BaseDatabaseWrapper, statement: str, values: Sequence[object]) -> bool:
        return decided(self._alias, lambda: changed(connection, statement, values))


class DjangoRecoveryCodes:
    """`consentguard.ports.RecoveryCodes`."""

    def __init__(self, alias: str) -> None:
        self._alias = alias

    def replace(self, subject: str, digests: Sequence[str]) -> None:
        """A subject's new codes in place of whatever was there before."""
        codes = models.RecoveryCode.objects.using(self._alias)
        with told(self._alias), transaction.atomic(using=self._alias):
            codes.filter(subject=subject).delete()
            codes.bulk_create(models.RecoveryCode(subject=subject, digest=digest) for digest in digests)

    def spend(self, subject: str, digest: str, now: dt.datetime) -> bool:
        """Use a code; False for a used or unknown one."""
        outside(self._alias)
        unused = self._unused(subject).filter(digest=digest)
        return decided(self._alias, lambda: unused.update(used_at=now))

    def left(self, subject: str) -> int:
        """How many codes are still unused."""
        with told(self._alias):
            return self._unused(subject).count()

    def remove(self, subjects: Sequence[str]) -> int:
        """Remove the codes of these subjects."""
        codes = models.RecoveryCode.objects.using(self._alias)
        with told(self._alias), transaction.atomic(using=self._alias):
            return sum(codes.filter(subject__in=some).delete()[0] for some in portions(subjects))

    def _unused(self, subject: str) -> QuerySet[models.RecoveryCode]:
        return models.RecoveryCode.objects.using(self._alias).filter(subject=subject, used_at=None)
