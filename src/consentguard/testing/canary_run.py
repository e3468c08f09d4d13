"""The canary: a made-up data subject is copied and erased, and then looked for wherever bytes are kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from consentguard.guard import Guard
from consentguard.host import Host
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.export import export
from consentguard.plan.steps import Plan, Step
from consentguard.records import SubjectRef
from consentguard.testing.canary_search import Residual, Search, pages
from consentguard.testing.canary_seed import AT_ONCE, Seeded, Seeder, Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """What a canary told of one kind of data subject: columns by `Label.column`, places by their names.

    `seeded` holds a canary each. `lacking` should have been in the copy, `foreign` should not: somebody else's were.
    `found` outlived the erasure, each with where it was found, though the plan kept it nowhere; `lost` are somebody
    else's that went with it. `kept` is what the plan keeps, `residual` where nobody looked, and `skipped` the tables of
    which no row could be made up, each with the reason.
    """

    kind: str
    seeded: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    residual: tuple[Residual, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether the copy was whole and the erasure complete, in every table that leads to the data subject."""
        return not (self.lacking or self.foreign or self.found or self.lost or self.skipped)

    def lines(self) -> Iterator[str]:
        """What went wrong, a line each."""
        yield from (f"{column}: not in the copy" for column in self.lacking)
        yield from (f"{column}: somebody else's, and in the copy" for column in self.foreign)
        yield from (f"{column}: still in {' and in '.join(places)}" for column, places in self.found.items())
        yield from (f"{column}: somebody else's, and gone" for column in self.lost)
        yield from (f"{label}: no row was made up: {why}" for label, why in self.skipped.items())


class Canary:
    """Sings on one database of a site. It erases whom it made up, and nobody else."""

    def __init__(self, guard: Guard, host: Host | None = None, values: Values | None = None) -> None:
        """`values` gives what columns hold that nobody can guess, by `Label.column`: told the canary."""
        self._guard, self._host = guard, host or guard.site.host
        self._data_map, self._stores = guard.site.data_map, guard.stores
        self._seeder = Seeder(self._data_map, self._stores.dataset, values)

    def kinds(self) -> Sequence[str]:
        """The kinds of data subjects that have rows of their own."""
        return tuple(kind for kind, roots in self._data_map.roots.items() if roots)

    def sing(self, kind: str) -> Song:
        """Durable. Make up a data subject of a kind and a second one, copy and erase the first, and look for them.

        Whatever is left of both is removed at the end. Raises SeedError, PlanError and StoreError.
        """
        self._stores.transactions.outside()
        root = min(self._data_map.roots[kind])
        with self._made_up(kind, root) as first, self._made_up(kind, root) as second:
            return self._sung(first, second)

    @contextmanager
    def _made_up(self, kind: str, root: str) -> Iterator[Seeded]:
        person = self._seeder.seed(kind, root)
        try:
            yield person
        finally:
            self._seeder.remove(person)

    def _sung(self, first: Seeded, second: Seeded) -> Song:
        copied = set(self._copied(first, (first.mark, second.mark)))
        plan = self._plan(first)
        stays = set(self._staying(first, plan))
        before = self._in_rows(second)
        self._erase(plan)
        search = Search([first.mark])
        found, residual = self._left(search, first)
        where = first.where()
        kept = {canary for canary in where if canary in stays}
        return Song(
            kind=first.kind,
            seeded=_named(where, where),
            lacking=_named(where, self._promised(first) - copied),
            foreign=_named(second.where() | _beside(second), copied),
            found={
                ", ".join(columns): tuple(dict.fromkeys(found[canary]))
                for canary, columns in where.items()
                if canary in found and canary not in kept
            },
            lost=_named(second.where() | _beside(second), before - self._in_rows(second)),
            kept=_named(where, kept),
            residual=residual,
            skipped=first.skipped,
        )

    def _copied(self, person: Seeded, marks: Iterable[str]) -> Iterator[str]:
        """The canaries in the copy that the person would get."""
        whole = self._guard.exports.of_subject(SubjectRef(person.kind, person.key))
        content = b"".join(self._guard.exports.copy(whole, language="en").pieces())
        search = Search(marks)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from (canary for canary, _ in search.content(archive.read(name), name))

    def _promised(self, person: Seeded) -> set[str]:
        """The canaries in columns that the person may see."""
        promised = set[str]()
        for extract in export(self._data_map, [person.found]):
            keys = set(self._stores.dataset.keys(extract.selection, "", AT_ONCE))
            for (label, key), canaries in person.rows.items():
                if label == extract.label and key in keys:
                    promised |= {canary for column, canary in canaries.items() if column in extract.columns}
        return promised

    def _plan(self, person: Seeded) -> Plan:
        now, holds = self._guard.clock.now(), self._stores.holds.in_force()
        exceptions = Exceptions(data_map=self._data_map, holds=holds, now=now)
        whole = self._guard.exports.of_subject(SubjectRef(person.kind, person.key))
        return erasure(self._data_map, whole, self._stores.dataset.count, exceptions)

    def _erase(self, plan: Plan) -> None:
        with self._stores.transactions.atomic():
            run = self._guard.execution.start("erasure", "canary", plan)
        self._guard.execution.carry_on(run)

    def _staying(self, person: Seeded, plan: Plan) -> Iterator[str]:
        """The canaries that the plan says stay: whatever it neither removes nor empties."""
        reached = {step: set(self._stores.dataset.keys(step.selection, "", AT_ONCE)) for step in plan.acts}
        for (label, key), canaries in person.rows.items():
            steps = [step for step, keys in reached.items() if step.label == label and key in keys]
            yield from (canary for column, canary in canaries.items() if not _goes(steps, column))

    def _left(self, search: Search, person: Seeded) -> tuple[dict[str, list[str]], tuple[Residual, ...]]:
        """Where each canary still is, in rows and in files; and where nobody looked."""
        found: dict[str, list[str]] = {}
        residual: list[Residual] = []
        for canary, place in search.rows(self._stores.dataset, self._data_map.schema.values()):
            found.setdefault(canary, []).append(place)
        labels = {label for label, _ in (*person.rows, *person.beside)}
        touched = [self._data_map.schema[label] for label in sorted(labels)]
        for each in pages(self._host, self._stores.name, touched, search):
            if isinstance(each, Residual):
                residual.append(each)
            else:
                found.setdefault(each[0], []).append(each[1])
        return found, tuple(residual)

    def _in_rows(self, person: Seeded) -> set[str]:
        tables = [self._data_map.schema[label] for label in dict.fromkeys(label for label, _ in person.order)]
        return {canary for canary, _ in Search([person.mark]).rows(self._stores.dataset, tables)}


def _goes(steps: Sequence[Step], column: str) -> bool:
    return any(step.action != "clear" or column in step.columns for step in steps)


def _beside(person: Seeded) -> dict[str, tuple[str, ...]]:
    return replace(person, rows=person.beside).where()


def _named(where: Mapping[str, tuple[str, ...]], canaries: Iterable[str]) -> tuple[str, ...]:
    """The columns of some canaries."""
    return tuple(sorted(", ".join(where[canary]) for canary in canaries if canary in where))
