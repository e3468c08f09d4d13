"""Stores and a mail box in this process's memory: the reference for every other, and quick for tests."""

from __future__ import annotations

from consentguard.memory.dataset import MemoryDataset
from consentguard.memory.mail import Outbox
from consentguard.memory.stores import MemoryStores
from consentguard.memory.tables import MemoryTable

__all__ = ["MemoryDataset", "MemoryStores", "MemoryTable", "Outbox"]
