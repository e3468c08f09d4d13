"""What Django's stores owe beside the contracts: Django's transactions, time zones, routers, managers and relations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction
from django.test import override_settings

from consentguard.consent.record import ACT
from consentguard.errors import SettingsError
from consentguard.ports import InsideTransactionError, StoreError
from consentguard.records import Hold, Selection, Test, Token
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import ENTRY, verdict
from consentguard_django import models
from consentguard_django.append_only import AppendOnlyError
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores, dataset
from tests.django.app.models import Remark
from tests.django.databases import connect, disconnect
from tests.django.people.models import Label, Note, Person, Reply

TOKEN = Token(digest="d" * 64, purpose="confirm", about="1", expires_at=MOMENT + dt.timedelta(days=1))
IMPATIENT = {
    "sqlite": "PRAGMA busy_timeout = 0",
    "postgresql": "SET lock_timeout = '1ms'",
    "mysql": "SET innodb_lock_wait_timeout = 0",
}
"""How a connection is told not to wait for a row that another one has."""
HOLD = Hold(id="1" * 32, reason="r", author="a", placed_at=MOMENT, review_on=MOMENT.date())
MIDNIGHT = dt.datetime(2026, 10, 25, tzinfo=dt.UTC)
FOLD = dt.datetime(2026, 10, 25, 0, 30, 0, 1, tzinfo=dt.UTC)
"""Half past two in Madrid, an hour before it is half past two again."""


@contextmanager
def other(database: tuple[str, str], **options: Any) -> Iterator[DjangoStores]:
    """Stores on a second connection to the database."""
    connect("other", database[1], **options)
    try:
        yield DjangoStores("other")
    finally:
        disconnect("other")


def _set_zone(alias: str, zone: str) -> None:
    """Tell the connection itself, as a host's own settings of a server may."""
    statements = {"postgresql": f"SET TIME ZONE '{zone}'", "mysql": f"SET time_zone = '{_offset(zone)}'"}
    if statement := statements.get(connections[alias].vendor):
        with connections[alias].cursor() as cursor:
            cursor.execute(statement)


def _offset(zone: str) -> str:
    """A zone as MariaDB knows it without tables of names."""
    written = MIDNIGHT.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{written[:3]}:{written[3:]}"


class Elsewhere:
    """A router that sends everything to the site's default database."""

    def db_for_read(self, model: object, **hints: object) -> str:
        return "default"

    db_for_write = db_for_read


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid"])
@pytest.mark.parametrize("aware", [True, False])
def test_a_moment_is_the_same_whatever_the_site_s_time_zone(
    stores: DjangoStores, database: tuple[str, str], aware: bool, zone: str
) -> None:
    """Aware and in UTC with USE_TZ and without, also in the hour that comes twice, and readable after a change."""
    moments = [FOLD, FOLD + dt.timedelta(hours=1), dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC)]
    with override_settings(USE_TZ=aware, TIME_ZONE=zone), other(database) as there:
        for number, moment in enumerate(moments):
            there.entries.add(replace(ENTRY, id=str(number), at=moment))
            found = there.entries.find(str(number))
            assert found is not None
            assert (found.at, found.at.utcoffset()) == (moment, dt.timedelta(0))
        newest = there.entries.about(ENTRY.act, [ENTRY.subject])[0]
        assert newest.at == moments[1]
    assert [stores.entries.find(str(number)).at for number in range(3)] == moments  # type: ignore[union-attr]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("aware", [True, False])
def test_a_day_is_one_of_utc_whatever_the_site_s_time_zone(
    stores: DjangoStores, database: tuple[str, str], aware: bool, zone: str
) -> None:
    """Where it is another day for thirteen or for eleven hours of each: that of the connection counts for nothing."""
    moments = [MIDNIGHT, MIDNIGHT + dt.timedelta(days=1, microseconds=-1), MIDNIGHT + dt.timedelta(days=1)]
    zones = {"TIME_ZONE": zone} if aware else {}
    with override_settings(USE_TZ=aware, TIME_ZONE=zone), other(database, **zones) as there:
        _set_zone("other", zone)
        for number, moment in enumerate(moments):
            there.entries.add(replace(ENTRY, id=str(number), at=moment))
        found = there.entries.tally(ENTRY.act, MIDNIGHT)
    assert [(each.day, each.count) for each in found] == [(moments[0].date(), 2), (moments[2].date(), 1)]
    assert stores.entries.tally(ENTRY.act, MIDNIGHT) == found


