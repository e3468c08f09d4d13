"""Each ledger does what every ledger must."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from consentguard.ports import Ledger
from consentguard.testing import contracts
from consentguard.tombstones.ledger import FileLedger
from consentguard.tombstones.objects import ObjectLedger


class TestFileLedger(contracts.LedgerContract):
    """A file of JSON Lines."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[], Ledger]:
        """In a folder of the test's own."""
        return partial(FileLedger, tmp_path / "privacy.ledger.jsonl")


class TestObjectLedger(contracts.LedgerContract):
    """Objects of what fsspec reaches."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[], Ledger]:
        """In a bucket that is a folder of the test's own."""
        return partial(ObjectLedger, f"local://{tmp_path}/bucket")
