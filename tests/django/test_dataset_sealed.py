"""Encrypted columns of a site's tables are changed, added, weighed and told from emptied ones, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from consentguard.crypto import installed
from consentguard.ports import StoreError
from consentguard.records import Selection, Test
from consentguard.testing.keys import keyring
from consentguard_django.stores import DjangoStores
from tests.django.people.models import Secret, Ticket

SECRETS = Selection(label="people.Secret", whole=True)
FILLED = replace(SECRETS, where=(Test("long", "filled"),))


@pytest.fixture
def rows(stores: DjangoStores) -> Iterator[DjangoStores]:
    """Two rows, of which the second holds no text."""
    installed.install(keyring())
    row = {"long": "Lovelace", "date": "1815-12-10", "decimal": "1.5", "binary": "AAE=", "json": {"a": [1]}}
    assert stores.dataset.insert("people.Secret", [{"id": 5, **row}, {"id": 6, "long": ""}]) == 2
    yield stores
    installed.uninstall()


def test_rows_are_added_sealed(rows: DjangoStores) -> None:
    """As JSON writes their values; what is left out holds its default."""
    found: Secret = Secret.objects.using(rows.name).get(pk=5)
    assert (found.long, str(found.date), str(found.decimal), found.json) == (
        "Lovelace",
        "1815-12-10",
        "1.5",
        {"a": [1]},
    )
    assert bytes(found.binary or b"") == b"\0\1"
    assert found.made is not None
    assert rows.dataset.weigh(SECRETS).bytes > 200


def test_an_emptied_text_is_not_filled(rows: DjangoStores) -> None:
    """The length of what is sealed tells it from another, so that no row is due for ever."""
    assert list(rows.dataset.keys(FILLED, "", 9)) == ["5"]
    assert rows.dataset.clear(FILLED, ["long"]) == 1
    assert rows.dataset.count(FILLED) == 0
    assert rows.dataset.count(replace(SECRETS, where=(Test("long", "empty"),))) == 2


def test_values_are_changed_sealed(rows: DjangoStores) -> None:
    """Those that are bound to their rows too; what a field does not take is refused without being shown."""
    assert rows.dataset.change(SECRETS, {"long": "Byron", "integer": 7}) == 2
    assert {(row.long, row.integer) for row in Secret.objects.using(rows.name)} == {("Byron", 7)}
    keys = [UUID(int=1), UUID(int=2)]
    assert rows.dataset.insert("people.Ticket", [{"id": str(key), "note": "x"} for key in keys]) == 2
    assert rows.dataset.change(Selection.of("people.Ticket", [str(keys[0])]), {"note": "Lovelace"}) == 1
    assert [row.note for row in Ticket.objects.using(rows.name).order_by("pk")] == ["Lovelace", "x"]
    with pytest.raises(StoreError, match=r"Secret\.size") as caught:
        rows.dataset.change(SECRETS, {"size": "Lovelace"})
    assert "Lovelace" not in f"{caught.value} {caught.value.hint}"
    with pytest.raises(StoreError, match="encrypted"):
        rows.dataset.count(replace(SECRETS, where=(Test("long", "among", ("Byron",)),)))
