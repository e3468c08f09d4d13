"""A keyring whose secrets a key management service wraps: what is written, what is read, and what is refused."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from consentguard.cli import group
from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, Keyring, KeyringError
from consentguard.crypto.kms import KmsError, KmsRefusedError, KmsUnreachableError
from consentguard.testing.keys import keyring
from tests.core.kms_kit import URI, LocalKms, of_our_frames, register


@pytest.fixture(autouse=True)
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An empty folder to work in, and a host's package that brings the scheme `local`."""
    packages, folder = tmp_path / "packages", tmp_path / "site"
    packages.mkdir()
    folder.mkdir()
    register(packages, monkeypatch, "local", "tests.core.kms_kit:LocalKms")
    monkeypatch.setattr(LocalKms, "calls", [])
    monkeypatch.chdir(folder)
    for variable in (VARIABLE, FILE_VARIABLE, "DJANGO_SETTINGS_MODULE", "FLASK_APP"):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def secrets(ring: Keyring) -> Iterator[str]:
    """The secrets of a ring as its text would have them in the clear."""
    return (base64.b64encode(key.secret).decode() for key in ring.keys)


def keys(*arguments: str | int) -> Result:
    """What a `keys` command prints, and its exit code; an exception is a failure of the test."""
    return CliRunner().invoke(group, ["keys", *map(str, arguments)], catch_exceptions=False)


# The text


def test_a_ring_is_written_wrapped_and_read_again() -> None:
    """No secret stands in its text, and every key comes back."""
    ring = Keyring.generate(URI).with_new_key()
    text = ring.dumps()
    assert json.loads(text)["kms"] == URI
    assert not any(secret in text for secret in secrets(ring))
    again = Keyring.parse(text, where="here")
    assert (again.keys, again.kms) == (ring.keys, URI)


def test_a_plain_ring_is_wrapped_with_its_keys() -> None:
    """What they sealed before opens afterwards; a destroyed one stays as it is."""
    plain = keyring(3).destroying(2)
    again = Keyring.parse(plain.wrapped_by(URI).dumps(), where="here")
    assert [(key.id, key.state, key.secret) for key in again.keys] == [
        (key.id, key.state, key.secret) for key in plain.keys
    ]
    assert again.derive("column", "shop", "email") == plain.derive("column", "shop", "email")


def test_a_wrapped_ring_changes_as_any_other() -> None:
    """A key is added, enabled and destroyed, and what is written stays wrapped."""
    ring = Keyring.generate(URI).with_new_key("decrypt-only").enabling(2).with_new_key().destroying(2)
    again = Keyring.parse(ring.dumps(), where="here")
    assert [(key.id, key.state, bool(key.wrapped)) for key in again.keys] == [
        (1, "decrypt-only", True),
        (2, "destroyed", False),
        (3, "enabled", True),
    ]


def test_every_key_is_asked_for_once() -> None:
    """When the ring is read, and never for a value."""
    text = keyring(3).wrapped_by(URI).dumps()
    LocalKms.calls.clear()
    Keyring.parse(text, where="here").derive("column", "shop", "email")
    assert LocalKms.calls == ["unwrap"] * 3


def test_a_wrapped_secret_opens_in_its_own_place_only() -> None:
    """Two that were exchanged are refused, and the message says which."""
    text = json.loads(keyring(2).wrapped_by(URI).dumps())
    one, two = text["keys"]
    one["wrapped"], two["wrapped"] = two["wrapped"], one["wrapped"]
    with pytest.raises(KmsRefusedError, match=r"the keyring in here: key 1: the KMS local:shop refused"):
        Keyring.parse(json.dumps(text), where="here")


def test_a_ring_is_bound_to_the_key_that_wrapped_it() -> None:
    """Another key of the same service does not open it."""
    text = Keyring.generate(URI).dumps().replace(URI, "local:other")
    with pytest.raises(KmsRefusedError):
        Keyring.parse(text, where="here")


@pytest.mark.parametrize("part", ["secret", "both", "no kms", "neither"])
def test_a_ring_is_wrapped_as_a_whole_or_not_at_all(part: str) -> None:
    """A secret in the clear among wrapped ones is a slip, and is not passed over."""
    text = json.loads(keyring(2).wrapped_by(URI).dumps())
    wrapped = text["keys"][1].pop("wrapped")
    if part != "neither":
        text["keys"][1]["secret"] = base64.b64encode(bytes(range(32))).decode()
    if part == "both":
        text["keys"][1]["wrapped"] = wrapped
    if part == "no kms":
        del text["kms"]
    with pytest.raises(KeyringError, match=r"key [12]"):
        Keyring.parse(json.dumps(text), where="here")


@given(
    st.fixed_dictionaries(
        {"wrapped": st.binary(max_size=80).map(lambda found: base64.b64encode(found).decode()) | st.text(max_size=9)},
        optional={"secret": st.text(max_size=9), "state": st.sampled_from(["enabled", "destroyed", "no"])},
    )
)
def test_no_wrapped_text_brings_another_error(found: dict[str, str]) -> None:
    """Whatever stands where a wrapped secret belongs, the only error is ours."""
    key = {"id": 1, "state": "enabled", "created": "2026-01-01T00:00:00Z"} | found
    with pytest.raises(KeyringError):
        Keyring.parse(json.dumps({"keyring": 1, "kms": URI, "keys": [key]}), where="here")


# When the service does not answer


