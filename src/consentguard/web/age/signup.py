"""The question of age in a sign-up form of the host's: asked once, answered with the form, gone with the outcome."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

from consentguard.manifest.ages import asks_guardians
from consentguard.records import AgeClaim, AgeOutcome, AgeStanding, SubjectRef
from consentguard.rights.addresses import is_address
from consentguard.web.age.asking import Answer, Client, Mistake, affirmed, asks, judged, kept, rule_of
from consentguard.web.age.words import Asked, asked, wait
from consentguard.web.messages import Cookie
from consentguard.web.privacy import Visit
from consentguard.web.safety import RefusalError
from consentguard.words import spoken

Wrong = tuple[Mistake | None, str]
"""What keeps a form from being sent, in words, and whether it is to be put right at the month, the year or the yes."""
TRIES = "10/hour"
"""For how many addresses one client may have looked up whether a guardian has agreed."""


class SignUp:
    """What one request's form asks of age, and what becomes of it; `keep` sets a cookie on the answer to the request.

    `addressed` tells whether the form asks for an e-mail address: by that somebody too young is known for whom a parent
    or guardian has agreed. Where the policy has nobody asked, nothing is asked, refused or recorded.
    """

    def __init__(self, visit: Visit, language: str, keep: Callable[[Cookie], object], *, addressed: bool) -> None:
        self._visit = visit
        self._language = language
        self._keep = keep
        self._addressed = addressed
        self._said: AgeOutcome | None = None
        self._cookie: Cookie | None = None
        self._tried = False
        self._agreed_for = ""

    @property
    def asks(self) -> Literal["", "attest", "screen"]:
        """How the form asks, as long as no outcome is known. Raises KeyringError, StoreError."""
        if not self._in_use or self.outcome is not None:
            return ""
        return "attest" if rule_of(self._client.guard.site).mode == "attest" else "screen"

    @property
    def outcome(self) -> AgeStanding | None:
        """What was said with this form, else what holds already."""
        if not self._in_use:
            return None
        return "guardian" if self._agreed_for else self._said or self._standing

    @property
    def by_address(self) -> bool:
        """Whether the form is for this visitor if a guardian agreed for the address that they type, and not else."""
        if not self._addressed or self._tried or self.outcome != "under":
            return False
        return asks_guardians(self._client.guard.site.policy.manifest)

    @property
    def refused(self) -> bool:
        """Whether the form is not for this visitor."""
        return self.outcome == "under" and not self.by_address

    @cached_property
    def words(self) -> Asked:
        """What the form says."""
        return asked(self._language, self._client.guard.age.threshold(self._client.place))

    def screened(self, month: str, year: str) -> Wrong | None:
        """Take the month and year of birth that were typed. None for who is old enough, or what is wrong."""
        try:
            found = judged(self._client, month.strip(), year.strip())
            del month, year  # a report of an error that follows may show every variable
            return self._took(kept(self._client, found))
        except RefusalError:
            return self._closed()

    def affirmed(self) -> Wrong | None:
        """Take a yes. None where it counts, or what is wrong."""
        try:
            return self._took(affirmed(self._client, "yes"))
        except RefusalError:
            return self._closed()

    def agreed(self, address: str) -> Wrong | None:
        """Look whether a guardian agreed for the address of somebody too young. None where one did, or nobody need.

        To be asked last, where nothing else is wrong with the form: whoever tries addresses makes an account with it.
        """
        if self.by_address:
            try:
                if self._may_try() and is_address(address) and self._client.guard.guardians.admits(address):
                    self._agreed_for = address
            except RefusalError:
                return self._closed()
            self._tried = True
        return (None, self.words.refused) if self.refused else None

    def record(self, subject: SubjectRef) -> AgeClaim | None:
        """Record for who has got an account what they said, and let what a guardian agreed to follow them there.

        None where nobody is asked, or it is on record already.
        """
        if not self._in_use:
            return None
        guard, place = self._client.guard, self._client.place
        mark = guard.cookies.age(self._cookie.value) if self._cookie else self._client.mark
        if self._agreed_for:
            guard.guardians.follow(self._agreed_for, subject, ends_on=guard.age.decides_on(mark, None, place))
        return guard.age.adopt(mark, subject, place)

    def _took(self, answer: Answer) -> Wrong | None:
        if answer.mistake:
            return answer.mistake, self.words.mistakes[answer.mistake]
        if answer.wait:
            return None, wait(self._language, answer.wait)
        self._said, self._cookie = answer.outcome, answer.cookie
        if answer.cookie:
            self._keep(answer.cookie)
        return (None, self.words.refused) if self.refused else None

    def _may_try(self) -> bool:
        from consentguard.web.limits import client_key, is_within  # what counts is loaded with the first child

        site = self._client.guard.site
        return is_within(TRIES, site, "guardian.address", client_key(site, self._client.address))

    def _closed(self) -> Wrong:
        return None, spoken(self._language).say("The site cannot answer now. Please try again later.")

    @cached_property
    def _in_use(self) -> bool:
        return asks(self._visit.guard().site)

    @cached_property
    def _client(self) -> Client:
        return Client.of(self._visit)

    @cached_property
    def _standing(self) -> AgeOutcome | None:
        standing = self._client.standing()
        return "under" if standing == "guardian" else standing  # agreed to for their own account, and for no other
