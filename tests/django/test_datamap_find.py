"""Finding the Django site of a working directory, for the `consentguard` command run without manage.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = """
from consentguard.errors import SettingsError
from consentguard_django.host import DjangoHost
try:
    host = DjangoHost.find()
except SettingsError as error:
    print("error", error.message)
else:
    print(host and [table.label for table in host.tables()])
"""
MANAGE = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
"""


def find(folder: Path, **env: str) -> str:
    """What is found in a folder, in a fresh process."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"} | env
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a settings module."""
    apps = '["django.contrib.auth", "django.contrib.contenttypes"]'
    (tmp_path / "site_settings.py").write_text(f'SECRET_KEY = "x"\nINSTALLED_APPS = {apps}\n')
    return tmp_path


def test_the_settings_that_manage_py_names_are_found(folder: Path) -> None:
    """No variable has to be set beside a manage.py."""
    (folder / "manage.py").write_text(MANAGE)
    assert "'auth.User'" in find(folder)


def test_the_environment_counts_before_manage_py(folder: Path) -> None:
    """As it does for manage.py itself."""
    (folder / "manage.py").write_text(MANAGE.replace("site_settings", "missing"))
    assert "'auth.User'" in find(folder, DJANGO_SETTINGS_MODULE="site_settings")


def test_a_folder_without_a_site_has_none(tmp_path: Path) -> None:
    """Another adapter may find one."""
    assert find(tmp_path) == "None"


def test_settings_that_cannot_be_loaded_are_one_clear_error(tmp_path: Path) -> None:
    """No traceback for a misspelt module."""
    (tmp_path / "manage.py").write_text(MANAGE)
    assert find(tmp_path) == "error the Django site of site_settings cannot be set up: No module named 'site_settings'"
