"""Which guard a request gets: several sites, tenants and databases may live in one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from consentguard.crypto.sources import install_data_keys, install_lazily
from consentguard.errors import SettingsError
from consentguard.guard import Guard
from consentguard.host import Host
from consentguard.ports import Clock
from consentguard.records import Place
from consentguard.restriction.purposes import Purposes, install, strictest
from consentguard.settings import Settings, dotted
from consentguard.site import Site

if TYPE_CHECKING:
    from consentguard.crypto.keyring import Keyring
    from consentguard.tombstones.standby import Standby

ONLY = Place()
Named = TypeVar("Named")


class Guards:
    """The sites of a host, and the guard for each place. One per process and host.

    The option `sites` names several sites, each with options of its own on top of the host's; `place` is a function
    of the framework's request that says which site and which database the request belongs to (a `Place`).
    """

    def __init__(self, host: Host, clock: Clock | None = None) -> None:
        """Load the policy of every site. They all go by `clock`. Raises SettingsError or ManifestError."""
        options, place = _options(host)
        self._place: Callable[[Any], Place] | None = dotted(place, "place")
        self.host = host
        self.sites = {name: Site(host, each, clock) for name, each in options.items()}
        self._standby: Standby | None = None
        if any(site.settings.refuse_until_replayed for site in self.sites.values()):
            from consentguard.tombstones.standby import Standby

            self._standby = Standby()

    def of(self, request: object) -> Guard:
        """The guard that the framework's request belongs to. Raises SettingsError for a place that there is not."""
        return self.at(self._place(request) if self._place else ONLY)

    def at(self, place: Place = ONLY) -> Guard:
        """The guard of a place. Raises SettingsError where there is no such site or database."""
        return Guard(self.site(place.site), self.host.stores(place.database))

    @property
    def may_refuse(self) -> bool:
        """Whether a site of this process answers nobody while its database is a copy that was put back."""
        return self._standby is not None

    def refuses(self, request: object) -> bool:
        """Whether the framework's request is not to be answered yet: see the setting `refuse_until_replayed`."""
        guard = self.of(request)
        if self._standby is None or not guard.site.settings.refuse_until_replayed:
            return False
        return self._standby.refuses(guard.stores.name, lambda: guard.replay.is_due())

    def install(self) -> None:
        """Let encrypted columns, which know of no site, use the keyring and the data keys that the settings name.

        They are those of the first site, and of the first that names a file of keys. It is read when it is first
        needed, so that a wrong one stops no command that needs none. `consentguard.purpose` knows the purposes of all.
        """
        named = next((site for site in self.sites.values() if site.settings.keyring), None)
        if named:
            install_lazily(lambda: named.keyring)
        _install_data_keys(self.host, self.site().settings)
        install(self._purposes())

    def _purposes(self) -> Purposes:
        """The purposes of all sites: data may be used for what any of them declares."""
        sites = self.sites.values()
        return Purposes(
            [site.policy.manifest for site in sites],
            lambda: [site.data_map for site in sites],
            outside=strictest([site.settings.outside_purpose for site in sites]),
            now=self.site().clock.now,
        )

    def site(self, name: str = ONLY.site) -> Site:
        """The site of a name: the first one for `default`. Raises SettingsError where there is none."""
        return _chosen(self.sites, name)


def install_without_policy(host: Host) -> None:
    """As `Guards.install`, for a host that has no policy: encrypted columns need none. Raises SettingsError."""
    settings = Settings.of(options_of(host), host.root())
    if file := settings.keyring:
        install_lazily(lambda: _keyring(file))
    _install_data_keys(host, settings)


def options_of(host: Host, name: str = ONLY.site) -> Mapping[str, object]:
    """The options of one site of a host, as `consentguard.settings.Settings` takes them, before a policy is read.

    They are those of the first site for `default`. Raises SettingsError where there is none of that name.
    """
    return _chosen(_options(host)[0], name)


def _keyring(file: Path) -> Keyring:
    from consentguard.crypto.keyring import Keyring  # with the first value that is sealed, and no earlier

    return Keyring.load(file)


def _install_data_keys(host: Host, settings: Settings) -> None:
    install_data_keys(lambda: host.stores(settings.data_keys).data_keys, settings.data_keys_ttl)


def _options(host: Host) -> tuple[Mapping[str, Mapping[str, object]], object]:
    """The options of each site, by name, and the option `place`, which is the host's."""
    common = {str(key).lower(): value for key, value in host.options().items()}
    named, place = common.pop("sites", None), common.pop("place", None)
    return {name: {**common, **each} for name, each in _each(named).items()}, place


def _chosen(sites: Mapping[str, Named], name: str) -> Named:
    if name == ONLY.site and name not in sites:
        return next(iter(sites.values()))
    if name not in sites:
        raise SettingsError(f"there is no site {name!r}", hint=f"the sites are {', '.join(sites)}")
    return sites[name]


def _each(sites: object) -> Mapping[str, Mapping[str, object]]:
    if sites is None:
        return {ONLY.site: {}}
    if not isinstance(sites, Mapping) or not sites or not all(isinstance(each, Mapping) for each in sites.values()):
        raise SettingsError(f"sites is {sites!r}", hint='it names sites: {"shop": {"manifest": "shop.toml"}}')
    return cast("Mapping[str, Mapping[str, object]]", sites)
