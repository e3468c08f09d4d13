"""The half of a guard that answers people and lets data go: rights, copies, limits, retention, deletion, its proof."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from consentguard import ports
from consentguard.errors import SettingsError
from consentguard.site import Site

if TYPE_CHECKING:
    from consentguard.crypto.uses import KeyedPseudonyms
    from consentguard.errands import Errands
    from consentguard.evidence import Evidence
    from consentguard.exports import Exports
    from consentguard.holds import Holds
    from consentguard.plan.execution import Execution
    from consentguard.restriction import Purposes, Restrictions
    from consentguard.retention import Retention
    from consentguard.rights import Rights
    from consentguard.shredding import Shredding
    from consentguard.tenants import Tenants
    from consentguard.tombstones.entries import Book
    from consentguard.tombstones.replay import Replay
    from consentguard.tombstones.reports import Reports


class Processing:
    """What both halves rest on, and the features that are one machine: plans, who may ask for them, what stops them."""

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
    def files(self) -> ports.Files:
        """The files that columns of the site's tables name: as the setting `files` has it, else the framework."""
        return self.site.settings.files or self.site.host.files()

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
            file_sealer=self.execution.sealer,
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

        return Exports(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            details=self._sealer("consentguard_rights_request", "details"),
            archived=self.execution.sealer,
            files=self.files,
            informer=Information(data_map=self.site.data_map, today=self.site.today()),
            version=lambda: self.site.version,
            people=lambda request: self.rights.people(request),
            is_ready=lambda request: self.rights.is_ready(request),
            close=lambda request, people, rows: self.rights.delivered(request, people, rows),
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

    @property
    def purposes(self) -> Purposes:
        """What data may be used for on this site alone, where several live in the process."""
        return self.site.purposes

    @cached_property
    def holds(self) -> Holds:
        """Legal holds. Raises KeyringError."""
        from consentguard.holds import Holds

        return Holds(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            undertaker=self.undertaker,
            clock=self.clock,
        )

    @cached_property
    def tenants(self) -> Tenants:
        """What is held for somebody as their processor. Raises KeyringError."""
        from consentguard.tenants import Tenants

        return Tenants(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            undertaker=self.undertaker,
            execution=self.execution,
            clock=self.clock,
        )

    @cached_property
    def retention(self) -> Retention:
        """What is due to go. Raises KeyringError."""
        from consentguard.publish.vocabulary import TERMS
        from consentguard.retention import Retention

        return Retention(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            execution=self.execution,
            clock=self.clock,
            terms=TERMS,
        )

    @cached_property
    def execution(self) -> Execution:
        """The carrying out of plans. Raises KeyringError."""
        from consentguard.plan.execution import Execution

        return Execution(
            data_map=self.site.data_map,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            sealer=self._sealer("consentguard_run", "plan"),
            shredder=self.shredding,
            clock=self.clock,
        )

    @cached_property
    def shredding(self) -> Shredding:
        """The destruction of data subjects' keys. Raises KeyringError."""
        from consentguard.crypto.installed import subject_keys
        from consentguard.shredding import Shredding

        return Shredding(
            columns=lambda: self.site.host.sealed_columns(self.stores.name),
            stores=self.stores,
            keys=subject_keys,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
        )

    @cached_property
    def ledger(self) -> Book | None:
        """What was erased and is held, outside the database; None where the site keeps no ledger.

        Raises KeyringError and SettingsError.
        """
        settings = self.site.settings
        if not settings.ledger:
            return None
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.tombstones.entries import Book
        from consentguard.tombstones.places import ledger_at

        ledger = ledger_at(settings.ledger, self.site.host.root(), self.stores.name)
        return Book(ledger, KeyedMacs(self.site.keyring, "ledger"))

    @cached_property
    def undertaker(self) -> ports.Undertaker:
        """Writes into the ledger who is erased and what is held. Raises KeyringError and SettingsError."""
        from consentguard.tombstones.undertaker import LedgerUndertaker, NoUndertaker

        if self.ledger is None:
            return NoUndertaker()
        return LedgerUndertaker(
            book=self.ledger,
            data_map=self.site.data_map,
            stores=self.stores,
            pseudonyms=self.pseudonyms,
            sealer=self._sealer("consentguard_ledger", "hold"),
            clock=self.clock,
        )

    @cached_property
    def replay(self) -> Replay:
        """Erases again what the ledger knows of. Raises KeyringError, and SettingsError where there is no ledger."""
        from consentguard.tombstones.replay import Replay

        if self.ledger is None:
            raise SettingsError("this site keeps no ledger of erasures", hint="name one in the setting `ledger`")
        return Replay(
            book=self.ledger,
            data_map=self.site.data_map,
            stores=self.stores,
            execution=self.execution,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            sealer=self._sealer("consentguard_ledger", "hold"),
            clock=self.clock,
        )

    @cached_property
    def reports(self) -> Reports:
        """Signed reports on erasures. Raises KeyringError and SettingsError."""
        from consentguard.crypto.signatures import KeyedReportSigner
        from consentguard.tombstones.reports import Reports

        return Reports(
            manifest=self.site.policy.manifest,
            stores=self.stores,
            book=self.ledger,
            signer=KeyedReportSigner(self.site.keyring),
            left=self.execution.left,
            version=lambda: self.site.version,
            clock=self.clock,
        )

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
