"""Ready-made tags for the tables of Django, of common companion packages and of consentguard itself.

They are in force only where the package is installed and the host has not tagged the model itself: a `register()` call
for `"sessions.Session"`, say, replaces the ready-made tag as a whole. Their categories follow
`consentguard.datamap.conventions`; their subjects are those of the site's user model, or `user` where it has no tag.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model

from consentguard.datamap.conventions import SUBJECT, proposed
from consentguard.datamap.own import own_tags
from consentguard.datamap.tags import SELF, Match, Path, Tag
from consentguard_django.introspect import Model, tables

PRIMARY_KEY = "the primary key of the row that this is the history of"
HISTORY = ("history_date", "history_change_reason", "history_type")


def tags(own: Mapping[str, Tag]) -> dict[str, Tag]:
    """The proposed tag of each companion's model that is installed, by label; the host's `own` tags go before them."""
    known = {model._meta.label: model for model in apps.get_models()}
    rows = tomllib.loads((files("consentguard_django") / "companions.toml").read_text("utf-8"))
    people = _people(own)
    found = {label: proposed(row, dict(_subjects(row, people))) for label, row in rows.items() if label in known}
    tagged = {**found, **own}
    histories = {label: _history(model, tagged, people) for label, model in known.items() if _is_history(model)}
    return found | {label: tag for label, tag in histories.items() if tag} | own_tags(tables())


def _people(own: Mapping[str, Tag]) -> Mapping[str, Path]:
    """Each subject that a user's row leads to, with the path from there."""
    if not apps.is_installed("django.contrib.auth"):
        return {}
    tag = own.get(get_user_model()._meta.label)
    return tag.subjects if tag and tag.subjects else {SUBJECT: SELF}


def _subjects(row: Mapping[str, Any], people: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for subject, path in people.items():
        if "path" in row:
            yield subject, _joined(row["path"], path)
        elif "username" in row and path == SELF:
            user = get_user_model()
            yield subject, Match(row["username"], f"{user._meta.label}.{user.USERNAME_FIELD}")


def _joined(path: str, onward: Path) -> Path:
    """The path over `path` to a user's row, and from there `onward`."""
    if isinstance(onward, Match):
        return onward if path == SELF else replace(onward, column=f"{path}.{onward.column}")
    return ".".join(step for step in (path, onward) if step != SELF) or SELF


def _is_history(model: Model) -> bool:
    """Whether django-simple-history made the model."""
    return apps.is_installed("simple_history") and isinstance(getattr(model, "instance_type", None), type)


def _history(model: Any, tagged: Mapping[str, Tag], people: Mapping[str, Path]) -> Tag | None:
    """The tag of the model whose rows `model` keeps, with the history's own columns: who changed them, and when."""
    kept = model.instance_type._meta
    tag = tagged.get(kept.label)
    if tag is None:
        return None
    own = {field.name for field in model._meta.concrete_fields}
    columns = {name: value for name, value in tag.columns.items() if name in own}
    reasons = dict.fromkeys(own, tag.reason) if tag.reason else dict(tag.not_personal)
    reasons = {name: reason for name, reason in reasons.items() if not name.startswith("history_")}
    subjects = {subject: _of_history(path, kept) for subject, path in tag.subjects.items()}
    authors = {subject: _joined("history_user", path) for subject, path in people.items() if subject not in subjects}
    return replace(
        tag,
        columns=columns | dict.fromkeys(HISTORY, "activity_log"),
        not_personal=reasons | {kept.pk.name: PRIMARY_KEY},
        subjects=subjects | authors,
        on_erase=dict(tag.on_erase) | dict.fromkeys(authors, "detach"),
        reason="",
        proposed=True,
    )


def _of_history(path: Path, kept: Any) -> Path:
    """The path of the kept model from a row of its history, which knows its row by the key's value alone."""
    return Match(kept.pk.name, f"{kept.label}.{kept.pk.name}") if path == SELF else path
