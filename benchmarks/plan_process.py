"""Plans an erasure over 200 tables in a Django site, and counts each table alone; prints milliseconds of both."""

from __future__ import annotations

import datetime as dt

from benchmarks.harness import interleave, timed
from benchmarks.many_tables import models, path_to_root


def main() -> None:
    """Print both figures, a line each."""
    made = models(frozenset({"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}.items()))
    import msgspec
    from django.db import connection

    from consentguard.datamap.map import DataMap
    from consentguard.datamap.tags import Tag
    from consentguard.manifest.schema import Manifest
    from consentguard.plan.erasure import erasure
    from consentguard.plan.exceptions import Exceptions
    from consentguard.plan.steps import Found
    from consentguard_django.introspect import tables
    from consentguard_django.stores.dataset import DjangoDataset

    with connection.schema_editor() as editor:
        for model in made:
            editor.create_model(model)
    parents = [made[0].objects.create()]
    for model in made[1:]:
        field = model._meta.get_field("parent")
        parent = next(row for row in parents if isinstance(row, field.related_model))
        parents.append(model.objects.create(parent=parent))
    manifest = msgspec.convert({"manifest": 1, "subjects": {"user": {}}, "categories": {"data": {}}}, Manifest)
    labels = [model._meta.label for model in made]
    tags = {
        label: Tag(category="data", subjects={"user": path_to_root(number) or "self"})
        for number, label in enumerate(labels)
    }
    data_map, dataset = DataMap.build(tables(), tags, manifest), DjangoDataset("default")
    exceptions = Exceptions(data_map=data_map, holds=(), now=dt.datetime.now(dt.UTC))
    somebody = [Found(subject="user", root=labels[0], keys=(str(parents[0].pk),))]

    def planning() -> None:
        assert sum(step.rows for step in erasure(data_map, somebody, dataset.count, exceptions).steps) == len(made)

    def counting() -> None:
        for model in made:
            model.objects.count()

    pair = interleave(timed(planning), timed(counting), rounds=5)
    print(pair.ours)
    print(pair.baseline)


if __name__ == "__main__":
    main()
