"""A site: its policy, its data map, and what is published from the two."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from consentguard import extras
from consentguard.clock import SystemClock
from consentguard.datamap.map import DataMap
from consentguard.errors import ConsentGuardError
from consentguard.findings import Finding
from consentguard.host import Host
from consentguard.manifest.ages import asks_age, check_verification
from consentguard.manifest.load import Policy, load
from consentguard.ports import Clock
from consentguard.publish.document import Document
from consentguard.publish.kinds import Kind, kinds
from consentguard.settings import Settings, origin

if TYPE_CHECKING:
    from consentguard.consent import ConsentPolicy
    from consentguard.consent.inventory import Inventory
    from consentguard.consent.reports import Reports
    from consentguard.cookies import Cookies
    from consentguard.crypto.keyring import Keyring
    from consentguard.publish.versions import Version
    from consentguard.restriction import Purposes

__all__ = ["Form", "Kind", "Site"]

Text = TypeVar("Text")
Form = Literal["preferences", "request"]
"""The pages that every visitor may need, by the names of their routes."""


class Site:
    """A site and the privacy policy that it keeps. Several may live in one process and share nothing.

    The policy is loaded at once, so that a mistake in it stops start-up. The rest comes when it is first asked for,
    and with it the rooms that do it: a site starts without lint, translations and the writers of pages.
    `clock` says what day it is, here and for every guard of the site.
    """

    def __init__(self, host: Host, options: Mapping[str, object] | None = None, clock: Clock | None = None) -> None:
        """Read the settings (the host's own unless given) and the manifest. Raises SettingsError or ManifestError."""
        self.host = host
        self.clock: Clock = clock or SystemClock()
        self.settings = Settings.of(host.options() if options is None else options, host.root())
        self.policy: Policy = load(self.settings.manifest)
        extras.check(self.policy.manifest)
        check_verification(self.policy.manifest, self.settings.guardian_methods)
        self._unreadable: ConsentGuardError | None = None
        self._texts: tuple[dt.date, dict[Any, Any]] = (self.today(), {})

    def today(self) -> dt.date:
        """The day in UTC, as records and deadlines have it, wherever the machine stands."""
        return self.clock.now().date()

    @cached_property
    def data_map(self) -> DataMap:
        """The site's tagged models, resolved against the policy. Raises DataMapError."""
        return DataMap.build(self.host.tables(), self.host.tags(), self.policy.manifest)

    @cached_property
    def purposes(self) -> Purposes:
        """What the policy allows data to be used for, and what that limits."""
        from consentguard.restriction import Purposes

        outside, now = self.settings.outside_purpose, self.clock.now
        return Purposes([self.policy.manifest], lambda: [self.data_map], outside=outside, now=now)

    @cached_property
    def keyring(self) -> Keyring:
        """The site's keys: of the file that the settings name, else of the environment. Raises KeyringError."""
        from consentguard.crypto.keyring import Keyring

        named = self.settings.keyring
        return Keyring.load(named) if named else Keyring.from_environment(os.environ)

    @cached_property
    def cookies(self) -> Cookies:
        """What a browser keeps for us, signed. Raises KeyringError."""
        from functools import cache

        from consentguard.cookies import Cookies
        from consentguard.crypto.uses import KeyedSigner

        keyring = self.keyring
        return Cookies(cache(lambda name: KeyedSigner(keyring, f"cookie.{name}")), self.clock)

    @cached_property
    def base_url(self) -> str:
        """Where the site answers, and what its forms come from: an origin; empty where nobody said."""
        said = urlsplit(self.policy.manifest.site.base_url or "")
        return self.settings.base_url or (origin(f"{said.scheme}://{said.netloc}", "base_url") if said.netloc else "")

    @cached_property
    def version(self) -> str:
        """The hash of what the policy says of this site: 16 hex digits."""
        from consentguard.publish.versions import content_version

        return content_version(self.policy, self.data_map, self.consent_policy.published)

    @cached_property
    def consent_policy(self) -> ConsentPolicy:
        """What visitors are asked, as a version; and the published ones before it whose choices may still count."""
        from consentguard.consent import ConsentPolicy, purposes_to_choose

        manifest = self.policy.manifest
        return ConsentPolicy.of(manifest, purposes_to_choose(manifest, None, self.today()), self._past())

    def to_choose(self, jurisdiction: str | None) -> frozenset[str]:
        """The purposes that a visitor from there is asked about: worked out once a day."""
        if jurisdiction is None:
            return self.consent_policy.asked
        from consentguard.consent import purposes_to_choose

        manifest, today = self.policy.manifest, self.today()
        return self._once_a_day(
            ("to choose", jurisdiction), lambda: frozenset(purposes_to_choose(manifest, jurisdiction, today))
        )

    @cached_property
    def form_purposes(self) -> tuple[str, ...]:
        """The purposes that people agree to on a form, where it arises."""
        from consentguard.consent import purposes_on_forms

        return purposes_on_forms(self.policy.manifest, self.today())

    @cached_property
    def refused_by_signal(self) -> frozenset[str]:
        """The purposes that Global Privacy Control refuses."""
        from consentguard.consent import refused_by_signal

        return refused_by_signal(self.policy.manifest, (*self.consent_policy.purposes, *self.form_purposes))

    @cached_property
    def inventory(self) -> Inventory | None:
        """The cookies that the policy declares; None where it has no section for them."""
        from consentguard.consent.inventory import Inventory

        return Inventory.of(self.policy.manifest, filter(None, [self.host.mirroring_cookie()]))

    @cached_property
    def cookie_reports(self) -> Reports:
        """What this process has taken down of cookies that must not leave."""
        from consentguard.consent.reports import Reports

        return Reports(self.clock)

    @cached_property
    def published(self) -> Version | None:
        """The record of this version where it is the one in force; None while it is not, or no record can be read."""
        latest = self._latest
        return latest if latest and latest.version == self.version else None

    @cached_property
    def _latest(self) -> Version | None:
        """The version in force; None while there is none, or no record can be read."""
        from consentguard.publish.versions import PublishError, Versions

        try:
            return Versions(self.settings.published).latest()
        except PublishError as error:
            self._unreadable = error
            return None

    def _past(self) -> Mapping[str, Mapping[str, Any]]:
        from consentguard.consent.policy import identify
        from consentguard.publish.versions import PublishError, Versions

        try:
            documents = Versions(self.settings.published).consents(self.today())
        except PublishError:
            return {}  # then nobody knows what changed, and visitors are asked again
        return {identify(text): json.loads(text) for text in documents}

    def kinds(self) -> tuple[Kind, ...]:
        """The documents that the policy gives rise to."""
        return kinds(self.policy.manifest)

    def forms(self) -> tuple[Form, ...]:
        """The pages on which visitors decide or ask for something, whoever they are."""
        from consentguard.consent import purposes_to_choose
        from consentguard.rights import offered

        manifest = self.policy.manifest
        asked = {"preferences": purposes_to_choose(manifest, None, self.today()), "request": offered(manifest)}
        return tuple(name for name in get_args(Form) if asked[name])

    def takes_answers(self) -> bool:
        """Whether any page asks for something, and so needs keys and tables to keep the answer with."""
        manifest = self.policy.manifest
        return bool(self.forms()) or asks_age(manifest) or manifest.twofactor is not None or bool(self.form_purposes)

    def weaknesses(self) -> tuple[Finding, ...]:
        """What lint says of the policy today."""
        from consentguard.manifest.lint import lint

        return lint(self.policy, self.today())

    def findings(self) -> tuple[Finding, ...]:
        """Everything to say of the policy and the site today. Raises DataMapError or SettingsError."""
        from consentguard.datamap import coverage, sealed
        from consentguard.tombstones import checks

        host, manifest, settings = self.host, self.policy.manifest, self.settings
        covered = coverage.check(self.data_map, settings)
        keys = sealed.check(host.sealed_columns(), settings.data_keys, manifest.subjects, host.unmasked())
        lasting = checks.no_ledger(manifest, settings.ledger)
        return (*self.weaknesses(), *covered, *self._publication(), *self._needs(), *keys, *lasting)

    def document(self, kind: Kind, language: str, jurisdiction: str | None = None) -> Document:
        """A document as it stands today, for the people of `jurisdiction` or for everyone; written once a day.

        Once a day and not once, because attestations and acceptances lapse.
        """
        return self._once_a_day((kind, language, jurisdiction), lambda: self._write(kind, language, jurisdiction))

    def article(self, kind: Kind, language: str) -> str:
        """A document's HTML, ready to stand in a page; written once a day."""
        from consentguard.publish.html import article

        return self._once_a_day((kind, language), lambda: article(self.document(kind, language)))

    def _write(self, kind: Kind, language: str, jurisdiction: str | None) -> Document:
        from consentguard.publish.documents import build
        from consentguard.publish.drafts import stamped

        manifest, record = self.policy.manifest, self.published
        text = build(kind, manifest, self.data_map, language, jurisdiction, today=self.today())
        return stamped(text, manifest, self.version, record.published if record else None, self.weaknesses())

    def _publication(self) -> tuple[Finding, ...]:
        if self.published:
            return ()
        if error := self._unreadable:
            return (Finding(id="P-VERSIONS", severity="error", message=error.message, hint=error.hint),)
        differs = "the policy or the data map differs from the version in force; its pages are drafts"
        message = differs if self._latest else "no version is published yet; the policy's pages are drafts"
        hint = "record it with `consentguard publish`"
        return (Finding(id="P-UNPUBLISHED", severity="warning", message=message, hint=hint),)

    def _needs(self) -> Iterator[Finding]:
        """What the pages that ask for something need, and the settings do not give."""
        from consentguard.twofactor import moments, party

        if not self.takes_answers():
            return
        mails = "request" in self.forms()
        yield from self._keyring_trouble()
        yield from self._own_cookies()
        if not self.base_url:
            message = "nobody said where this site answers, so its forms refuse older browsers"
            message += ", and no mail can link to it" if mails else ""
            hint = "set base_url in the settings, or site.base_url in privacy.toml"
            yield Finding(id="P-BASE-URL", severity="error" if mails else "warning", message=message, hint=hint)
        yield from party.check(self.policy.manifest, self.base_url)
        told = self.settings
        tells = bool(told.signed_in_at or told.factor_evidence)
        yield from moments.check(self.policy.manifest, names=bool(told.subject), tells=tells)

    def _own_cookies(self) -> Iterator[Finding]:
        """The cookies that these pages set, and the policy does not name."""
        from consentguard.consent.inventory import own_cookies, undeclared

        manifest, tls = self.policy.manifest, self.base_url.startswith("https:")
        asked = [self.host.mirroring_cookie()] if "preferences" in self.forms() else None
        yield from undeclared(manifest, own_cookies(manifest, asked, tls=tls))

    def _keyring_trouble(self) -> Iterator[Finding]:
        from consentguard.crypto.keyring import FILE_VARIABLE, VARIABLE, KeyringError

        named = self.settings.keyring or os.environ.get(VARIABLE) or os.environ.get(FILE_VARIABLE)
        try:
            _ = self.keyring
        except KeyringError as error:
            yield Finding(
                id="P-KEYRING" if named else "P-NO-KEYRING", severity="error", message=error.message, hint=error.hint
            )

    def _once_a_day(self, key: tuple[str | None, ...], write: Callable[[], Text]) -> Text:
        """What `write` gives, kept until the day ends; threads share the texts of one day and never half of two."""
        today = self.today()
        day, texts = self._texts
        if day != today:
            texts = {}
            self._texts = (today, texts)
        if key not in texts:
            texts[key] = write()
        text: Text = texts[key]
        return text
