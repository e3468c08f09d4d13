"""Wires what lets data go, what stops it, and what proves it: plans, retention, holds, tenants, the ledger."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from consentguard import ports
from consentguard.errors import SettingsError
from consentguard.guard.visitors import Visitors

if TYPE_CHECKING:
    from consentguard.holds import Holds
    from consentguard.plan.execution import Execution
    from consentguard.retention import Retention
    from consentguard.shredding import Shredding
    from consentguard.tenants import Tenants
    from consentguard.tombstones.entries import Book
    from consentguard.tombstones.replay import Replay
    from consentguard.tombstones.reports import Reports


class Deletion(Visitors):
    """The features that are one machine: plans, and who may stop them."""

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
            errands=self._sealer("consentguard_errand", "payload"),
            archived=self._sealer("consentguard_archived_row", "content"),
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

        ledger = ledger_at(settings.ledger, self.site.host.root(), self.stores.name, self.site.host.ask)
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
