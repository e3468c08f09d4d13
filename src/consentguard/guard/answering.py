"""Wires what answers people: requests, copies, restrictions, what is done in other places, age and guardians."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from consentguard.guard.deletion import Deletion

if TYPE_CHECKING:
    from consentguard.age import Age
    from consentguard.errands import Errands
    from consentguard.exports import Exports
    from consentguard.guardians import Guardians
    from consentguard.minors import Minors
    from consentguard.platforms import Platforms
    from consentguard.restriction import Purposes, Restrictions
    from consentguard.rights import Rights


class Answering(Deletion):
    """The features that answer people."""

    @cached_property
    def rights(self) -> Rights:
        """Requests of data subjects. Raises KeyringError."""
        from consentguard.consent.proving import ProvedReceipts
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.rights import Rights
        from consentguard.rights.means import Means

        return Rights(
            Means(
                data_map=self.site.data_map,
                stores=self.stores,
                witness=self.evidence,
                pseudonyms=self.pseudonyms,
                macs=KeyedMacs(self.site.keyring, "rights"),
                contacts=self._sealer("consentguard_rights_request", "contact"),
                asked=self._sealer("consentguard_rights_request", "details"),
                execution=self.execution,
                undertaker=self.undertaker,
                elsewhere=self.errands,
                restrictions=self.restrictions,
                agreements=self.consent,
                mailings=self.unsubscribe,
                receipts=ProvedReceipts(self.consent),
                is_enrolled=self.has_factor,
                mail=self.site.host.mail(),
                link=self.link,
                clock=self.clock,
            )
        )

    @cached_property
    def errands(self) -> Errands:
        """What has to be done where no plan reaches. Raises KeyringError."""
        from consentguard.errands import Errands

        return Errands(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            sealer=self._sealer("consentguard_errand", "payload"),
            files=self.files,
            sessions=self.site.host.forget_sessions,
            clock=self.clock,
            connectors=self.site.settings.connectors,
        )

    @cached_property
    def exports(self) -> Exports:
        """Copies of people's data. Raises KeyringError."""
        from consentguard.exports import Exports
        from consentguard.publish.information import Information
        from consentguard.rights.identity import Identifying

        return Exports(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            details=self._sealer("consentguard_rights_request", "details"),
            archived=self.execution.archived,
            files=self.files,
            informer=Information(data_map=self.site.data_map, today=self.site.today()),
            version=lambda: self.site.version,
            people=lambda request: self.rights.people(request),
            is_ready=lambda request: self.rights.is_ready(request),
            close=lambda request, people, rows: self.rights.delivered(request, people, rows),
            is_quarantined=self.restrictions.is_quarantined,
            require_factor=lambda request, shown: Identifying(self.rights.means).require_factor(request, shown),
            clock=self.clock,
        )

    @cached_property
    def restrictions(self) -> Restrictions:
        """Data that is kept and not used: restrictions and objections. Raises KeyringError."""
        from consentguard.restriction import Restrictions

        return Restrictions(
            manifest=self.site.policy.manifest,
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            clock=self.clock,
        )

    @cached_property
    def minors(self) -> Minors:
        """Reports that a data subject is a minor. Raises KeyringError."""
        from consentguard.minors import Minors
        from consentguard.rights.opened import Opened

        return Minors(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            sealer=self._sealer("consentguard_minor_report", "details"),
            restrictions=self.restrictions,
            erasures=Opened(self.rights.means),
            threshold=lambda: self.age.threshold(),  # of whose place nothing is known
            mail=self.site.host.mail(),
            clock=self.clock,
        )

    @cached_property
    def guardians(self) -> Guardians:
        """What parents and guardians are asked for children. Raises KeyringError."""
        from consentguard.guardians import Guardians
        from consentguard.guardians.letters import Letters
        from consentguard.guardians.mails import Mails
        from consentguard.guardians.methods import methods

        manifest, contacts = self.site.policy.manifest, self._sealer("consentguard_guardian_consent", "contact")
        rule = manifest.age and manifest.age.guardian
        return Guardians(
            manifest=manifest,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            children=self._sealer("consentguard_guardian_consent", "child"),
            contacts=contacts,
            agreements=self.consent,
            verification=methods(self.site.settings.guardian_methods)[rule.verify if rule else "link"],
            mails=Mails(
                letters=Letters(manifest),
                stores=self.stores,
                witness=self.evidence,
                contacts=contacts,
                mail=self.site.host.mail(),
                link=self.link,
                clock=self.clock,
            ),
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
            admits=lambda child: self.guardians.admits(child),
            clock=self.clock,
        )

    @property
    def purposes(self) -> Purposes:
        """What data may be used for on this site alone, where several live in the process."""
        return self.site.purposes

    @cached_property
    def platforms(self) -> Platforms:
        """Platforms that call about their users. Raises KeyringError."""
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.platforms import Platform, Platforms
        from consentguard.rights.called import Called

        known = self.site.settings.platforms
        return Platforms(
            platforms={
                name: Platform(secret=each.secret, identify=each.identify, event=each.event)
                for name, each in known.items()
            },
            manifest=self.site.policy.manifest,
            stores=self.stores,
            requests=Called(means=self.rights.means, happened=self.retention.happened),
            macs=KeyedMacs(self.site.keyring, "platforms"),
            clock=self.clock,
        )
