"""The kinds of index: each finds what is meant, by a digest that is the same, and tells apart what is not."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.kinds import Compound, Domain, Exact, Index, Last, Prefix, Truncated
from consentguard.crypto.index.normal import normaliser

BORN = Compound(("surname", "born"), normalise=("casefold", "exact"), bits=24)
NAMES = {
    "exact_email": Exact("email"),
    "exact_exact": Exact(),
    "truncated_12_casefold": Truncated(12, "casefold"),
    "prefix_3_16_casefold": Prefix(3, bits=16),
    "last_4_12": Last(4, bits=12),
    "domain_12": Domain(12),
    "compound_24_surname_casefold_born_exact": BORN,
}
FOUND: list[tuple[Index, object, object]] = [
    (Exact("email"), "Ada@Example.com", "ada@example.com "),
    (Exact(), 12, Decimal("12.0")),
    (Exact(), "", ""),
    (Truncated(8), 0, 0),
    (Prefix(3, bits=16), "Lovelace", "LOV"),
    (Prefix(3, bits=16), "Lovelace", "lovelace"),
    (Prefix(2, bits=16), "Ñandú", "n\u0303a"),
    (Last(4, bits=12), "+502 5555-1234", "1234"),
    (Last(4, bits=12), "+502 5555-1234", "5555 1234"),
    (Domain(12), "ada@Example.com", "EXAMPLE.com"),
    (Domain(12), "ada@bücher.example", "@xn--bcher-kva.example"),
    (Domain(12), "ada@example.com", "bob@example.com"),
    (BORN, ("Lovelace", dt.date(1815, 12, 10)), ["LOVELACE", dt.date(1815, 12, 10)]),
]
NOT_MEANT: list[tuple[Index, object, object]] = [
    (Exact("email"), "ada@example.com", "ada@example.org"),
    (Prefix(3, bits=16), "Lovelace", "Lovell"),
    (Last(4, bits=12), "+502 5555-1234", "6666 1234"),
    (Domain(12), "ada@example.com", "mail.example.com"),
    (BORN, ("a", "bc"), ("ab", "c")),
    (Exact(), None, None),
    (Exact(), "None", None),
    (Prefix(3, bits=16), None, "lov"),
]
WRONG: dict[str, Callable[[], Index]] = {
    "128 bits, not 0": lambda: Truncated(0),
    "128 bits, not 129": lambda: Domain(129),
    "0 letters": lambda: Prefix(0, bits=8),
    "-1 letters": lambda: Last(-1, bits=8),
    "not 'email'": lambda: Prefix(3, bits=8, normalise="email"),
    "'lower' is no normalisation": lambda: Exact("lower"),
    "'upper' is no normalisation": lambda: Compound(("a", "b"), normalise=("exact", "upper")),
    "two columns or more": lambda: Compound(("a",), normalise=("exact",)),
    "as many normalisations": lambda: Compound(("a", "b"), normalise=("exact",)),
}


@pytest.mark.parametrize(("name", "index"), NAMES.items(), ids=NAMES)
def test_a_name_stays(name: str, index: Index) -> None:
    """Keys are derived from it: another name is another index, whose digests are made anew."""
    assert index.name == name
    assert pickle.loads(pickle.dumps(index)) == copy.deepcopy(index) == index  # noqa: S301 - our own
    assert eval(repr(index)) == index  # noqa: S307 - what a migration writes, in which it is read again


@pytest.mark.parametrize(("bits", "width"), [(1, 1), (8, 1), (9, 2), (12, 2), (128, 16)])
def test_a_digest_is_as_wide_as_its_bits(bits: int, width: int) -> None:
    """In whole bytes."""
    assert (Truncated(bits).bits, Truncated(bits).width) == (bits, width)


@pytest.mark.parametrize(("index", "value", "query"), FOUND)
def test_what_is_meant_is_found(index: Index, value: object, query: object) -> None:
    """The question has the digest of the value, and the value, opened, is what was meant."""
    assert index.terms(value) == index.query_terms(query) is not None
    assert index.matches(value, query)


@pytest.mark.parametrize(("index", "value", "query"), NOT_MEANT)
def test_what_is_not_meant_is_left_out_when_it_is_opened(index: Index, value: object, query: object) -> None:
    """Though it may have the same digest."""
    assert not index.matches(value, query)


@given(st.text(min_size=1), st.text(), st.integers(1, 4), st.sampled_from(["exact", "casefold"]))
def test_whatever_begins_as_asked_is_found(query: str, rest: str, n: int, name: str) -> None:
    """A value that is meant always has the digest of the question: a search misses none."""
    index, fold = Prefix(n, bits=16, normalise=name), normaliser(name)
    assume(len(fold(query)) >= n)
    assert index.matches(query + rest, query) == fold(query + rest).startswith(fold(query))
    if index.matches(query + rest, query):
        assert index.terms(query + rest) == index.query_terms(query)


@given(st.lists(st.text(), min_size=2, max_size=2), st.lists(st.text(), min_size=2, max_size=2))
def test_parts_of_a_compound_never_run_together(one: list[str], other: list[str]) -> None:
    """Each has its length before it."""
    index = Compound(("a", "b"), normalise=("exact", "exact"))
    assert (index.terms(one) == index.terms(other)) == (one == other)


@pytest.mark.parametrize("index", NAMES.values(), ids=NAMES)
def test_null_has_no_digest(index: Index) -> None:
    """And is equal to nothing."""
    assert index.terms(None) is None
    assert index.query_terms(None) is None
    assert not index.matches(None, None)


def test_null_in_a_part_of_a_compound_is_null() -> None:
    """As in a unique constraint of several columns."""
    assert BORN.terms(("Lovelace", None)) is None
    assert not BORN.matches((None, None), (None, None))


@pytest.mark.parametrize(
    ("index", "value"), [(Prefix(3, bits=16), "Lo"), (Last(4, bits=12), "ext. 123"), (Domain(12), "ada")]
)
def test_what_is_too_short_has_no_digest_and_cannot_be_asked_for(index: Index, value: str) -> None:
    """A digest that no question could find would only be told to whoever reads the database."""
    assert index.terms(value) is None
    with pytest.raises(SearchError, match=f"{index.name} cannot look for"):
        index.query_terms("" if index == Domain(12) else value)


@pytest.mark.parametrize(("words", "make"), WRONG.items(), ids=WRONG)
def test_what_cannot_be_an_index_is_refused_where_it_is_declared(words: str, make: Any) -> None:
    """And not when the first value is stored."""
    with pytest.raises(SearchError, match=words):
        make()


@pytest.mark.parametrize("act", ["terms", "query_terms", "matches"])
def test_an_error_keeps_no_value(act: str) -> None:
    """Neither in its text nor in a frame of ours."""
    value = ["secret"]
    with pytest.raises(SearchError, match="type list") as caught:
        getattr(Exact(), act)(*([value, ""] if act == "matches" else [value]))
    assert caught.traceback[-1].path.name == "kinds.py"
    assert not any(kept is value for kept in caught.traceback[-1].frame.f_locals.values())
    assert caught.value.__context__ is None


@pytest.mark.parametrize("value", ["ab", ("a",), ("a", "b", "c"), 12])
def test_a_compound_takes_one_value_for_each_column(value: object) -> None:
    """A text is not its letters."""
    with pytest.raises(SearchError, match="each of its 2 columns"):
        Compound(("a", "b"), normalise=("exact", "exact")).terms(value)
