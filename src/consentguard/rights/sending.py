"""Sending the mails about a request, and sending again what is owed."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from consentguard.letters import Letter
from consentguard.periods import parse_period
from consentguard.ports import Clock, Mail, MailError, Sealer, Stores
from consentguard.records import RightsRequest, Token
from consentguard.rights.mails import Mails
from consentguard.rights.queues import whole
from consentguard.rights.terms import CONFIRM_WITHIN

RETRY_AFTER = "PT5M"
"""How long a mail that is owed is left to whoever is sending it."""
_log = logging.getLogger("consentguard.rights")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Sends them, each outside of a transaction: what is mailed cannot be taken back."""

    stores: Stores
    sealer: Sealer
    mail: Mail
    mails: Mails
    link: Callable[..., str]
    clock: Clock

    def confirmation(self, request: RightsRequest, now: dt.datetime) -> tuple[Letter, Token]:
        """The mail that asks to confirm a request, and the token in its link, which is to be kept before it goes out.

        Raises SettingsError where no mail can link to the site.
        """
        code, token = Token.new("confirm", request.id, parse_period(CONFIRM_WITHIN).after(now))
        link = self.link("confirm", language=request.language, token=code)
        return self.mails.confirmation(request, link, token.expires_at), token

    def send(self, request: RightsRequest, letter: Letter) -> RightsRequest:
        """The request with its mail sent; or as it is, its mail still owed."""
        if not self.hand_over(request, letter):
            return request
        paid = replace(request, owes="")
        self.stores.requests.change(paid, request)
        return paid

    def hand_over(self, request: RightsRequest, letter: Letter) -> bool:
        """Send a letter to whoever made a request; whether it could be handed over."""
        try:
            self.mail.send(letter.to(self.address(request)))
        except MailError as error:
            owed = ", and is owed" if request.owes else ""
            _log.warning("a mail about request %s could not be sent%s: %s", request.id, owed, error.message)
            return False
        return True

    def send_owed(self) -> tuple[int, int]:
        """Send what is owed, but for the mails of the last minutes; how many went, and how many still could not."""
        sent = failed = 0
        for request in whole(self.stores.requests.owing):
            if (request.closed_at or request.received_at) <= parse_period(RETRY_AFTER).before(self.clock.now()):
                went = not self.send(request, self._owed(request)).owes
                sent, failed = sent + went, failed + (not went)
        return sent, failed

    def address(self, request: RightsRequest) -> str:
        """Where the mails about a request go."""
        return self.sealer.open(request.contact).decode()

    def _owed(self, request: RightsRequest) -> Letter:
        if request.owes == "outcome":
            return self.mails.outcome(request)
        letter, token = self.confirmation(request, self.clock.now())
        with self.stores.transactions.atomic():
            self.stores.tokens.withdraw(request.id, "confirm")
            self.stores.tokens.add(token)
        return letter
