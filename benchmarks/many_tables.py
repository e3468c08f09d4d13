"""A Django site of 200 models with 20 columns each, made up for the coverage benchmark."""

from __future__ import annotations

import sys
import types
from functools import cache
from pathlib import Path
from typing import Any

TABLES = 200
COLUMNS = 20


@cache
def models(databases: frozenset[tuple[str, str]] = frozenset()) -> list[type[Any]]:
    """Set Django up and make the models: a tree of foreign keys that begins at a person.

    `databases` are the settings of the default one, where there is one.
    """
    import django
    from django.conf import settings

    app = types.ModuleType("many")
    app.__path__ = [str(Path(__file__).parent)]
    sys.modules["many"] = app
    apps = ["many", "consentguard_django"] if databases else ["many"]
    default = {"default": dict(databases)} if databases else {}
    settings.configure(INSTALLED_APPS=apps, DATABASES=default, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
    django.setup()
    from django.db import models

    made: list[type[Any]] = []
    for number in range(TABLES):
        fields: dict[str, Any] = {f"text_{column}": models.CharField(max_length=99) for column in range(COLUMNS - 1)}
        if number:
            parent = made[(number - 1) // 3]
            fields["parent"] = models.ForeignKey(parent, models.CASCADE, related_name=f"children_{number}")
        meta = type("Meta", (), {"app_label": "many"})
        made.append(type(f"Table{number}", (models.Model,), {"__module__": "many.models", "Meta": meta, **fields}))
    return made


def check_coverage() -> None:
    """What `consentguard check` does for these models: describe them, build the data map, look for gaps."""
    import msgspec

    from consentguard.datamap.coverage import gaps
    from consentguard.datamap.map import DataMap
    from consentguard.datamap.tags import Tag
    from consentguard.manifest.schema import Manifest
    from consentguard_django.introspect import tables

    manifest = msgspec.convert({"manifest": 1, "subjects": {"user": {}}, "categories": {"data": {}}}, Manifest)
    labels = [model._meta.label for model in models()]
    tags = {labels[0]: Tag(category="data", subjects={"user": "self"})}
    tags |= {
        label: Tag(category="data", subjects={"user": path_to_root(number)})
        for number, label in enumerate(labels)
        if number % 2 and number > 1
    }
    found = gaps(DataMap.build(tables(), tags, manifest))
    if len(found) < TABLES // 3:
        raise AssertionError(f"only {len(found)} gaps found: the benchmark no longer measures a check")


def path_to_root(number: int) -> str:
    """The relations from a table up to the root of the tree."""
    steps = 0
    while number:
        number, steps = (number - 1) // 3, steps + 1
    return ".".join(["parent"] * steps)
