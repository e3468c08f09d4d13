"""Every store of one database, over the host's SQLAlchemy session."""

from __future__ import annotations

from functools import cached_property

import sqlalchemy as sa

from consentguard_flask.sqlalchemy.database import Database, Sessions, Transactions
from consentguard_flask.sqlalchemy.dataset import SQLAlchemyDataset
from consentguard_flask.sqlalchemy.introspect import Models
from consentguard_flask.sqlalchemy.stores.columns import ColumnJobs, SealedRows
from consentguard_flask.sqlalchemy.stores.copies import CopiedRows
from consentguard_flask.sqlalchemy.stores.data_keys import DataKeys, WrappedKeys
from consentguard_flask.sqlalchemy.stores.evidence import EvidenceEntries, EvidenceSeals
from consentguard_flask.sqlalchemy.stores.factor_sessions import FactorSessions
from consentguard_flask.sqlalchemy.stores.factors import Authenticators, RecoveryCodes
from consentguard_flask.sqlalchemy.stores.limits import Holds, Marks
from consentguard_flask.sqlalchemy.stores.minors import GuardianConsents, MinorReports
from consentguard_flask.sqlalchemy.stores.passkeys import Passkeys
from consentguard_flask.sqlalchemy.stores.proofs import AgeClaims
from consentguard_flask.sqlalchemy.stores.requests import RightsRequests, Tokens
from consentguard_flask.sqlalchemy.stores.suppressions import Suppressions
from consentguard_flask.sqlalchemy.stores.work import Archive, Bookmarks, Errands, Happenings, Runs
from consentguard_flask.sqlalchemy.tables import Tables


class SQLAlchemyStores:
    """`consentguard.ports.Stores`. Cheap to make: a store begins when it is first asked for."""

    def __init__(
        self,
        sessions: Sessions,
        tables: Tables,
        name: str = "default",
        *,
        models: Models | None = None,
        engine: sa.Engine | None = None,
    ) -> None:
        """The stores of the database called `name`, whose `tables` are what `attach` returned.

        `sessions` is a session, a scoped session, a sessionmaker, or a function that returns a session. `models` are
        the host's classes and tables, for the dataset; `engine` is the database's where the session serves several.
        """
        self._database = Database(sessions, tables, name, engine)
        self._models = models or Models((), ())

    @property
    def name(self) -> str:
        """The name of the database, and of its evidence segment."""
        return self._database.name

    @cached_property
    def transactions(self) -> Transactions:
        """Where a transaction begins and ends."""
        return Transactions(self._database)

    @cached_property
    def entries(self) -> EvidenceEntries:
        """Acts as they happened."""
        return EvidenceEntries(self._database)

    @cached_property
    def seals(self) -> EvidenceSeals:
        """The chain over the entries."""
        return EvidenceSeals(self._database)

    @cached_property
    def suppressions(self) -> Suppressions:
        """Addresses that no mail goes to any more."""
        return Suppressions(self._database)

    @cached_property
    def requests(self) -> RightsRequests:
        """Requests of data subjects."""
        return RightsRequests(self._database)

    @cached_property
    def tokens(self) -> Tokens:
        """Digests of tokens."""
        return Tokens(self._database)

    @cached_property
    def authenticators(self) -> Authenticators:
        """Second factors."""
        return Authenticators(self._database)

    @cached_property
    def recovery_codes(self) -> RecoveryCodes:
        """Digests of recovery codes."""
        return RecoveryCodes(self._database)

    @cached_property
    def factor_sessions(self) -> FactorSessions:
        """Browsers in which a second factor was given."""
        return FactorSessions(self._database)

    @cached_property
    def passkeys(self) -> Passkeys:
        """Public keys of second factors."""
        return Passkeys(self._database)

    @cached_property
    def age_claims(self) -> AgeClaims:
        """Outcomes of age screens."""
        return AgeClaims(self._database)

    @cached_property
    def minor_reports(self) -> MinorReports:
        """Reports that somebody is too young."""
        return MinorReports(self._database)

    @cached_property
    def guardian_consents(self) -> GuardianConsents:
        """What guardians were asked for a child."""
        return GuardianConsents(self._database)

    @cached_property
    def data_keys(self) -> DataKeys:
        """Keys of data subjects."""
        return DataKeys(self._database)

    @cached_property
    def wrapped_keys(self) -> WrappedKeys:
        """The same keys by what wraps them."""
        return WrappedKeys(self._database)

    @cached_property
    def dataset(self) -> SQLAlchemyDataset:
        """The host's own tables."""
        return SQLAlchemyDataset(self._database, self._models)

    @cached_property
    def sealed_rows(self) -> SealedRows:
        """The host's encrypted columns."""
        return SealedRows(self._database, self._models)

    @cached_property
    def copied_rows(self) -> CopiedRows:
        """The host's columns that are copies of others."""
        return CopiedRows(self._database, self._models)

    @cached_property
    def column_jobs(self) -> ColumnJobs:
        """How far works on whole columns are."""
        return ColumnJobs(self._database)

    @cached_property
    def runs(self) -> Runs:
        """Plans that are carried out."""
        return Runs(self._database)

    @cached_property
    def holds(self) -> Holds:
        """Legal holds."""
        return Holds(self._database)

    @cached_property
    def marks(self) -> Marks:
        """Restrictions and objections."""
        return Marks(self._database)

    @cached_property
    def errands(self) -> Errands:
        """What is to be done in other places."""
        return Errands(self._database)

    @cached_property
    def happenings(self) -> Happenings:
        """Events on which data goes."""
        return Happenings(self._database)

    @cached_property
    def archive(self) -> Archive:
        """Rows that left their tables, sealed."""
        return Archive(self._database)

    @cached_property
    def bookmarks(self) -> Bookmarks:
        """Facts of which there is one each."""
        return Bookmarks(self._database)
