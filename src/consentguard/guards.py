"""Which guard a request gets: several sites, tenants and databases may live in one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from consentguard.errors import SettingsError
from consentguard.guard import Guard
from consentguard.host import Host
from consentguard.ports import Clock
from consentguard.records import Place
from consentguard.settings import dotted
from consentguard.site import Site

ONLY = Place()


class Guards:
    """The sites of a host, and the guard for each place. One per process and host.

    The option `sites` names several sites, each with options of its own on top of the host's; `place` is a function
    of the framework's request that says which site and which database the request belongs to (a `Place`).
    """

    def __init__(self, host: Host, clock: Clock | None = None) -> None:
        """Load the policy of every site. They all go by `clock`. Raises SettingsError or ManifestError."""
        common = {str(key).lower(): value for key, value in host.options().items()}
        named, place = common.pop("sites", None), dotted(common.pop("place", None), "place")
        self._place: Callable[[Any], Place] | None = place
        self.host = host
        self.sites = {name: Site(host, {**common, **each}, clock) for name, each in _each(named).items()}

    def of(self, request: object) -> Guard:
        """The guard that the framework's request belongs to. Raises SettingsError for a place that there is not."""
        return self.at(self._place(request) if self._place else ONLY)

    def at(self, place: Place = ONLY) -> Guard:
        """The guard of a place. Raises SettingsError where there is no such site or database."""
        return Guard(self.site(place.site), self.host.stores(place.database))

    def install_keyring(self) -> None:
        """Let encrypted columns, which know of no site, use the keyring of the first site that names a file of keys.

        It is read when it is first needed, so that a wrong one stops no command that needs none.
        """
        named = next((site for site in self.sites.values() if site.settings.keyring), None)
        if named:
            from consentguard.crypto.keyring import install_lazily  # not loaded to start a site without keys

            install_lazily(lambda: named.keyring)

    def site(self, name: str = ONLY.site) -> Site:
        """The site of a name: the first one for `default`. Raises SettingsError where there is none."""
        if name == ONLY.site and name not in self.sites:
            return next(iter(self.sites.values()))
        if name not in self.sites:
            raise SettingsError(f"there is no site {name!r}", hint=f"the sites are {', '.join(self.sites)}")
        return self.sites[name]


def _each(sites: object) -> Mapping[str, Mapping[str, object]]:
    if sites is None:
        return {ONLY.site: {}}
    if not isinstance(sites, Mapping) or not sites or not all(isinstance(each, Mapping) for each in sites.values()):
        raise SettingsError(f"sites is {sites!r}", hint='it names sites: {"shop": {"manifest": "shop.toml"}}')
    return cast("Mapping[str, Mapping[str, object]]", sites)
