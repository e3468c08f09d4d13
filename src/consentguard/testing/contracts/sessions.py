"""What `FactorSessions` owe."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from consentguard.ports import FactorSessions, StoreError, Stores
from consentguard.records import FactorSession
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    ADA,
    BOB,
    DAY,
    ELSEWHERE,
    MICROSECOND,
    NOBODYS,
    SECOND,
    WORDS,
    Contract,
    identifier,
    in_utc,
    undone,
    verdict,
)
from consentguard.testing.races import Race

ID = identifier(1)
DIGEST = "d" * 64
OTHER = "e" * 64
SESSION = FactorSession(
    id=ID,
    digest=DIGEST,
    subject=ADA,
    factor=identifier(7),
    method="otp",
    verified_at=MOMENT,
    seen_on=MOMENT.date(),
    expires_at=MOMENT + DAY,
    remembered=True,
    label=WORDS,
    sign_in="f" * 64,
)


def session(number: int, **fields: str | dt.datetime | dt.date | bool) -> FactorSession:
    """Another session of Ada's, with an id and a digest of its own."""
    return replace(SESSION, id=identifier(number), digest=f"{number:064x}", **fields)  # type: ignore[arg-type]


class FactorSessionsContract(Contract):
    """Browsers in which a second factor was given."""

    port = FactorSessions
    attribute = "factor_sessions"

    def test_a_session_comes_back_as_it_was(self, stores: Stores, race: Race) -> None:
        """Every field, by any of several digests; others see it."""
        stores.factor_sessions.add(replace(SESSION, verified_at=MOMENT.astimezone(ELSEWHERE)))
        back = stores.factor_sessions.find([OTHER, DIGEST], MOMENT)
        assert back == SESSION
        assert in_utc(back.verified_at, back.expires_at)
        assert race(_found, 1) == [SESSION]

    def test_a_session_is_kept_once(self, stores: Stores) -> None:
        """A second one with the same id is refused, and the first stays."""
        stores.factor_sessions.add(SESSION)
        with pytest.raises(StoreError):
            stores.factor_sessions.add(replace(SESSION, subject=BOB, digest=OTHER))
        assert stores.factor_sessions.find([DIGEST, OTHER], MOMENT) == SESSION

    def test_another_digest_finds_nothing(self, stores: Stores) -> None:
        """Nor a pattern that fits it, nor none."""
        stores.factor_sessions.add(SESSION)
        for digests in ([OTHER], ["%"], ["D" * 64], [""], []):
            assert stores.factor_sessions.find(digests, MOMENT) is None

    def test_a_session_expires(self, stores: Stores) -> None:
        """It counts a microsecond before, and not at the moment itself."""
        stores.factor_sessions.add(SESSION)
        end = (MOMENT + DAY).astimezone(ELSEWHERE)
        assert stores.factor_sessions.find([DIGEST], end - MICROSECOND) == SESSION
        assert stores.factor_sessions.find([DIGEST], end) is None
        assert list(stores.factor_sessions.of(ADA, end)) == []

    def test_a_subjects_sessions_are_theirs_the_newest_first(self, stores: Stores) -> None:
        """By when they were made, by id where it is the same; nobody else's."""
        for number, verified_at in ((2, MOMENT), (3, MOMENT), (4, MOMENT + SECOND)):
            stores.factor_sessions.add(session(number, verified_at=verified_at))
        stores.factor_sessions.add(replace(SESSION, subject=BOB))
        assert [each.id for each in stores.factor_sessions.of(ADA, MOMENT)] == [*map(identifier, (4, 3, 2))]
        for nobody in NOBODYS:
            assert all(each.subject == BOB for each in stores.factor_sessions.of(nobody, MOMENT))

    def test_a_session_is_seen(self, stores: Stores) -> None:
        """The day alone changes, of that session alone."""
        stores.factor_sessions.add(SESSION)
        stores.factor_sessions.add(session(2))
        assert stores.factor_sessions.see(ID, MOMENT.date() + DAY)
        assert stores.factor_sessions.find([DIGEST], MOMENT) == replace(SESSION, seen_on=MOMENT.date() + DAY)
        assert stores.factor_sessions.find([session(2).digest], MOMENT) == session(2)
        assert not stores.factor_sessions.see(identifier(9), MOMENT.date())

    def test_a_session_is_left(self, stores: Stores) -> None:
        """The sign-in alone goes, of that session alone, and does not come back when the session is seen."""
        stores.factor_sessions.add(SESSION)
        stores.factor_sessions.add(session(2))
        assert stores.factor_sessions.leave(ID)
        assert stores.factor_sessions.see(ID, MOMENT.date())
        assert stores.factor_sessions.find([DIGEST], MOMENT) == replace(SESSION, seen_on=MOMENT.date(), sign_in="")
        assert stores.factor_sessions.find([session(2).digest], MOMENT) == session(2)
        assert not stores.factor_sessions.leave(identifier(9))

    def test_a_session_is_ended_by_its_subject(self, stores: Stores) -> None:
        """Nobody else ends it; the second time there is none."""
        stores.factor_sessions.add(SESSION)
        stores.factor_sessions.add(session(2))
        assert not stores.factor_sessions.end(BOB, ID)
        assert stores.factor_sessions.end(ADA, ID)
        assert not stores.factor_sessions.end(ADA, ID)
        assert [each.id for each in stores.factor_sessions.of(ADA, MOMENT)] == [identifier(2)]

    def test_another_epoch_ends_all_sessions_at_once(self, stores: Stores, race: Race) -> None:
        """Remembered ones too, of that subject alone; others see it."""
        stores.factor_sessions.add(SESSION)
        stores.factor_sessions.add(session(2))
        stores.factor_sessions.add(session(3, subject=BOB))
        assert stores.factor_sessions.epoch(ADA) == ""
        stores.factor_sessions.bump_epoch(ADA, "one")
        assert race(_found, 1) == [None]
        assert list(stores.factor_sessions.of(ADA, MOMENT)) == []
        assert len(stores.factor_sessions.of(BOB, MOMENT)) == 1
        assert (stores.factor_sessions.epoch(ADA), stores.factor_sessions.epoch(BOB)) == ("one", "")

    def test_what_was_read_before_another_epoch_never_counts(self, stores: Stores) -> None:
        """A code that was compared while the factor was reset opens nothing, in whichever order both are kept."""
        stores.factor_sessions.bump_epoch(ADA, "one")
        epoch = stores.factor_sessions.epoch(ADA)
        stores.factor_sessions.bump_epoch(ADA, "two")
        stores.factor_sessions.add(replace(SESSION, epoch=epoch))
        assert stores.factor_sessions.find([DIGEST], MOMENT) is None
        stores.factor_sessions.add(session(2, epoch="two"))
        assert [each.id for each in stores.factor_sessions.of(ADA, MOMENT)] == [identifier(2)]

    def test_dead_sessions_go_when_another_is_kept(self, stores: Stores) -> None:
        """Those that have expired by then, and those of an earlier epoch; nobody else's."""
        stores.factor_sessions.add(session(2, expires_at=MOMENT + SECOND))
        stores.factor_sessions.add(session(3, subject=BOB, expires_at=MOMENT + SECOND))
        stores.factor_sessions.bump_epoch(ADA, "one")
        stores.factor_sessions.add(session(4, epoch="one", verified_at=MOMENT + SECOND))
        stores.factor_sessions.add(session(5))
        stores.factor_sessions.add(session(6, epoch="one"))
        assert stores.factor_sessions.remove([ADA]) == 2
        assert stores.factor_sessions.remove([BOB]) == 1

    def test_epochs_at_once_end_everything(self, stores: Stores, race: Race) -> None:
        """Whichever comes last, no session of before counts."""
        stores.factor_sessions.add(SESSION)
        assert "done" in race(_bump)
        assert stores.factor_sessions.find([DIGEST], MOMENT) is None
        assert stores.factor_sessions.epoch(ADA)

    def test_a_subjects_sessions_are_removed(self, stores: Stores) -> None:
        """With their epoch, theirs alone; the second time there are none."""
        stores.factor_sessions.bump_epoch(ADA, "one")
        stores.factor_sessions.add(replace(SESSION, epoch="one"))
        stores.factor_sessions.add(session(2, subject=BOB))
        assert stores.factor_sessions.remove([ADA, *(f"nobody {number}" for number in range(2500))]) == 1
        assert stores.factor_sessions.remove([ADA]) == stores.factor_sessions.remove([]) == 0
        assert stores.factor_sessions.epoch(ADA) == ""
        assert len(stores.factor_sessions.of(BOB, MOMENT)) == 1

    def test_changes_are_undone_with_their_evidence(self, stores: Stores) -> None:
        """What was ended is back, what was added is gone, and the epoch is as it was."""
        stores.factor_sessions.add(SESSION)
        with undone(stores):
            assert stores.factor_sessions.end(ADA, ID)
            stores.factor_sessions.bump_epoch(ADA, "one")
            stores.factor_sessions.add(session(2, epoch="one"))
        assert list(stores.factor_sessions.of(ADA, MOMENT)) == [SESSION]

    def test_no_digest_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back."""
        stores.factor_sessions.add(SESSION)
        shown = f"{stores!r} {stores.factor_sessions!r} {stores.factor_sessions.of(ADA, MOMENT)!r}"
        assert DIGEST not in shown
        assert SESSION.sign_in not in shown


def _found(stores: Stores, number: int) -> FactorSession | None:
    return stores.factor_sessions.find([DIGEST], MOMENT)


def _bump(stores: Stores, number: int) -> object:
    def act() -> str:
        stores.factor_sessions.bump_epoch(ADA, identifier(number + 1))
        return "done"

    return verdict(act)
