"""Tells people by mail what became of their second factor."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from consentguard.datamap.map import DataMap
from consentguard.errors import SettingsError
from consentguard.plan.people import address_of
from consentguard.ports import Clock, Dataset, Mail, MailError
from consentguard.records import SubjectRef
from consentguard.twofactor.letters import News, letter


class Tell(Protocol):
    """Writes to a data subject; whether a mail went out."""

    def __call__(self, subject: SubjectRef, news: News, language: str = "", *, left: int = 0) -> bool: ...


_log = logging.getLogger("consentguard.twofactor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Sends the letters of one site. A mail is sent after the act, and none that cannot be sent undoes one."""

    data_map: Callable[[], DataMap]
    dataset: Dataset
    mail: Callable[[], Mail]
    link: Callable[..., str]
    clock: Clock

    def tell(self, subject: SubjectRef, news: News, language: str = "", *, left: int = 0) -> bool:
        """Write to a data subject, in the policy's first language unless said; whether a mail went out.

        None does where no column of theirs is known to hold an address, or the mail cannot be handed over: the log
        says so. Raises StoreError.
        """
        data_map = self.data_map()
        if not (address := address_of(data_map, self.dataset, subject)):
            _log.warning("nobody was told that a second factor changed (%s): no address is known", news)
            return False
        manifest = data_map.manifest
        contact = manifest.controller.contact if manifest.controller else ""
        tag = language or manifest.site.languages[0]
        made = letter(news, tag, self.clock.now(), contact=contact or "", link=self._link(tag), left=left)
        try:
            self.mail().send(made.to(address))
        except MailError as error:
            _log.warning("a mail about a second factor (%s) could not be sent: %s", news, error.message)
            return False
        return True

    def _link(self, language: str) -> str:
        """The page of the second factor; nothing where nobody said where the site answers."""
        try:
            return self.link("factor", language=language)
        except SettingsError:
            return ""
