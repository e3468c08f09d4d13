"""Django's file fields do what every place of files must."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from consentguard.testing import contracts
from consentguard_django.files import DjangoFiles


class TestDjangoFiles(contracts.FilesContract):
    """In a folder, as the test site has them."""

    @pytest.fixture
    def files(self, tmp_path: Path, settings: Any) -> DjangoFiles:
        """In a folder of the test's own."""
        settings.MEDIA_ROOT = tmp_path
        return DjangoFiles()

    @pytest.fixture
    def column(self) -> tuple[str, str]:
        """A file field of the test site."""
        return "clinic.Consultation", "scan"

    @pytest.fixture
    def keep(self) -> Callable[[bytes], str]:
        """By its storage."""
        return lambda content: default_storage.save("scans/ada.txt", ContentFile(content))
