"""Key management services without one: how they are named, found, checked and cached."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.crypto.kms import (
    CachingKms,
    KmsError,
    KmsRefusedError,
    KmsUnreachableError,
    KmsUri,
    associated_data,
    open_kms,
)
from consentguard.crypto.kms.opening import CheckedKms
from consentguard.crypto.kms.uri import secure
from tests.core.kms_kit import URI, LocalKms, of_our_frames, register

CONTEXT = {"use": "test", "key": "7"}
SECRET = bytes(range(32))


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> LocalKms:
    """A service that has been asked nothing yet."""
    monkeypatch.setattr(LocalKms, "calls", [])
    return LocalKms(KmsUri.parse(URI))


# Names


def test_a_name_has_a_scheme_a_key_and_options() -> None:
    """A key may hold colons and slashes, as an ARN does; an option's value may be a URL."""
    arn = "arn:aws:kms:eu-west-1:111122223333:alias/shop"
    uri = KmsUri.parse(f"aws:{arn}?endpoint=http://127.0.0.1:4566&timeout=0.5")
    assert (uri.scheme, uri.key, uri.timeout) == ("aws", arn, 0.5)
    assert uri.options["endpoint"] == "http://127.0.0.1:4566"
    assert str(uri) == f"aws:{arn}"
    assert KmsUri.parse("vault:shop").timeout == 3


@pytest.mark.parametrize(
    "uri",
    ["", "aws", "aws:", "AWS:key", ":key", "aws:a key", "aws:key?", "aws:key?region", "aws:key?a=1&a=2", "aws:key\n",
     "aws:key?a=1&&b=2", "aws:\u202ekey"],
)  # fmt: skip
def test_what_is_no_name_is_refused(uri: str) -> None:
    """An option twice, none after the question mark, spaces and signs that are not seen included."""
    with pytest.raises(KmsError):
        KmsUri.parse(uri)


@given(st.text() | st.from_regex(r"[a-z]{1,5}:\S{1,9}(\?[a-z=&1.%]*)?", fullmatch=True))
def test_no_name_brings_another_error(uri: str) -> None:
    """Whatever stands in a keyring: an error of ours, or a name that is written as it was read."""
    try:
        read = KmsUri.parse(uri)
    except KmsError:
        return
    assert uri.startswith(str(read))


@pytest.mark.parametrize("seconds", ["0", "-1", "61", "nan", "inf", "", "soon"])
def test_a_timeout_is_a_number_of_seconds(seconds: str) -> None:
    """And no call waits longer than a minute."""
    with pytest.raises(KmsError, match="timeout"):
        _ = KmsUri.parse(f"vault:shop?timeout={seconds}").timeout


def test_an_option_that_nobody_knows_is_refused() -> None:
    """With those that there are: a slip is never passed over."""
    with pytest.raises(KmsError, match="no option 'regoin'") as caught:
        KmsUri.parse("aws:key?regoin=eu-west-1").check_options("region")
    assert "region, timeout" in caught.value.hint


@pytest.mark.parametrize(
    "url", ["https://kms.example.com", "http://127.0.0.1:8200", "http://[::1]", "http://localhost"]
)
def test_a_secret_may_cross_a_safe_way(url: str) -> None:
    """TLS, or the machine itself."""
    assert secure(url) == url


@pytest.mark.parametrize(
    "url",
    ["http://vault.example.com", "http://10.0.0.7:8200", "https://u:p@vault.example.com", "ftp://localhost", "https://",
     "https://[", "", "vault.example.com:8200"],
)  # fmt: skip
def test_a_secret_never_crosses_a_network_in_the_clear(url: str) -> None:
    """Nor is a password taken that would stand in the keyring."""
    with pytest.raises(KmsError) as caught:
        secure(url)
    assert "u:p" not in str(caught.value)


# Contexts


@given(
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
)
def test_contexts_are_told_apart(one: dict[str, str], other: dict[str, str]) -> None:
    """Two contexts make the same associated data only where they are the same, in whatever order."""
    assert (associated_data(one) == associated_data(other)) == (one == other)
    assert associated_data(dict(reversed(one.items()))) == associated_data(one)


# Finding


def test_a_host_s_own_service_is_found_by_its_scheme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its package registers an entry point; nothing else is needed."""
    register(tmp_path, monkeypatch, "local", "tests.core.kms_kit:LocalKms")
    kms = open_kms("local:shop")
    secret, wrapped = kms.generate(CONTEXT)
    assert kms.unwrap(wrapped, CONTEXT) == secret
    assert kms.unwrap(kms.wrap(SECRET, CONTEXT), CONTEXT) == SECRET


def test_nobody_else_can_take_the_schemes_that_we_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that registers `vault` does not get the secrets."""
    register(tmp_path, monkeypatch, "vault", "tests.core.kms_kit:LocalKms")
    monkeypatch.delenv("VAULT_ADDR", raising=False)
    with pytest.raises(KmsError, match=r"VAULT_ADDR|hvac"):
        open_kms("vault:shop")


def test_an_unknown_scheme_is_told_with_those_that_there_are() -> None:
    """Before anything is asked."""
    with pytest.raises(KmsError, match="no KMS 'gcp'") as caught:
        open_kms("gcp:shop")
    assert "aws, vault" in caught.value.hint


