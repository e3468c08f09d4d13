"""Guard: the features of a site on one of its databases. With `processing` the only place where rooms are wired."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from consentguard.processing import Processing

if TYPE_CHECKING:
    from consentguard.age import Age
    from consentguard.consent import Consent
    from consentguard.cookies import Cookies
    from consentguard.masking import Masking
    from consentguard.twofactor import TwoFactor
    from consentguard.unsubscribe import Unsubscribe


class Guard(Processing):
    """A site's features on one of its databases. Made for each request, and next to nothing until one is used.

    Several sites, tenants and databases live in one process: `Guards` says which guard a request gets.
    """

    @property
    def cookies(self) -> Cookies:
        """What a browser keeps for us, signed. Raises KeyringError."""
        return self.site.cookies

    @cached_property
    def consent(self) -> Consent:
        """Choices about cookies and purposes. Raises KeyringError."""
        from consentguard.consent import Consent
        from consentguard.crypto.uses import KeyedMacs

        return Consent(
            policy=self.site.consent_policy,
            form_purposes=self.site.form_purposes,
            version=self.site.version,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            macs=KeyedMacs(self.site.keyring, "consent"),
            clock=self.clock,
        )

    @cached_property
    def unsubscribe(self) -> Unsubscribe:
        """Who gets no more mails of a purpose. Raises KeyringError."""
        from consentguard.crypto.uses import KeyedSigner
        from consentguard.unsubscribe import Unsubscribe

        return Unsubscribe(
            purposes=self.site.policy.manifest.purposes,
            refused_by_signal=self.site.refused_by_signal,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            signer=KeyedSigner(self.site.keyring, "unsubscribe"),
            agreements=self.consent,
            page=self.link,
            clock=self.clock,
        )

    @cached_property
    def masking(self) -> Masking:
        """Sealed values in the site's admin. Raises KeyringError."""
        from consentguard.masking import Masking

        return Masking(
            data_map=self.site.data_map, stores=self.stores, witness=self.evidence, pseudonyms=self.pseudonyms
        )

    @cached_property
    def twofactor(self) -> TwoFactor:
        """Second factors. Raises KeyringError."""
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.twofactor import TwoFactor

        controller = self.site.policy.manifest.controller
        return TwoFactor(
            issuer=controller.name if controller else self.site.base_url,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            sealer=self._sealer("consentguard_authenticator", "secret"),
            macs=KeyedMacs(self.site.keyring, "recovery_code"),
            clock=self.clock,
        )

    @cached_property
    def age(self) -> Age:
        """The neutral age screen. Raises KeyringError."""
        from consentguard.age import Age

        return Age(
            policy=self.site.policy.manifest.age,
            version=self.site.version,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            clock=self.clock,
        )
