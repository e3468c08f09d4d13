"""A Django site in a process of its own: it stores values by other packages' fields and prints what then stands there.

Reads its settings as JSON from standard input. Prints a list of rows: the column, what is stored in it (bytes in hex),
and the `repr` and `str` of what the field then gives.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import django
from django.conf import settings

OPTIONS = json.load(sys.stdin)
settings.configure(
    **OPTIONS["settings"],
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

import encrypted_fields as fernet_encrypted  # noqa: E402 - these look at the settings when they are imported
import encrypted_model_fields.fields as encrypted_model  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.utils.timezone import get_fixed_timezone  # noqa: E402
from django_cryptography.fields import encrypt  # noqa: E402

NOON = dt.datetime(2026, 3, 4, 12, 30, 15, 250, tzinfo=dt.UTC)
DOCUMENT = {"name": "ñ", "tags": ["a", {"n": 1.5}], "none": None, "yes": True, "": {}}


class Status(models.TextChoices):
    """Choices as a site of today declares them: members of a class of its own."""

    OPEN = "open"


class Hostile:
    """Makes a folder when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return os.mkdir, (OPTIONS["marker"],)


PACKAGES: dict[str, list[tuple[models.Field[Any, Any], list[object]]]] = {
    "django-fernet-encrypted-fields": [
        (fernet_encrypted.EncryptedCharField(max_length=99, null=True), ["ñ€", "x" * 99, "", None]),
        (fernet_encrypted.EncryptedTextField(null=True), ["two\nlines \0 and more"]),
        (fernet_encrypted.EncryptedEmailField(null=True), ["ada@example.com"]),
        (fernet_encrypted.EncryptedIntegerField(null=True), [-7, 0]),
        (fernet_encrypted.EncryptedFloatField(null=True), [1.5, 0.0]),
        (fernet_encrypted.EncryptedDateField(null=True), [NOON.date()]),
        (fernet_encrypted.EncryptedDateTimeField(null=True), [NOON]),
        (fernet_encrypted.EncryptedBooleanField(null=True), [True, False]),
    ],
    "django-fernet-encrypted-fields:json": [
        (fernet_encrypted.EncryptedJSONField(null=True), [DOCUMENT, ["a"], "text", {}, None]),
    ],
    "fernet": [
        (encrypted_model.EncryptedCharField(max_length=99, null=True), ["ñ€", "", None]),
        (encrypted_model.EncryptedTextField(null=True), ["two\nlines"]),
        (encrypted_model.EncryptedIntegerField(null=True), [-7, 0]),
        (encrypted_model.EncryptedDateField(null=True), [NOON.date()]),
    ],
    "django-cryptography": [
        (encrypt(models.CharField(max_length=99, null=True)), ["ñ€", "x" * 99, "", None]),
        (encrypt(models.IntegerField(null=True)), [-7, 0, 2**40]),
        (encrypt(models.BooleanField(null=True)), [True, False]),
        (encrypt(models.FloatField(null=True)), [1.5, 0.0]),
        (encrypt(models.DecimalField(max_digits=9, decimal_places=2, null=True)), [Decimal("1.50")]),
        (encrypt(models.DateField(null=True)), [NOON.date()]),
        (encrypt(models.TimeField(null=True)), [NOON.time()]),
        (
            encrypt(models.DateTimeField(null=True)),
            [NOON, NOON.astimezone(ZoneInfo("America/Bogota")), NOON.astimezone(get_fixed_timezone(90))],
        ),
        (encrypt(models.UUIDField(null=True)), [UUID(int=7), UUID(int=2**128 - 1)]),
        (encrypt(models.BinaryField(null=True)), [b"\0\xff", b""]),
        (encrypt(models.JSONField(null=True)), [DOCUMENT, [1, "a"], []]),
    ],
    "django-cryptography, a key of the field": [
        (encrypt(models.TextField(null=True), key=b"\xff" * 16), ["ñ€"]),
        (encrypt(models.TextField(null=True), key=b"k" * 32, ttl=-100), ["a life that is over"]),
    ],
}
UNREADABLE: list[tuple[models.Field[Any, Any], object]] = [
    (encrypt(models.DurationField()), dt.timedelta(days=-1, microseconds=7)),
    (encrypt(models.CharField(max_length=9, choices=Status)), Status.OPEN),
    (encrypt(models.JSONField()), Hostile()),
]
"""What is stored and never read again here: SQLite does not let the package's own field read a duration."""


def model_of(field: models.Field[Any, Any]) -> type[models.Model]:
    """A model with that one field, and its table."""
    attributes = {"__module__": __name__, "value": field, "Meta": type("Meta", (), {"app_label": "site"})}
    model = type(f"M{id(field)}", (models.Model,), attributes)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    return model


def store(field: models.Field[Any, Any], values: list[object]) -> tuple[type[models.Model], list[object]]:
    """The model that holds the values, and what stands in its column for each."""
    model = model_of(field)
    for value in values:
        model._default_manager.create(value=value)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT value FROM {model._meta.db_table} ORDER BY id")  # noqa: S608 - a name made here
        return model, [stored for (stored,) in cursor.fetchall()]


def rows() -> Iterator[dict[str, object]]:
    """Every value of every field, as it is stored and as it is given."""
    for package, fields in PACKAGES.items():
        for field, values in fields:
            model, stored = store(field, values)
            given = model._default_manager.order_by("pk").values_list("value", flat=True)
            for one, other in zip(stored, given, strict=True):
                yield {"package": package, **portable(one), "repr": repr(other), "str": str(other)}
    for field, value in UNREADABLE:
        yield {"package": "unreadable", **portable(store(field, [value])[1][0]), "repr": repr(value), "str": ""}


def portable(stored: object) -> dict[str, object]:
    """A stored value as JSON can carry it."""
    return {"bytes": stored.hex()} if isinstance(stored, bytes) else {"stored": stored}


json.dump(list(rows()), sys.stdout)
