"""A model's column on its way in and out of encryption, on each database, whatever writes to it meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from django.db import connections, models
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, Upper

from consentguard.cli import group
from consentguard.crypto import installed
from consentguard.crypto.keyring import FILE_VARIABLE, Keyring
from consentguard.ports import StoreError
from consentguard.reencryption import Progress
from consentguard.testing.keys import keyring
from consentguard_django.fields import Encrypted
from consentguard_django.fields.copies import check_copies
from consentguard_django.host import DjangoHost
from consentguard_django.stores import DjangoStores
from consentguard_django.stores.transactions import told
from tests.django import live
from tests.django.people.models import Moving
from tests.processes import running, wait_for

ROWS = 200


@pytest.fixture(autouse=True)
def ring() -> Iterator[Keyring]:
    """A keyring of the process."""
    made = keyring()
    installed.install(made)
    yield made
    installed.uninstall()


@pytest.fixture
def rows(stores: DjangoStores) -> Iterator[QuerySet[Moving]]:
    """The moving rows, empty at first and without triggers in the end."""
    yield Moving.objects.using(stores.name).order_by("pk")
    for column, way in (("phone", "encrypt"), ("due", "encrypt"), ("note", "decrypt")):
        live.conversion(stores.name, keyring(), f"people.Moving.{column}", way).end()  # type: ignore[arg-type]


def plain(rows: QuerySet[Moving], *phones: str | None) -> None:
    """Rows as code wrote them that knew of no sealed column."""
    rows.bulk_create([Moving(phone=phone) for phone in phones])
    rows.update(phone_sealed=None)


def execute(rows: QuerySet[Moving], statement: str) -> None:
    """Some SQL, past everything."""
    with told(rows.db), connections[rows.db].cursor() as cursor:
        cursor.execute(statement)


def short(progress: Progress) -> tuple[str, int, list[str]]:
    """The phase, how many rows have no copy, and the rows that had to be left alone."""
    return progress.phase, progress.left, [each.key for each in progress.refused]


def test_an_object_that_is_saved_has_both(rows: QuerySet[Moving]) -> None:
    """One at a time and many; a value that the database makes has no copy."""
    one = Moving(phone="one", due=Decimal("1.50"))
    one.save(using=rows.db)
    rows.bulk_create([Moving(phone="two")])
    assert [(row.phone_sealed, row.due_sealed) for row in rows.all()] == [("one", Decimal("1.50")), ("two", None)]
    one.phone = "other"
    one.save()
    assert rows.all()[0].phone_sealed == "other"
    one.phone = Concat(F("phone"), Value("!"))
    one.save()
    assert rows.values_list("phone", "phone_sealed")[0] == ("other!", None)


def _changed(rows: QuerySet[Moving]) -> Moving:
    return Moving(pk=rows.all()[0].pk, phone="changed")


CHANGES: dict[str, Callable[[QuerySet[Moving]], object]] = {
    "update": lambda rows: rows.update(phone="changed"),
    "by case alone": lambda rows: rows.update(phone=Upper("phone")),
    "by a space": lambda rows: rows.update(phone="ada "),
    "to NULL": lambda rows: rows.update(phone=None),
    "bulk_update": lambda rows: rows.bulk_update([Moving(pk=rows.all()[0].pk, phone="changed")], ["phone"]),
    "update_fields": lambda rows: Moving(pk=rows.all()[0].pk, phone="changed").save(
        using=rows.db, update_fields=["phone"]
    ),
    "raw SQL": lambda rows: execute(rows, "UPDATE people_moving SET phone = 'changed'"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_whose_original_changes_alone_is_emptied(
    rows: QuerySet[Moving], stores: DjangoStores, ring: Keyring, change: str
) -> None:
    """Whatever changes it; then it is made anew. What changes something else leaves it."""
    live.conversion(stores.name, ring).expand()
    Moving(phone="ada").save(using=rows.db)
    rows.update(due="9.00")
    assert rows.all()[0].phone_sealed == "ada"
    CHANGES[change](rows)
    assert rows.all()[0].phone_sealed is None
    conversion = live.conversion(stores.name, ring)
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    assert rows.all()[0].phone_sealed == rows.all()[0].phone


def test_a_column_goes_in(rows: QuerySet[Moving], stores: DjangoStores, ring: Keyring) -> None:
    """In the end the database refuses what writes one of the two alone, and lets the rest through."""
    plain(rows, "one", None, "", "+502 Ω")
    conversion = live.conversion(stores.name, ring)
    conversion.expand()
    conversion.expand()
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    conversion.enforce()
    assert list(rows.values_list("phone_sealed", flat=True)) == ["one", None, "", "+502 Ω"]
    for wrong in (
        "UPDATE people_moving SET phone = 'changed'",
        "UPDATE people_moving SET phone_sealed = NULL",
        "INSERT INTO people_moving (phone) VALUES ('new')",
    ):
        with pytest.raises(StoreError):
            execute(rows, wrong)
    Moving(phone="new").save(using=rows.db)
    execute(rows, "UPDATE people_moving SET due = 3")
    execute(rows, "INSERT INTO people_moving (due) VALUES (4)")
    conversion.end()
    execute(rows, "UPDATE people_moving SET phone = 'changed'")


def test_numbers_go_in(rows: QuerySet[Moving], stores: DjangoStores, ring: Keyring) -> None:
    """As the values that the field has."""
    rows.bulk_create([Moving(due=Decimal("1.50")), Moving(due=Decimal(0))])
    rows.update(due_sealed=None)
    conversion = live.conversion(stores.name, ring, "people_moving.due")
    conversion.expand()
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    assert [row.due_sealed for row in rows.all()] == [Decimal("1.50"), Decimal("0.00")]


def test_a_column_comes_out(rows: QuerySet[Moving], stores: DjangoStores, ring: Keyring) -> None:
    """An object that is saved has both; a copy whose original changes alone is emptied, and made anew."""
    conversion = live.conversion(stores.name, ring, "people.Moving.note", "decrypt")
    rows.bulk_create([Moving(note="one"), Moving(note=None), Moving(note="")])
    assert list(rows.values_list("note_plain", flat=True)) == ["one", None, ""]
    rows.update(note_plain=None)
    conversion.expand()
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert list(rows.values_list("note_plain", flat=True)) == ["one", None, ""]
    rows.filter(note_plain="one").update(note="changed")
    assert short(conversion.progress()) == ("backfilled", 1, [])
    conversion.backfill()
    assert short(conversion.verify()) == ("verified", 0, [])
    assert list(rows.values_list("note_plain", flat=True)) == ["changed", None, ""]


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_backfill_that_is_killed_goes_on_where_it_stopped(
    rows: QuerySet[Moving], stores: DjangoStores, database: tuple[str, str], ring: Keyring, tmp_path: Path
) -> None:
    """What it kept of how far it is, is how far it is."""
    plain(rows, *(f"phone {number}" for number in range(ROWS)))
    ring.write(tmp_path / "ring.keys")
    conversion = live.conversion(stores.name, ring)
    conversion.expand()
    with running(live.backfill, *database, tmp_path / "ring.keys", 100.0):
        wait_for(lambda: any(job.done for job in stores.column_jobs.all()))
    (job,) = stores.column_jobs.all()
    assert (job.phase, conversion.progress().left) == ("backfilling", ROWS - job.done)
    done = conversion.backfill()
    assert (short(done), done.done) == (("backfilled", 0, []), ROWS)
    assert short(conversion.verify()) == ("verified", 0, [])


@pytest.mark.parametrize(
    "database",
    [pytest.param("postgres", marks=pytest.mark.postgres), pytest.param("mariadb", marks=pytest.mark.mariadb)],
    indirect=True,
)
def test_no_copy_is_stale_whoever_writes_meanwhile(
    rows: QuerySet[Moving], stores: DjangoStores, database: tuple[str, str], ring: Keyring
) -> None:
    """Statements that know of no copy go on while it is filled, again and again."""
    plain(rows, *(f"phone {number}" for number in range(ROWS)))
    conversion = live.conversion(stores.name, ring)
    conversion.expand()
    with running(live.call, *database, [row.pk for row in rows.all()], 3) as writer:
        wait_for(lambda: rows.filter(phone__startswith="round").exists())
        while writer.is_alive():
            conversion.backfill()
    assert writer.exitcode == 0
    assert short(conversion.backfill()) == ("backfilled", 0, [])
    assert short(conversion.verify()) == ("verified", 0, [])
    assert rows.all()[0].phone_sealed == f"round 2 of {rows.all()[0].pk}"


def command(stores: DjangoStores, name: str, *arguments: str) -> Result:
    """What a command prints, and its exit code."""
    asked = [name, "people.Moving.phone", "--database", stores.name, *arguments]
    return CliRunner().invoke(group, asked, obj=DjangoHost(), catch_exceptions=False)


@pytest.fixture
def file(ring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keyring's file, which the environment names."""
    ring.write(tmp_path / "ring.keys")
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "ring.keys"))
    return tmp_path / "ring.keys"


