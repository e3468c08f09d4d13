"""What limits the queries of each table of the database: the policy's words as paths over columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

from django.apps import apps

from consentguard.datamap.tags import SELF, Path
from consentguard.restriction.purposes import Limits, Purposes
from consentguard.restriction.uses import Hidden, Use, Whose
from consentguard_django.introspect import Model, attribute
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
        """The data map has made sure that these paths are foreign keys alone."""
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
    """A path that goes over foreign keys alone, as columns; None for any other, and for a row's own key of several."""
    if not isinstance(path, str) or (path == SELF and len(model._meta.pk_fields) != 1):
        return None
    keys: list[Any] = []
    at: Any = model
    for step in path.split(".") if path != SELF else ():
        field = next((each for each in at._meta.get_fields() if attribute(each) == step), None)
        if not (field is not None and field.concrete and (field.many_to_one or field.one_to_one)):
            return None
        keys += [*_up(at, field.model), field]
        at = field.related_model
    return _along(model, keys)


def _up(model: Any, parent: Any) -> Sequence[Any]:
    """The keys that lead from a model's table to that of a parent which has the column."""
    found = []
    while model._meta.db_table != parent._meta.db_table:
        link = model._meta.get_ancestor_link(parent)
        if link is None:
            break
        found.append(link)
        model = link.related_model
    return found


def _along(model: Model, keys: Sequence[Any]) -> Way:
    """The way over some foreign keys, to the end of the last one: its own column, where that refers to a key."""
    start: Any = keys[0] if keys else model._meta.pk
    hops = [
        Hop(one.related_model._meta.db_table, one.target_field.column, other.column) for one, other in pairwise(keys)
    ]
    end: Any = keys[-1].target_field if keys else start
    if not end.primary_key:
        root = keys[-1].related_model
        hops.append(Hop(root._meta.db_table, end.column, root._meta.pk.column))
        end = root._meta.pk
    return Way(start, tuple(hops), end)