def test_a_record_of_consent_is_an_entry_of_one_act(stores: DjangoStores) -> None:
    """What the admin lists is no second table, and nothing else that happened."""
    stores.entries.add(replace(ENTRY, id="1", act=ACT))
    stores.entries.add(replace(ENTRY, id="2"))
    records = models.ConsentRecord.objects.using(stores.name)
    assert [record.pk for record in records.all()] == ["1"]
    assert models.ConsentRecord._default_manager.using(stores.name).count() == 1


def test_no_router_sends_a_fact_elsewhere(stores: DjangoStores) -> None:
    """What belongs to a database is read and written there."""
    with override_settings(DATABASE_ROUTERS=[Elsewhere()]):
        stores.tokens.add(TOKEN)
        assert stores.tokens.claim(TOKEN.digest, "confirm", MOMENT) is not None
        stores.recovery_codes.replace("a", ["b"])
        assert stores.recovery_codes.left("a") == 1


def test_a_test_case_s_own_transaction_is_none(stores: DjangoStores) -> None:
    """Django wraps each test of a TestCase in one, and takes it for no transaction in `durable=True` either."""
    case = transaction.atomic(using=stores.name)
    case._from_testcase = True
    with case:
        stores.transactions.outside()
        with stores.transactions.atomic(), pytest.raises(InsideTransactionError, match="non_atomic_requests"):
            stores.transactions.outside()


def test_a_transaction_that_is_managed_by_hand_is_one(stores: DjangoStores) -> None:
    """Whoever switched autocommit off may still roll back."""
    transaction.set_autocommit(False, using=stores.name)
    try:
        with pytest.raises(InsideTransactionError):
            stores.transactions.outside()
    finally:
        transaction.set_autocommit(True, using=stores.name)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_who_comes_second_is_told_so_at_every_level_of_isolation(
    stores: DjangoStores, database: tuple[str, str], level: str
) -> None:
    """The rest of the transaction goes on."""
    if database[0] == "sqlite":
        options: dict[str, Any] = {"transaction_mode": "IMMEDIATE"}
    elif database[0] == "postgres":
        options = {"isolation_level": getattr(_levels(), level.replace(" ", "_"))}
    else:
        options = {"isolation_level": level.lower()}
    stores.tokens.add(TOKEN)
    with other(database, OPTIONS=options) as there, there.transactions.atomic():
        if database[0] == "postgres":
            assert there.tokens.find(TOKEN.digest, "confirm", MOMENT)  # and with it a snapshot
            assert stores.tokens.claim(TOKEN.digest, "confirm", MOMENT)
            assert there.tokens.claim(TOKEN.digest, "confirm", MOMENT) is None
        else:
            assert there.tokens.claim(TOKEN.digest, "confirm", MOMENT)
            assert there.tokens.claim(TOKEN.digest, "confirm", MOMENT) is None
        there.entries.add(ENTRY)
    assert stores.entries.waiting() == 1


def test_a_row_that_another_transaction_holds_is_busy_and_not_lost(
    stores: DjangoStores, database: tuple[str, str]
) -> None:
    """Whoever holds it may still roll back, so nobody is told that their link is used up."""
    stores.tokens.add(TOKEN)
    with other(database) as there, stores.transactions.atomic():
        assert stores.tokens.claim(TOKEN.digest, "confirm", MOMENT)
        with connections["other"].cursor() as cursor:
            cursor.execute(IMPATIENT[connections["other"].vendor])
        with pytest.raises(StoreError, match="is busy"):
            there.tokens.claim(TOKEN.digest, "confirm", MOMENT)


def _levels() -> Any:
    from django.db.backends.postgresql.psycopg_any import IsolationLevel

    return IsolationLevel


def test_a_database_without_our_tables_says_what_to_run(stores: DjangoStores) -> None:
    """The first thing that somebody meets who forgot to migrate."""
    with connections[stores.name].schema_editor() as editor:
        editor.delete_model(models.Token)
    try:
        with pytest.raises(StoreError, match="migrate") as caught:
            stores.tokens.find("x", "confirm", MOMENT)
        assert f"--database={stores.name}" in caught.value.hint
    finally:
        with connections[stores.name].schema_editor() as editor:
            editor.create_model(models.Token)


def test_a_database_that_cannot_be_reached_is_an_error_of_ours(database: tuple[str, str]) -> None:
    """Without its password."""
    alias, _ = database
    place = {"NAME": "/nowhere/at/all"} if alias == "sqlite" else {"HOST": "127.0.0.1", "PORT": 1, "PASSWORD": "hush"}
    with other(database, **place) as there:
        for act in (there.transactions.outside, there.entries.waiting, there.transactions.atomic().__enter__):
            with pytest.raises(StoreError) as caught:
                act()
            assert "hush" not in str(caught.value)


