"""Who passkeys are made for: a domain of this site, and the addresses that its pages stand at."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from consentguard.extras import offers_passkeys
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest

UserVerification = Literal["preferred", "required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """The relying party (Web Authentication, section 4).

    `id` is a domain: a passkey that was made for it works there and nowhere else, which is why nobody can phish it.
    `origins` are where an answer may come from; `name` is what browsers show. `verification` says whether the device
    has to ask for a PIN, a finger or a face (`required`), or does where it can.
    """

    id: str
    name: str
    origins: tuple[str, ...]
    verification: UserVerification = "preferred"


def party(manifest: Manifest, base_url: str, trusted: Sequence[str] = ()) -> Party | None:
    """The relying party of a site that answers at an origin; None where no browser makes a passkey for it.

    That is so without a `base_url`, for one that is an IP address, and for one without TLS, except on this machine.
    The policy's hosts and the origins of the site's that are `trusted` count where they are at or below its domain.
    What a request says of where it was sent to plays no part.
    """
    scheme, domain = _parts(base_url)
    if not domain or _is_address(domain) or not (scheme == "https" or _is_local(domain)):
        return None
    others = (f"{scheme}://{host}" for host in manifest.site.hosts if host != domain)
    known = [base_url, *(each for each in (*others, *trusted) if _is_within(each, domain))]
    return Party(
        id=domain,
        name=manifest.controller.name if manifest.controller else domain,
        origins=tuple(dict.fromkeys(known)),
        verification=manifest.twofactor.user_verification if manifest.twofactor else "preferred",
    )


def check(manifest: Manifest, base_url: str) -> Iterator[Finding]:
    """That the policy offers passkeys, and no browser makes any for where the site answers."""
    if offers_passkeys(manifest) and party(manifest, base_url) is None:
        message = f"no browser makes passkeys for {base_url or 'a site that nobody said the address of'}"
        hint = "set base_url to https:// and a domain; on your own machine to http://localhost and the port"
        yield Finding(id="P-PASSKEYS", severity="error", message=message, hint=hint, where="twofactor.methods")


def _parts(address: str) -> tuple[str, str]:
    said = urlsplit(address)
    return said.scheme, said.hostname or ""


def _is_address(domain: str) -> bool:
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        return False
    return True


def _is_local(domain: str) -> bool:
    """Whether browsers trust it without TLS (W3C Secure Contexts, section 3.1)."""
    return domain == "localhost" or domain.endswith(".localhost")


def _is_within(address: str, domain: str) -> bool:
    scheme, host = _parts(address)
    secure = scheme == "https" or _is_local(host)
    return secure and (host == domain or host.endswith(f".{domain}"))
