"""The tour of the demo, as far as it can be told without walking it; `make demo CHECK=1` walks it."""

from __future__ import annotations

import pytest

from example_projects.tour import STOPS, Stop
from scripts.sites import SITES

TITLES = {site.name: [stop.title for stop in STOPS if stop.site == site.name] for site in SITES}
OF_ONE = {"Calls of Meta", "API keys"}
"""Only one of the two has channels of Meta, or an API."""


def test_both_sites_show_the_same_things() -> None:
    """What the tour shows of one framework's site it shows of the other's, in the same order, where both have it."""
    one, other = ([title for title in titles if title not in OF_ONE] for titles in TITLES.values())
    assert one == other
    assert len(one) == len(set(one)) > 0
    assert sum(map(len, TITLES.values())) == len(STOPS) == 2 * len(one) + len(OF_ONE)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: f"{stop.site}-{stop.title}")
def test_every_stop_tells_how_to_see_it(stop: Stop) -> None:
    """A person who follows the tour by hand is told where to click, and no command passes whatever it prints."""
    assert stop.how_to_click
    assert all(command.words and command.prints for command in stop.commands)
