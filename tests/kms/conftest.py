"""Services on this machine alone: AWS KMS by moto, Vault's transit engine by a stand-in, and one that never answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tests.kms.standins import Answers, Transit, serving


@pytest.fixture(scope="module", autouse=True)
def nowhere_else(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """No credentials, profile, region, token or address of this machine has a say, and nothing leaves it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS", "VAULT_NAMESPACE", "VAULT_ADDR"):
            patch.delenv(variable, raising=False)
        for variable, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": str(home / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HOME": str(home),
            "VAULT_TOKEN": Transit.token,
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
        }.items():
            patch.setenv(variable, value)
        yield patch


@pytest.fixture(scope="module")
def aws(nowhere_else: pytest.MonkeyPatch) -> Iterator[str]:
    """The URI of a key of AWS KMS by its alias."""
    with mock_aws():
        client = boto3.client("kms")
        key = client.create_key()["KeyMetadata"]["KeyId"]
        client.create_alias(AliasName="alias/shop", TargetKeyId=key)
        yield "aws:alias/shop"


@pytest.fixture(scope="module")
def vault(nowhere_else: pytest.MonkeyPatch) -> Iterator[str]:
    """The URI of a key of Vault's transit engine, which also has the derived key `derived`."""
    with serving(Transit()) as address:
        nowhere_else.setenv("VAULT_ADDR", address)
        yield "vault:shop"


@pytest.fixture
def transit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Transit]:
    """A Vault of one test alone, which may change it."""
    engine = Transit()
    with serving(engine) as address:
        monkeypatch.setenv("VAULT_ADDR", address)
        yield engine


@pytest.fixture
def answers() -> Iterator[tuple[Answers, str]]:
    """A service that answers what it is told, and its URL."""
    engine = Answers()
    with serving(engine) as address:
        yield engine, address


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a service that takes a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
