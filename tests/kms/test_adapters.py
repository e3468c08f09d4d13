"""What AWS KMS and Vault do alike: wrap and unwrap in one context, refuse every other, and never tell a secret."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from consentguard.crypto.keyring import Keyring
from consentguard.crypto.kms import Kms, KmsError, KmsRefusedError, KmsUnreachableError, open_kms
from consentguard.crypto.kms.uri import TIMEOUT
from consentguard.testing.keys import keyring
from tests.core.kms_kit import of_our_frames

CONTEXT = {"use": "test", "key": "7"}
SECRET = bytes(range(32))
TOLD = (SECRET, repr(SECRET)[2:-1], base64.b64encode(SECRET).decode(), SECRET.hex())
OTHERS: dict[str, Mapping[str, str]] = {
    "none": {},
    "one less": {"use": "test"},
    "one more": {**CONTEXT, "more": ""},
    "another value": {**CONTEXT, "key": "8"},
    "values exchanged": {"use": "7", "key": "test"},
}


@pytest.fixture(params=["aws:alias/shop", "vault:shop", "vault:derived"], scope="module")
def uri(request: pytest.FixtureRequest) -> str:
    """A key of each kind."""
    request.getfixturevalue(request.param.partition(":")[0])
    return str(request.param)


@pytest.fixture(scope="module")
def kms(uri: str) -> Kms:
    """The service of a key of each kind."""
    return open_kms(uri)


@pytest.fixture
def late(uri: str, silent: str, monkeypatch: pytest.MonkeyPatch) -> Kms:
    """The same where nothing answers, and nobody waits long."""
    monkeypatch.setenv("VAULT_ADDR", silent)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", silent)
    return open_kms(f"{uri}?timeout=0.05")


def told(error: BaseException) -> bool:
    """Whether an error or a local of our frames holds the secret, or anything else of a service's is chained to it."""
    found = [str(error), repr(error), *map(repr, of_our_frames(error.__traceback__))]
    return bool(error.__cause__ or error.__context__) or any(str(each) in text for each in TOLD for text in found)


@pytest.mark.parametrize("secret", [b"\0", SECRET, bytes(4096)], ids=["a byte", "a key", "4 KiB"])
def test_what_is_wrapped_is_unwrapped(kms: Kms, secret: bytes) -> None:
    """And is never twice the same."""
    one, two = kms.wrap(secret, CONTEXT), kms.wrap(secret, CONTEXT)
    assert kms.unwrap(one, dict(reversed(CONTEXT.items()))) == kms.unwrap(two, CONTEXT) == secret
    assert one != two
    assert len(secret) == 1 or secret not in one


def test_a_new_secret_comes_with_itself_wrapped(kms: Kms) -> None:
    """32 bytes, and never the same."""
    (secret, wrapped), (other, _) = kms.generate(CONTEXT), kms.generate(CONTEXT)
    assert kms.unwrap(wrapped, CONTEXT) == secret
    assert (len(secret), secret == other) == (32, False)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_context_is_refused(kms: Kms, other: Mapping[str, str]) -> None:
    """Also for a secret that the service made."""
    for wrapped in (kms.wrap(SECRET, CONTEXT), kms.generate(CONTEXT)[1]):
        with pytest.raises(KmsRefusedError) as caught:
            kms.unwrap(wrapped, other)
        assert not told(caught.value)


@pytest.mark.parametrize(
    "change",
    [lambda found: found[:-5], lambda found: b"A" + found[1:], lambda _: b"\xff"],
    ids=["cut off", "changed", "something else"],
)
def test_what_was_changed_is_refused(kms: Kms, change: Callable[[bytes], bytes]) -> None:
    """Cut off, changed, or something else."""
    with pytest.raises(KmsRefusedError):
        kms.unwrap(change(kms.wrap(SECRET, CONTEXT)), CONTEXT)


def test_a_service_that_never_answers_is_an_error_in_time(kms: Kms, late: Kms) -> None:
    """It says that a later call may succeed, and no secret."""
    wrapped = kms.wrap(SECRET, CONTEXT)
    for call in (lambda: late.wrap(SECRET, CONTEXT), lambda: late.unwrap(wrapped, CONTEXT)):
        begun = time.monotonic()
        with pytest.raises(KmsUnreachableError) as caught:
            call()
        assert time.monotonic() - begun < TIMEOUT, "it waits as long as it does unless told otherwise"
        assert not told(caught.value)
        assert "try again" in caught.value.hint


def test_a_key_that_there_is_not_is_refused(uri: str) -> None:
    """And no secret is told."""
    with pytest.raises(KmsRefusedError) as caught:
        open_kms(f"{uri}-none").wrap(SECRET, CONTEXT)
    assert not told(caught.value)


@pytest.mark.parametrize("options", ["regoin=x", "timeout=0", "timeout=soon"])
def test_an_option_that_cannot_be_is_refused(uri: str, options: str) -> None:
    """When the service is opened, before it is asked."""
    with pytest.raises(KmsError):
        open_kms(f"{uri}?{options}")


def test_no_log_has_a_secret(kms: Kms, caplog: pytest.LogCaptureFixture) -> None:
    """Not even where every library says all that it does; other requests are logged as before."""
    caplog.set_level(logging.DEBUG)
    kms.unwrap(kms.wrap(SECRET, CONTEXT), CONTEXT)
    secret, _ = kms.generate(CONTEXT)
    assert not any(each in caplog.text for each in (*TOLD[1:], base64.b64encode(secret).decode()))
    assert caplog.records


def test_a_ring_is_wrapped_written_and_read(uri: str, tmp_path: Path) -> None:
    """From plain to wrapped, with a key more and one in another's place."""
    path, plain = tmp_path / "shop.keys", keyring(2)
    plain.write(path)
    plain.wrapped_by(uri).with_new_key().write(path)
    ring = Keyring.load(path)
    assert [key.secret for key in ring.keys[:2]] == [key.secret for key in plain.keys]
    text = json.loads(path.read_bytes())
    one, two, _ = text["keys"]
    one["wrapped"], two["wrapped"] = two["wrapped"], one["wrapped"]
    with pytest.raises(KmsRefusedError, match="key 1"):
        Keyring.parse(json.dumps(text), where="here")


def test_a_ring_is_never_read_in_part(uri: str, silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that does not answer leaves no ring in memory, and the file as it was."""
    path = tmp_path / "shop.keys"
    Keyring.generate(f"{uri}?timeout=1").with_new_key().write(path)
    before = path.read_bytes()
    monkeypatch.setenv("VAULT_ADDR", silent)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", silent)
    with pytest.raises(KmsUnreachableError, match="key 1"):
        Keyring.load(path)
    assert path.read_bytes() == before
