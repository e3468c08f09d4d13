"""The overview of retention: each table's rule in words, what is due, held and late; its rules accepted, and run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from consentguard.records import Selection
from consentguard.screens.chart import Chart, Series, bars
from consentguard.screens.desk import Act, DeskError, Field, Form, Page, Part, Seat, Sent, hidden
from consentguard.screens.shape import Cell, Screen
from consentguard.screens.telling import Told
from consentguard.screens.words import moment
from consentguard.words import SOURCE_LANGUAGE, words

if TYPE_CHECKING:
    from consentguard.guard import Guard
    from consentguard.records import Weight
    from consentguard.retention import Impact, Overview, Preview, Status

RETENTION = Screen(
    name="retention",
    title="Retention",
    lead="How long the rows of each table are kept, what is due, and whether what should remove it does.",
)
MOST_HERE = 100_000
"""How many rows a run removes while somebody waits for a page."""
MOST_BARS = 12
ARCHIVE = "consentguard_archived_row"
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def retention_page(seat: Seat, _: str) -> Page:
    """Every table that holds personal data."""
    room, say = seat.guard.retention, words(SOURCE_LANGUAGE)
    status = room.status(say)
    parts = [_state(seat, status), _tables(status.tables)]
    if not status.accepted:
        parts.append(_preview(seat, room.preview(say)))
    return Page(title=RETENTION.title, lead=RETENTION.lead, parts=tuple(parts))


def _state(seat: Seat, status: Status) -> Part:
    """What is wrong, first; then the way to run it."""
    rows = sum(each.due.rows for each in status.tables)
    run = status.accepted and seat.may("retention.run")
    ran = moment(status.last_run).text or "never"
    facts = {"Last run": Cell(ran, "bad" if status.missed else ""), "Rows that are due": Cell(f"{rows:,}")}
    return Part(
        title="How it stands",
        lines=tuple(_wrong(status)) or (Cell("Everything runs as it should.", "good"),),
        facts=(*facts.items(), ("Rows in the archive", Cell(f"{_archived(seat.guard):,}"))),
        forms=(_running(),) if run else (),
    )


def _wrong(status: Status) -> Iterator[Cell]:
    if status.missed:
        yield Cell("The schedule was missed: it should have run once a day.", "bad")
    if not status.accepted:
        yield Cell(
            "The rules take rows that none before took: somebody has to accept them, and nothing runs yet.", "bad"
        )
    for late in status.late:
        if late.rows > late.kept:
            yield Cell(f"{late.happening.event}: {late.rows - late.kept:,} rows should be gone by now.", "bad")


def _tables(tables: Sequence[Overview]) -> Part:
    headings = ("Table", "Rule", "Rows due", "The oldest", "Size", "Held", "Last run", "Next run")
    due = sorted((each for each in tables if each.due.rows), key=lambda each: -each.due.rows)[:MOST_BARS]
    return Part(
        title="Rows due, by table", headings=headings, rows=tuple(map(_row, tables)), chart=_chart(due) if due else ""
    )


def _row(table: Overview) -> tuple[Cell, ...]:
    rule = "; ".join((*table.rules, *table.why)) or "no end is stated"
    weighed = _weighed(table.due)
    held = Cell(f"{table.held:,}", "soon" if table.held else "")
    return Cell(table.label), Cell(rule), *weighed, held, moment(table.last_run), moment(table.next_run)


def _weighed(weight: Weight) -> tuple[Cell, ...]:
    return Cell(f"{weight.rows:,}"), moment(weight.oldest), Cell(size(weight.bytes) if weight.rows else "")


def _chart(tables: Sequence[Overview]) -> str:
    rows = [each.due.rows for each in tables]
    return bars(
        Chart(
            name="due",
            title="Rows due, by table",
            about="The table below has every number.",
            labels=[each.label for each in tables],
            series=[Series("Rows due", rows, [f"{each:,}" for each in rows])],
            top=max(rows),
            top_said=f"{max(rows):,}",
        )
    )


def _preview(seat: Seat, preview: Preview) -> Part:
    """What the rules come to that somebody has to accept, beside those that were accepted."""
    lead = "You say that what the table above shows may go. Schedules go by these rules from then on."
    form = Form(
        act="accept",
        title="Accept the rules",
        lead=lead,
        fields=(hidden("digest", preview.digest),),
        button="Accept",
        grave=True,
        opened=True,
    )
    return Part(
        title="Rules that nobody has accepted",
        facts=(("Digest", Cell(preview.digest)),),
        headings=("Table", "Accepted", "Now", "Rows", "The oldest", "Size"),
        rows=tuple(_impact(each) for each in preview.impacts if each.sooner),
        forms=(form,) if seat.may("retention.accept") else (),
    )


def _impact(impact: Impact) -> tuple[Cell, ...]:
    old = Cell("; ".join(impact.old) or "no rule")
    return Cell(impact.label), old, Cell("; ".join(impact.new)), *_weighed(impact.weight)


def _running() -> Form:
    sure = Field(name="sure", label="What goes cannot be brought back: I am sure", kind="check", required=True)
    return Form(act="run", title="Run it now", fields=(sure,), button="Run it now", grave=True)


def _archived(guard: Guard) -> int:
    """How many rows are in the archive, whatever the framework calls its table."""
    tables = guard.site.data_map.schema.values()
    label = next((each.label for each in tables if each.db_table.rpartition(".")[2] == ARCHIVE), None)
    return guard.stores.dataset.count(Selection(label=label, whole=True)) if label else 0


def size(number: int) -> str:
    """So many bytes, about: `1.5 MiB`."""
    amount, unit = float(number), 0
    while amount >= 1024 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.1f} {UNITS[unit]}" if unit else f"{number} B"


def _accept(seat: Seat, _: str, sent: Sent) -> Told:
    seat.guard.retention.accept(sent.one("digest"), seat.by)
    return Told("Accepted. Schedules go by these rules from now on.")


def _run(seat: Seat, _: str, sent: Sent) -> Told:
    """What is due, and evidence from its oldest end; many rows are left to the command."""
    guard = seat.guard
    if not sent.one("sure"):
        raise DeskError("nobody said that they are sure", hint="tick the box")
    outlook = guard.retention.due()
    if sum(each.rows for each in outlook.due) > MOST_HERE:
        hint = "run `consentguard retention run`, or leave it to the schedule"
        raise DeskError(f"more than {MOST_HERE:,} rows are due, which takes longer than a page should", hint=hint)
    ran = guard.retention.run(outlook)
    pruned = guard.evidence.prune(outlook.evidence_before) if outlook.evidence_before else None
    rows = sum(each.rows for each in ran.went) + ran.expired + (pruned.removed if pruned else 0)
    return Told(f"Done. Rows that went: {rows:,}.")


ACTS = (Act(name="accept", may="retention.accept", do=_accept), Act(name="run", may="retention.run", do=_run))
