"""Benchmarks of search over encrypted columns: a value normalised and digested, for each usual index."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from benchmarks.harness import Pair, Target, benchmark, interleave, timed

KEY = bytes(range(32))
TIMES = 1_000
ROUNDS = 51
VALUES = {
    "exact": "Ada Lovelace",
    "casefold": "Ada Lovelace",
    "email": "Ada.Lovelace@Example.com",
}
PHONE, TAX = "+502 5555 1234", "576937-K"


def _digesting(normalise: str, value: str) -> Callable[[], bytes]:
    """What a write does for one index of one column."""
    from consentguard.crypto.index.digest import IndexDigest
    from consentguard.crypto.index.kinds import Exact

    index, digest = Exact(normalise), IndexDigest(KEY, 128)
    return lambda: digest.of(index.terms(value) or "")


def _microseconds(ours: Callable[[], object], baseline: Callable[[], object]) -> Pair:
    pair = interleave(timed(ours, TIMES), timed(baseline, TIMES), ROUNDS)
    return Pair(pair.ours * 1000, pair.baseline * 1000)


def _text(normalise: str) -> Pair:
    value = VALUES[normalise]
    return _microseconds(_digesting(normalise, value), lambda: hmac.digest(KEY, value.encode(), "sha256"))


def _beside(ours: Callable[[], object], library: Callable[[], object]) -> Pair:
    """What we add to a library's own time."""
    pair = _microseconds(ours, library)
    return Pair(pair.ours - pair.baseline, pair.baseline)


for name in VALUES:
    figure = benchmark(
        f"indexes.{name}",
        unit="µs a value",
        against="hmac.digest of Python by hand, nothing normalised",
        target=Target(value=1.5),
    )
    figure(partial(_text, name))


@benchmark(
    "indexes.phone",
    unit="µs a value",
    against=lambda: f"what phonenumbers {version('phonenumbers')} takes itself, beside which ours is counted",
    target=Target(value=1),
)
def phone() -> Pair:
    """A telephone number as E.164."""
    import phonenumbers

    def library() -> str:
        number = phonenumbers.parse(PHONE, "GT")
        assert phonenumbers.is_valid_number(number)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return _beside(_digesting("phone:GT", PHONE), library)


@benchmark(
    "indexes.tax",
    unit="µs a value",
    against=lambda: f"what python-stdnum {version('python-stdnum')} takes itself, beside which ours is counted",
    target=Target(value=1),
)
def tax() -> Pair:
    """A number of Guatemala's tax office."""
    from stdnum.gt import nit

    return _beside(_digesting("tax:GT", TAX), lambda: nit.compact(TAX))
