"""Processes that a test starts, waits for and kills."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

PATIENCE = 60.0


@contextmanager
def running(work: Callable[..., None], *given: object) -> Iterator[BaseProcess]:
    """A process that does that work; it is killed where it still runs at the end of the block."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join(PATIENCE)


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() < begun + PATIENCE, "it never came to that"
        time.sleep(0.01)
