"""The transit engine of HashiCorp Vault and of OpenBao, through hvac."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from typing import Any

import hvac
from hvac import exceptions as vault
from requests import RequestException

from consentguard.crypto.key import SECRET_BYTES
from consentguard.crypto.kms.port import KmsError, associated_data, refused, unreachable
from consentguard.crypto.kms.uri import KmsUri, secure

MOUNT = "transit"
_NAME = r"\w(?:[\w.-]*\w)?"
_KEY, _MOUNT = re.compile(_NAME, re.ASCII), re.compile(f"{_NAME}(?:/{_NAME})*", re.ASCII)
_REFUSALS = (vault.InvalidRequest, vault.Unauthorized, vault.Forbidden, vault.InvalidPath)


class VaultKms:
    """One key of a transit engine, mounted at `transit` unless the option `mount` says otherwise.

    Where Vault is and who asks stands in VAULT_ADDR, VAULT_NAMESPACE and VAULT_TOKEN (or ~/.vault-token), as for its
    own command. The context goes along as `associated_data`, which an authenticated cipher binds (Vault 1.13), and as
    `context`, which only a derived key takes, so neither kind has to be looked up. The engine's `datakey` is not used:
    Vault gives it no associated data, so it would leave a secret under a key that is not derived unbound
    (https://developer.hashicorp.com/vault/api-docs/secret/transit).
    """

    def __init__(self, uri: KmsUri) -> None:
        """Raises KmsError for an unknown option, a name that no key or engine has, or without VAULT_ADDR."""
        uri.check_options("mount")
        self._uri, self._mount = uri, uri.options.get("mount", MOUNT)
        if not _KEY.fullmatch(uri.key) or not _MOUNT.fullmatch(self._mount):
            raise KmsError("the name of a transit key or of its mount has a sign that none may have")
        self._transit = _transit(uri)

    def wrap(self, secret: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.wrap`."""
        try:
            return self._ask("encrypt_data", "ciphertext", context, plaintext=_text(secret)).encode()
        finally:
            del secret

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.unwrap`."""
        ciphertext = wrapped.decode("ascii", "replace")
        try:
            return base64.b64decode(
                self._ask("decrypt_data", "plaintext", context, ciphertext=ciphertext), validate=True
            )
        except ValueError as error:
            mistake = _mistake(error, self._uri)
        raise mistake

    def generate(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """As `Kms.generate`, from the random numbers of this machine's operating system."""
        secret = os.urandom(SECRET_BYTES)
        try:
            return secret, self.wrap(secret, context)
        finally:
            del secret

    def _ask(self, operation: str, wanted: str, context: Mapping[str, str], **arguments: str) -> str:
        bound = _text(associated_data(context))
        try:
            call = getattr(self._transit, operation)
            answer = call(self._uri.key, context=bound, associated_data=bound, mount_point=self._mount, **arguments)
            return str(answer["data"][wanted])
        except (vault.VaultError, RequestException, KeyError, TypeError) as error:
            mistake = _mistake(error, self._uri)
        finally:
            del arguments
        raise mistake


def _transit(uri: KmsUri) -> Any:
    address = os.environ.get("VAULT_ADDR")
    if not address:
        raise KmsError("nothing says where Vault is", hint="set VAULT_ADDR, such as https://vault.example.com:8200")
    # a redirect would take a secret to wherever it says
    client = hvac.Client(
        url=secure(address),
        namespace=os.environ.get("VAULT_NAMESPACE"),
        timeout=uri.timeout,
        allow_redirects=False,
    )
    return client.secrets.transit


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _mistake(error: Exception, uri: KmsUri) -> KmsError:
    """Our error for one of hvac or requests, by what it is and never by what it says."""
    if isinstance(error, _REFUSALS):
        return refused(uri, type(error).__name__)
    if isinstance(error, (vault.VaultError, RequestException)):
        return unreachable(uri, type(error).__name__)
    return KmsError(f"the KMS {uri} gave an answer that Vault does not give", hint="look at VAULT_ADDR")
