"""How `consentguard retention` prints what it knows: lines for people, facts for programs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from consentguard.records import Weight
    from consentguard.retention import Due, Kept, Late, Preview, Status

_DONE = {"delete": "deleted", "clear": "emptied", "archive": "archived", "shred": "deleted with their keys"}
_WOULD = {
    "delete": "would go",
    "clear": "would be emptied",
    "archive": "would be archived",
    "shred": "would go with their keys",
}


def told(due: Due, *, dry: bool) -> Text:
    """Such as `Order: 1 deleted, placed before 2025-03-31 12:00 UTC`."""
    columns = f" of {', '.join(due.columns)}" if due.columns else ""
    verb = f"{_WOULD[due.action]}{columns} (dry run)" if dry else f"{_DONE[due.action]}{columns}"
    return Text.assemble((due.label, "bold"), f": {due.rows} {verb}, {due.why}")


def impact_lines(preview: Preview) -> Iterator[Text]:
    """What rules come to, table by table, and how to accept them."""
    for each in preview.impacts:
        sooner = (" sooner than accepted", "yellow") if each.sooner else ""
        yield Text.assemble((each.label, "bold"), f": {_weight(each.weight)}", sooner)
        yield from (Text(f"  was  {rule}") for rule in each.old if rule not in each.new)
        yield from (Text(f"  now  {rule}") for rule in each.new)
    yield Text.assemble("rules: ", (preview.digest, "bold"), " accepted" if preview.accepted else " not accepted")
    if not preview.accepted:
        yield Text(f"  consentguard retention accept {preview.digest[:12]} --by NAME")


def status_lines(status: Status) -> Iterator[Text]:
    """What is due, table by table, and whether the schedule runs."""
    for each in status.tables:
        held = f", {each.held} held" if each.held else ""
        yield Text.assemble((each.label, "bold"), f": {_weight(each.due)}{held}")
        yield from (Text(f"  {rule}") for rule in each.rules)
        yield from (Text(f"  {why}", "yellow") for why in each.why)
    for late in status.late:
        why = f", {late.kept} of them kept by a hold or a least time" if late.kept else ""
        day = f"{late.happening.due_at:%Y-%m-%d %H:%M} UTC"
        yield Text(f"late: {late.happening.event} {late.happening.id}, {late.rows} rows left since {day}{why}", "red")
    ran = f"last run {status.last_run:%Y-%m-%d %H:%M} UTC" if status.last_run else "never run"
    yield Text.assemble(
        ran, (", missed", "bold red") if status.missed else "", "" if status.accepted else ", not accepted"
    )


def kept_facts(kept: Kept) -> dict[str, object]:
    """Until when a row is kept, for a program."""
    return {"until": kept.until, **asdict(kept)}


def event_facts(late: Late) -> dict[str, object]:
    """An event whose data is late, by its id: never what it happened to."""
    happening = late.happening
    return {
        "id": happening.id,
        "event": happening.event,
        "scope": happening.scope,
        "due_at": happening.due_at,
        "rows": late.rows,
        "kept": late.kept,
    }


def as_json(facts: Mapping[str, object]) -> str:
    """JSON with moments in ISO 8601."""
    return json.dumps(facts, indent=2, ensure_ascii=False, default=_moment)


def _moment(value: object) -> str:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)


def _weight(weight: Weight) -> str:
    oldest = f", the oldest of {weight.oldest:%Y-%m-%d}" if weight.oldest else ""
    return f"{weight.rows} row{'' if weight.rows == 1 else 's'} due, about {weight.bytes} bytes{oldest}"