def test_the_command_goes_through_every_phase(rows: QuerySet[Moving], stores: DjangoStores, file: Path) -> None:
    """And says how far it is, for a person and for a program."""
    plain(rows, "one", "two")
    assert command(stores, "encrypt-column", "--status").stdout.endswith("not begun, 2 rows have no copy\n")
    assert "not begun, 2 rows have no copy (dry run)" in command(stores, "encrypt-column", "--dry-run").stdout
    assert command(stores, "encrypt-column").stdout == "encrypt people.Moving.phone_sealed: verified\n"
    rows.filter(phone="one").update(phone_sealed="another")
    differs = command(stores, "encrypt-column")
    assert (differs.exit_code, "it is another than the plain value" in differs.stdout) == (1, True)
    assert command(stores, "encrypt-column", "--strict").exit_code == 2
    assert command(stores, "encrypt-column", "--mend").stdout.endswith("verified\n")
    facts = json.loads(command(stores, "encrypt-column", "--strict", "--json").stdout)
    assert (facts["phase"], facts["left"], facts["refused"]) == ("strict", 0, [])
    assert command(stores, "encrypt-column", "--end").stdout.endswith("ended\n")
    assert command(stores, "encrypt-column", "--end", "--strict").exit_code == 2


def test_another_package_s_column_is_imported(
    rows: QuerySet[Moving], stores: DjangoStores, file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its values are read as they are stored; a secret is named by where it stands, and else is a setting."""
    key = Fernet.generate_key()
    plain(rows, *(Fernet(key).encrypt(text.encode()).decode() for text in ("one", "two")), "not encrypted")
    monkeypatch.setenv("PEER_KEY", key.decode())
    (tmp_path / "peer").write_bytes(key)
    named = ["--from", "fernet", "--secret"]
    assert command(stores, "import-column", *named, "keys=setting:NOWHERE").exit_code == 2
    assert command(stores, "import-column", *named, key.decode()).exit_code == 2
    first = command(stores, "import-column", *named, "keys=env:PEER_KEY")
    assert (first.exit_code, "backfilling, 1 rows have no copy" in first.stdout) == (1, True)
    again = command(stores, "import-column", *named, f"keys=file:{tmp_path / 'peer'}", "--allow-plain")
    assert (again.exit_code, again.stdout) == (0, "encrypt people.Moving.phone_sealed: verified\n")
    assert [row.phone_sealed for row in rows.all()] == ["one", "two", "not encrypted"]


def test_a_copy_that_cannot_be_is_refused() -> None:
    """One that cannot be NULL, as the field is made; one of no column, by a check."""
    with pytest.raises(TypeError, match="null=True"):
        Encrypted(models.CharField(max_length=9), copies="phone")
    field = Moving._meta.get_field("phone_sealed")
    assert field.check() == []
    wrong = field.clone()
    wrong.copies, wrong.copied_to = "nowhere", ""
    wrong.set_attributes_from_name("phone_sealed")
    wrong.model = Moving
    assert [each.id for each in check_copies(wrong)] == ["consentguard.E013"]
    wrong.copies, wrong.copied_to = "", "phone"
    assert "stands above it" in check_copies(wrong)[0].msg
