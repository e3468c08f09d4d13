"""Rows that stand as proof: the ORM adds and reads them, and no more."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from consentguard.errors import ConsentGuardError

SEEN = ("view",)
"""The permission that the admin asks for; nobody adds, changes or deletes these rows by hand."""


class AppendOnlyError(ConsentGuardError):
    """Somebody tried to change or remove what stands as proof."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(
            f"{model._meta.label} is append-only: a row is never changed or removed",
            hint="add a new row; retention removes old ones, and its command says how",
        )


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows that the ORM adds and reads, and no more."""

    def update(self, **_: Any) -> NoReturn:
        """Raises AppendOnlyError."""
        raise AppendOnlyError(self.model)

    def bulk_update(self, *_: Any, **__: Any) -> NoReturn:
        """Raises AppendOnlyError."""
        raise AppendOnlyError(self.model)

    def delete(self) -> NoReturn:
        """Raises AppendOnlyError."""
        raise AppendOnlyError(self.model)


class AppendOnly(models.Model):
    """A row that stands as proof."""

    objects = models.Manager.from_queryset(AppendOnlyQuerySet)()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_permissions = SEEN

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        """Add the row. Raises AppendOnlyError for one that is there already."""
        if not self._state.adding:
            raise AppendOnlyError(type(self))
        super().save_base(*args, **{**kwargs, "force_insert": True})

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        """Raises AppendOnlyError."""
        raise AppendOnlyError(type(self))
