"""A plan as a run keeps it: JSON with the primary keys of those whom it is about, which is why it is sealed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from consentguard.datamap.tags import Match
from consentguard.plan.steps import Found, Step
from consentguard.records import Run, Selection


class Written(msgspec.Struct, frozen=True):
    """What a run does: `steps` now and `later` ones once what keeps their rows has ended; the `people` it erases."""

    steps: tuple[Step, ...]
    later: tuple[Step, ...] = ()
    people: tuple[Found, ...] = ()

    @property
    def all(self) -> tuple[Step, ...]:
        """Every step, in order."""
        return (*self.steps, *self.later)


def write(written: Written) -> bytes:
    """The JSON."""
    return msgspec.json.encode(written)


def read(text: bytes) -> Written:
    """What `write` wrote. Raises msgspec.ValidationError for anything else."""
    written = msgspec.json.decode(text, type=Written)
    return Written(tuple(map(_led, written.steps)), tuple(map(_led, written.later)), written.people)


def _led(step: Step) -> Step:
    return replace(step, selection=_with_path(step.selection))


def _with_path(rows: Selection) -> Selection:
    """The selection with its soft reference, which JSON knows as a table of two texts."""
    path: Any = rows.path
    return replace(
        rows,
        path=Match(**path) if isinstance(path, dict) else path,
        besides=tuple(map(_with_path, rows.besides)),
    )


SHARE = "share of "


def share_of(run: Run) -> str:
    """What the shares of the step that a run is at are about."""
    return f"{SHARE}{run.id}.{run.step}"


def is_share(run: Run) -> bool:
    """Whether a run is a share of another's step."""
    return run.about.startswith(SHARE)
