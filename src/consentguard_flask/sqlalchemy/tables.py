"""Consentguard's own tables: each column is the field of that name of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from consentguard_flask.sqlalchemy import work_tables
from consentguard_flask.sqlalchemy.columns import (
    DIGEST,
    ID,
    LABEL,
    NAME,
    REF,
    SUBJECT,
    WORD,
    UtcDateTime,
    blob,
    name,
    numbered,
    text,
)
from consentguard_flask.sqlalchemy.work_tables import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of one database."""

    entries: sa.Table
    seals: sa.Table
    checkpoints: sa.Table
    suppressions: sa.Table
    requests: sa.Table
    tokens: sa.Table
    authenticators: sa.Table
    recovery_codes: sa.Table
    factor_sessions: sa.Table
    factor_epochs: sa.Table
    passkeys: sa.Table
    age_claims: sa.Table
    minor_reports: sa.Table
    guardian_consents: sa.Table
    data_keys: sa.Table
    column_jobs: sa.Table
    runs: sa.Table
    holds: sa.Table
    marks: sa.Table
    errands: sa.Table
    happenings: sa.Table
    archive: sa.Table
    archived_subjects: sa.Table
    bookmarks: sa.Table

    def all(self) -> tuple[sa.Table, ...]:
        """Every table, in the order of the fields."""
        return _ALL(self)


_ALL: Callable[[Tables], tuple[sa.Table, ...]] = attrgetter(*Tables.__dataclass_fields__)


def attach(metadata: sa.MetaData) -> Tables:
    """Add the tables to a MetaData, or find them there: Alembic then sees them like those of the site.

    They take the schema that the MetaData has, if any.
    """
    return Tables(
        entries=_table(metadata, "consentguard_evidence_entry", _entries),
        seals=_table(metadata, "consentguard_evidence_seal", _seals),
        checkpoints=_table(metadata, "consentguard_evidence_checkpoint", _checkpoints),
        suppressions=_table(metadata, "consentguard_suppression", _suppressions),
        requests=_table(metadata, "consentguard_rights_request", _requests),
        tokens=_table(metadata, "consentguard_token", _tokens),
        authenticators=_table(metadata, "consentguard_authenticator", _authenticators),
        recovery_codes=_table(metadata, "consentguard_recovery_code", _recovery_codes),
        factor_sessions=_table(metadata, "consentguard_factor_session", _factor_sessions),
        factor_epochs=_table(metadata, "consentguard_factor_epoch", _factor_epochs),
        passkeys=_table(metadata, "consentguard_passkey", _passkeys),
        age_claims=_table(metadata, "consentguard_age_claim", _age_claims),
        minor_reports=_table(metadata, "consentguard_minor_report", work_tables.minor_reports),
        guardian_consents=_table(metadata, "consentguard_guardian_consent", work_tables.guardian_consents),
        data_keys=_table(metadata, "consentguard_data_key", _data_keys, sqlite_autoincrement=True),
        column_jobs=_table(metadata, "consentguard_column_job", work_tables.column_jobs),
        runs=_table(metadata, "consentguard_run", work_tables.runs),
        holds=_table(metadata, "consentguard_hold", work_tables.holds),
        marks=_table(metadata, "consentguard_mark", work_tables.marks),
        errands=_table(metadata, "consentguard_errand", work_tables.errands),
        happenings=_table(metadata, "consentguard_happening", work_tables.happenings),
        archive=_table(metadata, "consentguard_archived_row", work_tables.archive),
        archived_subjects=_table(metadata, "consentguard_archived_subject", work_tables.archived_subjects),
        bookmarks=_table(metadata, "consentguard_bookmark", work_tables.bookmarks),
    )


def _table(metadata: sa.MetaData, called: str, parts: Callable[[], Parts], **options: Any) -> sa.Table:
    key = f"{metadata.schema}.{called}" if metadata.schema else called
    found = metadata.tables.get(key)
    return sa.Table(called, metadata, *parts(), **options) if found is None else found


def _entries() -> Parts:
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("segment", name(NAME), nullable=False),
        sa.Column("act", name(NAME), nullable=False),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("version", name(SUBJECT), nullable=False),
        sa.Column("details", text(), nullable=False),
        sa.Column("key_id", sa.BigInteger, nullable=False),
        sa.Column("mac", name(DIGEST), nullable=False),
        sa.Index("consentguard_entry_at", "at", "id"),
        sa.Index("consentguard_entry_subject", "subject", "id"),
        sa.Index("consentguard_entry_act", "act", "at", "id"),
    )


