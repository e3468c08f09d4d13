"""Sending the mails about a request, and sending again what is owed."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, replace

from consentguard.letters import Letter
from consentguard.periods import parse_period
from consentguard.ports import MailError
from consentguard.records import RightsRequest, Token
from consentguard.rights.codes import status_code
from consentguard.rights.mails import Mails
from consentguard.rights.means import Means
from consentguard.rights.queues import whole
from consentguard.rights.terms import CONFIRM_WITHIN

RETRY_AFTER = "PT5M"
"""How long a mail that is owed is left to whoever is sending it."""
_log = logging.getLogger("consentguard.rights")


@dataclass(frozen=True, slots=True)
class Sending:
    """Sends them, each outside of a transaction: what is mailed cannot be taken back."""

    means: Means

    def confirmation(self, request: RightsRequest, now: dt.datetime) -> tuple[Letter, Token]:
        """The mail that asks to confirm a request, and the token in its link, which is to be kept before it goes out.

        Raises SettingsError where no mail can link to the site.
        """
        code, token = Token.new("confirm", request.id, parse_period(CONFIRM_WITHIN).after(now))
        link = self.means.link("confirm", language=request.language, token=code)
        return self._mails.confirmation(request, link, token.expires_at), token

    def send(self, request: RightsRequest, letter: Letter) -> RightsRequest:
        """The request with its mail sent; or as it is, its mail still owed."""
        if not self.hand_over(request, letter):
            return request
        paid = replace(request, owes="")
        self.means.stores.requests.change(paid, request)
        return paid

    def hand_over(self, request: RightsRequest, letter: Letter) -> bool:
        """Send a letter to whoever made a request; whether it could be handed over."""
        try:
            self.means.mail.send(letter.to(self.means.address(request)))
        except MailError as error:
            owed = ", and is owed" if request.owes else ""
            _log.warning("a mail about request %s could not be sent%s: %s", request.id, owed, error.message)
            return False
        return True

    def owed_now(self, request: RightsRequest) -> RightsRequest:
        """The request with the mail sent that it owes; nobody is written to who gave no address."""
        if not request.owes:
            return request
        if not self.means.address(request):
            paid = replace(request, owes="")
            self.means.stores.requests.change(paid, request)
            return paid
        return self.send(request, self._owed(request))

    def send_owed(self) -> tuple[int, int]:
        """Send what is owed, but for the mails of the last minutes; how many went, and how many still could not."""
        sent = failed = 0
        for request in whole(self.means.stores.requests.owing):
            since = request.closed_at or request.received_at
            if since <= parse_period(RETRY_AFTER).before(self.means.clock.now()):
                went = not self.owed_now(request).owes
                sent, failed = sent + went, failed + (not went)
        return sent, failed

    def _owed(self, request: RightsRequest) -> Letter:
        if request.owes == "confirmation":
            letter, token = self.confirmation(request, self.means.clock.now())
            with self.means.stores.transactions.atomic():
                self.means.stores.tokens.withdraw(request.id, "confirm")
                self.means.stores.tokens.add(token)
            return letter
        details = self.means.details(request)
        if request.owes == "received":
            link = self.means.link("status", language=request.language, code=self._code(request))
            return self._mails.received(request, details, link)
        letters = {
            "outcome": self._mails.outcome,
            "extension": self._mails.extension,
            "denial": self._mails.denial,
        }
        return letters[request.owes](request, details)

    def _code(self, request: RightsRequest) -> str:
        with self.means.stores.transactions.atomic():
            return status_code(self.means, request)

    @property
    def _mails(self) -> Mails:
        return Mails(self.means.data_map)
