"""What every feature of a guard rests on: its site and stores, the evidence, pseudonyms, links."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from consentguard import ports
from consentguard.errors import SettingsError
from consentguard.site import Site

if TYPE_CHECKING:
    from consentguard.cookies import Cookies
    from consentguard.crypto.uses import KeyedPseudonyms
    from consentguard.evidence import Evidence


class Basics:
    """A site on one of its databases."""

    def __init__(self, site: Site, stores: ports.Stores) -> None:
        self.site = site
        self.stores = stores
        self.clock = site.clock

    @cached_property
    def evidence(self) -> Evidence:
        """What was done, and that nobody changed it since. Raises KeyringError."""
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.evidence import Evidence

        macs = KeyedMacs(self.site.keyring, "evidence")
        return Evidence(stores=self.stores, macs=macs, clock=self.clock, version=lambda: self.site.version)

    @cached_property
    def pseudonyms(self) -> KeyedPseudonyms:
        """Keyed references to people. Raises KeyringError."""
        from consentguard.crypto.uses import KeyedPseudonyms

        return KeyedPseudonyms(self.site.keyring)

    @property
    def cookies(self) -> Cookies:
        """What a browser keeps for us, signed. Raises KeyringError."""
        return self.site.cookies

    @property
    def files(self) -> ports.Files:
        """The files that columns of the site's tables name: as the setting `files` has it, else the framework."""
        return self.site.settings.files or self.site.host.files()

    def link(self, name: str, **params: str) -> str:
        """The address of a page of ours for a mail. It begins with the configured base URL, whatever host was asked.

        Raises SettingsError where there is none.
        """
        if not self.site.base_url:
            hint = "set base_url in the settings, or site.base_url in privacy.toml"
            raise SettingsError("nobody said where this site answers, so no mail can link to it", hint=hint)
        return self.site.base_url + self.site.host.path_to(name, **params)

    def _sealer(self, table: str, column: str) -> ports.Sealer:
        from consentguard.crypto.cipher import Context, Sealer

        return Sealer(self.site.keyring, Context(table, column))
