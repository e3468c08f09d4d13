"""What limits the queries of each table of the database: the policy's words as paths over columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from django.apps import apps
from django.db.models import ManyToManyField

from consentguard.datamap.tags import SELF, Match, Path
from consentguard.restriction.purposes import Limits, Purposes
from consentguard.restriction.uses import Hidden, Use, Whose
from consentguard_django.introspect import Model, attribute, type_of
from consentguard_django.purposes.conditions import Hop, InSight, NotTheirs, Unmarked, Way


class Rule:
    """What limits the queries of one model's table."""

    def __init__(self, model: Model, use: Use) -> None:
        self.model = model
        self.use = use

    def unmarked(self, alias: str, limits: Limits) -> list[Any]:
        """What must hold of a row, in a query that calls the table `alias`, so that a purpose may use it."""
        found: list[Any] = [
            NotTheirs(alias, limits, self.model, self.use, whose)
            if way is None
            else Unmarked(alias, limits, way, kind=whose.kind, categories=self.use.categories)
            for whose, way in self._people
        ]
        if self._own is not None:
            found.append(Unmarked(alias, limits, self._own, label=self.use.label))
        return found

    def in_sight(self, alias: str) -> list[Any]:
        """What must hold of a row so that anybody sees it."""
        return [InSight(alias, way, hidden.scope, hidden.events) for hidden, way in self._hidden]

    @cached_property
    def _own(self) -> Way | None:
        """The way to a row itself; None for a key of several columns, which no mark names."""
        return way(self.model, SELF)

    @cached_property
    def _people(self) -> Sequence[tuple[Whose, Way | None]]:
        return [(whose, way(self.model, whose.path)) for whose in self.use.whose]

    @cached_property
    def _hidden(self) -> Sequence[tuple[Hidden, Way]]:
        """Of none that leads over a generic key: the data map has made sure that these paths are foreign keys alone."""
        ways = ((hidden, way(self.model, hidden.path)) for hidden in self.use.hidden)
        return [(hidden, found) for hidden, found in ways if found is not None]


@lru_cache(maxsize=8)
def rules(purposes: Purposes) -> Mapping[str, Sequence[Rule]]:
    """What limits the queries of each table, by its name in the database; two models may share one."""
    found: dict[str, list[Rule]] = {}
    for model in apps.get_models(include_auto_created=True):
        use = None if model._meta.proxy else purposes.uses.get(model._meta.label)
        if use is not None:
            found.setdefault(model._meta.db_table, []).append(Rule(model, use))
    return found


def way(model: Model, path: Path) -> Way | None:
    """A path as columns; None for one over a generic key or into JSON, and for a row's own key of several columns.

    A soft reference is one more table on the way, which is tied by the value instead of a key.
    """
    steps = path.column if isinstance(path, Match) else path
    taken = _Steps(model)
    for step in steps.split(".") if steps != SELF else ():
        if not taken.over(step):
            return None
    return taken.matching(path) if isinstance(path, Match) else taken.to_key()


class _Steps:
    """Where a path has led so far: which model, and how its row is found; None for the row of the query itself."""

    def __init__(self, model: Model) -> None:
        self.model: Any = model
        self.start: Any = None
        self.hops: list[Hop] = []
        self.last: Any = None
        self._table: tuple[str, str] | None = None

    def over(self, step: str) -> bool:
        """Whether there is such a column or relation, which may lead to many rows; then it was gone over."""
        if self.last is not None:
            return False  # what follows a column is a path into its JSON
        field: Any = next((each for each in self.model._meta.get_fields() if attribute(each) == step), None)
        if field is None or not (field.concrete or isinstance(field.related_model, type)):
            return False
        if not field.is_relation:
            self._up(field.model)
            self._read(field)
            self.last = field
        elif field.many_to_many:
            self._through(field)
        elif field.concrete and (field.many_to_one or field.one_to_one):
            self._up(field.model)
            self._forward(field)
        elif field.auto_created and (field.one_to_many or field.one_to_one):
            self._up(field.field.target_field.model)
            self._back(field.field)
        else:
            return False
        return True

    def to_key(self) -> Way | None:
        """The way to the primary key of the row."""
        if self.last is not None or len(self.model._meta.pk_fields) != 1:
            return None
        self._read(self.model._meta.pk)
        return Way(self.start, tuple(self.hops), self.model._meta.pk)

    def matching(self, match: Match) -> Way | None:
        """The way to the primary key of the rows that hold the same value, where it is a plain one."""
        from consentguard_django.fields import Encrypted  # for sites that have such columns

        label, _, column = match.target.rpartition(".")
        target: Any = apps.get_model(label)
        field = next((each for each in target._meta.local_concrete_fields if attribute(each) == column), None)
        plain = [each for each in (self.last, field) if each is not None and not isinstance(each, Encrypted)]
        if len(plain) < 2 or type_of(self.last) != type_of(field) or len(target._meta.pk_fields) != 1:
            return None
        is_text = type_of(field) in ("text", "email")
        meta = target._meta
        self.hops.append(Hop(meta.db_table, str(plain[1].column), meta.pk.column, is_text=is_text))
        return Way(self.start, tuple(self.hops), meta.pk)

    def _up(self, parent: Any) -> None:
        """To the row of the parent that has the column, where that is another table."""
        while self.model._meta.db_table != parent._meta.db_table:
            link = self.model._meta.get_ancestor_link(parent)
            if link is None:
                break
            self._forward(link)

    def _forward(self, field: Any) -> None:
        self._read(field)
        self._to(field.related_model, field.target_field)

    def _back(self, field: Any) -> None:
        self._read(field.target_field)
        self._to(field.model, field)

    def _through(self, field: Any) -> None:
        is_own = isinstance(field, ManyToManyField)
        many = field if is_own else field.field
        through = many.remote_field.through._meta
        ends = [through.get_field(name) for name in (many.m2m_field_name(), many.m2m_reverse_field_name())]
        near, far = ends if is_own else reversed(ends)
        self._up(near.related_model)
        self._back(near)
        self._forward(far)

    def _to(self, model: Any, field: Any) -> None:
        self.model, self._table = model, (model._meta.db_table, field.column)

    def _read(self, field: Any) -> None:
        """Go on from a column: that by which the row is found is known already."""
        if self.start is None:
            self.start = field
        elif self._table is not None and self._table[1] != field.column:
            self.hops.append(Hop(*self._table, field.column))
