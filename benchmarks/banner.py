"""Benchmarks of the banner: its bytes, and what it costs a slow browser, against those that sites take from npm."""

from __future__ import annotations

import tempfile
from functools import cache, partial
from pathlib import Path

import consentguard
from benchmarks.banner_peers import PEERS, NoPeersError, Peer, compressed, fetch
from benchmarks.harness import NotMeasuredError, Pair, Target, benchmark, child
from scripts import chromium

OURS = Path(consentguard.__file__).parent / "static" / "consentguard"
FIRST, RETURNING = ("consent.js", "banner.js", "banner.css"), ("consent.js",)
"""What a browser loads until the visitor has chosen, and afterwards; bytes are those of gzip -9."""
SLOW = {
    "script_first": ("ms", Target(value=40)),
    "script_returning": ("ms", Target(value=10)),
    "visible": ("ms", Target(value=350)),
    "layout_shift": ("score", Target(value=0)),
    "elements": ("elements", Target()),
}
"""What the process prints of each banner, in its order, with the processor at a quarter of its pace."""


@cache
def _fetched() -> tempfile.TemporaryDirectory[str]:
    """Where this run's peers lie; they go with the run."""
    folder = tempfile.TemporaryDirectory(prefix="benchmarks-")
    try:
        fetch(Path(folder.name))
    except NoPeersError as error:
        raise NotMeasuredError(str(error)) from None
    return folder


@cache
def _figures() -> dict[str, dict[str, float]]:
    """What a slow browser says of each banner."""
    if chromium.find() is None:
        raise NotMeasuredError(chromium.HOW_TO_GET)
    told = list(child(["-m", "benchmarks.banner_process", _fetched().name]))
    names = ["consentguard", *(peer.package for peer in PEERS)]
    return {name: dict(zip(SLOW, told[place * len(SLOW) :], strict=False)) for place, name in enumerate(names)}


def _bytes(files: tuple[str, ...], peer: Peer) -> Pair:
    theirs = compressed(*(Path(_fetched().name) / peer.package / file for file in peer.files))
    return Pair(compressed(*(OURS / file for file in files)), theirs)


def _slow(figure: str, peer: Peer) -> Pair:
    return Pair(_figures()["consentguard"][figure], _figures()[peer.package][figure])


for peer in PEERS:
    for name, files, most in (("first", FIRST, 8000), ("returning", RETURNING, 3000)):
        figure = benchmark(
            f"banner.bytes_{name}.{peer.package}", unit="bytes", against=peer.name, target=Target(value=most)
        )
        figure(partial(_bytes, files, peer))
    for name, (unit, target) in SLOW.items():
        figure = benchmark(f"banner.{name}.{peer.package}", unit=unit, against=peer.name, target=target)
        figure(partial(_slow, name, peer))
