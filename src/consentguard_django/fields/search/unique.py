"""A constraint over several fields at once, where some of them are encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models

from consentguard.crypto.index.declared import exact_of
from consentguard.crypto.slots import Slot
from consentguard_django.fields.search.digests import SLOTS, name_of

CHANGE = "ALTER TABLE %(table)s "


class UniqueTogether(models.UniqueConstraint):
    """Of no two rows these fields are alike, those that are encrypted by their exact index.

    In `Meta.constraints`: `UniqueTogether(fields=["company", "email"], name="one_address_in_a_company")`. The table has
    two constraints, of that name with `_a` and `_b` behind it: one for the digests of each slot.
    """

    def __init__(self, *, fields: Any, name: str, **options: Any) -> None:
        super().__init__(fields=fields, name=name, **options)

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Both, as a part of the table."""
        return ", ".join(str(each.constraint_sql(model, schema_editor)) for each in self._of_slots(model))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Both, in one statement."""
        return _joined(*(each.create_sql(model, schema_editor) for each in self._of_slots(model)))

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Both, in one statement."""
        return _joined(*(each.remove_sql(model, schema_editor) for each in self._of_slots(model)))

    def _of_slots(self, model: type[models.Model]) -> Iterator[models.UniqueConstraint]:
        for slot in SLOTS:
            columns = [_column(model._meta.get_field(field), slot) for field in self.fields]
            yield models.UniqueConstraint(fields=columns, name=f"{self.name}_{slot}")


def _joined(first: Any, second: Any) -> str:
    """Two changes of one table as one."""
    return f"{first}, {second.template.removeprefix(CHANGE) % second.parts}"


def _column(field: Any, slot: Slot) -> str:
    """What stands in the constraint for a field. Without an exact index itself, of which a check says so."""
    exact = exact_of(getattr(field, "indexes", ()))
    return name_of(field, exact, slot) if exact else str(field.name)
