"""Where plaintext and keys get to by themselves: logs of SQL, error pages, sessions and queues. They hold neither."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.sessions.serializers import JSONSerializer
from django.core.signing import dumps as signed
from django.db import connections
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter
from kombu import serialization
from kombu.exceptions import EncodeError

from consentguard.crypto import installed
from consentguard.crypto.errors import DecryptionError, UnboundError
from consentguard.crypto.keyring import VARIABLE, Keyring, KeyringError
from tests.django.sealed.kit import alias as alias
from tests.django.sealed.kit import ring as ring
from tests.django.sealed.kit import tables as tables
from tests.django.sealed.models import Letter, Owner, Sheet, Ticket

SECRET = "Lovelace"


def in_json(value: Any) -> Any:
    """What Celery sends unless it is told otherwise."""
    return serialization.dumps(value, "json")


def leaks(text: str, ring: Keyring) -> list[str]:
    """What of the value and of the keys a text holds, however it is written."""
    secrets = [each.secret for each in ring.keys]
    written = [form for each in secrets for form in (each.hex(), base64.b64encode(each).decode(), repr(each)[2:-1])]
    urlsafe = [base64.urlsafe_b64encode(each).decode().rstrip("=") for each in secrets]
    return [each for each in (SECRET, *written, *urlsafe) if each in text]


@pytest.fixture
def logged(alias: str) -> Iterator[list[logging.LogRecord]]:
    """What Django logs of its SQL, as with DEBUG on."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = records.append  # type: ignore[method-assign]
    logger = logging.getLogger("django.db.backends")
    level, connections[alias].force_debug_cursor = logger.level, True
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)
    logger.setLevel(level)
    connections[alias].force_debug_cursor = False


def test_logs_of_sql_hold_sealed_values(alias: str, ring: Keyring, logged: list[logging.LogRecord]) -> None:
    """Of every way to write and to read, under a column's key and under that of a data subject."""
    owner = Owner.objects.using(alias).create(name="o")
    sheets, letters = Sheet.objects.using(alias), Letter.objects.using(alias)
    row = sheets.create(a=SECRET, data=[SECRET])
    sheets.bulk_create([Sheet(a=SECRET)])
    row.a = SECRET + "!"
    row.save()
    sheets.bulk_update([row], ["a"])
    sheets.update(b=SECRET)
    letters.create(text=SECRET, owner=owner)
    Ticket.objects.using(alias).create(note=SECRET)
    assert [each.a for each in sheets.order_by("pk")] == [f"{SECRET}!", SECRET]
    assert letters.get().text == SECRET
    text = "\n".join(f"{each.getMessage()} {vars(each)}" for each in logged)
    assert "INSERT INTO" in text
    assert leaks(text, ring) == []


def _tampered(alias: str) -> Any:
    """A value of another column, read beside its own."""
    row = Sheet.objects.using(alias).create(a=SECRET)
    with connections[alias].cursor() as cursor:
        cursor.execute("UPDATE sealed_sheet SET b = a")
    row = Sheet.objects.using(alias).get()
    assert row.a == SECRET
    return row.b


def _without_keyring(alias: str) -> Any:
    """A value that is saved where there are no keys."""
    row = Sheet(a=SECRET)
    installed.uninstall()
    row.save(using=alias)


def _unbound(alias: str) -> Any:
    """A value that nobody says the owner of."""
    Letter(text=SECRET).save(using=alias)


ERRORS = ((_tampered, DecryptionError), (_without_keyring, KeyringError), (_unbound, UnboundError))


@pytest.mark.parametrize(("act", "error"), ERRORS, ids=lambda each: each.__name__)
def test_an_error_page_holds_no_value(
    alias: str, ring: Keyring, act: Callable[[str], Any], error: type[Exception]
) -> None:
    """Django's own, with the variables of every frame, the settings, and the environment in which it is served."""
    try:
        act(alias)
    except error:
        raised = sys.exc_info()
    with override_settings(DEBUG=True):
        report = ExceptionReporter(RequestFactory().get("/", **{VARIABLE: ring.keys[0].secret.hex()}), *raised)
        page = report.get_traceback_html() + report.get_traceback_text()
    assert "consentguard_django" in page
    assert VARIABLE in page
    assert leaks(page, ring) == []


@pytest.mark.parametrize("how", [JSONSerializer().dumps, signed, in_json], ids=["session", "signed", "task"])
def test_what_carries_texts_takes_no_object(alias: str, ring: Keyring, how: Callable[[Any], Any]) -> None:
    """A session, a signed text, a task's arguments in JSON: whoever puts a value into one has read it."""
    row = Sheet.objects.using(alias).create(a=SECRET)
    with pytest.raises((TypeError, EncodeError), match="not JSON serializable"):
        how([row])


def test_a_task_s_pickled_arguments_are_sealed(alias: str, ring: Keyring) -> None:
    """As Celery sends them."""
    row = Sheet.objects.using(alias).create(a=SECRET, data=[SECRET])
    assert row.a == SECRET
    _, _, body = serialization.dumps([row], "pickle")
    assert leaks(repr(body), ring) == []
