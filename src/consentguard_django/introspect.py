"""Describes Django models as neutral tables: columns, relations, and the tag in force for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.apps import AppConfig, apps
from django.db import models

from consentguard.datamap.own import TAGS as OURS
from consentguard.datamap.schema import Column, ColumnType, Relation, RelationKind, Table, is_natural
from consentguard.datamap.sources import belongs_to_site, source_of
from consentguard.datamap.tags import Tag, labels, tag_of

Model = type[models.Model]
TYPES: Mapping[str, ColumnType] = {
    "AutoField": "integer",
    "BigAutoField": "integer",
    "SmallAutoField": "integer",
    "IntegerField": "integer",
    "BigIntegerField": "integer",
    "SmallIntegerField": "integer",
    "PositiveIntegerField": "integer",
    "PositiveBigIntegerField": "integer",
    "PositiveSmallIntegerField": "integer",
    "DecimalField": "decimal",
    "FloatField": "decimal",
    "BooleanField": "boolean",
    "CharField": "text",
    "TextField": "text",
    "SlugField": "text",
    "FilePathField": "text",
    "DateField": "date",
    "DateTimeField": "datetime",
    "JSONField": "json",
    "HStoreField": "json",
    "BinaryField": "binary",
    "FileField": "file",
    "UUIDField": "uuid",
    "GenericIPAddressField": "ip",
    "IPAddressField": "ip",
}


def tables() -> tuple[Table, ...]:
    """Every table of the installed apps in the order of the apps, unmanaged ones and views included."""
    return tuple(_table(model) for model in _models())


def tags() -> dict[str, Tag]:
    """The host's tag for each tagged table, by label: registered on the model, a proxy of it or an abstract base.

    A label of an installed app that no model has is kept, so that a misspelt one is reported.
    """
    proxies = defaultdict(list)
    for model in apps.get_models():
        if model._meta.proxy:
            proxies[model._meta.concrete_model].append(model)
    found = {model._meta.label: _tag(model, proxies[model]) for model in _models()}
    strangers = (label for label in labels() if label not in found and _is_misspelt(label))
    return {label: tag for label, tag in (found | {name: tag_of(name) for name in strangers}).items() if tag}


def _models() -> Iterator[Model]:
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            yield model


def _is_misspelt(label: str) -> bool:
    """Whether `label` names no model of an app that is installed, or a model without its app.

    The model of an app that is not installed is no mistake.
    """
    app, _, name = label.partition(".")
    if not name:
        return any(model.__name__ == label for model in _models())
    return app in apps.app_configs and name.lower() not in apps.all_models[app]


def _table(model: Model) -> Table:
    config: AppConfig = apps.get_app_config(model._meta.app_label)
    generic = [field for field in model._meta.private_fields if is_generic_key(field)]
    keys = {name for field in generic for name in (field.ct_field, field.fk_field)}
    return Table(
        label=model._meta.label,
        db_table=model._meta.db_table,
        columns=tuple(_column(field, keys) for field in model._meta.local_concrete_fields if field.column),
        relations=tuple(_relations(model)),
        own=belongs_to_site(config.path) and model._meta.db_table not in OURS,
        source=source_of(model),
    )


def _column(field: models.Field[Any, Any], keys: set[str]) -> Column:
    kind = type_of(field)
    surrogate = field.primary_key and not is_natural(kind, generated=field.has_default())
    key = field.is_relation or field.name in keys or surrogate
    return Column(
        name=field.name,
        type=kind,
        db_name=field.column or "",
        key=key,
        required=not field.null,
        primary=field.primary_key,
        length=field.max_length,
    )


def type_of(field: models.Field[Any, Any] | None) -> ColumnType:
    """The neutral type; of a field that the database computes or that is encrypted, the type of what it holds."""
    if isinstance(field, models.GeneratedField):
        return type_of(field.output_field)
    if isinstance(inner := getattr(field, "inner", None), models.Field):
        return type_of(inner)
    if isinstance(field, models.EmailField):
        return "email"
    if isinstance(field, models.ForeignKey):
        return type_of(field.target_field)
    return TYPES.get(field.get_internal_type(), "other") if field else "other"


def _relations(model: Model) -> Iterator[Relation]:
    for field in model._meta.get_fields(include_hidden=True):
        if is_generic_key(field):
            yield Relation(name=field.name, kind="generic")
        elif field.is_relation and isinstance(field.related_model, type):
            name = attribute(field)
            if name:
                yield Relation(name=name, kind=_kind(field), targets=(_concrete(field.related_model),))


def attribute(field: Any) -> str | None:
    """The attribute that steps over the relation; None for a hidden one (`related_name="+"`)."""
    if not isinstance(field, models.ForeignObjectRel):
        return str(field.name)
    return None if field.hidden else field.get_accessor_name()


def _kind(field: Any) -> RelationKind:
    if field.many_to_many:
        return "many_to_many"
    return "foreign_key" if field.concrete or field.many_to_one else "reverse"


def is_generic_key(field: Any) -> bool:
    """By its shape and not its class: the content types app may not be installed, and then cannot be imported."""
    return hasattr(field, "ct_field") and hasattr(field, "fk_field")


def _concrete(model: Model) -> str:
    concrete = model._meta.concrete_model or model
    return concrete._meta.label


def _tag(model: Model, proxies: Iterable[Model]) -> Tag | None:
    """The model's tag; what a concrete parent inherited describes the parent's table and stays there."""
    parents = tuple(parent for parent in model._meta.all_parents if not parent._meta.abstract)

    def inheritable(base: type) -> bool:
        concrete = issubclass(base, models.Model) and not base._meta.abstract
        return not concrete and not any(issubclass(parent, base) for parent in parents)

    return tag_of(model._meta.label, (model, *proxies), inheritable)
