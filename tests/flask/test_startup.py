"""A Flask app whose policy, configuration or tags are wrong does not start, and says why in one message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import NoAppException
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from consentguard import ConsentGuardError, personal_data
from consentguard_flask import ConsentGuard
from tests.web_policy import BROKEN, POLICY

SITE = """
from flask import Flask
from consentguard_flask import ConsentGuard

def create_app():
    app = Flask(__name__)
    ConsentGuard(app)
    return app
"""


def write_site(folder: Path, policy: str | bytes | None) -> None:
    (folder / "site_app.py").write_text(SITE, "utf-8")
    if policy is not None:
        (folder / "privacy.toml").write_bytes(policy if isinstance(policy, bytes) else policy.encode())


def flask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`flask --app site_app …` in a process of its own, as a developer runs it."""
    command = [sys.executable, "-W", "error", "-m", "flask", "--app", "site_app", *arguments]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_flask_run_stops_with_one_message(tmp_path: Path) -> None:
    """The server is never started; the message names the file, and there is no traceback."""
    write_site(tmp_path, BROKEN["unknown key"])
    ended = flask(tmp_path, "run", "--port", "0")
    assert ended.returncode != 0
    assert "consentguard" in ended.stderr
    assert "privacy.toml" in ended.stderr
    assert "M-UNKNOWN-KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("policy", BROKEN.values(), ids=BROKEN.keys())
def test_whatever_is_wrong_with_the_file_is_one_message_of_flask(tmp_path: Path, policy: str | bytes) -> None:
    """The error is of the kind that Flask's commands print without a traceback; it names the file and says more."""
    app = bare_app(tmp_path, policy)
    with pytest.raises(NoAppException, match=r"consentguard: .*privacy\.toml[\s\S]*M-"):
        ConsentGuard(app)


def test_a_missing_policy_is_named_with_the_way_to_one(tmp_path: Path) -> None:
    """The message says which file is looked for, and how to write the first."""
    app = bare_app(tmp_path)
    (tmp_path / "privacy.toml").unlink()
    with pytest.raises(NoAppException, match=r"privacy\.toml cannot be used[\s\S]*consentguard init"):
        ConsentGuard(app)


def test_an_unknown_configuration_key_is_named(tmp_path: Path) -> None:
    """A mistyped CONSENTGUARD_… key stops the app and suggests the right one."""
    app = bare_app(tmp_path)
    app.config["CONSENTGUARD_COVERGE"] = "strict"
    with pytest.raises(NoAppException, match="did you mean 'coverage'"):
        ConsentGuard(app)


def test_our_own_commands_run_on_a_site_without_a_policy(tmp_path: Path) -> None:
    """`flask consentguard` is there before the policy is: `init` writes the first one."""
    write_site(tmp_path, policy=None)
    listed = flask(tmp_path, "consentguard", "--help")
    assert listed.returncode == 0
    assert "init" in listed.stdout


def test_our_own_commands_report_a_wrong_policy_themselves(tmp_path: Path) -> None:
    """One message with every mistake, exit code 2, no traceback."""
    write_site(tmp_path, BROKEN["unknown key"])
    ended = flask(tmp_path, "consentguard", "check")
    assert ended.returncode == 2
    assert "contakt" in ended.stderr
    assert "Traceback" not in ended.stderr


def bare_app(folder: Path, policy: str | bytes = POLICY) -> Flask:
    (folder / "privacy.toml").write_bytes(policy if isinstance(policy, bytes) else policy.encode())
    return Flask("site", root_path=str(folder))


@pytest.mark.parametrize("prefix", ["", "/"])
def test_the_pages_need_a_place_of_their_own(tmp_path: Path, prefix: str) -> None:
    """At the root they would hide the app's first page, and its static files would hide theirs."""
    with pytest.raises(ConsentGuardError, match="url_prefix"):
        ConsentGuard(bare_app(tmp_path), url_prefix=prefix)


def test_a_place_that_is_no_path_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """A missing slash is said in our words, before the app's URL map refuses the rule."""
    with pytest.raises(ConsentGuardError, match='slash: "/privacy"'):
        ConsentGuard(bare_app(tmp_path), url_prefix="privacy")


def test_a_second_extension_on_one_app_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """One message of ours instead of Flask's advice, which does not apply."""
    app = bare_app(tmp_path)
    ConsentGuard(app)
    with pytest.raises(ConsentGuardError, match="call ConsentGuard once"):
        ConsentGuard(app)


def test_a_tag_that_names_no_category_stops_the_app(tmp_path: Path) -> None:
    """Models that are known at `init_app` are checked there, against the policy."""

    class Base(DeclarativeBase):
        pass

    @personal_data("no_such_category")
    class Visitor(Base):
        __tablename__ = "visitor"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    with pytest.raises(ConsentGuardError, match="no_such_category"):
        ConsentGuard(bare_app(tmp_path), Base)


def test_a_tag_on_a_later_model_is_checked_before_the_first_answer(tmp_path: Path) -> None:
    """Models that are imported after `init_app` are checked before any request is served."""

    class Base(DeclarativeBase):
        pass

    app = bare_app(tmp_path)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    ConsentGuard(app, Base)

    @personal_data("no_such_category")
    class Visitor(Base):
        __tablename__ = "visitor"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    with pytest.raises(ConsentGuardError, match="no_such_category"):
        app.test_client().get("/")