def _seals() -> Parts:
    return (
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("entry", name(ID), nullable=False),
        sa.Column("previous", name(DIGEST), nullable=False),
        sa.Column("hash", name(DIGEST), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Index("consentguard_seal_entry", "entry", unique=True),
    )


def _checkpoints() -> Parts:
    return (
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", name(DIGEST), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("removed", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.BigInteger, nullable=False),
        sa.Column("mac", name(DIGEST), nullable=False),
    )


def _suppressions() -> Parts:
    return (
        numbered(),
        sa.Column("address", name(SUBJECT), nullable=False),
        sa.Column("purpose", name(NAME), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Index("consentguard_suppression_once", "address", "purpose", unique=True),
    )


def _requests() -> Parts:
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("right", name(WORD), nullable=False),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("language", name(WORD), nullable=False),
        sa.Column("jurisdiction", name(WORD), nullable=False),
        sa.Column("contact", sa.LargeBinary, nullable=False),
        sa.Column("contact_ref", name(SUBJECT), nullable=False),
        sa.Column("channel", name(WORD), nullable=False),
        sa.Column("identity", name(WORD), nullable=False),
        sa.Column("subject", name(REF), nullable=False),
        sa.Column("details", blob(), nullable=False),
        sa.Column("owes", name(WORD), nullable=False),
        sa.Column("confirmed_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("extended_on", sa.Date),
        sa.Column("paused_at", UtcDateTime),
        sa.Column("reminded", sa.Integer, nullable=False),
        sa.Column("plan", name(DIGEST), nullable=False),
        sa.Column("approved_by", text(), nullable=False),
        sa.Column("assigned", name(LABEL), nullable=False),
        sa.Column("denial", name(WORD), nullable=False),
        sa.Column("outcome", text(), nullable=False),
        sa.Index("consentguard_request_state", "state", "due_on", "id"),
        sa.Index("consentguard_request_owing", "owes", "received_at", "id"),
        sa.Index("consentguard_request_contact", "contact_ref", "id"),
    )


def _tokens() -> Parts:
    return (
        sa.Column("digest", name(DIGEST), primary_key=True),
        sa.Column("purpose", name(WORD), nullable=False),
        sa.Column("about", name(NAME), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.Index("consentguard_token_about", "about", "purpose"),
        sa.Index("consentguard_token_expires", "expires_at"),
    )


def _authenticators() -> Parts:
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("kind", name(WORD), nullable=False),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at", UtcDateTime),
        sa.Index("consentguard_factor_subject", "subject", "created_at", "id"),
        sa.Index("consentguard_factor_state", "state", "id"),
    )


def _recovery_codes() -> Parts:
    return (
        numbered(),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("digest", name(DIGEST), nullable=False),
        sa.Column("used_at", UtcDateTime),
        sa.Index("consentguard_recovery_once", "subject", "digest", unique=True),
    )


def _factor_sessions() -> Parts:
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("digest", name(DIGEST), nullable=False),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("factor", name(DIGEST), nullable=False),
        sa.Column("method", name(WORD), nullable=False),
        sa.Column("verified_at", UtcDateTime, nullable=False),
        sa.Column("seen_on", sa.Date, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("remembered", sa.Boolean, nullable=False),
        sa.Column("label", name(NAME), nullable=False),
        sa.Column("sign_in", name(DIGEST), nullable=False),
        sa.Column("epoch", name(ID), nullable=False),
        sa.Index("consentguard_session_digest", "digest", unique=True),
        sa.Index("consentguard_session_subject", "subject", "verified_at", "id"),
    )


def _factor_epochs() -> Parts:
    return sa.Column("subject", name(SUBJECT), primary_key=True), sa.Column("epoch", name(ID), nullable=False)


def _passkeys() -> Parts:
    return (
        sa.Column("id", name(DIGEST), primary_key=True),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("credential", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("transports", name(NAME), nullable=False),
        sa.Column("name", name(LABEL), nullable=False),
        sa.Column("last_used_on", sa.Date),
        sa.Index("consentguard_passkey_subject", "subject", "created_at", "id"),
    )


def _age_claims() -> Parts:
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("outcome", name(WORD), nullable=False),
        sa.Column("method", name(WORD), nullable=False),
        sa.Column("assurance", name(WORD), nullable=False),
        sa.Column("version", name(SUBJECT), nullable=False),
        sa.Column("recheck_on", sa.Date),
        sa.Index("consentguard_age_subject", "subject", "at", "id"),
        sa.Index("consentguard_age_outcome", "outcome", "id"),
    )


def _data_keys() -> Parts:
    return (
        # of 32 bits, since a sealed value names it in so many; SQLite gives none again only where it counts them
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("created_at", UtcDateTime),
        sa.Column("subject", name(SUBJECT)),
        sa.Column("key_id", sa.BigInteger),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("destroyed_on", sa.Date),
        sa.Index("consentguard_key_subject", "subject", unique=True),
        sa.Index("consentguard_key_wrapper", "key_id", "id"),
    )
