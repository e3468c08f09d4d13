"""The `keys` commands: a ring is made and extended, never overwritten, and shown only when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from consentguard.cli import group
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Keyring
from consentguard.testing.keys import keyring
from tests.web_policy import BareHost


@dataclass(frozen=True)
class KeyedHost(BareHost):
    """A site whose settings name a keyring."""

    def options(self) -> Mapping[str, object]:
        return {"keyring": "secrets/shop.keys"}


def keys(*arguments: str | Path | int, site: BareHost | None = None) -> Result:
    """What a `keys` command prints, and its exit code; an exception is a failure of the test."""
    command = ["keys", *map(str, arguments)]
    return CliRunner().invoke(group, command, obj=site, catch_exceptions=False)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An empty folder to work in, where no site is found and no variable is set."""
    monkeypatch.chdir(tmp_path)
    for variable in (VARIABLE, FILE_VARIABLE, "DJANGO_SETTINGS_MODULE", "FLASK_APP"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_a_first_key_makes_the_ring(tmp_path: Path) -> None:
    """Without a site it stands here; what is printed names the file and the id."""
    done = keys("new")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == "Key 1 is enabled in consentguard.keys."
    assert Keyring.load(tmp_path / "consentguard.keys").enabled.id == 1


def test_another_key_is_added_to_the_ring(tmp_path: Path) -> None:
    """The key before it only decrypts, and stays as it was."""
    keys("new")
    before = Keyring.load(tmp_path / "consentguard.keys").enabled
    assert keys("new").stdout == "Key 2 is enabled in consentguard.keys.\n"
    after = Keyring.load(tmp_path / "consentguard.keys")
    assert (after.enabled.id, after.oldest.secret, after.oldest.state) == (2, before.secret, "decrypt-only")


def test_the_ring_is_where_the_site_says(tmp_path: Path, elsewhere: pytest.MonkeyPatch) -> None:
    """Relative to the site's folder, whatever the environment says."""
    (tmp_path / "secrets").mkdir()
    elsewhere.setenv(VARIABLE, keyring().dumps())
    done = keys("new", "--json", site=KeyedHost(tmp_path))
    assert json.loads(done.stdout) == {"id": 1, "file": str(tmp_path / "secrets" / "shop.keys")}
    assert len(json.loads(keys("list", "--json", site=KeyedHost(tmp_path)).stdout)) == 1


def test_a_site_without_the_setting_leaves_it_to_the_environment(tmp_path: Path, elsewhere: pytest.MonkeyPatch) -> None:
    """As the site itself does when it needs the keys."""
    elsewhere.setenv(FILE_VARIABLE, "shop.keys")
    keys("new", site=BareHost(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["shop.keys"]


def test_a_file_that_is_named_goes_before_all(tmp_path: Path, elsewhere: pytest.MonkeyPatch) -> None:
    """Before the site's setting and the environment."""
    elsewhere.setenv(VARIABLE, keyring().dumps())
    keys("new", "--file", "own.keys", site=KeyedHost(tmp_path))
    assert Keyring.load(tmp_path / "own.keys").enabled.id == 1
    assert keys("list", "--file", "own.keys", site=KeyedHost(tmp_path)).stdout.startswith("   1  enabled")


def test_a_ring_is_printed_for_the_environment(tmp_path: Path) -> None:
    """One line, and no file."""
    done = keys("new", "--print")
    assert done.stdout.count("\n") == 1
    assert Keyring.parse(done.stdout, where="here").enabled.id == 1
    assert list(tmp_path.iterdir()) == []


def test_a_ring_in_the_environment_is_extended(elsewhere: pytest.MonkeyPatch) -> None:
    """What is printed takes its place: it has the key that was, and a new one."""
    ring = keyring()
    elsewhere.setenv(VARIABLE, ring.dumps())
    printed = Keyring.parse(keys("new", "--print").stdout, where="here")
    assert (printed.enabled.id, printed.oldest.secret) == (2, ring.enabled.secret)


def test_a_ring_in_the_environment_is_not_written_anywhere(tmp_path: Path, elsewhere: pytest.MonkeyPatch) -> None:
    """A file beside it would be a second ring that nobody reads."""
    elsewhere.setenv(VARIABLE, keyring().dumps())
    done = keys("new")
    assert done.exit_code == 2
    assert "add --print" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("other", [["--json"], ["--file", "own.keys"]])
def test_printing_goes_with_no_other_option(tmp_path: Path, other: list[str]) -> None:
    """They speak of a file, and none is written."""
    done = keys("new", "--print", *other)
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_the_list_shows_no_secret(tmp_path: Path) -> None:
    """Ids, states and dates, for people and for machines; nor does any message of `new` show one."""
    printed = [keys("new").output, keys("new", "--json").output, keys("list").output, keys("list", "--json").output]
    texts = json.loads((tmp_path / "consentguard.keys").read_text("utf-8"))["keys"]
    assert not any(text["secret"][:20] in output for text in texts for output in printed)
    assert [line.split()[:2] for line in printed[2].splitlines()] == [["1", "decrypt-only"], ["2", "enabled"]]
    assert [set(key) for key in json.loads(printed[3])] == [{"id", "state", "created", "kms"}] * 2


def test_the_list_reads_the_environment(elsewhere: pytest.MonkeyPatch) -> None:
    """Where that is where the site reads it."""
    elsewhere.setenv(VARIABLE, keyring(3).dumps())
    assert len(keys("list").stdout.splitlines()) == 3


def test_without_a_ring_the_list_says_how_to_make_one() -> None:
    """A message and a hint instead of a traceback."""
    done = keys("list")
    assert done.exit_code == 2
    assert "consentguard.keys cannot be read" in done.stderr
    assert "consentguard keys new" in done.stderr


def test_a_ring_that_others_may_read_is_not_extended(tmp_path: Path) -> None:
    """Whoever read it may have its keys: the message says so before there is another."""
    path = tmp_path / "consentguard.keys"
    keys("new")
    path.chmod(0o644)
    before = path.read_bytes()
    done = keys("new")
    assert (done.exit_code, path.read_bytes()) == (2, before)
    assert "readable by others" in done.stderr


def test_a_key_waits_until_it_is_enabled(tmp_path: Path) -> None:
    """So that it can reach every process before anything is sealed with it."""
    keys("new")
    assert keys("new", "--decrypt-only").stdout == "Key 2 waits to be enabled in consentguard.keys.\n"
    assert Keyring.load(tmp_path / "consentguard.keys").enabled.id == 1
    assert keys("enable", 2).stdout == "Key 2 is enabled in consentguard.keys.\n"
    assert Keyring.load(tmp_path / "consentguard.keys").enabled.id == 2


def test_a_key_of_a_ring_in_the_environment_is_enabled_in_what_is_printed(elsewhere: pytest.MonkeyPatch) -> None:
    """Nothing else can be done with it from here."""
    elsewhere.setenv(VARIABLE, keyring(2).dumps())
    assert keys("enable", 1).exit_code == 2
    assert Keyring.parse(keys("enable", 1, "--print").stdout, where="here").enabled.id == 1