def test_a_library_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no traceback of an import is shown."""
    register(tmp_path, monkeypatch, "other", "not_installed.kms:Kms")
    with pytest.raises(KmsError, match="other needs not_installed"):
        open_kms("other:shop")


# Checking


def test_what_is_wrapped_was_opened_once_and_refused_once(local: LocalKms) -> None:
    """So a secret is never replaced by what nobody can open."""
    CheckedKms(local).wrap(SECRET, CONTEXT)
    assert local.calls == ["wrap", "unwrap", "unwrap"]


@pytest.mark.parametrize("method", ["wrap", "generate"])
def test_a_service_that_does_not_bind_is_refused(method: str) -> None:
    """One that takes a context and leaves it aside, as Vault before 1.13 does."""
    kms = CheckedKms(LocalKms(KmsUri.parse(f"{URI}?unbound=1")))
    with pytest.raises(KmsRefusedError, match="does not bind"):
        kms.wrap(SECRET, CONTEXT) if method == "wrap" else kms.generate(CONTEXT)


def test_a_service_that_gives_something_else_back_is_refused(local: LocalKms) -> None:
    """The secret that was there would be lost."""

    class Forgetful(LocalKms):
        def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
            return bytes(32)

    with pytest.raises(KmsRefusedError, match="something else"):
        CheckedKms(Forgetful(local.uri)).wrap(SECRET, CONTEXT)


def test_no_error_of_a_check_holds_the_secret(local: LocalKms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when the service is down nor when it does not bind."""
    kms = CheckedKms(LocalKms(KmsUri.parse(f"{URI}?unbound=1")))
    with pytest.raises(KmsRefusedError) as unbound:
        kms.wrap(SECRET, CONTEXT)
    monkeypatch.setattr(LocalKms, "down", True)
    with pytest.raises(KmsUnreachableError) as down:
        CachingKms(kms, ttl=60).wrap(SECRET, CONTEXT)
    for error in (unbound.value, down.value):
        assert SECRET not in list(of_our_frames(error.__traceback__))
        assert error.__cause__ is error.__context__ is None
        assert error.hint


# Caching


class Seconds:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    """A clock that stands still."""
    return Seconds()


def test_a_secret_is_asked_for_once_in_its_time(local: LocalKms, clock: Seconds) -> None:
    """Up to the last moment, and again when it is over."""
    kms = CachingKms(local, ttl=60, clock=clock)
    wrapped = kms.wrap(SECRET, CONTEXT)
    assert [kms.unwrap(wrapped, CONTEXT) for _ in range(3)] == [SECRET] * 3
    clock.now += 59.9
    kms.unwrap(wrapped, CONTEXT)
    assert local.calls == ["wrap", "unwrap"]
    clock.now += 0.1
    assert kms.unwrap(wrapped, CONTEXT) == SECRET
    assert local.calls == ["wrap", "unwrap", "unwrap"]


def test_a_generated_secret_is_kept(local: LocalKms, clock: Seconds) -> None:
    """It is not asked for again."""
    kms = CachingKms(local, ttl=60, clock=clock)
    secret, wrapped = kms.generate(CONTEXT)
    assert kms.unwrap(wrapped, CONTEXT) == secret
    assert local.calls == ["wrap"]


def test_another_context_finds_nothing(local: LocalKms, clock: Seconds) -> None:
    """A cache is no way round the binding."""
    kms = CachingKms(local, ttl=60, clock=clock)
    _, wrapped = kms.generate(CONTEXT)
    with pytest.raises(KmsRefusedError):
        kms.unwrap(wrapped, {**CONTEXT, "key": "8"})


def test_a_secret_outlives_an_outage_only_within_its_time(
    local: LocalKms, clock: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afterwards there is an error and never what was kept; and what is over is not kept either."""
    kms = CachingKms(local, ttl=60, clock=clock)
    secret, wrapped = kms.generate(CONTEXT)
    monkeypatch.setattr(LocalKms, "down", True)
    assert kms.unwrap(wrapped, CONTEXT) == secret
    clock.now += 60
    with pytest.raises(KmsUnreachableError):
        kms.unwrap(wrapped, CONTEXT)
    assert not kms._kept


def test_the_one_that_ends_first_makes_room(local: LocalKms, clock: Seconds) -> None:
    """However many there are, so many are kept and no more."""
    kms = CachingKms(local, ttl=60, most=2, clock=clock)
    wrapped = [kms.generate(CONTEXT)[1] for _ in range(3)]
    local.calls.clear()
    for each in reversed(wrapped):
        kms.unwrap(each, CONTEXT)
    assert local.calls == ["unwrap"]


def test_threads_share_a_cache(local: LocalKms, clock: Seconds) -> None:
    """Each gets its own secret, while others come and go."""
    kms = CachingKms(local, ttl=60, most=3, clock=clock)
    made = [kms.generate(CONTEXT) for _ in range(6)] * 40
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: kms.unwrap(each[1], CONTEXT), made))
    assert found == [secret for secret, _ in made]


@pytest.mark.parametrize(("ttl", "most"), [(0, 1), (-1, 1), (60, 0)])
def test_a_cache_without_end_or_room_is_refused(local: LocalKms, ttl: float, most: int) -> None:
    """Nobody means that."""
    with pytest.raises(KmsError):
        CachingKms(local, ttl=ttl, most=most)


def test_a_cache_shows_no_secret(local: LocalKms) -> None:
    """Neither it nor the service that it asks."""
    kms = CachingKms(local, ttl=60)
    secret, _ = kms.generate(CONTEXT)
    assert repr(secret)[2:-1] not in f"{kms!r} {kms} {CheckedKms(kms)!r}"
