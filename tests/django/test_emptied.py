"""Columns that have to differ from row to row are emptied too, on every database."""

from __future__ import annotations

from consentguard.records import Seal, Selection
from consentguard.testing.clock import MOMENT
from consentguard_django.stores import DjangoStores

SEALS = "consentguard_django.EvidenceSeal"
"""A table at hand with such a column; nobody empties it but this test."""


def test_a_column_that_must_differ_is_emptied_to_the_row_s_key(stores: DjangoStores) -> None:
    """Two people whose rows stay can both be erased."""
    assert stores.seals.extend([Seal(sequence=n, entry=f"entry {n}", previous="", hash="h", at=MOMENT) for n in (1, 2)])
    both = Selection(label=SEALS, root=SEALS, keys=("1", "2"))
    assert stores.dataset.clear(both, ["entry", "hash"]) == 2
    rows = stores.dataset.rows(both, ["entry", "hash"])
    assert [tuple(row.values()) for row in rows] == [("1", ""), ("2", "")]
