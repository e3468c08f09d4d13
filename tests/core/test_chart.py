"""Charts in a page: what is drawn, what is read out in place of it, and that no name breaks out of it."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

import pytest

from consentguard.screens.chart import COLOURS, DASHES, WIDTH, Chart, Series, bars, lines

ODD = "<script>alert('\"&')</script>"


def chart(*series: Series, labels: tuple[str, ...] = ("one", "two"), top: float = 1) -> Chart:
    """A chart of some series."""
    return Chart(name="c", title="Title", about="About", labels=labels, series=series, top=top, top_said="100%")


def picture(drawn: str) -> Element:
    """What was drawn."""
    return fromstring(drawn)  # noqa: S314 - by ourselves


def texts(svg: Element) -> list[str]:
    """What is written in a picture."""
    return [each.text or "" for each in svg.iter("text")]


@pytest.mark.parametrize("draw", [bars, lines])
def test_a_picture_is_read_out_by_its_title(draw: object) -> None:
    """It is one image, named and described by what stands in it; it can shrink, and asks for no script or style."""
    drawn = draw(chart(Series("a", [1, 0.5], ["all", "half"])))  # type: ignore[operator]
    svg = picture(drawn)
    assert svg.get("role") == "img"
    named = {each.get("id"): each.text for each in svg if each.tag in ("title", "desc")}
    assert (named[svg.get("aria-labelledby")], named[svg.get("aria-describedby")]) == ("Title", "About")
    assert svg.get("viewBox") == f"0 0 {svg.get('width')} {svg.get('height')}"
    assert not re.search(r"style|<script|href|\bon\w+=", drawn)


@pytest.mark.parametrize("draw", [bars, lines])
def test_no_name_breaks_out_of_a_picture(draw: object) -> None:
    """Signs of HTML are text, in labels, names and words alike."""
    odd = chart(Series(ODD, [1, 1], [ODD, ODD]), labels=(ODD, ODD))
    drawn = draw(odd)  # type: ignore[operator]
    assert "<script" not in drawn
    assert ODD in texts(picture(drawn))


def test_bars_are_as_long_as_their_values() -> None:
    """One for each label and series, in the colour of the series, with its words at its end; nothing is a hairline."""
    svg = picture(bars(chart(Series("a", [1, 0], ["all", "none"]), Series("b", [0.5, None], ["half", ""]))))
    drawn = [(float(each.get("width", "")), each.get("fill")) for each in svg.iter("rect")]
    whole = drawn[0][0]
    assert drawn == [(whole, COLOURS[0]), (whole / 2, COLOURS[1]), (1, COLOURS[0]), (1, COLOURS[1])]
    assert texts(svg) == ["one", "all", "half", "two", "none", ""]
    assert whole < WIDTH / 2 + 20  # what a bar means has room beside the longest of them


def test_lines_have_gaps_and_lonely_points() -> None:
    """A day without a value breaks the line, and a value without neighbours is a dot."""
    svg = picture(lines(chart(Series("a", [0, 1, None, 0.5, None]), labels=("1", "2", "3", "4", "5"))))
    (line,) = svg.iter("polyline")
    (first, second) = [[float(each) for each in point.split(",")] for point in line.get("points", "").split()]
    (dot,) = svg.iter("circle")
    assert first[0] < second[0] < float(dot.get("cx", "")) < WIDTH
    assert second[1] < float(dot.get("cy", "")) < first[1]  # SVG counts downwards
    assert texts(svg) == ["a", "100%", "0", "1", "5"]


def test_lines_are_told_apart_without_colour() -> None:
    """Each has dashes of its own, in the key as in the picture."""
    svg = picture(lines(chart(*(Series(f"s{number}", [0, 1]) for number in range(len(COLOURS))))))
    drawn = [each.get("stroke-dasharray", "") for each in svg.iter("polyline")]
    key = [each.get("stroke-dasharray", "") for each in svg.iter("line") if each.get("stroke") in COLOURS]
    assert drawn == key == list(DASHES)
    assert len(set(drawn)) == len(COLOURS)


def test_one_day_is_a_chart_too() -> None:
    """With its label once."""
    svg = picture(lines(chart(Series("a", [0.5]), labels=("today",))))
    assert texts(svg).count("today") == 1
    assert len(list(svg.iter("circle"))) == 1


def test_a_long_name_stays_within_the_picture() -> None:
    """Cut, with a sign that it is; the table beside has all of it."""
    svg = picture(bars(chart(Series("a", [1], ["all"]), labels=("n" * 200,))))
    assert texts(svg)[0].endswith("…")
    assert len(texts(svg)[0]) < 60


@pytest.mark.parametrize("colour", COLOURS)
def test_colours_stand_out_by_day_and_by_night(colour: str) -> None:
    """3:1 at least on white and on the ground of Django's dark admin (WCAG 2.2, 1.4.11)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert 1.05 / (light + 0.05) >= 3
    assert (light + 0.05) / (0.0056 + 0.05) >= 3