def test_an_error_holds_no_value_of_a_row(stores: DjangoStores) -> None:
    """Drivers write the row into their message, and reports of crashes print what caused an error."""
    stores.tokens.add(TOKEN)
    with pytest.raises(StoreError) as caught:
        stores.tokens.add(TOKEN)
    assert TOKEN.digest not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("row", [models.EvidenceEntry, models.EvidenceSeal, models.ConsentRecord, models.AgeClaim])
def test_what_is_append_only_is_so_for_the_orm(stores: DjangoStores, row: type[Any]) -> None:
    """Code of the site's, a shell or an admin action cannot change proof by mistake."""
    rows = row.objects.using(stores.name)
    found = row(pk=1)
    found._state.adding = False
    acts = (
        lambda: rows.update(at=MOMENT),
        rows.delete,
        lambda: rows.filter(pk=1).delete(),
        lambda: rows.bulk_update([found], ["at"]),
        found.save,
        found.delete,
    )
    for act in acts:
        with pytest.raises(AppendOnlyError, match="append-only"):
            act()


def test_a_row_that_is_there_is_not_written_over(stores: DjangoStores) -> None:
    """Not by one of the same id either, which `save()` would else turn into an update."""
    stores.entries.add(ENTRY)
    row = models.EvidenceEntry(**{name: getattr(ENTRY, name) for name in ENTRY.__slots__ if name != "act"}, act="x")
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        row.save(using=stores.name)
    assert [entry.act for entry in stores.entries.unsealed(None, 9)] == [ENTRY.act]


def test_no_repr_shows_a_digest() -> None:
    """A token's digest is its primary key, and a row's repr is written into logs."""
    assert "d" * 64 not in repr(models.Token(digest="d" * 64, purpose="confirm", about="1"))


@pytest.fixture
def notes(stores: DjangoStores) -> list[Note]:
    """Two notes of Ada's and one of Bob's; the label `both` is on the first two."""
    people = [Person.objects.using(stores.name).create(email=f"{name}@x.org", joined=MOMENT) for name in ("ada", "bob")]
    made = [
        Note.objects.using(stores.name).create(person=person, text=text, written=MOMENT)
        for person, text in ((people[0], "one"), (people[0], "two"), (people[1], "three"))
    ]
    Label.objects.using(stores.name).create(day=MOMENT.date()).notes.set(made[:2])
    return made


@pytest.mark.parametrize(
    ("label", "path", "rows"),
    [
        ("people.Label", "notes.person", 1),
        ("people.Label_notes", "note.person", 2),
        ("people.Person", "note_set.person", 1),
        ("people.Note", "labels.notes.person", 2),
    ],
)
def test_a_path_over_many_rows_finds_each_once(
    stores: DjangoStores, notes: list[Note], label: str, path: str, rows: int
) -> None:
    """By the names of the data map: accessors, and tables that Django makes by itself."""
    ada = Selection(label=label, path=path, root="people.Person", keys=(str(notes[0].person_id),))
    assert stores.dataset.count(ada) == rows
    assert len(list(stores.dataset.rows(ada, ["id"]))) == rows


def test_rows_over_a_path_of_many_are_deleted(stores: DjangoStores, notes: list[Note]) -> None:
    """Links first, as a plan has it; then what they linked."""
    path = {"root": "people.Person", "keys": (str(notes[0].person_id),)}
    assert stores.dataset.delete(Selection(label="people.Label_notes", path="note.person", **path)) == 2
    assert stores.dataset.clear(Selection(label="people.Note", path="person.note_set.person", **path), ["text"]) == 2
    assert stores.dataset.delete(Selection(label="people.Note", path="person", **path)) == 2
    assert (
        stores.dataset.count(
            Selection(label="people.Note", where=(Test("written", "before", MOMENT + dt.timedelta(1)),))
        )
        == 1
    )


def test_a_row_that_others_refer_to_stays(stores: DjangoStores, notes: list[Note]) -> None:
    """Nothing refers to nothing, and no row goes that no plan has named."""
    ada = Selection(label="people.Person", keys=(str(notes[0].person_id),))
    with pytest.raises(StoreError, match="refuses"):
        stores.dataset.delete(ada)
    assert stores.dataset.count(ada) == 1


