"""The SQLAlchemy stores keep every contract, over a session that is the host's, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import orm

from consentguard.testing import contracts, races
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from tests.core.consent_kit import Decisions, folder
from tests.found_minors import FoundMinors
from tests.round_trip import RoundTrip
from tests.sqlalchemy.site import MODELS, People, opened

__all__ = ["folder"]


@pytest.fixture(scope="session")
def race(database: str) -> Iterator[contracts.Race]:
    """Processes with connections of their own."""
    with races.Processes(partial(opened, database)) as race:
        yield race


@pytest.fixture
def people(session: orm.Session, stores: SQLAlchemyStores) -> People:
    """The host's rows."""
    return People(session, stores)


@pytest.fixture
def vault(people: People) -> People:
    """The host's table with encrypted columns."""
    return people


class TestTransactions(contracts.TransactionsContract):
    """Over the host's session."""


class TestEvidenceEntries(contracts.EvidenceEntriesContract):
    """In `consentguard_evidence_entry`."""


class TestEvidenceSeals(contracts.EvidenceSealsContract):
    """In `consentguard_evidence_seal`."""


class TestSuppressions(contracts.SuppressionsContract):
    """In `consentguard_suppression`."""


class TestRightsRequests(contracts.RightsRequestsContract):
    """In `consentguard_rights_request`."""


class TestTokens(contracts.TokensContract):
    """In `consentguard_token`."""


class TestAuthenticators(contracts.AuthenticatorsContract):
    """In `consentguard_authenticator`."""


class TestRecoveryCodes(contracts.RecoveryCodesContract):
    """In `consentguard_recovery_code`."""


class TestFactorSessions(contracts.FactorSessionsContract):
    """In `consentguard_factor_session`."""


class TestPasskeys(contracts.PasskeysContract):
    """In `consentguard_passkey`."""


class TestAgeClaims(contracts.AgeClaimsContract):
    """In `consentguard_age_claim`."""


class TestDataKeys(contracts.DataKeysContract):
    """In `consentguard_data_key`."""


class TestWrappedKeys(contracts.WrappedKeysContract):
    """The same, by what wraps them."""


class TestDataset(contracts.DatasetContract):
    """In the host's tables."""


class TestRoundTrip(RoundTrip):
    """Rows of a host that leave as an archive and come back."""

    tables = MODELS.tables()


class TestFoundMinors(FoundMinors):
    """Birth dates that a database compares."""

    tables = MODELS.tables()


class TestSealedRows(contracts.SealedRowsContract):
    """The host's encrypted columns, past their types."""


class TestCopiedRows(contracts.CopiedRowsContract):
    """The host's columns that are copies of others."""


class TestColumnJobs(contracts.ColumnJobsContract):
    """In `consentguard_column_job`."""


class TestRuns(contracts.RunsContract):
    """In `consentguard_run`."""


class TestHolds(contracts.HoldsContract):
    """In `consentguard_hold`, locked by a row of `consentguard_bookmark`."""


class TestMinorReports(contracts.MinorReportsContract):
    """Reports that somebody is a minor, over a session."""


class TestGuardianConsents(contracts.GuardianConsentsContract):
    """What guardians are asked, over a session."""


class TestMarks(contracts.MarksContract):
    """In `consentguard_mark`."""


class TestErrands(contracts.ErrandsContract):
    """In `consentguard_errand`."""


class TestHappenings(contracts.HappeningsContract):
    """In `consentguard_happening`."""


class TestArchive(contracts.ArchiveContract):
    """In `consentguard_archived_row`, found by `consentguard_archived_subject`."""


class TestBookmarks(contracts.BookmarksContract):
    """In `consentguard_bookmark`."""


class TestDecisions(Decisions):
    """What visitors decide, over the host's session."""
