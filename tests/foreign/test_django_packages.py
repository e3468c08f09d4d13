"""What the Django packages themselves stored a moment ago: read as their fields give it, or refused."""

from __future__ import annotations

import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consentguard.crypto.foreign import ForeignValueError, reader
from tests.foreign.known import KNOWN

Stored = Callable[[str, str], list[tuple[Any, str, str]]]
PROGRAM = Path(__file__).with_name("django_site.py")
KEYS = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "HxwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAAAE="]
SITES: dict[str, dict[str, Any]] = {
    "at first": {"SECRET_KEY": "the first secret", "SALT_KEY": "the first salt", "FIELD_ENCRYPTION_KEY": KEYS[0]},
    "rotated": {
        "SECRET_KEY": "the second secret",
        "SECRET_KEY_FALLBACKS": ["the first secret"],
        "SALT_KEY": ["the second salt", "the first salt"],
        "FIELD_ENCRYPTION_KEY": [KEYS[1], KEYS[0]],
        "CRYPTOGRAPHY_KEY": "a key of its own",
        "CRYPTOGRAPHY_SALT": "a salt of its own",
    },
}
FIRST = {"secret_key": "the first secret", "salt_key": "the first salt"}
ROTATED = {
    "secret_key": "the second secret",
    "secret_key_fallbacks": "the first secret",
    "salt_key": "the second salt",
    "salt_key_fallbacks": "the first salt",
}
OWN = {"cryptography_key": "a key of its own", "cryptography_salt": "a salt of its own"}
SECRETS = {
    ("fernet", "at first"): {"keys": KEYS[0]},
    ("fernet", "rotated"): {"keys": "\n".join(reversed(KEYS))},
    ("django-fernet-encrypted-fields", "at first"): FIRST,
    ("django-fernet-encrypted-fields", "rotated"): ROTATED,
    ("django-fernet-encrypted-fields:json", "at first"): FIRST,
    ("django-fernet-encrypted-fields:json", "rotated"): ROTATED,
    ("django-cryptography", "at first"): {"secret_key": "the first secret"},
    ("django-cryptography", "rotated"): {"secret_key": "the second secret", **OWN},
}
every_site = pytest.mark.parametrize("site", SITES)
GIVES_TEXT = ("fernet", "django-fernet-encrypted-fields")
"""Packages whose fields store the text of a value, whatever it was."""


@pytest.fixture(scope="module")
def marker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a hostile pickle makes when it is unpickled."""
    return tmp_path_factory.mktemp("pickles") / "made by a pickle"


@pytest.fixture(scope="module")
def stored(marker: Path) -> Stored:
    """What a package stores in a site, with the `repr` and the `str` of what its field then gives."""
    rows = {site: _rows(settings, marker) for site, settings in SITES.items()}

    def of(package: str, site: str) -> list[tuple[Any, str, str]]:
        found = [row for row in rows[site] if row["package"] == package]
        assert found, package
        return [(_value(row), row["repr"], row["str"]) for row in found]

    return of


def _rows(settings: dict[str, Any], marker: Path) -> list[dict[str, Any]]:
    options = json.dumps({"settings": settings, "marker": str(marker)})
    done = subprocess.run([sys.executable, PROGRAM], input=options, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def _value(row: dict[str, Any]) -> str | bytes | None:
    return bytes.fromhex(row["bytes"]) if "bytes" in row else row["stored"]


@every_site
@pytest.mark.parametrize("package", GIVES_TEXT)
def test_fields_of_fernet_packages_are_read_as_the_text_in_their_tokens(
    package: str, site: str, stored: Stored
) -> None:
    """The text of what the field gives, which any field makes the value of again; a NULL stays one."""
    its_reader = reader(package, SECRETS[package, site])
    for value, _, text in stored(package, site):
        assert its_reader.read(value) == (None if value is None else text)


def test_what_django_fernet_encrypted_fields_takes_for_nothing_is_null(stored: Stored) -> None:
    """The package stores '', 0 and False as NULL: five of the columns of its site hold one."""
    nothing = [value for value, _, _ in stored("django-fernet-encrypted-fields", "at first") if value is None]
    assert len(nothing) == len(["", None, 0, 0.0, False])


def test_what_django_encrypted_model_fields_takes_for_nothing_is_kept(stored: Stored) -> None:
    """An empty text and a zero are values there, and stay values here."""
    its_reader = reader("fernet", SECRETS["fernet", "at first"])
    assert {"", "0"} <= {its_reader.read(value) for value, _, _ in stored("fernet", "at first")}


@every_site
@pytest.mark.parametrize("package", ["django-cryptography", "django-fernet-encrypted-fields:json"])
def test_typed_values_are_read_as_the_field_gives_them(package: str, site: str, stored: Stored) -> None:
    """Of the same type and the same value, time zones and documents included."""
    its_reader = reader(package, SECRETS[package, site])
    for value, given, _ in stored(package, site):
        assert repr(its_reader.read(value)) == given


@every_site
def test_a_key_of_the_field_is_given_in_hex(site: str, stored: Stored) -> None:
    """Of any size that AES takes; and a value whose time to live has passed is read all the same."""
    (short, given, _), (expired, lapsed, _) = stored("django-cryptography, a key of the field", site)
    secret = {"secret_key": SITES[site]["SECRET_KEY"]}
    assert repr(reader("django-cryptography", {**secret, "field_key": "ff" * 16}).read(short)) == given
    assert reader("django-cryptography", {**secret, "field_key": "6b" * 32}).read(expired) == "a life that is over"
    assert lapsed.startswith("<object object"), "the package's mark of an expired value"


def test_a_duration_is_read_that_the_field_itself_cannot_read(stored: Stored) -> None:
    """SQLite hands the package's field a number of microseconds that is none."""
    value, duration, _ = stored("unreadable", "at first")[0]
    assert repr(reader("django-cryptography", SECRETS["django-cryptography", "at first"]).read(value)) == duration


