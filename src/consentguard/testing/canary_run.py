"""The canary: a made-up data subject is copied and erased, and then looked for wherever bytes are kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain

from consentguard.guard import Guard
from consentguard.host import Host
from consentguard.plan.erasure import erasure
from consentguard.plan.exceptions import Exceptions
from consentguard.plan.export import export
from consentguard.plan.steps import Plan, Step
from consentguard.records import SubjectRef
from consentguard.testing.canary_files import Shelf
from consentguard.testing.canary_sealed import SealedCopy, copies, opened
from consentguard.testing.canary_search import Cache, Residual, Search, Trace, cached, pages
from consentguard.testing.canary_seed import AT_ONCE, Seeded, Seeder, Values

Visit = Callable[[SubjectRef], object]
"""What a site does with a data subject before they are erased, such as showing them a page that it caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Song:
    """What a canary told of one kind of data subject: columns by `Label.column`, places by their names.

    `seeded` holds a canary each. `lacking` should have been in the copy, `foreign` should not: somebody else's were.
    `found` outlived the erasure, each with where it was found, though the plan kept it nowhere; `lost` are somebody
    else's that went with it. `bare` are encrypted columns whose values stood somewhere as plaintext; of `open` ones, a
    copy that was taken before the erasure can be read after it, though their key should be gone. `kept` is what the
    plan keeps, `residual` where nobody looked, and `skipped` the tables of which no row could be made up, each with the
    reason.
    """

    kind: str
    seeded: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    residual: tuple[Residual, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether the copy was whole and the erasure complete, in every table that leads to the data subject."""
        died = (self.lacking, self.foreign, self.found, self.lost, self.bare, self.open, self.skipped)
        return not any(died)

    def lines(self) -> Iterator[str]:
        """What went wrong, a line each."""
        yield from (f"{column}: not in the copy" for column in self.lacking)
        yield from (f"{column}: somebody else's, and in the copy" for column in self.foreign)
        yield from (f"{column}: still in {' and in '.join(places)}" for column, places in self.found.items())
        yield from (f"{column}: somebody else's, and gone" for column in self.lost)
        yield from (f"{column}: encrypted, and stood there as plaintext" for column in self.bare)
        yield from (f"{column}: a copy from before the erasure can still be opened" for column in self.open)
        yield from (f"{label}: no row was made up: {why}" for label, why in self.skipped.items())


class Canary:
    """Sings on one database of a site. It erases whom it made up, and nobody else."""

    def __init__(
        self,
        guard: Guard,
        host: Host | None = None,
        *,
        values: Values | None = None,
        caches: Sequence[Cache] = (),
        visit: Visit | None = None,
    ) -> None:
        """`values` gives what columns hold that nobody can guess, by `Label.column`: told the canary.

        `caches` read all that stands in caches of which the framework does not know; `visit` lets the site fill them.
        """
        self._guard, self._host = guard, host or guard.site.host
        self._data_map, self._stores = guard.site.data_map, guard.stores
        self._caches = {**self._host.caches(), **{f"a cache, by {_name(each)}": each for each in caches}}
        self._visit = visit
        self._shelf, self._sealed = Shelf(guard.files), self._host.sealed_columns(self._stores.name)
        self._seeder = Seeder(self._data_map, self._stores.dataset, self._shelf, values, [*map(str, self._sealed)])

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
            self._guard.shredding.after_erasure([SubjectRef(kind, person.key)])

    def _sung(self, first: Seeded, second: Seeded) -> Song:
        if self._visit:
            self._visit(SubjectRef(first.kind, first.key))
        promised, copied = self._promised(first), set(self._copied(first, (first.mark, second.mark)))
        search, where = Search([first.mark]), first.where()
        taken = tuple(copies(first, self._sealed, self._stores.sealed_rows))
        bare = set(self._bare(taken, where, search))
        plan = self._plan(first)
        kept = where.keys() & set(self._staying(first, plan))
        before = self._there(second)
        self._erase(plan, f"canary-{first.mark}")
        still = tuple(opened(first, taken, kept))
        found, residual = self._left(search, first)
        return Song(
            kind=first.kind,
            seeded=_named(where, where),
            lacking=_named(where, promised - copied),
            foreign=_named(second.where() | _beside(second), copied),
            found={
                ", ".join(columns): tuple(dict.fromkeys(found[canary]))
                for canary, columns in where.items()
                if canary in found and canary not in kept
            },
            lost=_named(second.where() | _beside(second), before - self._there(second)),
            bare=_named(where, bare),
            open=_named(where, (each.canary for each in still if isinstance(each, SealedCopy))),
            kept=_named(where, kept),
            residual=(*residual, *(each for each in still if isinstance(each, Residual))),
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
        """The canaries in columns that the person may see, and in the files that these name."""
        promised = set[str]()
        for extract in export(self._data_map, [person.found]):
            keys = set(self._stores.dataset.keys(extract.selection, "", AT_ONCE))
            for (label, key), column, canary in person.canaries():
                if label == extract.label and key in keys and column in extract.columns:
                    promised.add(canary)
        return promised

    def _plan(self, person: Seeded) -> Plan:
        now, holds = self._guard.clock.now(), self._stores.holds.in_force()
        exceptions = Exceptions(data_map=self._data_map, holds=holds, now=now)
        whole = self._guard.exports.of_subject(SubjectRef(person.kind, person.key))
        return erasure(self._data_map, whole, self._stores.dataset.count, exceptions)

    def _erase(self, plan: Plan, about: str) -> None:
        """Carry the plan out, and do its errands; nobody tries again later what was made up."""
        with self._stores.transactions.atomic():
            run = self._guard.execution.start("erasure", about, plan)
        self._guard.execution.carry_on(run)
        errands = self._guard.errands
        errands.work(about)
        for errand in errands.unanswered(about):
            errands.settle(errand.id, "canary", "it was about a file that was made up")

    def _staying(self, person: Seeded, plan: Plan) -> Iterator[str]:
        """The canaries that the plan says stay: whatever it neither removes nor empties."""
        reached = {step: set(self._stores.dataset.keys(step.selection, "", AT_ONCE)) for step in plan.acts}
        for (label, key), column, canary in person.canaries():
            steps = [step for step, keys in reached.items() if step.label == label and key in keys]
            if not _goes(steps, column):
                yield canary

    def _left(self, search: Search, person: Seeded) -> tuple[dict[str, list[str]], tuple[Residual, ...]]:
        """Where each canary still is, in rows, files and caches; and where nobody looked."""
        found: dict[str, list[str]] = {}
        residual: list[Residual] = []
        for canary, place in search.rows(self._stores.dataset, self._data_map.schema.values()):
            found.setdefault(canary, []).append(place)
        labels = {label for label, _ in (*person.rows, *person.beside)}
        places = (self._bytes(labels, search), self._shelf.left(person.files, search), cached(self._caches, search))
        for each in chain(*places):
            if isinstance(each, Residual):
                residual.append(each)
            else:
                found.setdefault(each[0], []).append(each[1])
        return found, tuple(residual)

    def _bytes(self, labels: Iterable[str], search: Search) -> Iterator[Trace | Residual]:
        tables = [self._data_map.schema[label] for label in sorted(labels)]
        return pages(self._host, self._stores.name, tables, search)

    def _bare(self, taken: Sequence[SealedCopy], where: Mapping[str, Sequence[str]], search: Search) -> Iterator[str]:
        """The canaries that stand somewhere as plaintext, though every column that holds them is encrypted."""
        sealed = {str(column) for column in self._sealed}
        hidden = {each.canary for each in taken if sealed.issuperset(where[each.canary])}
        yield from (each.canary for each in taken if each.is_bare(search))
        if hidden:
            traces = self._bytes({each.column.label for each in taken}, search)
            yield from (each[0] for each in traces if not isinstance(each, Residual) and each[0] in hidden)

    def _there(self, person: Seeded) -> set[str]:
        """The canaries that are there, in rows and in files."""
        tables = [self._data_map.schema[label] for label in dict.fromkeys(label for label, _ in person.order)]
        search = Search([person.mark])
        rows = {canary for canary, _ in search.rows(self._stores.dataset, tables)}
        return rows | {file.canary for file in person.files if self._shelf.holds(file, search)}


def _goes(steps: Sequence[Step], column: str) -> bool:
    return any(step.action != "clear" or column in step.columns for step in steps)


def _name(cache: Cache) -> str:
    return getattr(cache, "__qualname__", type(cache).__qualname__)


def _beside(person: Seeded) -> dict[str, tuple[str, ...]]:
    return replace(person, rows=person.beside).where()


def _named(where: Mapping[str, tuple[str, ...]], canaries: Iterable[str]) -> tuple[str, ...]:
    """The columns of some canaries."""
    return tuple(sorted(", ".join(where[canary]) for canary in canaries if canary in where))
