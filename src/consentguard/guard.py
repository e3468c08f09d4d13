"""The one place where rooms are wired: a site's policy, its data map and what is published from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import Literal

from consentguard.datamap.coverage import gaps
from consentguard.datamap.map import DataMap
from consentguard.findings import Finding
from consentguard.host import Host
from consentguard.manifest.load import Policy, load
from consentguard.publish.document import Document
from consentguard.settings import Settings

Kind = Literal["policy", "cookies", "deletion"]


class Guard:
    """A site's privacy policy at work. One per site: several may live in one process and share nothing.

    The policy is loaded at once, so that a mistake in it stops start-up; the rest when it is first asked for.
    `today` is the clock, for tests and for commands that look ahead.
    """

    def __init__(self, host: Host, *, today: Callable[[], dt.date] = dt.date.today) -> None:
        """Read the settings and the manifest. Raises SettingsError or ManifestError."""
        self.host = host
        self.today = today
        self.settings = Settings.of(host.options(), host.root())
        self.policy: Policy = load(self.settings.manifest)

    @cached_property
    def data_map(self) -> DataMap:
        """The site's tagged models, resolved against the policy. Raises DataMapError."""
        return DataMap.build(self.host.tables(), self.host.tags(), self.policy.manifest)
