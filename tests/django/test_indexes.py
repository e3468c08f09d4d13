"""Every statement that the stores send finds its rows by an index: PostgreSQL explains them on filled tables."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext

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
    Place,
    RightsRequest,
    Run,
    Seal,
    SubjectRef,
)
from consentguard.testing.clock import MOMENT
from consentguard_django import models
from consentguard_django.admin.factors import Asked, holders
from consentguard_django.stores import DjangoStores
from consentguard_django.stores.rows import Rows, SubjectRows
from tests.django import settings
from tests.django.databases import connected, emptied

ROWS = 2000
SECOND = dt.timedelta(seconds=1)
ONE = f"{1:032x}"
REQUEST = RightsRequest(
    id=ONE,
    right="access",
    state="received",
    received_at=MOMENT,
    due_on=MOMENT.date(),
    language="en",
    jurisdiction="",
    contact=b"x",
    contact_ref=ONE,
    owes="",
)
AUTHENTICATOR = Authenticator(id="a", subject="new", state="pending", secret=b"x", created_at=MOMENT)
SESSION = FactorSession(
    id=ONE,
    digest=ONE,
    subject=ONE,
    factor="a",
    method="otp",
    verified_at=MOMENT,
    seen_on=MOMENT.date(),
    expires_at=MOMENT + 9 * SECOND,
)
NEW_KEY = NewDataKey(subject="new", key_id=1, wrapped=b"w", created_at=MOMENT)
KEY = DataKey(id=9, state="enabled", created_at=MOMENT, subject=ONE, key_id=1, wrapped=b"w")
JOB = ColumnJob(name=ONE, goal="g", phase="done", last_key="", done=1, at=MOMENT)
RUN = Run(id=ONE, kind="erasure", about=ONE, digest="d", plan=b"p", started_at=MOMENT, beat_at=MOMENT)
HOLD = Hold(id="new", reason="r", author="a", placed_at=MOMENT, review_on=MOMENT.date())
MARK = Mark(id=ONE, kind="restriction", at=MOMENT, subject=SubjectRef("user", ONE), until=MOMENT)
ERRAND = Errand(
    id=ONE, about=ONE, kind="erase", target="t", hand="person", payload=b"p", made_at=MOMENT, next_at=MOMENT
)  # fmt: skip
HAPPENING = Happening(id=ONE, event="e", scope="s", key="k", at=MOMENT, due_at=MOMENT)
ARCHIVED = ArchivedRow(
    id=ONE, label="Note", key="k", subjects=(ONE,), archived_at=MOMENT, until=MOMENT, content=b"c"
)  # fmt: skip
REPORT = MinorReport(
    id=ONE, state="quarantined", source="guardian", received_at=MOMENT, due_at=MOMENT, subject=ONE, details=b"d"
)  # fmt: skip
CONSENT = GuardianConsent(
    id=ONE, state="noticed", asked_at=MOMENT, expires_at=MOMENT, subject=ONE, child=b"c", contact=b"c", language="en"
)  # fmt: skip
BOOKMARK = Bookmark(name=ONE, value="v", at=MOMENT)
CHECKPOINT = Checkpoint(sequence=10, hash="h10", at=MOMENT, removed=10, key_id=1, mac="m")

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def filled(postgres_url: str, django_db_blocker: object) -> Iterator[DjangoStores]:
    """Stores with rows enough that reading all of them is never right."""
    with django_db_blocker.unblock(), connected("explained", postgres_url):  # type: ignore[attr-defined]
        emptied("explained")
        _fill("explained")
        yield DjangoStores("explained")


def _fill(alias: str) -> None:
    numbers = range(ROWS)
    moments = [MOMENT + number * SECOND for number in numbers]
    ids = [f"{number:032x}" for number in numbers]
    columns: dict[type, Callable[[int], dict[str, object]]] = {
        EvidenceEntry: lambda n: {
            "act": "a" if n % 20 else ACT, "segment": "s", "subject": ids[n], "version": "v", "details": "{}",
            "key_id": 1, "mac": "m",
        },
        AgeClaim: lambda n: {
            "subject": ids[n], "threshold": 18, "outcome": "over", "method": "screen", "assurance": "self_declared",
            "version": "v",
        },
    }  # fmt: skip
    made: list[list[object]] = [
        [getattr(models, record.__name__)(id=ids[n], at=moments[n], **row(n)) for n in numbers]
        for record, row in columns.items()
    ]
    made.append(
        [
            models.EvidenceSeal(sequence=n, entry=ids[n], previous="p", hash=f"h{n}", at=moments[n])
            for n in numbers[: ROWS - 5]
        ]
    )
    made.append(
        [
            models.RightsRequest(
                id=ids[n], right="access", state="done" if n > 9 else "received", received_at=moments[n],
                due_on=moments[n].date(), language="en", contact=b"x", contact_ref=ids[n],
                owes="outcome" if n < 9 else "",
            )
            for n in numbers
        ]
    )  # fmt: skip
    made.append([models.Token(digest=ids[n], purpose="status", about=ids[n], expires_at=moments[n]) for n in numbers])
    made.append(
        [
            models.Authenticator(
                id=ids[n], subject=ids[n], kind="totp", state="active", secret=b"x", created_at=moments[n],
                last_step=1, failures=0,
            )
            for n in numbers
        ]
    )  # fmt: skip
    made.append(
        [
            models.Passkey(
                id=ids[n], subject=ids[n], credential=b"c", public_key=b"k", sign_count=1, created_at=moments[n]
            )
            for n in numbers
        ]
    )
    made.append(
        [
            models.DataKey(state="enabled", created_at=moments[n], subject=ids[n], key_id=1 + n % 2, wrapped=b"w")
            for n in numbers
        ]
    )
    made.append([models.Suppression(address=ids[n], purpose=f"p{n % 9}", at=moments[n]) for n in numbers])
    made.append([models.RecoveryCode(subject=ids[n], digest="d") for n in numbers])
    job = {"goal": "g", "phase": "running", "last_key": "", "done": 0, "at": MOMENT}
    made.append([models.ColumnJob(name=ids[n], **job) for n in numbers])
    for rows in made:
        type(rows[0]).objects.using(alias).bulk_create(rows)  # type: ignore[attr-defined]
    _fill_work(alias, ids, moments)
    with connections[alias].cursor() as cursor:
        cursor.execute("ANALYZE")


def _fill_work(alias: str, ids: list[str], moments: list[dt.datetime]) -> None:
    """One in fifty goes on, and the others have ended."""
    made = [(id_, at, MOMENT if n % 50 else None) for n, (id_, at) in enumerate(zip(ids, moments, strict=True))]
    Rows(alias, models.Run, Run).add_all(
        replace(RUN, id=id_, about=id_, started_at=at, state="done" if end else "open") for id_, at, end in made
    )
    Rows(alias, models.Errand, Errand).add_all(
        replace(ERRAND, id=id_, about=id_, next_at=at, state="done" if end else "open") for id_, at, end in made
    )
    Rows(alias, models.Happening, Happening).add_all(
        replace(HAPPENING, id=id_, due_at=at, done_at=end) for id_, at, end in made
    )
    Rows(alias, models.FactorSession, FactorSession).add_all(
        replace(SESSION, id=id_, digest=id_, subject=id_) for id_ in ids
    )
    Rows(alias, models.MinorReport, MinorReport).add_all(
        replace(REPORT, id=id_, subject=id_, state="erased" if end else "quarantined") for id_, _, end in made
    )
    Rows(alias, models.GuardianConsent, GuardianConsent).add_all(
        replace(CONSENT, id=id_, subject=id_, state="granted" if end else "noticed", owed_at=None if end else at)
        for id_, at, end in made
    )
    models.FactorEpoch.objects.using(alias).bulk_create(models.FactorEpoch(subject=id_, epoch="") for id_ in ids)
    Rows(alias, models.Bookmark, Bookmark).add_all(replace(BOOKMARK, name=id_) for id_ in ids)
    SubjectRows(alias, models.Hold, Hold).add_all(
        replace(HOLD, id=id_, placed_at=at, released_at=end) for id_, at, end in made
    )
    SubjectRows(alias, models.Mark, Mark).add_all(
        replace(MARK, id=id_, at=at, subject=SubjectRef("user", id_), until=at, lifted_at=end) for id_, at, end in made
    )
    DjangoStores(alias).archive.add([replace(ARCHIVED, id=id_, subjects=(id_,), until=at) for id_, at, _ in made])


LATER = MOMENT + ROWS * SECOND
ACTS: dict[str, Callable[[DjangoStores], object]] = {
    "entries.find": lambda s: s.entries.find(ONE),
    "entries.about": lambda s: s.entries.about(ACT, [ONE, "nobody"]),
    "entries.tally": lambda s: s.entries.tally(ACT, LATER - 99 * SECOND),
    "entries.unsealed": lambda s: s.entries.unsealed(None, 10),
    "entries.unsealed since": lambda s: s.entries.unsealed(LATER - 9 * SECOND, 10),
    "entries.under": lambda s: s.entries.under(),
    "entries.waiting": lambda s: s.entries.waiting(),
    "seals.last": lambda s: s.seals.last(),
    "seals.read": lambda s: s.seals.read(50, 10),
    "seals.checkpoint": lambda s: s.seals.checkpoint(),
    "seals.extend": lambda s: s.seals.extend([Seal(sequence=ROWS, entry="x", previous="p", hash="h", at=MOMENT)]),
    "seals.prune": lambda s: s.seals.prune(CHECKPOINT),
    "suppressions.among": lambda s: s.suppressions.among([ONE, "nobody"], "p1"),
    "suppressions.lift": lambda s: s.suppressions.lift(ONE, "p1"),
    "suppressions.counts": lambda s: s.suppressions.counts(),
    "requests.find": lambda s: s.requests.find(ONE),
    "requests.in_state": lambda s: s.requests.in_state("received", 10),
    "requests.of": lambda s: s.requests.of(ONE),
    "requests.owing": lambda s: s.requests.owing(10),
    "requests.change": lambda s: s.requests.change(replace(REQUEST, state="confirmed"), REQUEST),
    "tokens.find": lambda s: s.tokens.find(ONE, "status", MOMENT),
    "tokens.claim": lambda s: s.tokens.claim(ONE, "status", MOMENT),
    "tokens.withdraw": lambda s: s.tokens.withdraw(ONE, "status"),
    "tokens.forget": lambda s: s.tokens.forget(MOMENT + SECOND),
    "authenticators.add": lambda s: s.authenticators.add(AUTHENTICATOR),
    "authenticators.of": lambda s: s.authenticators.of(ONE),
    "authenticators.find": lambda s: s.authenticators.find(ONE),
    "authenticators.enrolled": lambda s: s.authenticators.enrolled([ONE, "nobody"]),
    "authenticators.begin_attempt": lambda s: s.authenticators.begin_attempt(ONE, MOMENT, LATER, 5),
    "authenticators.claim_step": lambda s: s.authenticators.claim_step(ONE, 2),
    "authenticators.remove": lambda s: s.authenticators.remove([ONE]),
    "passkeys.of": lambda s: s.passkeys.of(ONE),
    "passkeys.enrolled": lambda s: s.passkeys.enrolled([ONE, "nobody"]),
    "passkeys.claim_count": lambda s: s.passkeys.claim_count(ONE, 2, MOMENT.date()),
    "passkeys.rename": lambda s: s.passkeys.rename(ONE, ONE, "new"),
    "passkeys.drop": lambda s: s.passkeys.drop(ONE, ONE),
    "passkeys.remove": lambda s: s.passkeys.remove([ONE]),
    "recovery_codes.replace": lambda s: s.recovery_codes.replace(ONE, ["e"]),
    "recovery_codes.spend": lambda s: s.recovery_codes.spend(ONE, "e", MOMENT),
    "recovery_codes.left": lambda s: s.recovery_codes.left(ONE),
    "factor_sessions.find": lambda s: s.factor_sessions.find([ONE, "nothing"], MOMENT),
    "factor_sessions.of": lambda s: s.factor_sessions.of(ONE, MOMENT),
    "factor_sessions.see": lambda s: s.factor_sessions.see(ONE, MOMENT.date()),
    "factor_sessions.leave": lambda s: s.factor_sessions.leave(ONE),
    "factor_sessions.end": lambda s: s.factor_sessions.end(ONE, ONE),
    "factor_sessions.epoch": lambda s: s.factor_sessions.epoch(ONE),
    "factor_sessions.bump_epoch": lambda s: s.factor_sessions.bump_epoch(ONE, "e"),
    "factor_sessions.remove": lambda s: s.factor_sessions.remove([ONE]),
    "age_claims.latest": lambda s: s.age_claims.latest(ONE),
    "minor_reports.find": lambda s: s.minor_reports.find(ONE),
    "minor_reports.move": lambda s: s.minor_reports.move(replace(REPORT, state="confirmed"), REPORT),
    "minor_reports.in_state": lambda s: s.minor_reports.in_state("quarantined", 10),
    "minor_reports.known": lambda s: s.minor_reports.known([ONE, "nothing"]),
    "minor_reports.of": lambda s: s.minor_reports.of([ONE, "nobody"]),
    "guardian_consents.find": lambda s: s.guardian_consents.find(ONE),
    "guardian_consents.move": lambda s: s.guardian_consents.move(replace(CONSENT, state="granted"), CONSENT),
    "guardian_consents.in_state": lambda s: s.guardian_consents.in_state("noticed", 10),
    "guardian_consents.owing": lambda s: s.guardian_consents.owing(MOMENT, 10),
    "guardian_consents.of": lambda s: s.guardian_consents.of([ONE, "nobody"]),
    "guardian_consents.remove": lambda s: s.guardian_consents.remove([ONE]),
    "column_jobs.find": lambda s: s.column_jobs.find(ONE),
    "column_jobs.all": lambda s: s.column_jobs.all(),
    "column_jobs.put": lambda s: s.column_jobs.put(JOB),
    "data_keys.put": lambda s: s.data_keys.put([NEW_KEY, replace(NEW_KEY, subject=ONE)]),
    "data_keys.of": lambda s: s.data_keys.of([ONE, "nobody"]),
    "data_keys.find": lambda s: s.data_keys.find([1, 2]),
    "data_keys.destroy": lambda s: s.data_keys.destroy([ONE, "nobody"], MOMENT.date()),
    "wrapped_keys.after": lambda s: s.wrapped_keys.after(50, 10),
    "wrapped_keys.rewrap": lambda s: s.wrapped_keys.rewrap([(KEY, replace(KEY, key_id=2))]),
    "wrapped_keys.under": lambda s: s.wrapped_keys.under(),
    "runs.find": lambda s: s.runs.find(ONE),
    "runs.advance": lambda s: s.runs.advance(replace(RUN, step=1), RUN),
    "runs.open": lambda s: s.runs.open("erasure"),
    "runs.about": lambda s: s.runs.about(ONE),
    "runs.last": lambda s: s.runs.last("erasure"),
    "holds.place": lambda s: s.holds.place(HOLD),
    "holds.release": lambda s: s.holds.release(ONE, MOMENT, "b"),
    "holds.find": lambda s: s.holds.find(ONE),
    "holds.in_force": lambda s: s.holds.in_force(),
    "holds.in_force in a transaction": lambda s: _inside(s, s.holds.in_force),
    "marks.lift": lambda s: s.marks.lift(ONE, MOMENT),
    "marks.find": lambda s: s.marks.find(ONE),
    "marks.of": lambda s: s.marks.of(SubjectRef("user", ONE)),
    "marks.of_kind": lambda s: s.marks.of_kind("objection"),
    "marks.in_force": lambda s: s.marks.in_force(MOMENT),
    "marks.ending": lambda s: s.marks.ending(MOMENT + SECOND),
    "marks.forget": lambda s: s.marks.forget([SubjectRef("user", ONE)]),
    "errands.find": lambda s: s.errands.find(ONE),
    "errands.due": lambda s: s.errands.due(LATER, ["connector", "person"], 10),
    "errands.about": lambda s: s.errands.about(ONE),
    "errands.change": lambda s: s.errands.change(replace(ERRAND, tries=1), ERRAND),
    "happenings.open": lambda s: s.happenings.open(),
    "happenings.finish": lambda s: s.happenings.finish(ONE, MOMENT),
    "recovery_codes.remove": lambda s: s.recovery_codes.remove([ONE]),
    "archive.forget": lambda s: s.archive.forget([ONE]),
    "archive.of": lambda s: s.archive.of(ONE),
    "archive.remove": lambda s: s.archive.remove([ONE, "nothing"]),
    "archive.over": lambda s: s.archive.over(MOMENT + 9 * SECOND, None, 5),
    "bookmarks.find": lambda s: s.bookmarks.find(ONE),
    "bookmarks.put": lambda s: s.bookmarks.put(BOOKMARK, replace(BOOKMARK, value="was")),
    "bookmarks.put new": lambda s: s.bookmarks.put(BOOKMARK, None),
}


RARE = {"entries.under", "suppressions.counts"}
"""What reads a table from end to end: an index would cost every row more than it saves whoever counts all of them."""
OUTSIDE = {"name", "transactions", "dataset", "sealed_rows", "copied_rows"}
"""What sends no statement to a table of ours."""


def _inside(stores: DjangoStores, act: Callable[[], object]) -> None:
    with stores.transactions.atomic():
        act()


@pytest.mark.parametrize("act", ACTS)
def test_a_statement_reads_no_table_from_end_to_end(filled: DjangoStores, act: str) -> None:
    """With `enable_seqscan` off PostgreSQL still reads a whole table where no index helps, and says so."""
    connection = connections[filled.name]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ACTS[act](filled)
    statements = [each["sql"] for each in captured if each["sql"].startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))]
    assert statements
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement.replace('%', '%%')}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
            cursor.execute("RESET enable_seqscan")
        assert act in RARE or "Seq Scan" not in plan, f"{statement}\n{plan}"


def test_every_method_of_every_store_is_explained(filled: DjangoStores) -> None:
    """A method that is added is asked for here; `add` alone reads nothing, but for that of authenticators."""
    names = {name for name in dir(filled) if not name.startswith("_")} - OUTSIDE
    methods = {
        f"{name}.{method}"
        for name in names
        for method in dir(getattr(filled, name))
        if not method.startswith("_") and (method != "add" or name == "authenticators")
    }
    assert methods == {act.partition(" ")[0] for act in ACTS}


ASKED: dict[str, tuple[str, dict[str, str]]] = {
    **{f"{name}, all": (name, {}) for name in ("ConsentRecord", "RightsRequest", "EvidenceEntry", "AgeClaim")},
    **{
        f"{name} of a person": (name, {"subject": ONE})
        for name in ("ConsentRecord", "RightsRequest", "EvidenceEntry", "AgeClaim")
    },
    **{
        f"{name} by how its id begins": (name, {"q": ONE[:-1]})
        for name in ("ConsentRecord", "RightsRequest", "EvidenceEntry", "AgeClaim")
    },
    "acts by how they begin": ("EvidenceEntry", {"q": "erasure."}),
    "open requests": ("RightsRequest", {"state": "received"}),
    "requests that owe": ("RightsRequest", {"owes": "confirmation"}),
    "those too young": ("AgeClaim", {"outcome": "under"}),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_list_of_the_admin_finds_its_rows_by_an_index(filled: DjangoStores, asked: str) -> None:
    """Of those whom the admin looks for, and by its filters: no row is read only to be passed over."""
    name, query = ASKED[asked]
    request = RequestFactory().get("/", query)
    request.user = get_user_model()(is_superuser=True)
    options = {**settings.CONSENTGUARD, "place": lambda _: Place(database=filled.name)}
    connection = connections[filled.name]
    with override_settings(CONSENTGUARD=options), CaptureQueriesContext(connection) as captured:
        list(site.get_model_admin(getattr(models, name)).get_changelist_instance(request).result_list)
    assert captured.captured_queries
    for statement in (each["sql"] for each in captured):
        for node in _nodes(_plan(filled.name, statement)):
            assert node["Node Type"] != "Seq Scan", f"{statement}\n{node}"
            walked = node["Node Type"].startswith("Index") and "Index Cond" not in node
            assert not (walked and "Filter" in node), f"{statement}\n{node}"


@pytest.mark.parametrize("asked", [{}, {"people": (ONE,)}, {"text": ONE[:-1]}, {"state": "disabled"}])
def test_the_list_of_second_factors_finds_its_rows_by_an_index(filled: DjangoStores, asked: dict[str, Any]) -> None:
    """In whichever of its tables they are."""
    with CaptureQueriesContext(connections[filled.name]) as captured:
        holders(filled.name, Asked(**asked), MOMENT)
    assert captured.captured_queries
    for statement in (each["sql"] for each in captured):
        nodes = list(_nodes(_plan(filled.name, statement)))
        assert not [node for node in nodes if node["Node Type"] == "Seq Scan"], statement


def _plan(alias: str, statement: str) -> dict[str, Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.replace('%', '%%')}")
        (found,) = cursor.fetchone()
        cursor.execute("RESET enable_seqscan")
    plans = json.loads(found) if isinstance(found, str) else found
    return dict(plans[0]["Plan"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
