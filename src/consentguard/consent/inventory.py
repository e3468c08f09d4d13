"""The cookies that a policy declares, compiled once: whose a name is, as fast for a thousand of them as for ten."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import lru_cache

from consentguard.cookies import AGE, CHOICE, FACTOR, HOST, PROOF, REFUSAL, on_host
from consentguard.findings import Finding
from consentguard.manifest.ages import asks_age
from consentguard.manifest.schema import Cookie, Manifest

MOST_REMEMBERED = 1024
"""Names whose answer is kept: a site may make names of what visitors send, and so memory has an end."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a policy says of a cookie: the services that set it, and whether it is set without consent."""

    services: tuple[str, ...]
    essential: bool


OWN: Mapping[str, Declared] = dict.fromkeys(
    (CHOICE, REFUSAL, AGE, f"{HOST}{AGE}", FACTOR, PROOF), Declared((), essential=True)
)
"""The cookies of consentguard itself, which are known whether or not the policy names them."""


class Inventory:
    """The declared cookies of a site. Upper and lower case differ in their names, as browsers have it.

    An exact name comes before every pattern, and the longest pattern before the others, so that `session*` of one
    service says nothing about the `sessionid` of another.
    """

    def __init__(self, cookies: Mapping[str, Cookie], own: Iterable[str] = ()) -> None:
        services = defaultdict[str, list[str]](list)
        for service, cookie in cookies.items():
            for name in dict.fromkeys(cookie.names):
                services[name].append(service)
        declared = {name: _declared(cookies, tuple(named)) for name, named in services.items()}
        exact = {name: each for name, each in declared.items() if "*" not in name}
        exact |= dict(OWN) | dict.fromkeys(own, Declared((), essential=True))
        patterns = sorted((name for name in declared if "*" in name), key=_specific, reverse=True)
        self._find = lru_cache(MOST_REMEMBERED)(_finder(exact, patterns, declared))

    @classmethod
    def of(cls, manifest: Manifest, own: Iterable[str] = ()) -> Inventory | None:
        """Those of a policy; None where it has no section `[cookies]`, and so says nothing about any.

        `own` are names of cookies that are ours on this site besides OWN, and known as these are.
        """
        return None if manifest.cookies is None else cls(manifest.cookies, own)

    def find(self, name: str) -> Declared | None:
        """What is declared of a cookie of this name; None where nothing is."""
        return self._find(name)


def _finder(
    exact: Mapping[str, Declared], patterns: list[str], declared: Mapping[str, Declared]
) -> Callable[[str], Declared | None]:
    """Finds a name among the exact ones, else by one expression whose alternatives are the patterns, in their order."""
    whole = re.compile("|".join(f"({translate(pattern)})" for pattern in patterns)) if patterns else None

    def find(name: str) -> Declared | None:
        if name in exact:
            return exact[name]
        found = whole.match(name) if whole else None
        return declared[patterns[found.lastindex - 1]] if found and found.lastindex else None

    return find


def _declared(cookies: Mapping[str, Cookie], services: tuple[str, ...]) -> Declared:
    return Declared(services, any(cookies[service].essential for service in services))


def _specific(pattern: str) -> tuple[int, str]:
    return len(pattern.replace("*", "")), pattern


def own_cookies(manifest: Manifest, mirrors: Iterable[str] | None, *, tls: bool) -> Iterator[str]:
    """The names of our own cookies that a site with this policy sets, over TLS or not.

    `mirrors` are those by which others read a visitor's choice; None where no visitor chooses anything.
    """
    if mirrors is not None:
        yield from (CHOICE, REFUSAL)
    if asks_age(manifest):
        yield on_host(AGE, tls)
    if manifest.twofactor is not None and not {"totp", "webauthn"}.isdisjoint(manifest.twofactor.methods):
        yield from (FACTOR, PROOF)
    yield from filter(None, mirrors or ())


def undeclared(manifest: Manifest, names: Iterable[str]) -> Iterator[Finding]:
    """Which of our own cookies that a site sets the policy does not name."""
    named = [pattern for cookie in (manifest.cookies or {}).values() for pattern in cookie.names]
    for name in names:
        if not any(fnmatchcase(name, pattern) for pattern in named):
            hint = f'add "{name}" to the names of a [cookies] entry with essential = true'
            message = f"a page of consentguard sets the cookie {name}, and the policy does not name it"
            yield Finding(id="P-OWN-COOKIE", severity="warning", message=message, where="cookies", hint=hint)
