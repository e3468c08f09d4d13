"""Vault's transit engine alone: where it is, what its policy allows, and answers that are none."""

from __future__ import annotations

import socket

import pytest

from consentguard.crypto.kms import KmsError, KmsRefusedError, KmsUnreachableError, open_kms
from tests.kms.standins import Answers, Transit

CONTEXT = {"use": "test"}
SECRET = b"no message may hold this"


def test_what_was_wrapped_opens_after_a_rotation(transit: Transit) -> None:
    """Of Vault's own key, until its policy says that an old version is over."""
    kms = open_kms("vault:shop")
    before = kms.wrap(SECRET, CONTEXT)
    transit.rotate("shop")
    after = kms.wrap(SECRET, CONTEXT)
    assert (before[:9], after[:9]) == (b"vault:v1:", b"vault:v2:")
    assert kms.unwrap(before, CONTEXT) == kms.unwrap(after, CONTEXT) == SECRET
    transit.oldest = 2
    with pytest.raises(KmsRefusedError, match="InvalidRequest"):
        kms.unwrap(before, CONTEXT)


def test_a_vault_that_does_not_bind_is_refused(transit: Transit) -> None:
    """One before 1.13 overlooks associated data without a word; with a derived key it binds all the same."""
    transit.binds = False
    with pytest.raises(KmsRefusedError, match="does not bind") as caught:
        open_kms("vault:shop").wrap(SECRET, CONTEXT)
    assert "1.13" in caught.value.hint
    kms = open_kms("vault:derived")
    assert kms.unwrap(kms.generate(CONTEXT)[1], CONTEXT)


@pytest.mark.parametrize("operation", ["encrypt", "decrypt"])
def test_what_the_token_s_policy_leaves_out_is_refused(transit: Transit, operation: str) -> None:
    """Also the half of it: what could not be read again is not written."""
    transit.denied = {operation}
    with pytest.raises(KmsRefusedError, match=r"the KMS vault:shop refused \(Forbidden\)") as caught:
        open_kms("vault:shop").wrap(SECRET, CONTEXT)
    assert SECRET.decode() not in f"{caught.value}{caught.value!r}"


def test_a_token_that_is_none_is_refused(transit: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    """And stands in no message."""
    monkeypatch.setenv("VAULT_TOKEN", "hvs.of-somebody")
    with pytest.raises(KmsRefusedError) as caught:
        open_kms("vault:shop").generate(CONTEXT)
    assert "hvs" not in f"{caught.value}{caught.value!r}"


def test_a_vault_that_is_sealed_may_answer_later(transit: Transit) -> None:
    """That is an outage and no refusal."""
    transit.sealed = True
    with pytest.raises(KmsUnreachableError, match="VaultDown"):
        open_kms("vault:shop").generate(CONTEXT)


def test_an_engine_may_be_mounted_elsewhere(transit: Transit) -> None:
    """Where it is not, there is no key."""
    transit.mount = "teams/shop/transit"
    assert open_kms("vault:shop?mount=teams/shop/transit").generate(CONTEXT)
    with pytest.raises(KmsRefusedError, match="InvalidPath"):
        open_kms("vault:shop").generate(CONTEXT)


def test_a_namespace_goes_along(transit: Transit, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for Vault's own command."""
    monkeypatch.setenv("VAULT_NAMESPACE", "teams/shop")
    open_kms("vault:shop").generate(CONTEXT)
    assert set(transit.namespaces) == {"teams/shop"}


@pytest.mark.parametrize(
    "uri", ["vault:a/../sys", "vault:..", "vault:shop?mount=../sys", "vault:shop?mount=", "vault:ñ"]
)
def test_a_name_leads_to_no_other_path_of_vault(transit: Transit, uri: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(KmsError, match="has a sign that none may have"):
        open_kms(uri)
    assert transit.namespaces == []


@pytest.mark.parametrize(
    ("address", "message"), [("", "where Vault is"), ("http://vault.example.com", "neither https")]
)
def test_an_address_is_needed_and_safe(monkeypatch: pytest.MonkeyPatch, address: str, message: str) -> None:
    """No secret is sent to wherever, nor in the clear."""
    monkeypatch.setenv("VAULT_ADDR", address)
    with pytest.raises(KmsError, match=message):
        open_kms("vault:shop")


def test_where_nobody_listens_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{closed.getsockname()[1]}")
    with pytest.raises(KmsUnreachableError, match="ConnectionError"):
        open_kms("vault:shop").generate(CONTEXT)


ANSWERS = {
    "a redirect": (307, {}),
    "nothing": (204, {}),
    "no data": (200, {}),
    "no field": (200, {"data": {}}),
    "a list": (200, []),
    "no base64": (200, {"data": {"plaintext": "§", "ciphertext": "vault:v1:-"}}),
}


@pytest.mark.parametrize(("status", "body"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_that_vault_does_not_give_is_an_error_of_ours(
    answers: tuple[Answers, str], monkeypatch: pytest.MonkeyPatch, status: int, body: object
) -> None:
    """A redirect is one: the secret would go along to wherever it says."""
    engine, address = answers
    monkeypatch.setenv("VAULT_ADDR", address)
    engine.status, engine.body = status, body
    with pytest.raises(KmsError, match="an answer that Vault does not give"):
        open_kms("vault:shop").wrap(SECRET, CONTEXT)


@pytest.mark.parametrize(
    ("status", "error"), [(400, KmsRefusedError), (429, KmsUnreachableError), (502, KmsUnreachableError)]
)
def test_a_status_says_whether_it_may_pass(
    answers: tuple[Answers, str], monkeypatch: pytest.MonkeyPatch, status: int, error: type[KmsError]
) -> None:
    """Whoever tries again does so only where that can help."""
    engine, address = answers
    monkeypatch.setenv("VAULT_ADDR", address)
    engine.status, engine.body = status, {"errors": [SECRET.decode()]}
    with pytest.raises(error) as caught:
        open_kms("vault:shop").wrap(SECRET, CONTEXT)
    assert SECRET.decode() not in f"{caught.value}{caught.value!r}"
