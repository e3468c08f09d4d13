"""Every statement that the stores send finds its rows by an index, as PostgreSQL explains it on filled tables."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool, event, orm

from consentguard import screens
from consentguard.consent.record import ACT
from consentguard.records import (
    AgeClaim,
    ArchivedRow,
    Authenticator,
    Bookmark,
    Checkpoint,
    ColumnJob,
    DataKey,
    Errand,
    EvidenceEntry,
    FactorSession,
    GuardianConsent,
    Happening,
    Hold,
    Mark,
    MinorReport,
    NewDataKey,
    Passkey,
    RightsRequest,
    Run,
    Seal,
    SubjectRef,
    Token,
)
from consentguard.screens import Screen
from consentguard_flask.admin.factors import holders
from consentguard_flask.admin.records import Asked, Records
from consentguard_flask.sqlalchemy.database import Database
from consentguard_flask.sqlalchemy.stores import SQLAlchemyStores
from consentguard_flask.sqlalchemy.stores.rows import Record, values
from consentguard_flask.sqlalchemy.tables import attach

NOW = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ROWS = 500
TABLES = attach(sa.MetaData(schema="explained"))


def entry(number: int) -> EvidenceEntry:
    return EvidenceEntry(
        id=f"{number:032x}", at=NOW + number * DAY, segment="default", act="a" if number % 20 else ACT,
        subject=f"s{number}", version="v", details="{}", key_id=1, mac="m",
    )  # fmt: skip


def seal(number: int) -> Seal:
    return Seal(sequence=number, entry=f"{number:032x}", previous="p", hash="h", at=NOW)


def checkpoint(number: int) -> Checkpoint:
    return Checkpoint(sequence=number, hash="h", at=NOW, removed=1, key_id=1, mac="m")


def request(number: int) -> RightsRequest:
    return RightsRequest(
        id=f"{number:032x}", right="access", state="received" if number % 50 == 0 else "done", received_at=NOW,
        due_on=NOW.date() + number * DAY, language="en", jurisdiction="", contact=b"c", contact_ref=f"s{number}",
        owes="outcome" if number % 50 == 0 else "",
    )  # fmt: skip


def token(number: int) -> Token:
    return Token(digest=f"{number:064x}", purpose="confirm", about=f"r{number}", expires_at=NOW + number * DAY)


def factor(number: int) -> Authenticator:
    return Authenticator(id=f"{number:032x}", subject=f"s{number}", state="pending", secret=b"s", created_at=NOW)


def passkey(number: int) -> Passkey:
    return Passkey(
        id=f"{number:064x}", subject=f"s{number}", credential=b"c", public_key=b"k", sign_count=1, created_at=NOW
    )


def key(number: int) -> DataKey:
    return DataKey(
        id=number + 1, state="enabled", created_at=NOW, subject=f"s{number}", key_id=1 + number % 2, wrapped=b"w"
    )


def new_key(number: int) -> NewDataKey:
    return NewDataKey(subject=f"s{number}", key_id=1, wrapped=b"w", created_at=NOW)


def claim(number: int) -> AgeClaim:
    return AgeClaim(
        id=f"{number:032x}", at=NOW, subject=f"s{number}", threshold=18, outcome="over", method="screen",
        assurance="self_declared", version="v",
    )  # fmt: skip


def job(number: int) -> ColumnJob:
    return ColumnJob(name=f"rotate {number}", goal="g", phase="running", last_key="", done=0, at=NOW)


def session(number: int) -> FactorSession:
    return FactorSession(
        id=f"{number:032x}", digest=f"{number:064x}", subject=f"s{number}", factor="f", method="otp", verified_at=NOW,
        seen_on=NOW.date(), expires_at=NOW + DAY,
    )  # fmt: skip


def report(number: int) -> MinorReport:
    return MinorReport(
        id=f"{number:032x}", state="erased" if number % 50 else "quarantined", source="guardian", received_at=NOW,
        due_at=NOW + number * DAY, subject=f"s{number}", details=b"d",
    )  # fmt: skip


def consent(number: int) -> GuardianConsent:
    return GuardianConsent(
        id=f"{number:032x}", state="granted" if number % 50 else "noticed", asked_at=NOW,
        expires_at=NOW + number * DAY, subject=f"s{number}", child=b"c", contact=b"c", language="en",
        owed_at=None if number % 50 else NOW,
    )  # fmt: skip


def run(number: int) -> Run:
    return Run(
        id=f"{number:032x}", kind="retention" if number % 2 else "erasure", about=f"r{number}", digest="d", plan=b"p",
        state="done" if number % 50 else "open", started_at=NOW + number * DAY, beat_at=NOW,
    )  # fmt: skip


def hold(number: int) -> Hold:
    return Hold(
        id=f"{number:032x}", reason="r", author="a", placed_at=NOW, review_on=NOW.date(),
        released_at=NOW if number % 50 else None,
    )  # fmt: skip


def mark(number: int) -> Mark:
    return Mark(
        id=f"{number:032x}", kind="restriction", at=NOW, subject=SubjectRef("user", str(number)),
        until=NOW + number * DAY if number % 3 else None, lifted_at=NOW if number % 50 else None,
    )  # fmt: skip


def errand(number: int) -> Errand:
    return Errand(
        id=f"{number:032x}", about=f"r{number}", kind="erase", target="t", hand="person", payload=b"p",
        state="done" if number % 50 else "open", made_at=NOW, next_at=NOW + number * DAY,
    )  # fmt: skip


def happening(number: int) -> Happening:
    return Happening(
        id=f"{number:032x}", event="e", scope="s", key="k", at=NOW, due_at=NOW + number * DAY,
        done_at=NOW if number % 50 else None,
    )  # fmt: skip


def archived(number: int) -> ArchivedRow:
    return ArchivedRow(
        id=f"{number:032x}", label="Note", key="k", subjects=(f"s{number}",), archived_at=NOW,
        until=NOW + number * DAY, content=b"c",
    )  # fmt: skip


def bookmark(number: int) -> Bookmark:
    return Bookmark(name=f"b{number}", value="v", at=NOW)


FILLED: tuple[tuple[sa.Table, Callable[[int], Record], int], ...] = (
    (TABLES.entries, entry, ROWS),
    (TABLES.seals, seal, ROWS - 50),
    (TABLES.checkpoints, checkpoint, 1),
    (TABLES.requests, request, ROWS),
    (TABLES.tokens, token, ROWS),
    (TABLES.authenticators, factor, ROWS),
    (TABLES.factor_sessions, session, ROWS),
    (TABLES.passkeys, passkey, ROWS),
    (TABLES.age_claims, claim, ROWS),
    (TABLES.minor_reports, report, ROWS),
    (TABLES.guardian_consents, consent, ROWS),
    (TABLES.column_jobs, job, ROWS),
    (TABLES.runs, run, ROWS),
    (TABLES.errands, errand, ROWS),
    (TABLES.happenings, happening, ROWS),
    (TABLES.bookmarks, bookmark, ROWS),
)


@pytest.fixture(scope="module")
def engine(postgres_url: str) -> Iterator[sa.Engine]:
    """A database whose tables are large enough for an index to be worth it, in a schema of their own."""
    engine = sa.create_engine(postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema("explained"))
        TABLES.entries.metadata.create_all(connection)
        for table, make, rows in FILLED:
            connection.execute(table.insert(), [values(make(number)) for number in range(rows)])
        stores = SQLAlchemyStores(orm.Session(connection, join_transaction_mode="create_savepoint"), TABLES)
        for number in range(ROWS):
            stores.holds.place(hold(number))
            stores.marks.add(mark(number))
        stores.archive.add([archived(number) for number in range(ROWS)])
        codes = [{"subject": f"s{number}", "digest": f"{number:064x}"} for number in range(ROWS)]
        connection.execute(TABLES.recovery_codes.insert(), codes)
        epochs = [{"subject": f"s{number}", "epoch": ""} for number in range(ROWS)]
        connection.execute(TABLES.factor_epochs.insert(), epochs)
        addresses = [{"address": f"s{number}", "purpose": f"p{number % 9}", "at": NOW} for number in range(ROWS)]
        connection.execute(TABLES.suppressions.insert(), addresses)
        keys = [{"state": "enabled", **values(new_key(number))} for number in range(ROWS)]
        connection.execute(TABLES.data_keys.insert(), keys)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema("explained", cascade=True))


ACTS: dict[str, Callable[[SQLAlchemyStores], object]] = {
    "entries.add": lambda stores: stores.entries.add(entry(ROWS)),
    "entries.find": lambda stores: stores.entries.find(entry(7).id),
    "entries.about": lambda stores: stores.entries.about(ACT, ["s20", "nobody"]),
    "entries.tally": lambda stores: stores.entries.tally(ACT, NOW + 400 * DAY),
    "entries.unsealed": lambda stores: stores.entries.unsealed(None, 10),
    "entries.unsealed since": lambda stores: stores.entries.unsealed(NOW + 470 * DAY, 10),
    "entries.under": lambda stores: stores.entries.under(),
    "entries.waiting": lambda stores: stores.entries.waiting(),
    "seals.last": lambda stores: stores.seals.last(),
    "seals.extend": lambda stores: stores.seals.extend([seal(ROWS)]),
    "seals.read": lambda stores: stores.seals.read(100, 10),
    "seals.checkpoint": lambda stores: stores.seals.checkpoint(),
    "seals.prune": lambda stores: stores.seals.prune(checkpoint(10)),
    "suppressions.add": lambda stores: stores.suppressions.add("new", "p1", NOW),
    "suppressions.among": lambda stores: stores.suppressions.among(["s7", "nobody"], "p7"),
    "suppressions.lift": lambda stores: stores.suppressions.lift("s7", "p7"),
    "suppressions.counts": lambda stores: stores.suppressions.counts(),
    "requests.add": lambda stores: stores.requests.add(request(ROWS)),
    "requests.find": lambda stores: stores.requests.find(request(7).id),
    "requests.change": lambda stores: stores.requests.change(request(7), request(7)),
    "requests.in_state": lambda stores: stores.requests.in_state("received", 5),
    "requests.of": lambda stores: stores.requests.of("s7"),
    "requests.owing": lambda stores: stores.requests.owing(5),
    "tokens.add": lambda stores: stores.tokens.add(token(ROWS)),
    "tokens.find": lambda stores: stores.tokens.find(token(7).digest, "confirm", NOW),
    "tokens.claim": lambda stores: stores.tokens.claim(token(7).digest, "confirm", NOW),
    "tokens.withdraw": lambda stores: stores.tokens.withdraw("r7", "confirm"),
    "tokens.forget": lambda stores: stores.tokens.forget(NOW + DAY),
    "authenticators.add": lambda stores: stores.authenticators.add(factor(ROWS)),
    "authenticators.of": lambda stores: stores.authenticators.of("s7"),
    "authenticators.find": lambda stores: stores.authenticators.find(factor(7).id),
    "authenticators.enrolled": lambda stores: stores.authenticators.enrolled(["s7", "nobody"]),
    "authenticators.begin_attempt": lambda stores: stores.authenticators.begin_attempt(factor(7).id, NOW, NOW, 5),
    "authenticators.claim_step": lambda stores: stores.authenticators.claim_step(factor(7).id, 5),
    "authenticators.remove": lambda stores: stores.authenticators.remove(["s8"]),
    "passkeys.add": lambda stores: stores.passkeys.add(passkey(ROWS)),
    "passkeys.of": lambda stores: stores.passkeys.of("s7"),
    "passkeys.enrolled": lambda stores: stores.passkeys.enrolled(["s7", "nobody"]),
    "passkeys.claim_count": lambda stores: stores.passkeys.claim_count(passkey(7).id, 5, NOW.date()),
    "passkeys.rename": lambda stores: stores.passkeys.rename("s7", passkey(7).id, "new"),
    "passkeys.drop": lambda stores: stores.passkeys.drop("s7", passkey(7).id),
    "passkeys.remove": lambda stores: stores.passkeys.remove(["s8"]),
    "recovery_codes.replace": lambda stores: stores.recovery_codes.replace("s8", ["new"]),
    "recovery_codes.spend": lambda stores: stores.recovery_codes.spend("s7", f"{7:064x}", NOW),
    "recovery_codes.left": lambda stores: stores.recovery_codes.left("s7"),
    "factor_sessions.add": lambda stores: stores.factor_sessions.add(session(ROWS)),
    "factor_sessions.find": lambda stores: stores.factor_sessions.find([session(7).digest, "nothing"], NOW),
    "factor_sessions.of": lambda stores: stores.factor_sessions.of("s7", NOW),
    "factor_sessions.see": lambda stores: stores.factor_sessions.see(session(7).id, NOW.date()),
    "factor_sessions.leave": lambda stores: stores.factor_sessions.leave(session(7).id),
    "factor_sessions.end": lambda stores: stores.factor_sessions.end("s7", session(7).id),
    "factor_sessions.epoch": lambda stores: stores.factor_sessions.epoch("s7"),
    "factor_sessions.bump_epoch": lambda stores: stores.factor_sessions.bump_epoch("s7", "e"),
    "factor_sessions.remove": lambda stores: stores.factor_sessions.remove(["s8"]),
    "age_claims.add": lambda stores: stores.age_claims.add(claim(ROWS)),
    "age_claims.latest": lambda stores: stores.age_claims.latest("s7"),
    "minor_reports.add": lambda stores: stores.minor_reports.add(report(ROWS)),
    "minor_reports.find": lambda stores: stores.minor_reports.find(report(7).id),
    "minor_reports.move": lambda stores: stores.minor_reports.move(report(7), report(7)),
    "minor_reports.in_state": lambda stores: stores.minor_reports.in_state("quarantined", 10),
    "minor_reports.known": lambda stores: stores.minor_reports.known([report(7).id, "nothing"]),
    "minor_reports.of": lambda stores: stores.minor_reports.of(["s7", "nobody"]),
    "guardian_consents.add": lambda stores: stores.guardian_consents.add(consent(ROWS)),
    "guardian_consents.find": lambda stores: stores.guardian_consents.find(consent(7).id),
    "guardian_consents.move": lambda stores: stores.guardian_consents.move(consent(7), consent(7)),
    "guardian_consents.in_state": lambda stores: stores.guardian_consents.in_state("noticed", 10),
    "guardian_consents.owing": lambda stores: stores.guardian_consents.owing(NOW, 10),
    "guardian_consents.of": lambda stores: stores.guardian_consents.of(["s7", "nobody"]),
    "guardian_consents.remove": lambda stores: stores.guardian_consents.remove(["s7"]),
    "data_keys.put": lambda stores: stores.data_keys.put([new_key(7), new_key(ROWS)]),
    "data_keys.of": lambda stores: stores.data_keys.of(["s7", "nobody"]),
    "data_keys.find": lambda stores: stores.data_keys.find([7, 8]),
    "data_keys.destroy": lambda stores: stores.data_keys.destroy(["s7", "nobody"], NOW.date()),
    "wrapped_keys.after": lambda stores: stores.wrapped_keys.after(470, 10),
    "wrapped_keys.rewrap": lambda stores: stores.wrapped_keys.rewrap([(key(7), key(7))]),
    "wrapped_keys.under": lambda stores: stores.wrapped_keys.under(),
    "column_jobs.find": lambda stores: stores.column_jobs.find("rotate 7"),
    "column_jobs.all": lambda stores: stores.column_jobs.all(),
    "column_jobs.put": lambda stores: stores.column_jobs.put(job(7)),
    "runs.add": lambda stores: stores.runs.add(run(ROWS)),
    "runs.find": lambda stores: stores.runs.find(run(7).id),
    "runs.advance": lambda stores: stores.runs.advance(run(7), run(7)),
    "runs.open": lambda stores: stores.runs.open("erasure"),
    "runs.about": lambda stores: stores.runs.about("r7"),
    "runs.last": lambda stores: stores.runs.last("erasure"),
    "holds.place": lambda stores: stores.holds.place(hold(ROWS)),
    "holds.release": lambda stores: stores.holds.release(hold(0).id, NOW, "b"),
    "holds.find": lambda stores: stores.holds.find(hold(7).id),
    "holds.in_force": lambda stores: stores.holds.in_force(),
    "holds.in_force in a transaction": lambda stores: inside(stores, stores.holds.in_force),
    "marks.add": lambda stores: stores.marks.add(mark(ROWS)),
    "marks.lift": lambda stores: stores.marks.lift(mark(0).id, NOW),
    "marks.find": lambda stores: stores.marks.find(mark(7).id),
    "marks.of": lambda stores: stores.marks.of(SubjectRef("user", "7")),
    "marks.of_kind": lambda stores: stores.marks.of_kind("objection"),
    "marks.in_force": lambda stores: stores.marks.in_force(NOW),
    "marks.ending": lambda stores: stores.marks.ending(NOW + DAY),
    "marks.forget": lambda stores: stores.marks.forget([SubjectRef("user", "7")]),
    "errands.add": lambda stores: stores.errands.add([errand(ROWS)]),
    "errands.find": lambda stores: stores.errands.find(errand(7).id),
    "errands.due": lambda stores: stores.errands.due(NOW + DAY, ["person"], 10),
    "errands.about": lambda stores: stores.errands.about("r7"),
    "errands.change": lambda stores: stores.errands.change(errand(0), errand(0)),
    "happenings.add": lambda stores: stores.happenings.add(happening(ROWS)),
    "happenings.open": lambda stores: stores.happenings.open(),
    "happenings.finish": lambda stores: stores.happenings.finish(happening(0).id, NOW),
    "archive.add": lambda stores: stores.archive.add([archived(ROWS)]),
    "recovery_codes.remove": lambda stores: stores.recovery_codes.remove(["s8"]),
    "archive.forget": lambda stores: stores.archive.forget(["s7"]),
    "archive.of": lambda stores: stores.archive.of("s7"),
    "archive.remove": lambda stores: stores.archive.remove([archived(7).id]),
    "archive.over": lambda stores: stores.archive.over(NOW + DAY, None, 10),
    "bookmarks.find": lambda stores: stores.bookmarks.find("b7"),
    "bookmarks.put": lambda stores: stores.bookmarks.put(bookmark(7), bookmark(7)),
    "bookmarks.put new": lambda stores: stores.bookmarks.put(bookmark(ROWS), None),
}
WHOLE = {
    "column_jobs.all",
    "entries.unsealed",
    "entries.unsealed since",
    "entries.waiting",
    "seals.last",
    "seals.checkpoint",
    "seals.prune",
    "wrapped_keys.under",
}
"""What may read an index from one end: the first of an order, how many there are, or two orders side by side."""
RARE = {"entries.under", "suppressions.counts"}
"""What reads a table from end to end: an index would cost every row more than it saves whoever counts all of them."""
OUTSIDE = {"transactions", "dataset", "sealed_rows", "copied_rows", "name"}
"""What sends no statement to a table of ours."""


def test_every_method_of_every_store_is_explained() -> None:
    """A method that is added to a store is added here."""
    stores = SQLAlchemyStores(orm.Session(), TABLES)
    names = {name for name in dir(stores) if not name.startswith("_")} - OUTSIDE
    methods = {f"{name}.{each}" for name in names for each in dir(getattr(stores, name)) if not each.startswith("_")}
    assert methods == {act.partition(" ")[0] for act in ACTS}


@pytest.mark.postgres
@pytest.mark.parametrize("name", ACTS)
def test_a_statement_finds_its_rows_by_an_index(engine: sa.Engine, name: str) -> None:
    """No table of ours is read from end to end where an index can help; and an index is no whole table in disguise."""
    plans = explained(engine, lambda session: ACTS[name](SQLAlchemyStores(session, TABLES)))
    every = [node for plan in plans for node in nodes(plan)]
    aimless = [node for node in every if node["Node Type"].startswith("Index") and "Index Cond" not in node]
    assert plans
    assert name in RARE or not [node for node in every if node["Node Type"] == "Seq Scan"], json.dumps(plans, indent=1)
    assert not aimless or name in WHOLE, json.dumps(plans, indent=1)


LISTED = (screens.CONSENTS, screens.REQUESTS, screens.EVIDENCE, screens.AGES)
ASKED: dict[str, tuple[Screen, Asked]] = {
    **{f"{screen.name}, all": (screen, Asked()) for screen in LISTED},
    **{f"{screen.name} of a person": (screen, Asked(people=("s7", "s8"))) for screen in LISTED},
    **{f"{screen.name} by how the id begins": (screen, Asked(text=f"{7:032x}"[:-1])) for screen in LISTED},
    "acts by how they begin": (screens.EVIDENCE, Asked(text="erasure.")),
    "open requests": (screens.REQUESTS, Asked(chosen={"state": "received"})),
    "requests that owe": (screens.REQUESTS, Asked(chosen={"owes": "confirmation"})),
    "those too young": (screens.AGES, Asked(chosen={"outcome": "under"})),
}


@pytest.mark.postgres
@pytest.mark.parametrize("asked", ASKED)
def test_a_list_of_the_admin_finds_its_rows_by_an_index(engine: sa.Engine, asked: str) -> None:
    """Of those whom the admin looks for, and by its filters: no row is read only to be passed over."""
    screen, wanted = ASKED[asked]
    plans = explained(engine, lambda session: Records(Database(session, TABLES, "default"), screen).page(wanted))
    every = [node for plan in plans for node in nodes(plan)]
    aimless = [node for node in every if node["Node Type"].startswith("Index") and "Index Cond" not in node]
    assert plans
    assert not [node for node in every if node["Node Type"] == "Seq Scan"], json.dumps(plans, indent=1)
    assert not [node for node in aimless if "Filter" in node], json.dumps(plans, indent=1)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "asked", [Asked(), Asked(people=("s7", "s8")), Asked(text="s"), Asked(chosen={"state": "disabled"})]
)
def test_the_list_of_second_factors_finds_its_rows_by_an_index(engine: sa.Engine, asked: Asked) -> None:
    """In whichever of its tables they are."""
    plans = explained(engine, lambda session: holders(Database(session, TABLES, "default"), asked, NOW))
    assert plans
    assert not [node for plan in plans for node in nodes(plan) if node["Node Type"] == "Seq Scan"], json.dumps(plans)


def inside(stores: SQLAlchemyStores, act: Callable[[], object]) -> None:
    """An act as part of a transaction."""
    with stores.transactions.atomic():
        act()


def explained(engine: sa.Engine, act: Callable[[orm.Session], object]) -> list[dict[str, Any]]:
    """How PostgreSQL would carry out each statement of an act, which is undone."""
    plans: list[dict[str, Any]] = []

    def explain(connection: sa.Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            given = parameters[0] if isinstance(parameters, list) else parameters
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", given)
            plans.extend(found["Plan"] for found in cursor.fetchone()[0])

    with engine.connect() as connection:
        outer = connection.begin()
        event.listen(connection, "before_cursor_execute", explain)
        with orm.Session(connection, join_transaction_mode="create_savepoint") as session:
            act(session)
        outer.rollback()
    return plans


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)
