"""The data map: each tagged table resolved against the policy, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from consentguard.datamap.bindings import finding
from consentguard.datamap.conventions import SUBJECT
from consentguard.datamap.paths import nearest
from consentguard.datamap.reach import likely_address, reachable
from consentguard.datamap.resolve import Ground, fitted, mistakes, roots
from consentguard.datamap.schema import Table
from consentguard.datamap.tags import SELF, Tag
from consentguard.errors import DataMapError
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest, Retention

PLAN_CHANGED = "plan.changed"
"""The moment that a grace after a change to a shorter plan counts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One classified column: personal data of `category` about `subjects`, or not personal for a `reason`."""

    table: str
    column: str
    category: str | None
    reason: str = ""
    subjects: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A stable name, such as `data:inbox.Message.text`, that published sentences rest on."""
        return f"data:{self.table}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataMap:
    """A site's tables and what its tags say of them. Frozen; build it with `DataMap.build`.

    `schema` holds every table by its label, `tags` the tags in force, `proposed` the companions' tags as they came.
    `roots` are, for each subject, the tables whose rows are that subject; `reachable` the tables that lead to one.
    `warnings` are what a tag says to no effect.
    """

    schema: Mapping[str, Table]
    tags: Mapping[str, Tag]
    proposed: Mapping[str, Tag]
    manifest: Manifest
    entries: tuple[Entry, ...]
    roots: Mapping[str, frozenset[str]]
    reachable: frozenset[str]
    warnings: tuple[Finding, ...] = ()

    @classmethod
    def build(cls, tables: Iterable[Table], tags: Mapping[str, Tag], manifest: Manifest) -> DataMap:
        """Resolve `tags` (by table label) against the tables and the policy.

        Raises DataMapError with every mistake: a category, subject, column or anchor that does not exist, and a path
        that leads nowhere or not to its subject.
        """
        schema = {table.label: table for table in tables}
        found = [*_strangers(schema, tags)]
        known = {label: tag for label, tag in tags.items() if label in schema}
        proposed = {label: tag for label, tag in known.items() if tag.proposed}
        ground = Ground(schema, manifest, _homes(known, manifest))
        for label, tag in known.items():
            if not tag.proposed:
                found.extend(mistakes(schema[label], tag, ground))
        if found:
            raise DataMapError(_message(len(found)), found, hint=HINT)
        fit = {label: fitted(schema[label], tag, ground) if tag.proposed else tag for label, tag in known.items()}
        return cls(
            schema=schema,
            tags=fit,
            proposed=proposed,
            manifest=manifest,
            entries=tuple(entry for label, tag in fit.items() for entry in _entries(schema[label], tag)),
            roots=ground.roots,
            reachable=reachable(schema, fit, ground.roots),
            warnings=tuple(_unused_anchors(schema, fit, manifest)),
        )

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tagged tables, in the order of the site's."""
        return tuple(table for label, table in self.schema.items() if label in self.tags)

    @property
    def addresses(self) -> Mapping[str, tuple[str, str]]:
        """The table and column that mail to each data subject goes to: as a tag says, else where only one is likely.

        The only column of type e-mail of the table whose rows are the subject, or its only text called like one.
        """
        found: dict[str, tuple[str, str]] = {}
        for subject, labels in self.roots.items():
            for label in sorted(labels, key=lambda label: (not self.tags[label].address, label)):
                if column := self.tags[label].address or likely_address(self.schema[label]):
                    found.setdefault(subject, (label, column))
        return found

    def kind_in(self, db_table: str) -> str:
        """The data subject that the rows of a table of the database are: `user` where no tag says so.

        Of no table it is the only one that there is.
        """
        tables = {name: {self.schema[label].db_table for label in labels} for name, labels in self.roots.items()}
        if not db_table and len(tables) == 1:
            return next(iter(tables))
        return next((name for name, theirs in tables.items() if db_table in theirs), SUBJECT)

    def categories(self) -> Mapping[str, tuple[Entry, ...]]:
        """The columns of each category of the policy that any column has, in the policy's order."""
        held: dict[str, list[Entry]] = {name: [] for name in self.manifest.categories}
        for entry in self.entries:
            if entry.category is not None:
                held[entry.category].append(entry)
        return {name: tuple(entries) for name, entries in held.items() if entries}


def by_category(entries: Iterable[Entry]) -> dict[str | None, list[str]]:
    """The columns of some entries, by their category; None for those that are not personal."""
    held: dict[str | None, list[str]] = {}
    for entry in entries:
        held.setdefault(entry.category, []).append(entry.column)
    return held


HINT = "mend the tags in the models or in the file of register() calls"


def _message(number: int) -> str:
    return f"the data map has {number} mistake{'s' if number > 1 else ''}"


def _homes(tags: Mapping[str, Tag], manifest: Manifest) -> dict[str, frozenset[str]]:
    return {subject: labels for subject, labels in roots(tags).items() if subject in manifest.subjects}


def _strangers(schema: Mapping[str, Table], tags: Mapping[str, Tag]) -> Iterator[Finding]:
    for label, tag in tags.items():
        if label not in schema and not tag.proposed:
            message = f'a tag is registered for "{label}", which is no table of this site'
            whole = next((known for known in schema if known.endswith(f".{label}")), None)
            hint = f'did you mean "{whole}"?' if whole else nearest(label, schema, "tables")
            yield Finding(id="D-UNKNOWN-TABLE", severity="error", message=message, where=label, hint=hint)


def _entries(table: Table, tag: Tag) -> Iterator[Entry]:
    """What the tag says of each column; a key is structure unless the tag names it, and stays out."""
    for column in table.columns:
        category = tag.columns.get(column.name, None if column.key else tag.category)
        reason = tag.not_personal.get(column.name, "" if column.key else tag.reason)
        if reason:
            yield Entry(table=table.label, column=column.name, category=None, reason=reason)
        elif category is not None:
            subjects = tuple(tag.subjects)
            yield Entry(table=table.label, column=column.name, category=category, subjects=subjects)


CREATED = "created"
"""The anchor that says since when a row of a data subject is there: what follows a restored backup goes by it too."""


def _unused_anchors(schema: Mapping[str, Table], tags: Mapping[str, Tag], manifest: Manifest) -> Iterator[Finding]:
    used = {anchor for category in manifest.categories.values() for anchor in anchors_of(category.retention)}
    for label, tag in tags.items():
        own = {CREATED} if SELF in tag.subjects.values() else set()
        for anchor in tag.anchors:
            if anchor not in used | own and not tag.proposed:
                message = f'anchor "{anchor}" is bound, but no retention rule of the policy counts from it'
                hint = nearest(anchor, used, "anchors that rules count from")
                yield finding("D-UNUSED-ANCHOR", schema[label], message, hint=hint, severity="warning")


def anchors_of(retention: Retention | str) -> Iterator[str]:
    """The anchors that a retention rule counts from: its own, its fallback's, and that of a grace between plans."""
    if not isinstance(retention, str):
        if retention.from_ is not None:
            yield retention.from_
        if retention.fallback is not None:
            yield retention.fallback.from_
        if retention.at_most_by_plan and retention.downgrade_grace:
            yield PLAN_CHANGED
