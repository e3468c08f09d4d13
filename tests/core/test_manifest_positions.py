"""Where keys stand in a TOML source, in one notation for all places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentguard.manifest.keypath import dotted, stands_at, steps
from consentguard.manifest.positions import Positions

SOURCE = """\
manifest = 1
controller = { name = "x", dpo.name = "y" }
[site]
hosts = [
    # the first
    "a",
    "b",
]
[purposes."a b".basis]
EEA = "contract"
[[statements]]
text.en = "one"
[[statements]]
text = { en = "two",
 es = "dos" }
[statements.when]
jurisdiction = ["GT"]
[[statements.notes]]
x = 1
[[statements.notes]]
x = 2
'accept'."L-30BD".until = 2027-01-01
"""

PLACES = {
    "manifest": 1,
    "controller": 2,
    "controller.name": 2,
    "controller.dpo.name": 2,
    "site": 3,
    "site.hosts[0]": 6,
    "site.hosts[1]": 7,
    'purposes."a b".basis': 9,
    'purposes."a b".basis.EEA': 10,
    "statements": 11,
    "statements[0].text.en": 12,
    "statements[1]": 13,
    "statements[1].text.en": 14,
    "statements[1].when": 16,
    "statements[1].when.jurisdiction[0]": 17,
    "statements[1].notes[1].x": 21,
    "statements[1].notes[1].accept.L-30BD.until": 22,
}


@pytest.mark.parametrize(("where", "line"), PLACES.items())
def test_a_key_is_found_on_its_line(where: str, line: int) -> None:
    """Tables, dotted and quoted keys, inline tables and lists of tables all have their place."""
    assert Positions.of(SOURCE).lines[steps(where)] == line


@pytest.mark.parametrize(
    ("where", "line"),
    [("site.languages", 3), ("statements[1].section", 13), ("statements[7]", 11), ("cookies", None), ("", None)],
)
def test_a_missing_key_is_placed_at_the_table_around_it(where: str, line: int | None) -> None:
    """What a finding misses stands nowhere: the nearest table around it is where it belongs."""
    assert Positions.of(SOURCE).line(steps(where)) == line


def test_a_broken_source_gives_the_lines_that_can_be_told() -> None:
    """One line that is no TOML does not hide the others."""
    positions = Positions.of("[age]\nthreshold = \nmode = 'attest'\n[site]\nhosts = []\n")
    assert positions.line(("age", "mode")) == 3
    assert positions.line(("site", "hosts")) == 5


def test_keys_after_something_unclosed_are_found() -> None:
    """An inline table that is never closed swallows no lines."""
    positions = Positions.of("[age]\nnote = { a = 1,\nmode = 'attest'\n")
    assert positions.lines[("age", "mode")] == 3


@given(st.text(max_size=200))
def test_no_text_makes_a_traceback(source: str) -> None:
    """Positions can be asked of anything."""
    assert isinstance(Positions.of(source).lines, dict)


@given(st.lists(st.one_of(st.text(min_size=1), st.integers(0, 99)), min_size=1))
def test_a_path_is_read_as_it_was_written(parts: list[str | int]) -> None:
    """The notation loses nothing, whatever the keys are."""
    path = ("root", *parts)
    assert steps(dotted(path)) == path


def test_a_place_describes_paths_of_its_length() -> None:
    """A star stands for one name or index, not for several."""
    assert stands_at(("transfers", 3, "via"), "transfers.*.via")
    assert not stands_at(("transfers", 3), "transfers.*.via")
    assert not stands_at(("transfers", 3, "to"), "transfers.*.via")
