"""What became of a code, and how far somebody is with their second factor."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from consentguard.errors import ConsentGuardError
from consentguard.records import FactorState

Verdict = Literal["ok", "bad", "replay", "throttled", "disabled", "absent"]


class FactorError(ConsentGuardError):
    """A second factor cannot be set up now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a code. It never says more about a wrong one.

    `replay` is a right code that was taken before: the next one will do. `throttled` was not compared, and may be
    tried again at `retry_at`. `disabled` takes no code of the app any more, since this very one where it is `ended`;
    `absent` means that there is no factor to compare with. `factor` is the id of the one that was `ok`;
    `recovery_codes` are shown this once, when a factor becomes active or its owner asks for new ones; `left` is how
    many are unused after one was.
    """

    verdict: Verdict
    factor: str = ""
    retry_at: dt.datetime | None = None
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)
    left: int | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far somebody is with their second factor, and since when: with the app's, and where there is none in force
    with their oldest passkey, which is `active`.

    `passkeys` are the ids of those that they have beside it.
    """

    id: str
    state: FactorState
    since: dt.datetime
    passkeys: tuple[str, ...] = ()

    @property
    def takes_codes(self) -> bool:
        """Whether there is an app whose codes are taken."""
        return self.state == "active" and self.id not in self.passkeys
