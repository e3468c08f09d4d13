"""Follows the paths of a tag through the tables: where one leads, and where one breaks."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from consentguard.datamap.schema import Column, Relation, Table
from consentguard.datamap.tags import SELF, Match, Path

Schema = Mapping[str, Table]
MOST_NAMED = 12


class Nowhere(Exception):  # noqa: N818 - a verdict that becomes a finding, never an error that anyone meets
    """A path that leads nowhere: `message` says at which step and why, `hint` what can stand there."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def nearest(name: object, known: Iterable[str], what: str) -> str:
    """A hint that names what could have been meant by `name`, or else what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, 1)
    if near:
        return f'did you mean "{near[0]}"?'
    if not names:
        return f"there are no {what}"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"the {what} are {', '.join(names[:MOST_NAMED])}{more}"


def destinations(schema: Schema, start: str, path: Path) -> frozenset[str]:
    """The labels of the tables that `path` leads to from `start`: one, or several over a generic key.

    Raises Nowhere when a step is no relation, or a soft reference names no column.
    """
    if isinstance(path, Match):
        locate(schema, start, path.column)
        return frozenset({target(schema, path)[0]})
    if not isinstance(path, str):
        raise Nowhere(f"{path!r} is no path", 'a path is "self", relations joined by dots, or a Match')
    return frozenset({start}) if path == SELF else _walk(schema, frozenset({start}), path.split("."))


def target(schema: Schema, match: Match) -> tuple[str, Column]:
    """The table and column that a soft reference points to. Raises Nowhere when there is none."""
    label, _, name = match.target.rpartition(".")
    if label not in schema:
        hint = nearest(label, schema, "tables") if label else 'a target is "Label.column"'
        raise Nowhere(f'"{match.target}" names no table of this site', hint)
    columns = schema[label].by_name
    if name not in columns:
        raise Nowhere(f'{label} has no column "{name}"', nearest(name, columns, f"columns of {label}"))
    return label, columns[name]


def locate(schema: Schema, start: str, dotted: str) -> Column:
    """The column that `dotted` names from `start`: over relations, and with a JSON path behind a JSON column.

    Raises Nowhere when a step is no relation, or there is no such column, or no JSON in it.
    """
    at, steps = frozenset({start}), dotted.split(".")
    for number, step in enumerate(steps):
        rest = steps[number + 1 :]
        column = next((schema[label].by_name[step] for label in sorted(at) if step in schema[label].by_name), None)
        if column is not None and not (rest and _ways(schema, at, step)):
            if rest and column.type != "json":
                raise Nowhere(f'"{step}" of {_named(at)} is {column.type}, so no path leads into it', "JSON columns do")
            return column
        if not rest:
            break
        at = _step(schema, at, step)
    columns = {name for label in at for name in schema[label].by_name}
    raise Nowhere(f'{_named(at)} has no column "{steps[-1]}"', nearest(steps[-1], columns, "columns there"))


def _walk(schema: Schema, at: frozenset[str], steps: Sequence[str]) -> frozenset[str]:
    for step in steps:
        at = _step(schema, at, step)
    return at


def _step(schema: Schema, at: frozenset[str], step: str) -> frozenset[str]:
    ways = _ways(schema, at, step)
    if not ways:
        known = {name for label in at for name in schema[label].ways}
        column = any(step in schema[label].by_name for label in at)
        reason = "is a column, not a relation, of" if column else "is no relation of"
        raise Nowhere(f'"{step}" {reason} {_named(at)}', nearest(step, known, f"relations of {_named(at)}"))
    if any(not way.targets for way in ways):
        return frozenset(schema)
    found = frozenset(label for way in ways for label in way.targets if label in schema)
    if not found:
        missing = ", ".join(label for way in ways for label in way.targets)
        raise Nowhere(f'"{step}" of {_named(at)} leads to {missing}, which is no table of this site')
    return found


def _ways(schema: Schema, at: frozenset[str], step: str) -> list[Relation]:
    return [schema[label].ways[step] for label in sorted(at) if step in schema[label].ways]


def _named(at: frozenset[str]) -> str:
    return next(iter(at)) if len(at) == 1 else "any of the tables there"
