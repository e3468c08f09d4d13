"""Forms over sealed values: each stays as it is, unread, until whoever sends the form says to replace it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from flask_admin.contrib.sqla.form import AdminModelConverter
from markupsafe import Markup
from wtforms.fields import BooleanField, RadioField
from wtforms.fields.choices import SelectFieldBase
from wtforms.utils import unset_value

from consentguard_flask.admin.masking.veil import WORDS, Sight, is_stored, sealed_attributes
from consentguard_flask.sqlalchemy.encrypted import Encrypted

MASKED = Markup(
    '<div class="consentguard-sealed" role="group" aria-label="{label}"><p class="mb-1">{mask}</p>'
    '<div class="form-check mb-1"><input type="checkbox" class="form-check-input" name="{name}-replace" '
    'id="{name}-replace"{ticked}> <label class="form-check-label" for="{name}-replace">{replace}</label></div>{field}'
    "</div>"
)
HIDDEN = Markup('{field}<input type="hidden" name="initial-{name}" value="{before}">')


class SealedConverter(AdminModelConverter):  # type: ignore[misc]  # Flask-Admin has no types
    """Gives an encrypted column the field of what is inside, which Flask-Admin would leave out of its forms."""

    def get_converter(self, column: Any) -> Callable[..., Any] | None:
        """What makes the field of a column."""
        kind = column.type
        if not isinstance(kind, Encrypted):
            return super().get_converter(column)  # type: ignore[no-any-return]
        inside: Any = sa.Column(column.key, kind.inner, nullable=column.nullable, default=column.default)
        convert = super().get_converter(inside)
        return convert and (lambda **given: convert(**{**given, "column": inside}))


class MaskedField:
    """A sealed field of a form, around the field that its values have; it is asked for whatever is not said here.

    The value is replaced where the box is ticked, or, if it was shown for editing, where it was changed.
    """

    def __init__(self, inner: Any, mask: Callable[[str], Markup]) -> None:
        self.inner, self._mask = inner, mask
        self._is_shown = self._is_ticked = self._is_forgotten = self.is_replaced = False
        self._before = ""
        self._errors: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take what was sent; `data` is there for a value that is shown."""
        self._is_shown = data is not unset_value
        data = data if self._is_shown else None
        self.inner.process(None, data)
        self._before = _untouched(self.inner)
        if formdata is not None:
            self.inner.process(formdata, data, extra_filters)
            self._read(formdata)

    def _read(self, formdata: Any) -> None:
        name, typed = self.inner.name, formdata.get(self.inner.name, "")
        if f"initial-{name}" in formdata:
            self._is_shown, self._before = True, formdata[f"initial-{name}"]
            self.is_replaced = _lines(typed) != _lines(self._before)
            return
        self.is_replaced = self._is_ticked = f"{name}-replace" in formdata
        self._is_forgotten = not self._is_ticked and typed != self._before

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Whether what replaces the value may; what is kept is not looked at."""
        self._errors = (WORDS.not_ticked,) if self._is_forgotten else ()
        if not self.is_replaced:
            return not self._is_forgotten
        valid: bool = self.inner.validate(form, extra_validators)
        self._errors = self.inner.errors
        return valid

    def populate_obj(self, obj: object, name: str) -> None:
        """Give the object the value that replaces its own, if one does."""
        if self.is_replaced:
            self.inner.populate_obj(obj, name)

    def __call__(self, **kwargs: Any) -> Markup:
        if self._is_shown:
            return HIDDEN.format(field=self.inner(**kwargs), name=self.inner.name, before=self._before)
        return MASKED.format(
            field=self.inner(**{**kwargs, "required": False}),
            label=self.inner.label.text,
            mask=self._mask(self.inner.label.text),
            name=self.inner.name,
            replace=WORDS.replace,
            ticked=Markup(" checked") if self._is_ticked else "",
        )

    __html__ = __str__ = __call__

    @property
    def errors(self) -> Sequence[str]:
        """What is wrong."""
        return self._errors

    @property
    def validators(self) -> Sequence[Any]:
        """Those of the inner field, for a value that is shown: one that is kept need not be typed."""
        return self.inner.validators if self._is_shown else ()


def masked(form: type[Any], model: type, sight: Callable[[], Sight]) -> type[Any]:
    """A form of Flask-Admin that masks the sealed attributes of a class; `sight` is asked in each request."""
    sealed = sealed_attributes(model)

    class Masked(form):  # type: ignore[misc]
        is_masked = True

        def process(self, formdata: Any = None, obj: Any = None, *args: Any, **kwargs: Any) -> None:
            names = [name for name in sealed if name in self._fields] if is_stored(obj) else []
            now = sight()
            for name in names:
                made = MaskedField(self._fields[name], _mask(now, obj, name))
                self._fields[name] = made
                setattr(self, name, made)
            hidden = [name for name in names if now.hides(obj, name)]
            super().process(formdata, Unread(obj, hidden) if hidden else obj, *args, **kwargs)

    Masked.__name__ = form.__name__
    return Masked if sealed else form


def _mask(sight: Sight, row: object, name: str) -> Callable[[str], Markup]:
    return lambda label: sight.mask(row, name, label)


class Unread:
    """A row without its sealed attributes, so that a form does not read them."""

    def __init__(self, row: object, hidden: Collection[str]) -> None:
        self._row, self._hidden = row, hidden

    def __getattr__(self, name: str) -> Any:
        if name in self._hidden:
            raise AttributeError(name)
        return getattr(self._row, name)


def _untouched(field: Any) -> str:
    """What a browser sends of a field that nobody touches."""
    if isinstance(field, BooleanField):
        return "y" if field.data else ""
    if isinstance(field, SelectFieldBase):
        choices = [(str(value), chosen) for value, _, chosen, *_ in field.iter_choices()]
        first = "" if isinstance(field, RadioField) or not choices else choices[0][0]
        return next((value for value, chosen in choices if chosen), first)
    with suppress(AttributeError):
        return str(field._value())
    return ""


def _lines(text: str) -> str:
    """A text with line breaks as this machine has them, whichever a browser sends."""
    return text.replace("\r\n", "\n")
