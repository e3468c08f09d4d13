"""How a keyring names its key management service: `scheme:key?option=value`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from consentguard.crypto.kms.port import KmsError

TIMEOUT = 3.0
"""Seconds to connect, and again to wait for an answer, unless the option `timeout` says otherwise."""
MOST_SECONDS = 60.0
_FORM = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<key>[^\s?]+)(?:\?(?P<options>\S+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class KmsUri:
    """The parts of such a name. It stands in the keyring's text and in messages, so it must hold no secret."""

    scheme: str
    key: str
    options: Mapping[str, str]

    @classmethod
    def parse(cls, uri: str) -> KmsUri:
        """Read `scheme:key?option=value&...`. Raises KmsError."""
        match = _FORM.fullmatch(uri)
        if match is None or not uri.isprintable():
            raise KmsError("a KMS is named by its scheme and a key", hint="for example aws:alias/consentguard")
        try:
            options = parse_qsl(match["options"] or "", keep_blank_values=True, strict_parsing=bool(match["options"]))
        except ValueError:
            raise KmsError(f"the options of the KMS {match['scheme']} are no name=value&...") from None
        if len(dict(options)) != len(options):
            raise KmsError(f"an option of the KMS {match['scheme']} is given twice")
        return cls(match["scheme"], match["key"], dict(options))

    def __str__(self) -> str:
        return f"{self.scheme}:{self.key}"

    def check_options(self, *known: str) -> None:
        """Refuse an option that the adapter does not know; every one may have `timeout`. Raises KmsError."""
        if unknown := [name for name in self.options if name not in {*known, "timeout"}]:
            hint = f"its options are {', '.join(sorted({*known, 'timeout'}))}"
            raise KmsError(f"the KMS {self.scheme} has no option {unknown[0]!r}", hint=hint)

    @property
    def timeout(self) -> float:
        """Seconds to connect, and again to wait for an answer. Raises KmsError."""
        try:
            seconds = float(self.options.get("timeout", TIMEOUT))
        except ValueError:
            seconds = 0
        if not 0 < seconds <= MOST_SECONDS:
            raise KmsError(f"the timeout of the KMS {self} is no number of seconds up to {MOST_SECONDS:g}")
        return seconds


def secure(url: str) -> str:
    """The URL of a service, unless secrets would cross a network in the clear, or it holds a password.

    Raises KmsError for anything but https, or http on this machine.
    """
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and _is_local(parts.hostname or "")
        right = (parts.scheme == "https" or local) and parts.hostname and "@" not in parts.netloc
    except ValueError:
        right = False
    if not right:
        raise KmsError("the URL of a KMS is neither https nor http on this machine, or it holds a password")
    return url


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
