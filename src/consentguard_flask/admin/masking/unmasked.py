"""Which views of a Flask-Admin show encrypted columns to all who may open them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_admin.model import BaseModelView
from sqlalchemy.orm import Mapper

from consentguard_flask.admin.masking.veil import sealed_at, sealed_attributes
from consentguard_flask.admin.masking.view import SealedModelView


def unmasked(app: Flask) -> Mapping[str, Sequence[str]]:
    """What each view of an app's admins shows that does not mask: the names of classes and their attributes."""
    found: dict[str, dict[str, None]] = {}
    for view in (view for admin in app.extensions.get("admin", ()) for view in admin._views):
        if isinstance(view, BaseModelView) and not isinstance(view, SealedModelView):
            found.setdefault(type(view).__qualname__, {}).update(dict.fromkeys(_shown(view)))
    return {name: tuple(columns) for name, columns in found.items() if columns}


def _shown(view: Any) -> Iterator[str]:
    """The encrypted columns of a view's class, of its inline models, and those that its list leads to."""
    for model in (view.model, *map(_model_of, view.inline_models or ())):
        if isinstance(sa.inspect(model, raiseerr=False), Mapper):
            yield from (f"{model.__name__}.{name}" for name in sealed_attributes(model))
    if isinstance(sa.inspect(view.model, raiseerr=False), Mapper):
        for name, _ in view._list_columns:
            if "." in name and (kind := sealed_at(view.model, name)):
                yield str(kind.name)


def _model_of(inline: Any) -> Any:
    """The class of an inline model, which Flask-Admin takes in three forms."""
    return inline[0] if isinstance(inline, tuple) else getattr(inline, "model", inline)
