"""The planner of indexes: bits by CipherSweet's rule, costs that come true, and what an index tells in words."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from consentguard.cli import group
from consentguard.crypto.index.digest import IndexDigest
from consentguard.crypto.index.errors import SearchError
from consentguard.crypto.index.leakage import leakage, warnings
from consentguard.crypto.index.planner import plan

ROWS = 100_000
REFUSED: dict[str, dict[str, Any]] = {
    "of only 2 different values": {"kind": "truncated", "values": 2},
    "of only 10 different values": {"kind": "last", "length": 1},
    "no kind of index": {"kind": "suffix"},
    "prefix needs a length": {"kind": "prefix"},
    "exact has no length": {"kind": "exact", "length": 3},
    "how many domains": {"kind": "domain"},
    "1 to 128 bits, not 129": {"kind": "truncated", "bits": 129},
    "counted from 1": {"kind": "truncated", "indexes": 0},
    "from 0 to 1": {"kind": "truncated", "commonest": 1.5},
}


@given(st.integers(16, 10**9), st.integers(1, 3))
def test_the_chosen_bits_keep_the_rule(rows: int, indexes: int) -> None:
    """Two rows or more have the same digests, and fewer than the root of them; where whole bits allow it."""
    made = plan(rows, "truncated", indexes=indexes)
    assert made.coincidences >= 2
    longer = plan(rows, "truncated", indexes=indexes, bits=made.bits + 1)
    assert made.coincidences < math.sqrt(rows) or longer.coincidences < 2


@pytest.mark.parametrize(
    ("kind", "options", "bits"),
    [
        ("truncated", {}, 15),
        ("truncated", {"indexes": 2}, 7),
        ("prefix", {"length": 3}, 13),
        ("last", {"length": 4}, 12),
        ("domain", {"values": 3000}, 10),
        ("exact", {}, 128),
    ],
)
def test_bits_for_a_hundred_thousand_rows(kind: Any, options: dict[str, Any], bits: int) -> None:
    """Fewer where there are several indexes, and where the values themselves are few: two always share a digest."""
    assert plan(ROWS, kind, **options).bits == bits


def test_a_question_opens_as_many_rows_as_planned() -> None:
    """On 4000 rows of 1000 values, each four times, for every value."""
    made = plan(4000, "truncated", values=1000)
    digest = IndexDigest(bytes(32), made.bits)
    digests = Counter(digest.of(str(number % 1000)) for number in range(4000))
    opened = sum(digests[digest.of(str(value))] for value in range(1000)) / 1000
    assert made.opened == pytest.approx(opened, rel=0.1)
    assert made.in_vain == pytest.approx(1 - 4 / opened, abs=0.1)


def test_an_index_lasts_until_the_table_has_outgrown_it() -> None:
    """From then on a question opens more rows than the root of them."""
    made = plan(ROWS, "truncated", bits=10)
    last = made.lasts_until or 0
    assert plan(last - 1, "truncated", bits=10).coincidences < math.sqrt(last - 1)
    assert plan(last, "truncated", bits=10).coincidences >= math.sqrt(last)
    assert plan(ROWS, "exact").lasts_until is None


@pytest.mark.parametrize(("words", "options"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_planned_is_refused(words: str, options: dict[str, Any]) -> None:
    """A boolean above all: no index hides which of two values comes more often."""
    with pytest.raises(SearchError, match=words):
        plan(ROWS, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "exact", "values": 249}, "only 249 different values: where"),
        ({"kind": "domain", "values": 3000, "commonest": 0.4}, "stands in 40,000 rows"),
        ({"kind": "truncated", "bits": 32}, "take fewer bits"),
        ({"kind": "last", "length": 2, "bits": 4}, "opens 7,188 rows"),
    ],
    ids=["countries", "one provider", "too long", "too short"],
)
def test_a_weak_plan_says_so(options: dict[str, Any], words: str) -> None:
    """In a sentence with its numbers."""
    assert words in " ".join(warnings(plan(ROWS, **options)))


def test_a_table_of_few_rows_is_better_opened_as_a_whole() -> None:
    """No number of bits both hides its rows and finds them."""
    assert "they are few" in " ".join(warnings(plan(3, "truncated")))


@pytest.mark.parametrize("options", [{"kind": "exact"}, {"kind": "prefix", "length": 3}, {"kind": "last", "length": 4}])
def test_a_sound_plan_has_no_warning(options: dict[str, Any]) -> None:
    """And says what it tells all the same."""
    made = plan(ROWS, **options)
    assert list(warnings(made)) == []
    assert f"{made.told:.1f} of the {made.entropy:.1f} bits" in " ".join(leakage(made))


def indexes(*arguments: str) -> Result:
    """What `indexes plan` prints for the usual rows."""
    command = ["indexes", "plan", "--rows", str(ROWS), *arguments]
    return CliRunner().invoke(group, command, catch_exceptions=False)


def test_the_command_prints_figures_and_sentences() -> None:
    """For people."""
    done = indexes("--kind", "prefix", "--length", "3")
    assert done.exit_code == 0
    assert "13" in next(line for line in done.stdout.splitlines() if "bits" in line)
    assert "Rows of different digests do not begin with the same 3 letters." in done.stdout


def test_the_command_prints_json() -> None:
    """The same for machines, its warnings too."""
    facts = json.loads(indexes("--kind", "domain", "--values", "300", "--commonest", "0.4", "--json").stdout)
    assert (facts["bits"], facts["width"], facts["rows"], len(facts["warnings"])) == (7, 1, ROWS, 3)


def test_the_command_refuses_a_boolean() -> None:
    """With what to do instead, and the exit code of wrong input."""
    done = indexes("--kind", "exact", "--values", "2")
    assert done.exit_code == 2
    assert "open the rows and compare" in done.stderr
