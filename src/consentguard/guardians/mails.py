"""Sends the mails to guardians: the row says what is owed from when on, and one statement decides who sends it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from consentguard.guardians.letters import Letters
from consentguard.letters import Letter
from consentguard.periods import parse_period
from consentguard.ports import Clock, Mail, MailError, Sealer, Stores, Witness
from consentguard.records import GuardianConsent, Token

LEFT = "PT5M"
"""How long a mail is left to whoever is sending it, before somebody else does."""
STANDS = "P18Y"
"""How long a guardian's link lasts after they agreed, where nobody knows when the child is old enough."""
AT_ONCE = 1_000
_log = logging.getLogger("consentguard.guardians")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mails:
    """The mails of one site. A mail that could not be sent stays owed, and so does one whose sender was killed."""

    letters: Letters
    stores: Stores
    witness: Witness
    contacts: Sealer
    mail: Mail
    link: Callable[..., str]
    clock: Clock

    def later(self) -> dt.datetime:
        """What `owed_at` becomes of a mail that is sent now: from then on somebody else may send it."""
        return parse_period(LEFT).after(self.clock.now())

    def letter(self, consent: GuardianConsent) -> tuple[Letter, str]:
        """Joined. The letter that is owed, and the new code in its link; the older codes end.

        Raises SettingsError where no mail can link to the site.
        """
        letter, code, token = self._written(consent)
        self._use(token)
        return letter, code

    def _written(self, consent: GuardianConsent) -> tuple[Letter, str, Token]:
        """The letter that is owed, with a new code in its link that opens nothing yet."""
        ends, language = consent.expires_at, consent.language
        if consent.answered_at:
            last = consent.ends_on or parse_period(STANDS).after(self.clock.now()).date()
            ends = max(ends, dt.datetime.combine(last, dt.time(), dt.UTC))
        code, token = Token.new("guardian", consent.id, ends)
        link = self.link("guardian_answer", language=language, token=code)
        if consent.answered_at:
            return self.letters.agreed(language, link), code, token
        return self.letters.notice(language, link, consent.expires_at.date()), code, token

    def _use(self, token: Token) -> None:
        """Joined. Let a code open the page, in place of the older ones."""
        self.stores.tokens.withdraw(token.about, "guardian")
        self.stores.tokens.add(token)

    def send(self, consent: GuardianConsent, letter: Letter, token: Token | None = None) -> GuardianConsent:
        """Send the letter that is owed, which nobody else does until `owed_at`; what was asked, as it is then.

        The `token` in its link, if it is none that counts already, does so once the mail is away: till then the page
        that somebody has open stays theirs.
        """
        try:
            self.mail.send(letter.to(self.contacts.open(consent.contact).decode()))
        except MailError as error:
            _log.warning("a mail to a guardian (%s) could not be sent, and is owed: %s", consent.id, error.message)
            return consent
        return self._sent(consent, token)

    def send_owed(self) -> tuple[int, int]:
        """Send what is owed and left by whoever had begun to; how many went, and how many still could not."""
        now = self.clock.now()
        waiting = (each for each in self._owing() if each.answered_at or each.expires_at > now)
        tried = [done for each in waiting if (done := self._sent_again(each))]
        return sum(not each.owed_at for each in tried), sum(bool(each.owed_at) for each in tried)

    def _sent_again(self, consent: GuardianConsent) -> GuardianConsent | None:
        """What was asked, its mail sent or still owed; None where somebody else sends it."""
        mine = replace(consent, owed_at=self.later())
        with self.stores.transactions.atomic():
            if not self.stores.guardian_consents.move(mine, consent):
                return None
        letter, _, token = self._written(mine)
        return self.send(mine, letter, token)

    def _sent(self, consent: GuardianConsent, token: Token | None) -> GuardianConsent:
        """Owe no more what went out. Whatever else was decided meanwhile stays, and so does what is owed for that."""
        found = self.stores.guardian_consents.find(consent.id)
        if found is None or found.owed_at != consent.owed_at:
            return found or consent
        sent = replace(found, state="noticed" if found.state == "requested" else found.state, owed_at=None)
        with self.stores.transactions.atomic():
            if not self.stores.guardian_consents.move(sent, found):
                return found
            if token:
                self._use(token)
            if not consent.answered_at:
                self.witness.record("guardian.noticed", sent.subject, consent=sent.id)
        return sent

    def _owing(self) -> Sequence[GuardianConsent]:
        now, most = self.clock.now(), AT_ONCE
        while len(found := self.stores.guardian_consents.owing(now, most)) == most:
            most *= 2
        return found
