"""What `Tokens` owes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from consentguard.ports import StoreError, Stores, Tokens
from consentguard.records import Token
from consentguard.testing.clock import MOMENT
from consentguard.testing.contracts.base import (
    DAY,
    ELSEWHERE,
    MICROSECOND,
    Contract,
    identifier,
    in_utc,
    the_winner,
    undone,
    verdict,
)
from consentguard.testing.races import Race

DIGEST = "5ec2e7" + "0" * 58
TOKEN = Token(digest=DIGEST, purpose="confirm", about=identifier(1), expires_at=MOMENT + DAY)


class TokensContract(Contract):
    """Digests of the tokens that people hold."""

    port = Tokens
    attribute = "tokens"

    def test_a_token_comes_back_as_it_was(self, stores: Stores) -> None:
        """Every field."""
        stores.tokens.add(replace(TOKEN, expires_at=TOKEN.expires_at.astimezone(ELSEWHERE)))
        back = stores.tokens.find(DIGEST, "confirm", MOMENT)
        assert back == TOKEN
        assert back is not None
        assert in_utc(back.expires_at)

    @pytest.mark.parametrize("digest", ["", "%", "f" * 64])
    def test_what_is_not_there_is_not_found(self, stores: Stores, digest: str) -> None:
        """None, and no error."""
        stores.tokens.add(TOKEN)
        assert stores.tokens.find(digest, "confirm", MOMENT) is None
        assert stores.tokens.claim(digest, "confirm", MOMENT) is None

    def test_a_token_opens_what_it_was_made_for(self, stores: Stores) -> None:
        """For another purpose it is none, and is not used up."""
        stores.tokens.add(TOKEN)
        assert stores.tokens.find(DIGEST, "status", MOMENT) is None
        assert stores.tokens.claim(DIGEST, "status", MOMENT) is None
        assert stores.tokens.find(DIGEST, "confirm", MOMENT) == TOKEN

    def test_a_token_expires_at_its_moment(self, stores: Stores) -> None:
        """A microsecond before it still opens, at the moment itself it does not; the caller's zone is no matter."""
        stores.tokens.add(TOKEN)
        for now in (TOKEN.expires_at, TOKEN.expires_at.astimezone(ELSEWHERE), TOKEN.expires_at + DAY):
            assert stores.tokens.find(DIGEST, "confirm", now) is None
            assert stores.tokens.claim(DIGEST, "confirm", now) is None
        before = TOKEN.expires_at - MICROSECOND
        assert stores.tokens.find(DIGEST, "confirm", before) == TOKEN
        assert stores.tokens.claim(DIGEST, "confirm", before) == replace(TOKEN, used_at=before)

    def test_a_token_is_used_once(self, stores: Stores, race: Race) -> None:
        """Who claims it gets it with the moment; then it is gone, for others too."""
        stores.tokens.add(TOKEN)
        claimed = stores.tokens.claim(DIGEST, "confirm", MOMENT.astimezone(ELSEWHERE))
        assert claimed == replace(TOKEN, used_at=MOMENT)
        assert claimed is not None
        assert in_utc(claimed.used_at, claimed.expires_at)
        assert stores.tokens.claim(DIGEST, "confirm", MOMENT) is None
        assert stores.tokens.find(DIGEST, "confirm", MOMENT) is None
        assert race(_find, 1) == [None]

    def test_of_several_claims_at_once_one_gets_it(self, stores: Stores, race: Race) -> None:
        """The others get nothing."""
        stores.tokens.add(TOKEN)
        assert the_winner(race(_claim)) == replace(TOKEN, used_at=MOMENT)
        assert stores.tokens.find(DIGEST, "confirm", MOMENT) is None

    def test_a_digest_is_kept_once(self, stores: Stores) -> None:
        """A second token with the same digest is refused, and the first stays."""
        stores.tokens.add(TOKEN)
        with pytest.raises(StoreError):
            stores.tokens.add(replace(TOKEN, about=identifier(2)))
        assert stores.tokens.find(DIGEST, "confirm", MOMENT) == TOKEN

    def test_tokens_are_withdrawn_by_what_they_open(self, stores: Stores) -> None:
        """Used ones too; those of another purpose or thing stay; the second time there are none."""
        others = [_token(1, about=identifier(2)), _token(2, purpose="status")]
        for token in (*others, _token(3), _token(4)):
            stores.tokens.add(token)
        assert stores.tokens.claim(_token(3).digest, "confirm", MOMENT)
        assert stores.tokens.withdraw(identifier(1), "confirm") == 2
        assert stores.tokens.withdraw(identifier(1), "confirm") == 0
        assert stores.tokens.find(_token(4).digest, "confirm", MOMENT) is None
        assert [stores.tokens.find(each.digest, each.purpose, MOMENT) for each in others] == others

    def test_tokens_that_expired_are_forgotten(self, stores: Stores) -> None:
        """Those before a moment, not those at it; used or not, of every purpose; the second time there are none."""
        stores.tokens.add(_token(1, expires_at=MOMENT - MICROSECOND, used_at=MOMENT - DAY))
        stores.tokens.add(_token(2, expires_at=MOMENT - DAY, purpose="machine"))
        stores.tokens.add(_token(3, expires_at=MOMENT))
        assert stores.tokens.forget(MOMENT.astimezone(ELSEWHERE)) == 2
        assert stores.tokens.forget(MOMENT) == 0
        assert stores.tokens.find(_token(3).digest, "confirm", MOMENT - MICROSECOND) == _token(3, expires_at=MOMENT)

    def test_what_happens_to_a_token_is_undone_with_its_evidence(self, stores: Stores) -> None:
        """A claim, a withdrawal, a clearing out and a new token."""
        kept = [_token(1), _token(2, about=identifier(2)), _token(3, expires_at=MOMENT + MICROSECOND)]
        for token in kept:
            stores.tokens.add(token)
        with undone(stores):
            stores.tokens.add(_token(4))
            assert stores.tokens.claim(kept[1].digest, "confirm", MOMENT)
            assert stores.tokens.forget(MOMENT + DAY) == 1
            assert stores.tokens.withdraw(identifier(1), "confirm") == 2
        assert [stores.tokens.find(each.digest, "confirm", MOMENT) for each in kept] == kept
        assert stores.tokens.find(_token(4).digest, "confirm", MOMENT) is None

    def test_no_digest_stands_in_a_repr(self, stores: Stores) -> None:
        """Neither in the store's nor in that of what it gives back."""
        stores.tokens.add(TOKEN)
        assert DIGEST not in f"{stores!r} {stores.tokens!r} {stores.tokens.find(DIGEST, 'confirm', MOMENT)!r}"


def _token(number: int, **changes: object) -> Token:
    return replace(TOKEN, digest=f"{number:064x}", **changes)  # type: ignore[arg-type]  # each names its own field


def _find(stores: Stores, number: int) -> Token | None:
    return stores.tokens.find(DIGEST, "confirm", MOMENT)


def _claim(stores: Stores, number: int) -> object:
    return verdict(partial(stores.tokens.claim, DIGEST, "confirm", MOMENT))
