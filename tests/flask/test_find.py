"""Finding the Flask site of a working directory, for the `consentguard` command run without `flask`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from consentguard.errors import SettingsError
from consentguard_flask.host import FlaskHost

PLAIN = "from flask import Flask\napp = Flask(__name__)\n"
POLICY = 'manifest = 1\n[site]\nlanguages = ["en"]\n'
GUARDED = f"""{PLAIN}
from sqlalchemy import MetaData
from consentguard_flask import ConsentGuard
ConsentGuard(app, MetaData())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with no app named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLASK_APP", raising=False)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "app", raising=False)
    return tmp_path


def test_an_app_py_is_found(folder: Path) -> None:
    """As the `flask` command finds it; consentguard need not be in it yet."""
    (folder / "app.py").write_text(PLAIN)
    host = FlaskHost.find()
    assert host is not None
    assert host.root() == folder


def test_the_extension_s_own_host_is_found_with_its_database(folder: Path) -> None:
    """The command then sees the same models as the site."""
    (folder / "app.py").write_text(GUARDED)
    (folder / "privacy.toml").write_text(POLICY)
    host = FlaskHost.find()
    assert host is not None
    assert host is host.app.extensions["consentguard"].host


def test_a_folder_without_a_site_has_none(folder: Path) -> None:
    """Another adapter may find one."""
    assert FlaskHost.find() is None


def test_an_app_that_cannot_be_loaded_is_one_clear_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is Flask's, the hint ours."""
    monkeypatch.setenv("FLASK_APP", "missing_app")
    with pytest.raises(SettingsError, match="cannot be loaded") as caught:
        FlaskHost.find()
    assert caught.value.hint == "set FLASK_APP"
