"""What a key management service does for us, and the errors when it does not."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Protocol

from consentguard.crypto.framing import framed
from consentguard.crypto.key import KeyringError


class KmsError(KeyringError):
    """A key management service is named or set up wrongly, or cannot be asked. Never names a secret."""


class KmsUnreachableError(KmsError):
    """The service did not answer in time, or cannot answer now: the same call may succeed later."""


class KmsRefusedError(KmsError):
    """The service said no: another context, a disabled key, no permission, or bytes that it did not wrap."""


def unreachable(kms: object, why: str) -> KmsUnreachableError:
    """The error of a service that cannot answer; `why` is a code or the name of an error, and no text of others."""
    hint = "nothing was changed; try again, and look at the service and the network between"
    return KmsUnreachableError(f"the KMS {kms} does not answer ({why})", hint=hint)


def refused(kms: object, why: str) -> KmsRefusedError:
    """The error of a service that said no; `why` is a code or the name of an error, and no text of others."""
    hint = "see that its key is enabled, that this process may use it, and that it wrapped just this"
    return KmsRefusedError(f"the KMS {kms} refused ({why})", hint=hint)


class Kms(Protocol):
    """A key management service under one key, which never leaves it.

    `context` is names and values that are no secret and may stand in the service's log (AWS calls it the encryption
    context). What was wrapped with one is unwrapped with the same, and with no other. Every method raises
    KmsUnreachableError or KmsRefusedError; it waits for a network, so it has no place in an event loop.
    """

    def wrap(self, secret: bytes, context: Mapping[str, str]) -> bytes:
        """The secret (1 to 4096 bytes), encrypted and bound to the context."""

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """The secret that was wrapped with this context."""

    def generate(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """A new secret of 32 random bytes, and the same secret wrapped with the context."""


def associated_data(context: Mapping[str, str]) -> bytes:
    """A context as the associated data of an AEAD cipher: its pairs in the order of their names, each part framed."""
    return framed(*chain.from_iterable(sorted(context.items())))
