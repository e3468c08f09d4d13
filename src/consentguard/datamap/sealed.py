"""What a check says of encrypted columns: where the keys of data subjects stand, and whose they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from consentguard.datamap.schema import SealedColumn
from consentguard.findings import Finding

KEYS = "consentguard_data_key"


def check(
    columns: Iterable[SealedColumn], data_keys: str, subjects: Collection[str], views: Mapping[str, Iterable[str]]
) -> Iterator[Finding]:
    """All that is to be said of the keys that values of data subjects are sealed under, and of who sees values."""
    known = tuple(columns)
    yield from one_dump(known, data_keys)
    yield from unknown_subjects(known, subjects)
    yield from unmasked(views)


def one_dump(columns: Iterable[SealedColumn], data_keys: str) -> Iterator[Finding]:
    """That the keys of data subjects stand in the database `data_keys` together with what is sealed under them."""
    beside = [str(column) for column in columns if column.declared.subject and column.database == data_keys]
    if not beside:
        return
    message = (
        f'one dump of the database "{data_keys}" holds {", ".join(beside)} and the keys of the data subjects that they '
        "are sealed under: restoring it brings back what was shredded"
    )
    hint = (
        "keep the keys in another database, by the setting data_keys, or the table out of the dumps: "
        f"pg_dump --exclude-table-data={KEYS}, and a backup of that table alone which is soon written over"
    )
    yield Finding(id="E-ONE-DUMP", severity="warning", message=message, hint=hint)


def unknown_subjects(columns: Iterable[SealedColumn], subjects: Collection[str]) -> Iterator[Finding]:
    """That a column is bound to a kind of data subject which the policy does not have: no erasure reaches its keys."""
    for column in columns:
        kind = column.declared.subject
        if kind and kind not in subjects:
            message = f'its values are sealed under the keys of "{kind}", whom the policy does not know: no erasure '
            message += "destroys one"
            hint = f"bind it to one of {', '.join(subjects)}" if subjects else f"add [subjects.{kind}] to the policy"
            yield Finding(id="E-UNKNOWN-SUBJECT", severity="warning", message=message, where=str(column), hint=hint)


def unmasked(views: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """That views of the site's admin show encrypted columns to all who may open them."""
    for view, columns in views.items():
        message = f"it shows what is encrypted to all who may open it: {', '.join(columns)}"
        hint = "let SealedAdminMixin (Django) or SealedModelView (Flask-Admin) be its first base"
        yield Finding(id="E-UNMASKED", severity="warning", message=message, where=view, hint=hint)