def test_a_service_that_is_down_gives_no_ring(local: pytest.MonkeyPatch) -> None:
    """Its error says so, keeps its type, and holds neither a secret nor another error."""
    ring = keyring(2).wrapped_by(URI)
    local.setattr(LocalKms, "down", True)
    with pytest.raises(KmsUnreachableError, match="the keyring in here: key 1") as caught:
        Keyring.parse(ring.dumps(), where="here")
    assert "try again" in caught.value.hint
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_no_error_of_a_change_holds_a_secret(local: pytest.MonkeyPatch) -> None:
    """Neither its text nor a local of our frames."""
    ring = keyring(2)
    local.setattr(LocalKms, "down", True)
    with pytest.raises(KmsUnreachableError) as caught:
        ring.wrapped_by(URI)
    found = [caught.value, str(caught.value), *of_our_frames(caught.value.__traceback__)]
    told = " ".join(map(repr, found))
    assert not any(secret in told for secret in secrets(ring))
    assert not any(repr(key.secret)[2:-1] in told for key in ring.keys)


@pytest.mark.parametrize("command", [["new"], ["enable", 1], ["wrap", "--kms", URI]])
def test_nothing_is_overwritten_while_the_service_is_down(local: pytest.MonkeyPatch, command: list[str | int]) -> None:
    """The file stays as it was, and nothing is left beside it."""
    ring = keyring(2) if command[0] == "wrap" else keyring(2).wrapped_by(URI)
    ring.write(Path("consentguard.keys"))
    before = Path("consentguard.keys").read_bytes()
    local.setattr(LocalKms, "down", True)
    done = keys(*command)
    assert (done.exit_code, Path("consentguard.keys").read_bytes()) == (2, before)
    assert "local:shop does not answer" in done.stderr
    assert [each.name for each in Path().iterdir()] == ["consentguard.keys"]


# The commands


def test_a_first_key_is_made_by_the_service() -> None:
    """The file is ours alone, and the command says who wrapped it."""
    done = keys("new", "--kms", URI)
    assert done.stdout.splitlines()[:2] == ["Key 1 is enabled in consentguard.keys.", "Wrapped by local:shop."]
    assert stat.S_IMODE(Path("consentguard.keys").stat().st_mode) == 0o600
    ring = Keyring.load(Path("consentguard.keys"))
    assert not any(secret in Path("consentguard.keys").read_text() + done.output for secret in secrets(ring))


def test_a_key_is_added_by_the_same_service() -> None:
    """It need not be named again; another is refused."""
    keys("new", "--kms", URI)
    assert keys("new").stdout.splitlines()[0] == "Key 2 is enabled in consentguard.keys."
    assert keys("new", "--kms", URI).exit_code == 0
    done = keys("new", "--kms", "local:other")
    assert (done.exit_code, len(Keyring.load(Path("consentguard.keys")).keys)) == (2, 3)
    assert "keys wrap" in done.stderr


def test_a_plain_ring_gets_no_wrapped_key() -> None:
    """It is wrapped as a whole first."""
    keys("new")
    done = keys("new", "--kms", URI)
    assert (done.exit_code, Keyring.load(Path("consentguard.keys")).kms) == (2, "")
    assert "keys wrap" in done.stderr


def test_a_ring_is_wrapped_in_its_file() -> None:
    """The command says what has to happen to every other copy."""
    keys("new")
    before = Keyring.load(Path("consentguard.keys"))
    done = keys("wrap", "--kms", URI)
    after = Keyring.load(Path("consentguard.keys"))
    assert (after.kms, after.enabled.secret) == (URI, before.enabled.secret)
    assert stat.S_IMODE(Path("consentguard.keys").stat().st_mode) == 0o600
    assert not any(secret in Path("consentguard.keys").read_text() for secret in secrets(before))
    assert "Delete every other copy" in done.stdout


def test_a_ring_moves_to_another_service() -> None:
    """By the same command; the service before must still answer."""
    keys("new", "--kms", URI)
    assert keys("wrap", "--kms", "local:other").exit_code == 0
    assert Keyring.load(Path("consentguard.keys")).kms == "local:other"


def test_a_ring_of_the_environment_is_wrapped_in_what_is_printed(local: pytest.MonkeyPatch) -> None:
    """Nothing else can be done with it from here; a file has no use for it."""
    ring = keyring()
    local.setenv(VARIABLE, ring.dumps())
    assert keys("wrap", "--kms", URI).exit_code == 2
    printed = keys("wrap", "--kms", URI, "--print").stdout
    assert Keyring.parse(printed, where="here").enabled.secret == ring.enabled.secret
    assert Keyring.parse(keys("new", "--print").stdout, where="here").kms == ""


def test_the_list_says_who_wraps() -> None:
    """For people and for machines."""
    keys("new", "--kms", URI)
    assert "local:shop" in keys("list").stdout
    assert [each["kms"] for each in json.loads(keys("list", "--json").stdout)] == [URI]


def test_a_name_that_is_none_makes_no_file() -> None:
    """Nor does a service that there is not."""
    assert keys("new", "--kms", "shop").exit_code == keys("new", "--kms", "none:shop").exit_code == 2
    assert list(Path().iterdir()) == []


def test_a_service_that_does_not_bind_wraps_no_ring() -> None:
    """The plain file stays."""
    keys("new")
    assert keys("wrap", "--kms", f"{URI}?unbound=1").exit_code == 2
    assert Keyring.load(Path("consentguard.keys")).kms == ""
    with pytest.raises(KmsError):
        Keyring.generate(f"{URI}?unbound=1")