@pytest.mark.parametrize("package", GIVES_TEXT)
def test_what_was_stored_before_a_rotation_is_read_with_the_settings_of_today(package: str, stored: Stored) -> None:
    """Each fallback opens what was stored when it was the first."""
    its_reader = reader(package, SECRETS[package, "rotated"])
    for value, _, text in stored(package, "at first"):
        assert its_reader.read(value) == (None if value is None else text)


def test_another_version_is_refused_also_when_it_is_authentic() -> None:
    """Nobody has written one yet, so nobody knows what it means."""
    (known,) = (known for known in KNOWN if known.name == "django-cryptography")
    signed = b"\x81" + known.token[1:-32]
    code = hmac.digest(known.secrets["secret_key"].encode(), signed, "sha256")
    with pytest.raises(ForeignValueError, match="is not one of"):
        known.reader().read(signed + code)


@every_site
@pytest.mark.parametrize("allow_plain", [False, True])
def test_what_is_pickled_by_a_class_of_the_site_is_refused_and_runs_nothing(
    site: str, allow_plain: bool, stored: Stored, marker: Path
) -> None:
    """Neither a member of an enum nor a call to the operating system, though the package's own code is there."""
    its_reader = reader("django-cryptography", SECRETS["django-cryptography", site], allow_plain=allow_plain)
    _, member, hostile = stored("unreadable", site)
    for value, _, _ in (member, hostile):
        with pytest.raises(ForeignValueError, match="pickle of something else than a plain value") as caught:
            its_reader.read(value)
        assert caught.value.__context__ is None
        assert len([*caught.traceback]) == 2, "a frame is kept whose locals hold the pickle"
    assert not marker.exists()


def test_each_leaf_of_a_document_is_sealed_and_the_rest_is_not() -> None:
    """One leaf that was changed or stands in clear has the document refused; one without a leaf is what it is."""
    (known,) = (known for known in KNOWN if known.name == "django-fernet-encrypted-fields:json")
    its_reader = known.reader(allow_plain=True)
    for changed in (known.token[:-3] + b'"}', known.token.replace(b"gAAAAAB", b"gAAAAAC"), known.token[:-1]):
        with pytest.raises(ForeignValueError, match="cannot be opened"):
            its_reader.read(changed)
    with pytest.raises(ForeignValueError, match="cannot be opened"):
        its_reader.read(known.token[:-1] + b', "more": 7}')
    assert its_reader.read('{"more": 7}') == '{"more": 7}'
    assert known.reader().read('{"more": [{}]}') == {"more": [{}]}
    with pytest.raises(ForeignValueError, match="is not one of"):
        known.reader().read('{"more": 7}')
