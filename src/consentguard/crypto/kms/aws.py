"""AWS KMS, through boto3."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import boto3
from botocore import exceptions as boto
from botocore.config import Config

from consentguard.crypto.kms.port import KmsError, refused, unreachable
from consentguard.crypto.kms.uri import KmsUri, secure

ATTEMPTS = 2
"""How often a call is made that gets no answer."""
_FAILURES = (boto.BotoCoreError, boto.ClientError, KeyError)
_SERVER_ERROR = 500
_ARN_PARTS = 6
_asking: ContextVar[bool] = ContextVar("asking", default=False)


class AwsKms:
    """One symmetric key of AWS KMS, named by its id, ARN or alias.

    Credentials and region are found as boto3 finds them; the option `region`, or that of an ARN, goes before, and
    `endpoint` is the service's URL where it is not AWS's own. Calls Encrypt, Decrypt and GenerateDataKey, always with
    an EncryptionContext (https://docs.aws.amazon.com/kms/latest/APIReference/).
    """

    def __init__(self, uri: KmsUri) -> None:
        """Raises KmsError for an unknown option, or when boto3 finds no region."""
        uri.check_options("region", "endpoint")
        self._uri = uri
        self._client = _client(uri)

    def wrap(self, secret: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.wrap`."""
        try:
            (wrapped,) = self._ask("encrypt", ["CiphertextBlob"], context, Plaintext=secret)
        finally:
            del secret
        return wrapped

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.unwrap`; what another key of AWS KMS wrapped is refused."""
        return self._ask("decrypt", ["Plaintext"], context, CiphertextBlob=wrapped)[0]

    def generate(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """As `Kms.generate`."""
        secret, wrapped = self._ask("generate_data_key", ["Plaintext", "CiphertextBlob"], context, KeySpec="AES_256")
        return secret, wrapped

    def _ask(self, operation: str, wanted: list[str], context: Mapping[str, str], **arguments: object) -> list[bytes]:
        silent = _asking.set(True)
        try:
            call = getattr(self._client, operation)
            answer = call(KeyId=self._uri.key, EncryptionContext=dict(context), **arguments)
            return [answer[name] for name in wanted]
        except _FAILURES as error:
            mistake = _mistake(error, self._uri)
        finally:
            _asking.reset(silent)
            del arguments
        raise mistake


def _client(uri: KmsUri) -> Any:
    for name in ("botocore.endpoint", "botocore.parsers"):
        logging.getLogger(name).addFilter(_says_no_secret)
    config = Config(
        connect_timeout=uri.timeout,
        read_timeout=uri.timeout,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    region, endpoint = uri.options.get("region") or _region_of(uri.key), uri.options.get("endpoint")
    try:
        client = boto3.session.Session().client("kms", region_name=region, endpoint_url=endpoint, config=config)
    except (boto.BotoCoreError, ValueError) as error:
        mistake = _mistake(error, uri)
    else:
        secure(client.meta.endpoint_url)  # which may also come from AWS_ENDPOINT_URL
        return client
    raise mistake


def _says_no_secret(record: logging.LogRecord) -> bool:
    """Drop what botocore logs at DEBUG while we ask: the bodies of requests and answers, secrets and all."""
    return record.levelno > logging.DEBUG or not _asking.get()


def _region_of(key: str) -> str | None:
    """The region in an ARN (arn:partition:service:region:account:resource); None for an id or an alias."""
    parts = key.split(":")
    return parts[3] if parts[0] == "arn" and len(parts) == _ARN_PARTS else None


def _mistake(error: Exception, uri: KmsUri) -> KmsError:
    """Our error for one of boto3, by what it is and never by what it says."""
    if isinstance(error, boto.ClientError):
        code = str(error.response.get("Error", {}).get("Code"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        later = status >= _SERVER_ERROR or code == "ThrottlingException"
        return unreachable(uri, code) if later else refused(uri, code)
    if isinstance(error, (boto.ConnectionError, boto.HTTPClientError)):
        return unreachable(uri, type(error).__name__)
    hint = "boto3 needs credentials and a region: AWS_PROFILE, AWS_REGION, or the role of the machine"
    return KmsError(f"the KMS {uri} cannot be asked ({type(error).__name__})", hint=hint)
