"""Opens the key management service that a URI names: AWS, Vault, or one that a host registered."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping

from consentguard.crypto.kms.port import Kms, KmsError, KmsRefusedError
from consentguard.crypto.kms.uri import KmsUri

GROUP = "consentguard.kms"
"""The entry-point group of a host's own adapters: the name is the scheme, the object is called with a `KmsUri`."""
_OURS = {"aws": "consentguard.crypto.kms.aws:AwsKms", "vault": "consentguard.crypto.kms.vault:VaultKms"}


def open_kms(uri: str) -> Kms:
    """The service that a URI names, ready to be asked; nothing is sent yet.

    `aws:<key id, arn or alias>` takes the options `region` and `endpoint`, `vault:<transit key>` the option `mount`,
    and both `timeout` in seconds. Raises KmsError when there is no such service or its library is not installed.
    """
    parsed = KmsUri.parse(uri)
    return CheckedKms(_adapter(parsed.scheme)(parsed))


def _adapter(scheme: str) -> Callable[[KmsUri], Kms]:
    from importlib.metadata import EntryPoint, entry_points  # not loaded for a keyring that names no service

    ours = {name: EntryPoint(name, target, GROUP) for name, target in _OURS.items()}
    registered = {point.name: point for point in entry_points(group=GROUP)} | ours
    if scheme not in registered:
        raise KmsError(f"there is no KMS {scheme!r}", hint=f"those that there are: {', '.join(sorted(registered))}")
    try:
        adapter: Callable[[KmsUri], Kms] = registered[scheme].load()
    except ModuleNotFoundError as error:
        hint = f'pip install "consentguard[{scheme}]"' if scheme in _OURS else "install what it needs"
        raise KmsError(f"the KMS {scheme} needs {error.name}, which is not installed", hint=hint) from None
    return adapter


class CheckedKms:
    """A service that hands out nothing wrapped which it would not unwrap again, or would unwrap for another context.

    So a secret is never replaced by what cannot be opened, for want of a permission say; and a service that leaves
    the context aside is found out, as Vault before 1.13 does without a word. Each `wrap` and `generate` asks twice
    more for it, and the second time must be refused.
    """

    def __init__(self, kms: Kms) -> None:
        self._kms = kms

    def wrap(self, secret: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.wrap`. Raises KmsRefusedError where the service does not bind to the context."""
        try:
            wrapped = self._kms.wrap(secret, context)
            self._check(secret, wrapped, context)
        finally:
            del secret  # a traceback keeps the locals of its frames, and reports of crashes print them
        return wrapped

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """As `Kms.unwrap`."""
        return self._kms.unwrap(wrapped, context)

    def generate(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """As `Kms.generate`. Raises KmsRefusedError where the service does not bind to the context."""
        secret, wrapped = self._kms.generate(context)
        try:
            self._check(secret, wrapped, context)
            return secret, wrapped
        finally:
            del secret

    def _check(self, secret: bytes, wrapped: bytes, context: Mapping[str, str]) -> None:
        try:
            opens = hmac.compare_digest(self._kms.unwrap(wrapped, context), secret)
        finally:
            del secret
        if not opens:
            raise KmsRefusedError("the KMS unwraps something else than it wrapped")
        try:
            self._kms.unwrap(wrapped, {**context, "check": "another context"})
        except KmsRefusedError:
            return
        raise KmsRefusedError(
            "the KMS does not bind what it wraps to its context",
            hint="take a symmetric key of an authenticated cipher; with Vault, 1.13 or newer, or a derived key",
        )
