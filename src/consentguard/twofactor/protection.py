"""What the second factors of a person have in common: that there is one, the recovery codes, and the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from consentguard.ports import Clock, Macs, Stores, Witness
from consentguard.records import Authenticator, FactorState, new_id
from consentguard.twofactor import recovery
from consentguard.twofactor.results import Result


@dataclass(frozen=True, slots=True)
class Protection:
    """Everybody is named by their pseudonym here. `macs` make the digests of recovery codes."""

    stores: Stores
    witness: Witness
    macs: Macs
    clock: Clock

    def apps(self, who: str, *states: FactorState) -> Iterator[Authenticator]:
        """Their authenticator apps in these states, the oldest first."""
        return (each for each in self.stores.authenticators.of(who) if each.state in states)

    def app(self, who: str) -> Authenticator | None:
        """The app that is in force: active, or disabled after too many wrong codes."""
        return next(self.apps(who, "active", "disabled"), None)

    def is_on(self, who: str) -> bool:
        """Whether they have a second factor of any kind in force."""
        return self.app(who) is not None or bool(self.stores.passkeys.of(who))

    def came(self, who: str, kind: str, *, first: bool) -> tuple[str, ...]:
        """Joined. Take down that they have a factor more; the recovery codes that come with their `first`."""
        codes = self._new_codes(who) if first else ()
        self.witness.record("factor.enrolled", who, kind=kind)
        return codes

    def renewed(self, who: str, result: Result) -> Result:
        """What came of a factor that was given for new recovery codes: `ok` with them, in place of the old ones."""
        if result.verdict != "ok":
            return result
        with self.stores.transactions.atomic():
            codes = self._new_codes(who)
            self.witness.record("factor.codes_renewed", who)
        return replace(result, recovery_codes=codes)

    def went(self, who: str, kind: str) -> None:
        """Joined. Take down that they have a factor less, and end their sessions; with the last one the codes go."""
        self.end_sessions(who)
        if not self.is_on(who):
            self.stores.recovery_codes.remove([who])
        self.witness.record("factor.removed", who, kind=kind)

    def clear(self, who: str) -> int:
        """Joined. Take every factor and recovery code of theirs away, and end their sessions; how many factors went."""
        gone = self.stores.authenticators.remove([who]) + self.stores.passkeys.remove([who])
        self.stores.recovery_codes.remove([who])
        self.end_sessions(who)
        return gone

    def end_sessions(self, who: str) -> None:
        """Joined. End every session and device of theirs, whatever is being verified now."""
        self.stores.factor_sessions.bump_epoch(who, new_id(self.clock.now()))

    def _new_codes(self, who: str) -> tuple[str, ...]:
        codes = recovery.new_codes()
        self.stores.recovery_codes.replace(who, [self.macs.mac(digested(who, each))[1] for each in codes])
        return codes


def digested(who: str, code: str) -> bytes:
    """What the digest of a recovery code is made of: one of somebody else's is none of theirs."""
    return f"{who}.{recovery.cleaned(code)}".encode()
