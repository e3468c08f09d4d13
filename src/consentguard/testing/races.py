"""Runs the same act several times at once, each on connections of its own: threads, or real processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Barrier
from types import TracebackType
from typing import Protocol, Self

from consentguard.ports import Stores

Act = Callable[[Stores, int], object]
"""What a racer does: with which stores, as which of them. A module's own function, or a `functools.partial` of one."""
Build = Callable[[], AbstractContextManager[Stores]]
RACERS = 8
PATIENCE = 60.0
"""Seconds until a racer that does not answer counts as stuck."""
READY = "ready"


class Race(Protocol):
    """The fixture `race` of the contracts."""

    def __call__(self, act: Act, times: int = RACERS) -> list[object]:
        """Run an act `times` times at once; the results, by number. Raises what a racer raised."""


def threads(stores: Stores) -> Race:
    """A race of threads on the same stores: for those that live in this process alone."""

    def race(act: Act, times: int = RACERS) -> list[object]:
        start = Barrier(times)

        def run(number: int) -> object:
            start.wait(PATIENCE)
            return act(stores, number)

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(run, range(times)))

    return race


class Processes:
    """A race of processes, which are kept until the end of the `with` block.

    `build` is entered in each process for each race, and left after it: it gives stores on connections of their own.
    It must pickle: a module's own function, or a `functools.partial` of one.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self._racers: list[tuple[BaseProcess, Connection]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _, pipe in self._racers:
            pipe.close()
        for racer, _ in self._racers:
            racer.join(PATIENCE)
        self._racers = []

    def __call__(self, act: Act, times: int = RACERS) -> list[object]:
        """Run an act `times` times at once; the results, by number. Raises what a racer raised."""
        while len(self._racers) < times:
            self._hire()
        pipes = [pipe for _, pipe in self._racers[:times]]
        for number, pipe in enumerate(pipes):
            pipe.send((act, number))
        made = _answers(pipes)
        all_ready = all(answer == READY for answer in made)
        for pipe, answer in zip(pipes, made, strict=True):
            if answer == READY:
                pipe.send(all_ready)
        _raise_first(made)
        results = _answers(pipes)
        _raise_first(results)
        return results

    def _hire(self) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share the parent's connections
        ours, theirs = context.Pipe()
        racer = context.Process(target=_run, args=(self._build, theirs), daemon=True)
        racer.start()
        theirs.close()
        self._racers.append((racer, ours))


def _answers(pipes: Sequence[Connection]) -> list[object]:
    """One answer of each racer, so that all have come as far as that."""
    for number, pipe in enumerate(pipes):
        if not pipe.poll(PATIENCE):
            raise TimeoutError(f"racer {number} has not answered in {PATIENCE:g} seconds")
    return [pipe.recv() for pipe in pipes]


def _raise_first(answers: Sequence[object]) -> None:
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer


def _run(build: Build, pipe: Connection) -> None:
    """A racer's life: until its pipe ends, get ready, say so, wait for the start, and answer."""
    while True:
        try:
            act, number = pipe.recv()
        except EOFError:
            return
        try:
            with build() as stores:
                pipe.send(READY)
                if not pipe.recv():  # another racer could not get ready: there is no race
                    continue
                result = act(stores, number)
            pipe.send(result)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
            pipe.send(error)
