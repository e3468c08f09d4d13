"""The stores of one database alias: what `consentguard.ports` asks for, by Django's ORM."""

from __future__ import annotations

from functools import cached_property

from consentguard_django.stores.columns import DjangoColumnJobs, DjangoSealedRows
from consentguard_django.stores.copies import DjangoCopiedRows
from consentguard_django.stores.data_keys import DjangoDataKeys, DjangoWrappedKeys
from consentguard_django.stores.dataset import DjangoDataset
from consentguard_django.stores.evidence import DjangoEntries, DjangoSeals
from consentguard_django.stores.factor_sessions import DjangoFactorSessions
from consentguard_django.stores.factors import DjangoAuthenticators, DjangoRecoveryCodes
from consentguard_django.stores.limits import DjangoHolds, DjangoMarks
from consentguard_django.stores.minors import DjangoGuardianConsents, DjangoMinorReports
from consentguard_django.stores.passkeys import DjangoPasskeys
from consentguard_django.stores.proofs import DjangoAgeClaims
from consentguard_django.stores.requests import DjangoRequests, DjangoTokens
from consentguard_django.stores.suppressions import DjangoSuppressions
from consentguard_django.stores.transactions import DjangoTransactions
from consentguard_django.stores.work import (
    DjangoArchive,
    DjangoBookmarks,
    DjangoErrands,
    DjangoHappenings,
    DjangoRuns,
)

__all__ = ["DjangoStores"]


class DjangoStores:
    """`consentguard.ports.Stores` of a database alias. Every query names it, so no router sends one elsewhere."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        """The database alias."""
        return self._name

    @cached_property
    def transactions(self) -> DjangoTransactions:
        """Where a transaction begins and ends."""
        return DjangoTransactions(self._name)

    @cached_property
    def entries(self) -> DjangoEntries:
        """Acts as they happened."""
        return DjangoEntries(self._name)

    @cached_property
    def seals(self) -> DjangoSeals:
        """The chain over them."""
        return DjangoSeals(self._name)

    @cached_property
    def suppressions(self) -> DjangoSuppressions:
        """Addresses that no mail goes to any more."""
        return DjangoSuppressions(self._name)

    @cached_property
    def requests(self) -> DjangoRequests:
        """Requests of data subjects."""
        return DjangoRequests(self._name)

    @cached_property
    def tokens(self) -> DjangoTokens:
        """Digests of tokens."""
        return DjangoTokens(self._name)

    @cached_property
    def authenticators(self) -> DjangoAuthenticators:
        """Second factors."""
        return DjangoAuthenticators(self._name)

    @cached_property
    def recovery_codes(self) -> DjangoRecoveryCodes:
        """Codes that replace a second factor once."""
        return DjangoRecoveryCodes(self._name)

    @cached_property
    def factor_sessions(self) -> DjangoFactorSessions:
        """Browsers in which a second factor was given."""
        return DjangoFactorSessions(self._name)

    @cached_property
    def passkeys(self) -> DjangoPasskeys:
        """Public keys of second factors."""
        return DjangoPasskeys(self._name)

    @cached_property
    def age_claims(self) -> DjangoAgeClaims:
        """Outcomes of age screens."""
        return DjangoAgeClaims(self._name)

    @cached_property
    def minor_reports(self) -> DjangoMinorReports:
        """Reports that somebody is too young."""
        return DjangoMinorReports(self._name)

    @cached_property
    def guardian_consents(self) -> DjangoGuardianConsents:
        """What guardians were asked for a child."""
        return DjangoGuardianConsents(self._name)

    @cached_property
    def data_keys(self) -> DjangoDataKeys:
        """Keys of data subjects."""
        return DjangoDataKeys(self._name)

    @cached_property
    def wrapped_keys(self) -> DjangoWrappedKeys:
        """The same keys by what wraps them."""
        return DjangoWrappedKeys(self._name)

    @cached_property
    def dataset(self) -> DjangoDataset:
        """The site's own tables."""
        return DjangoDataset(self._name)

    @cached_property
    def sealed_rows(self) -> DjangoSealedRows:
        """The site's encrypted columns."""
        return DjangoSealedRows(self._name)

    @cached_property
    def copied_rows(self) -> DjangoCopiedRows:
        """The site's columns that are copies of others."""
        return DjangoCopiedRows(self._name)

    @cached_property
    def column_jobs(self) -> DjangoColumnJobs:
        """How far works on whole columns are."""
        return DjangoColumnJobs(self._name)

    @cached_property
    def runs(self) -> DjangoRuns:
        """Plans that are carried out."""
        return DjangoRuns(self._name)

    @cached_property
    def holds(self) -> DjangoHolds:
        """Legal holds."""
        return DjangoHolds(self._name)

    @cached_property
    def marks(self) -> DjangoMarks:
        """Restrictions and objections."""
        return DjangoMarks(self._name)

    @cached_property
    def errands(self) -> DjangoErrands:
        """What is to be done in other places."""
        return DjangoErrands(self._name)

    @cached_property
    def happenings(self) -> DjangoHappenings:
        """Events on which data goes."""
        return DjangoHappenings(self._name)

    @cached_property
    def archive(self) -> DjangoArchive:
        """Rows that left their tables."""
        return DjangoArchive(self._name)

    @cached_property
    def bookmarks(self) -> DjangoBookmarks:
        """Facts of which there is one each."""
        return DjangoBookmarks(self._name)
