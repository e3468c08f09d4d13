"""Wires what visitors and members of staff meet: choices, mails, the second factor, masking."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from consentguard.guard.basics import Basics
from consentguard.records import SubjectRef

if TYPE_CHECKING:
    from consentguard.assurance.sessions import Sessions
    from consentguard.consent import Consent
    from consentguard.masking import Masking
    from consentguard.twofactor import TwoFactor
    from consentguard.twofactor.letters import News
    from consentguard.twofactor.passkeys import Passkeys
    from consentguard.twofactor.protection import Protection
    from consentguard.twofactor.resetting import Resetting
    from consentguard.twofactor.staff import Share
    from consentguard.twofactor.telling import Telling
    from consentguard.unsubscribe import Unsubscribe


class Visitors(Basics):
    """The features that people meet."""

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
        from consentguard.crypto.uses import KeyedMacs, row_sealer
        from consentguard.twofactor import TwoFactor

        controller = self.site.policy.manifest.controller
        return TwoFactor(
            issuer=controller.name if controller else self.site.base_url,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            sealer=row_sealer(self.site.keyring, "consentguard_authenticator", "secret"),
            macs=KeyedMacs(self.site.keyring, "recovery_code"),
            clock=self.clock,
            tell=self._tell,
        )

    @cached_property
    def passkeys(self) -> Passkeys:
        """Passkeys as second factors. Raises KeyringError."""
        from consentguard.twofactor.party import party
        from consentguard.twofactor.passkeys import Passkeys

        site = self.site
        return Passkeys(
            party=party(site.policy.manifest, site.base_url, site.settings.trusted_origins),
            protection=self._protection,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            clock=self.clock,
            tell=self._tell,
        )

    @cached_property
    def factor_resets(self) -> Resetting:
        """The taking away of second factors that people lost. Raises KeyringError."""
        from consentguard.twofactor.resetting import Resetting

        return Resetting(
            stores=self.stores,
            protection=self._protection,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            sessions=self.site.host.forget_sessions,
            tell=self._tell,
            clock=self.clock,
        )

    @cached_property
    def _protection(self) -> Protection:
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.twofactor.protection import Protection

        return Protection(self.stores, self.evidence, KeyedMacs(self.site.keyring, "recovery_code"), self.clock)

    def staff(self) -> tuple[SubjectRef, ...] | None:
        """The members of the staff; None where nobody says who they are. Raises SettingsError or StoreError."""
        found = self.site.host.staff(self.stores.name, self.site.settings.staff)
        if found is None:
            return None
        table, keys = found
        kind = self.site.data_map.kind_in(table)
        return tuple(SubjectRef(kind, str(key)) for key in keys)

    def has_factor(self, subject: SubjectRef) -> bool:
        """Whether a data subject has a second factor, here or in another package. Raises KeyringError, StoreError."""
        return self.twofactor.is_enrolled(subject) or self.has_factor_elsewhere(subject)

    def has_factor_elsewhere(self, subject: SubjectRef) -> bool:
        """Whether another package of the site keeps a second factor of theirs: of users alone, by their keys."""
        host = self.site.host
        if subject.kind != self.site.data_map.kind_in(host.users()):
            return False
        return any(host.factors_elsewhere(self.stores.name, [subject.key]).values())

    def staff_factors(self) -> Share | None:
        """How many of the staff have a second factor, here or in another package that the site has.

        None where nobody says who they are, and where nothing keeps factors. Raises KeyringError, StoreError.
        """
        from consentguard.twofactor.staff import Share

        staff = self.staff()
        elsewhere = self.site.host.factors_elsewhere(self.stores.name, [each.key for each in staff or ()])
        ours = self.site.policy.manifest.twofactor is not None
        if staff is None or not (ours or elsewhere):
            return None
        mine = {"consentguard": frozenset(each.key for each in self.twofactor.enrolled(staff))} if ours else {}
        kept = {**mine, **elsewhere}
        return Share(len(frozenset().union(*kept.values())), len(staff), tuple(kept))

    def _tell(self, subject: SubjectRef, news: News, language: str = "", *, left: int = 0) -> bool:
        """The letters are made ready with the first that is to be sent."""
        return self.factor_letters.tell(subject, news, language, left=left)

    @cached_property
    def factor_letters(self) -> Telling:
        """The mails that tell people of changes to their second factor."""
        from consentguard.twofactor.telling import Telling

        return Telling(
            data_map=lambda: self.site.data_map,
            dataset=self.stores.dataset,
            mail=self.site.host.mail,
            link=self.link,
            clock=self.clock,
        )

    @cached_property
    def sessions(self) -> Sessions:
        """Browsers in which a second factor was given. Raises KeyringError."""
        from consentguard.assurance.sessions import Sessions
        from consentguard.crypto.uses import KeyedMacs
        from consentguard.periods import parse_period

        rule, now = self.site.policy.manifest.twofactor, self.clock.now()
        period = parse_period(rule.remember_for) if rule and rule.remember_for else None
        return Sessions(
            remember=period.after(now) - now if period else None,
            stores=self.stores,
            witness=self.evidence,
            pseudonyms=self.pseudonyms,
            macs=KeyedMacs(self.site.keyring, "factor_session"),
            clock=self.clock,
        )
