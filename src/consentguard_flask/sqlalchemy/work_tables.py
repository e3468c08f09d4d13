"""Our tables for work that goes on until it is done, and for what limits it: their columns and indexes."""

from __future__ import annotations

import sqlalchemy as sa

from consentguard_flask.sqlalchemy.columns import (
    DIGEST,
    ID,
    LABEL,
    NAME,
    SUBJECT,
    WORD,
    UtcDateTime,
    blob,
    name,
    numbered,
    text,
)

Parts = tuple[sa.schema.SchemaItem, ...]


def runs() -> Parts:
    """Of `consentguard.records.Run`."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("kind", name(WORD), nullable=False),
        sa.Column("about", name(NAME), nullable=False),
        sa.Column("digest", name(DIGEST), nullable=False),
        sa.Column("plan", blob(), nullable=False),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("last_key", text(), nullable=False),
        sa.Column("counts", text(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("beat_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Index("consentguard_run_state", "kind", "state", "started_at", "id"),
        sa.Index("consentguard_run_started", "kind", "started_at", "id"),
        sa.Index("consentguard_run_about", "about", "started_at", "id"),
    )


def holds() -> Parts:
    """Of `consentguard.records.Hold`; a data subject is two columns, and a list is JSON."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("reason", text(), nullable=False),
        sa.Column("author", name(LABEL), nullable=False),
        sa.Column("placed_at", UtcDateTime, nullable=False),
        sa.Column("review_on", sa.Date, nullable=False),
        sa.Column("subject_kind", name(NAME), nullable=False),
        sa.Column("subject_key", name(LABEL), nullable=False),
        sa.Column("label", name(LABEL), nullable=False),
        sa.Column("keys", text(), nullable=False),
        sa.Column("columns", text(), nullable=False),
        sa.Column("released_at", UtcDateTime),
        sa.Column("released_by", name(LABEL), nullable=False),
        sa.Index("consentguard_hold_force", "released_at", "placed_at", "id"),
    )


def marks() -> Parts:
    """Of `consentguard.records.Mark`; a data subject is two columns."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("kind", name(WORD), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("subject_kind", name(NAME), nullable=False),
        sa.Column("subject_key", name(LABEL), nullable=False),
        sa.Column("category", name(NAME), nullable=False),
        sa.Column("label", name(LABEL), nullable=False),
        sa.Column("key", name(LABEL), nullable=False),
        sa.Column("purpose", name(NAME), nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("lifted_at", UtcDateTime),
        sa.Column("request", name(ID), nullable=False),
        sa.Index("consentguard_mark_subject", "subject_kind", "subject_key", "at", "id"),
        # what a query of the host's own looks for, row by row
        sa.Index("consentguard_mark_row", "label", "key"),
        sa.Index("consentguard_mark_force", "lifted_at", "at", "id"),
        sa.Index("consentguard_mark_ending", "lifted_at", "until", "id"),
        sa.Index("consentguard_mark_kind", "kind", "lifted_at", "at", "id"),
    )


def minor_reports() -> Parts:
    """Of `consentguard.records.MinorReport`."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("source", name(WORD), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("details", blob(), nullable=False),
        sa.Column("confirmed_by", text(), nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("request", name(ID), nullable=False),
        sa.Column("reminded", sa.Integer, nullable=False),
        sa.Index("consentguard_minor_state", "state", "due_at", "id"),
        sa.Index("consentguard_minor_subject", "subject", "received_at", "id"),
    )


def guardian_consents() -> Parts:
    """Of `consentguard.records.GuardianConsent`."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Column("child", blob(), nullable=False),
        sa.Column("contact", blob(), nullable=False),
        sa.Column("language", name(WORD), nullable=False),
        sa.Column("scopes", text(), nullable=False),
        sa.Column("method", name(WORD), nullable=False),
        sa.Column("answered_at", UtcDateTime),
        sa.Column("ends_on", sa.Date),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("owed_at", UtcDateTime),
        sa.Index("consentguard_guardian_state", "state", "expires_at", "id"),
        sa.Index("consentguard_guardian_child", "subject", "asked_at", "id"),
        sa.Index("consentguard_guardian_owed", "owed_at", "id"),
    )


def errands() -> Parts:
    """Of `consentguard.records.Errand`."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("about", name(NAME), nullable=False),
        sa.Column("kind", name(WORD), nullable=False),
        sa.Column("target", name(LABEL), nullable=False),
        sa.Column("hand", name(WORD), nullable=False),
        sa.Column("payload", blob(), nullable=False),
        sa.Column("state", name(WORD), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("next_at", UtcDateTime, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("done_at", UtcDateTime),
        sa.Column("by", name(LABEL), nullable=False),
        sa.Column("proof", text(), nullable=False),
        sa.Index("consentguard_errand_due", "state", "hand", "next_at", "id"),
        sa.Index("consentguard_errand_about", "about", "id"),
    )


def happenings() -> Parts:
    """Of `consentguard.records.Happening`."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("event", name(NAME), nullable=False),
        sa.Column("scope", name(NAME), nullable=False),
        sa.Column("key", name(LABEL), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("hides", sa.Boolean, nullable=False),
        sa.Column("done_at", UtcDateTime),
        sa.Index("consentguard_happening_due", "done_at", "due_at", "id"),
    )


def archive() -> Parts:
    """Of `consentguard.records.ArchivedRow`; the list of whom it is about is JSON."""
    return (
        sa.Column("id", name(ID), primary_key=True),
        sa.Column("label", name(LABEL), nullable=False),
        sa.Column("key", text(), nullable=False),
        sa.Column("subjects", text(), nullable=False),
        sa.Column("archived_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("content", blob(), nullable=False),
        sa.Index("consentguard_archived_until", "until", "id"),
    )


def archived_subjects() -> Parts:
    """Whom an archived row is about, a row for each: how it is found."""
    return (
        numbered(),
        sa.Column("row", name(ID), nullable=False),
        sa.Column("subject", name(SUBJECT), nullable=False),
        sa.Index("consentguard_archived_once", "subject", "row", unique=True),
        sa.Index("consentguard_archived_of", "row"),
    )


def bookmarks() -> Parts:
    """Of `consentguard.records.Bookmark`."""
    return (
        sa.Column("name", name(LABEL), primary_key=True),
        sa.Column("value", text(), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def column_jobs() -> Parts:
    """Of `consentguard.records.ColumnJob`."""
    return (
        sa.Column("name", name(LABEL), primary_key=True),
        sa.Column("goal", text(), nullable=False),
        sa.Column("phase", name(WORD), nullable=False),
        sa.Column("last_key", text(), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
