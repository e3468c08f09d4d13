"""Charts as SVG that stands in a page: no script, no style sheet, readable on light and dark ground and on a phone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

WIDTH = 440
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#767676")
"""Told apart by people who see few colours (Okabe and Ito), with a contrast of 3:1 on white and on black."""
DASHES = ("", "7 3", "2 3", "9 3 2 3", "1 5")
"""What tells lines apart without any colour."""
MOST_LINES = len(COLOURS)
_SMALL, _LINE, _BAR = 13, 20, 14
_BAR_SPACE, _LEFT, _HEIGHT = 230, 46, 160
_LONGEST = 52


@dataclass(frozen=True, slots=True)
class Series:
    """A value for each label of a chart, None where there is none; `said` is each in words, where bars are labelled."""

    name: str
    values: Sequence[float | None]
    said: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn: `name` is its own within a page, `title` and `about` are read out in place of the picture.

    Values go from 0 to `top`, which the axis calls `top_said`.
    """

    name: str
    title: str
    about: str
    labels: Sequence[str]
    series: Sequence[Series]
    top: float
    top_said: str


def bars(chart: Chart) -> str:
    """A group of bars for each label, one below the other, each with what it means at its end."""
    step = _LINE + len(chart.series) * (_BAR + 4) + 8
    svg = _canvas(chart, step * len(chart.labels))
    for place, label in enumerate(chart.labels):
        _text(svg, 0, place * step + _SMALL, label, {"font-weight": "bold"})
        for number, series in enumerate(chart.series):
            y = place * step + _LINE + number * (_BAR + 4)
            long = max((series.values[place] or 0) / chart.top * _BAR_SPACE, 1)
            _add(svg, "rect", x=0, y=y, width=long, height=_BAR, fill=COLOURS[number])
            _text(svg, long + 6, y + _SMALL - 1, series.said[place])
    return tostring(svg, encoding="unicode")


def lines(chart: Chart) -> str:
    """A line for each series over the labels, which is broken where there is no value."""
    above = len(chart.series) * _LINE + 12
    svg = _canvas(chart, above + _HEIGHT + 28)
    for number, series in enumerate(chart.series):
        y = number * _LINE + _SMALL
        _stroke(svg, "line", number, x1=0, y1=y - 4, x2=30, y2=y - 4)
        _text(svg, _LEFT - 8, y, series.name)
    _axes(svg, chart, above)
    for number, series in enumerate(chart.series):
        for run in _runs(chart, series, above):
            _run(svg, number, run)
    return tostring(svg, encoding="unicode")


def _canvas(chart: Chart, height: float) -> Element:
    title, about = f"{chart.name}-title", f"{chart.name}-about"
    facts = {"class": "consentguard-chart img-fluid", "role": "img", "fill": "currentColor"}
    named = {"aria-labelledby": title, "aria-describedby": about}
    size = {"width": str(WIDTH), "height": f"{height:g}", "viewBox": f"0 0 {WIDTH} {height:g}"}
    svg = Element("svg", facts | named | size)
    SubElement(svg, "title", id=title).text = chart.title
    SubElement(svg, "desc", id=about).text = chart.about
    return svg


def _axes(svg: Element, chart: Chart, above: int) -> None:
    for y, said in ((above, chart.top_said), (above + _HEIGHT, "0")):
        _add(svg, "line", x1=_LEFT, y1=y, x2=WIDTH, y2=y, stroke="currentColor", stroke_opacity=0.4)
        _text(svg, _LEFT - 6, y + 4, said, {"text-anchor": "end"})
    below = above + _HEIGHT + 18
    if len(chart.labels) > 1:
        _text(svg, _LEFT, below, chart.labels[0])
    _text(svg, WIDTH, below, chart.labels[-1], {"text-anchor": "end"})


def _runs(chart: Chart, series: Series, above: int) -> Iterator[list[tuple[float, float]]]:
    """The points of each stretch without a gap."""
    step = (WIDTH - _LEFT - 6) / max(len(chart.labels) - 1, 1)
    points = [
        None if value is None else (_LEFT + place * step, above + _HEIGHT * (1 - value / chart.top))
        for place, value in enumerate(series.values)
    ]
    for there, run in groupby(points, key=lambda point: point is not None):
        if there:
            yield [point for point in run if point is not None]


def _run(svg: Element, number: int, run: list[tuple[float, float]]) -> None:
    if len(run) == 1:
        ((x, y),) = run
        _add(svg, "circle", cx=x, cy=y, r=3, fill=COLOURS[number])
        return
    _stroke(svg, "polyline", number, points=" ".join(f"{x:.1f},{y:.1f}" for x, y in run))


def _stroke(svg: Element, kind: str, number: int, **facts: object) -> None:
    dashes = {"stroke_dasharray": DASHES[number]} if DASHES[number] else {}
    _add(svg, kind, fill="none", stroke=COLOURS[number], stroke_width=2, **dashes, **facts)


def _text(svg: Element, x: float, y: float, text: str, more: dict[str, str] | None = None) -> None:
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    SubElement(svg, "text", {"x": f"{x:g}", "y": f"{y:g}", "font-size": str(_SMALL), **(more or {})}).text = shown


def _add(svg: Element, kind: str, **facts: object) -> None:
    said = {
        name.replace("_", "-"): f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in facts.items()
    }
    SubElement(svg, kind, said)
