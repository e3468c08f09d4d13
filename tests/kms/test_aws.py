"""AWS KMS alone: which key is asked and how, and what each of its errors is for us."""

from __future__ import annotations

import logging
import sys

import boto3
import pytest

from consentguard.crypto.kms import KmsError, KmsRefusedError, KmsUnreachableError, KmsUri, open_kms
from consentguard.crypto.kms.aws import ATTEMPTS, AwsKms
from tests.kms.standins import Answers

CONTEXT = {"use": "test"}
SECRET = b"no message may hold this"


@pytest.mark.parametrize("code", ["AccessDeniedException", "DisabledException", "KMSInvalidStateException"])
def test_what_the_service_forbids_is_refused(answers: tuple[Answers, str], code: str) -> None:
    """With its code and nothing of what it says; it is asked once."""
    engine, address = answers
    engine.status, engine.body = 400, {"__type": code, "message": SECRET.decode()}
    with pytest.raises(KmsRefusedError, match=rf"the KMS aws:shop refused \({code}\)") as caught:
        open_kms(f"aws:shop?endpoint={address}").wrap(SECRET, CONTEXT)
    assert SECRET.decode() not in f"{caught.value}{caught.value!r}"
    assert len(engine.asked) == 1


@pytest.mark.parametrize(("status", "code"), [(500, "KMSInternalException"), (400, "ThrottlingException")])
def test_what_may_pass_is_tried_again_and_not_for_ever(answers: tuple[Answers, str], status: int, code: str) -> None:
    """Then the error says that a later call may succeed."""
    engine, address = answers
    engine.status, engine.body = status, {"__type": code}
    with pytest.raises(KmsUnreachableError, match=code):
        open_kms(f"aws:shop?endpoint={address}").unwrap(b"wrapped", CONTEXT)
    assert len(engine.asked) == ATTEMPTS


def test_every_call_names_the_key_and_the_context(answers: tuple[Answers, str]) -> None:
    """Decrypt too: otherwise AWS takes whichever key the bytes name, of whatever account."""
    engine, address = answers
    kms = AwsKms(KmsUri.parse(f"aws:alias/shop?endpoint={address}"))
    for call in (lambda: kms.wrap(SECRET, CONTEXT), lambda: kms.unwrap(b"-", CONTEXT), lambda: kms.generate(CONTEXT)):
        with pytest.raises(KmsError, match=r"cannot be asked \(KeyError\)"):
            call()
    assert [(each["KeyId"], each["EncryptionContext"]) for each in engine.asked] == [("alias/shop", CONTEXT)] * 3


def test_what_another_key_wrapped_is_refused(aws: str) -> None:
    """Also within one account."""
    other = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(KmsRefusedError):
        open_kms(aws).unwrap(open_kms(f"aws:{other}").wrap(SECRET, CONTEXT), CONTEXT)


def test_an_arn_says_its_region(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not be said twice; an id or an alias without one is told."""
    arn = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable)
    for uri in (f"aws:{arn}", f"{aws}?region=eu-west-1"):
        kms = open_kms(uri)
        assert kms.unwrap(kms.wrap(SECRET, CONTEXT), CONTEXT) == SECRET
    with pytest.raises(KmsError, match="NoRegionError") as caught:
        open_kms(aws)
    assert "AWS_REGION" in caught.value.hint


def test_without_credentials_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is neither a refusal nor an outage."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    with pytest.raises(KmsError, match="NoCredentialsError") as caught:
        open_kms("aws:shop").wrap(SECRET, CONTEXT)
    assert type(caught.value) is KmsError
    assert "credentials" in caught.value.hint


@pytest.mark.parametrize("where", ["option", "variable"])
def test_no_secret_goes_to_an_endpoint_in_the_clear(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """Wherever it is named."""
    endpoint = "http://kms.example.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", endpoint if where == "variable" else "")
    with pytest.raises(KmsError, match="neither https"):
        open_kms("aws:shop" if where == "variable" else f"aws:shop?endpoint={endpoint}")


def test_an_endpoint_that_is_none_is_an_error_of_ours() -> None:
    """And not one of boto3."""
    with pytest.raises(KmsError):
        open_kms("aws:shop?endpoint=nowhere")


def test_other_requests_of_the_process_are_logged_as_before(aws: str, caplog: pytest.LogCaptureFixture) -> None:
    """Only ours are left out, whose bodies are secrets."""
    caplog.set_level(logging.DEBUG, "botocore.endpoint")
    kms = open_kms(aws)
    caplog.clear()
    kms.generate(CONTEXT)
    assert not caplog.records
    boto3.client("kms").list_keys()
    assert "ListKeys" in caplog.text


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.delitem(sys.modules, "consentguard.crypto.kms.aws")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(KmsError, match="aws needs boto3") as caught:
        open_kms("aws:shop")
    assert caught.value.hint == 'pip install "consentguard[aws]"'