def test_rows_are_read_in_portions(stores: DjangoStores, notes: list[Note], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row once, though a portion ends before the last."""
    monkeypatch.setattr(dataset, "PORTION", 2)
    everything = Selection(label="people.Note", where=(Test("written", "before", MOMENT + dt.timedelta(1)),))
    assert [row["text"] for row in stores.dataset.rows(everything, ["text"])] == ["one", "two", "three"]


@pytest.mark.parametrize(("hours", "rows"), [(0, 0), (48, 1)])
def test_a_date_is_before_a_moment_when_its_day_is_over(
    stores: DjangoStores, notes: list[Note], hours: int, rows: int
) -> None:
    """Retention never takes a row a day early."""
    moment = dt.datetime.combine(MOMENT.date(), dt.time(), dt.UTC) + dt.timedelta(hours=hours)
    assert stores.dataset.count(Selection(label="people.Label", where=(Test("day", "before", moment),))) == rows


def test_a_moment_of_a_site_without_time_zones_is_compared_in_its_zone(
    stores: DjangoStores, database: tuple[str, str]
) -> None:
    """Such a site keeps local time."""
    with override_settings(USE_TZ=False, TIME_ZONE="Europe/Madrid"), other(database) as there:
        local = dt.datetime(2026, 7, 1, 12)  # noqa: DTZ001 - as a site without USE_TZ has it
        Person.objects.using("other").create(email="a@x.org", name="a", joined=local)
        noon = dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC)
        count = there.dataset.count
        assert count(Selection(label="people.Person", where=(Test("joined", "before", noon),))) == 0
        assert (
            count(Selection(label="people.Person", where=(Test("joined", "before", noon + dt.timedelta(seconds=1)),)))
            == 1
        )


def test_rows_about_a_person_by_a_generic_key(stores: DjangoStores, notes: list[Note]) -> None:
    """Those about a row of the subject's table, and not about another table's row of the same key."""
    with connections[stores.name].schema_editor() as editor:
        editor.create_model(ContentType)
        editor.create_model(Remark)
    try:
        ContentType.objects.clear_cache()
        for about in (Person, Note):
            kind = ContentType.objects.db_manager(stores.name).get_for_model(about)
            Remark.objects.using(stores.name).create(content_type=kind, object_id=notes[0].person_id, words="x")
        keys = (str(notes[0].person_id),)
        assert (
            stores.dataset.count(Selection(label="clinic.Remark", path="about", root="people.Person", keys=keys)) == 1
        )
        with pytest.raises(StoreError, match="generic key"):
            stores.dataset.count(Selection(label="clinic.Remark", path="about.note_set", root="people.Note", keys=keys))
    finally:
        ContentType.objects.clear_cache()
        with connections[stores.name].schema_editor() as editor:
            editor.delete_model(Remark)
            editor.delete_model(ContentType)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(label="people.Nobody", keys=("1",)),
        Selection(label="people.Note", path="nobody", root="people.Person", keys=("1",)),
        Selection(label="people.Note", where=(Test("nobody", "before", MOMENT),)),
    ],
)
def test_a_name_that_there_is_not_is_an_error_of_ours(stores: DjangoStores, selection: Selection) -> None:
    """As when the data map is of another version than the code."""
    with pytest.raises(StoreError, match=r"nobody|Nobody"):
        stores.dataset.count(selection)


def test_a_key_of_another_type_is_nobody_s(stores: DjangoStores, notes: list[Note]) -> None:
    """Keys come as text."""
    assert stores.dataset.count(Selection(label="people.Person", keys=("ada",))) == 0
    assert Reply.objects.using(stores.name).count() == 0


def test_the_host_has_stores_for_each_of_its_aliases() -> None:
    """One for each, and a name that is none of them is a mistake in the settings."""
    assert DjangoHost().stores("default") is DjangoHost().stores("default")
    with pytest.raises(SettingsError, match="nowhere") as caught:
        DjangoHost().stores("nowhere")
    assert "default" in caught.value.hint


@pytest.mark.parametrize(
    "database",
    [pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("mariadb", marks=pytest.mark.mariadb)],
    indirect=True,
)
def test_a_transaction_that_shows_the_past_hides_no_hold(database: tuple[str, str], stores: DjangoStores) -> None:
    """It sees one that was placed since it began, or is told that it cannot go on."""
    level = _levels().REPEATABLE_READ if database[0] == "postgres" else "repeatable read"
    with other(database, OPTIONS={"isolation_level": level}) as beside, beside.transactions.atomic():
        assert beside.holds.find(HOLD.id) is None
        stores.holds.place(HOLD)
        assert beside.holds.find(HOLD.id) is None, "the transaction shows the past"
        assert verdict(beside.holds.in_force) in ("busy", [HOLD])
