"""Forms over sealed values: each stays as it is, unread, until whoever sends the form says to replace it."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html

from consentguard_django.masking.veil import Sight, Veil, sealed_fields

if TYPE_CHECKING:
    from consentguard_django.fields import Encrypted

    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.BaseModelForm


MASKED = (
    '<div class="consentguard-sealed" role="group" aria-label="{}"><p>{}</p>'
    '<p class="clearable-file-input">{} <label for="{}">{}</label></p>{}</div>'
)


class Sent(NamedTuple):
    """What a form says of a sealed field.

    `ticked` is whether the value is to be replaced by what was typed. `seen` is whether it was shown for editing, and
    `before` what then stood there: it is replaced where that was changed.
    """

    value: Any
    ticked: bool = False
    seen: bool = False
    before: Any = None


class MaskedInput(forms.Widget):
    """The mask with a box to tick and the inner field's input; or that input alone, for a value that may be seen."""

    def __init__(self, inner: forms.Field, mask: str, sight: Sight) -> None:
        super().__init__()
        self.inner, self._mask, self._replace = inner, mask, sight.labels.replace
        self.use_fieldset = inner.widget.use_fieldset

    @property
    def media(self) -> forms.Media:
        """The inner input's."""
        found: forms.Media = self.inner.widget.media
        return found

    def id_for_label(self, id_: str) -> str:
        """The inner input's."""
        return str(self.inner.widget.id_for_label(id_) or "")

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Sent:
        """What was sent."""
        hidden, before = self.inner.hidden_widget(), f"initial-{name}"
        seen = not hidden.value_omitted_from_data(data, files, before)
        return Sent(
            self.inner.widget.value_from_datadict(data, files, name),
            forms.CheckboxInput().value_from_datadict(data, files, f"{name}-replace"),
            seen,
            hidden.value_from_datadict(data, files, before) if seen else None,
        )

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: what is left out is kept."""
        return False

    def render(self, name: str, value: Sent, attrs: Any = None, renderer: Any = None) -> Any:
        """The field in the form."""
        shown = self.inner.widget.render(name, value.value, attrs, renderer)
        if value.seen:
            hidden = self.inner.hidden_widget().render(f"initial-{name}", value.before, None, renderer)
            return format_html("{}{}", shown, hidden)
        box = forms.CheckboxInput().render(f"{name}-replace", value.ticked, {"id": f"id_{name}-replace"}, renderer)
        return format_html(
            MASKED,
            self.inner.label or name,
            self._mask,
            box,
            f"id_{name}-replace",
            self._replace,
            shown,
        )


class MaskedField(forms.Field):
    """A sealed field of a form around the field that its values have; an empty `mask` for a value that is shown."""

    widget: MaskedInput

    def __init__(self, inner: forms.Field, mask: str, sight: Sight) -> None:
        super().__init__(
            required=False,
            label=inner.label,
            help_text=inner.help_text,
            disabled=inner.disabled,
            widget=MaskedInput(inner, mask, sight),
        )
        self.inner, self._is_shown = inner, not mask
        choices = isinstance(inner.widget, forms.widgets.ChoiceWidget)
        self._blank = None if callable(inner.initial) or not choices else inner.initial

    def clean(self, value: Sent) -> Any:
        """The value that replaces the one there is. Raises ValidationError."""
        return self.inner.clean(value.value)

    def prepare_value(self, value: Any) -> Sent:
        """What the widget shows: what was sent, or the value where it may be seen."""
        if isinstance(value, Sent):
            return value._replace(value=self.inner.prepare_value(self.inner.bound_data(value.value, None)))
        if not self._is_shown:
            return Sent(self._blank)
        prepared = self.inner.prepare_value(value)
        return Sent(prepared, seen=True, before=prepared)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the value is to be replaced; `initial` is what nobody may have seen."""
        if self.disabled or not data.seen:
            return bool(data.ticked) and not self.disabled
        try:
            return self.inner.has_changed(self.inner.to_python(data.before), data.value)
        except ValidationError:
            return True

    def was_forgotten(self, data: Sent) -> bool:
        """Whether something was typed and the box was not ticked."""
        asked = self.disabled or data.seen or data.ticked
        return not asked and self.inner.has_changed(self._blank, data.value)


class MaskedForm(_ModelForm):
    """A form of the admin that reads no sealed value but one that is shown, and writes none but one to be replaced."""

    sight: Sight

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._whole = self._meta
        self._sealed = {column.name: column for column in sealed_fields(self._meta.model)}
        self._meta = _without(self._whole, self._sealed)
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self._meta = self._whole
            return
        for name, column in self._sealed.items():
            if name in self.fields:
                self._mask(column)

    def __getitem__(self, name: Any) -> forms.BoundField:
        """The field of a name, which the admin may know by the veil over it."""
        return super().__getitem__(name.name if isinstance(name, Veil) else name)

    def _mask(self, column: Encrypted[Any, Any]) -> None:
        mask = self.sight.cell(self.instance, column) if self.sight.hides(self.instance, column) else ""
        if not mask:
            self.initial.setdefault(column.name, column.value_from_object(self.instance))
        self.fields[column.name] = MaskedField(self.fields[column.name], mask, self.sight)

    def _clean_fields(self) -> None:
        """Clean what is replaced; what is kept is no part of the form, nor of what is written."""
        fields = self.fields
        masked = {name: field for name, field in fields.items() if isinstance(field, MaskedField)}
        kept = {name for name, field in masked.items() if not field.has_changed(None, self[name].data)}
        if masked:
            self._meta = _without(self._whole, self._sealed.keys() - (masked.keys() - kept))
        self.fields = {name: field for name, field in fields.items() if name not in kept}
        try:
            super()._clean_fields()  # type: ignore[misc]
        finally:
            self.fields = fields
        for name in kept:
            if masked[name].was_forgotten(self[name].data):
                self.add_error(name, self.sight.labels.not_ticked)


def _without(options: Any, names: Collection[str]) -> Any:
    """A form's options that leave these fields of its model alone."""
    found = copy.copy(options)
    found.exclude = [*(options.exclude or ()), *names]
    return found


def masked(form: type[Any], sight: Sight, callback: Any) -> type[MaskedForm]:
    """A form of the admin that masks; `callback` makes the form's field of a model's."""
    meta = type("Meta", (form.Meta,), {"formfield_callback": staticmethod(callback)})
    made: type[MaskedForm] = type(form.__name__, (MaskedForm, form), {"sight": sight, "Meta": meta})
    return made
