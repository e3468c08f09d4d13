"""`SealedModelView`: a host's view in Flask-Admin, with sealed values masked until somebody may see them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from flask import abort, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.fields import InlineModelFormList, InlineModelOneToOneField
from flask_admin.form import FormOpts
from flask_admin.helpers import get_redirect_target
from jinja2 import pass_context
from wtforms.fields.core import UnboundField

from consentguard.errors import ConsentGuardError, SettingsError
from consentguard.masking import UNMASK, MaskingError
from consentguard.roles import Role
from consentguard.screens.unmasking import COLUMN, Sent, question
from consentguard.web.answer import PRIVATE
from consentguard.words import SOURCE_LANGUAGE
from consentguard_flask.admin.access import has_role
from consentguard_flask.admin.access import take_down as refused_to
from consentguard_flask.admin.masking.evidence import readable, take_down
from consentguard_flask.admin.masking.forms import SealedConverter, masked
from consentguard_flask.admin.masking.veil import Sight, owner_of, sealed_at, sealed_attributes
from consentguard_flask.admin.views import TEMPLATES, check_sent, exposed
from consentguard_flask.pages import guards
from consentguard_flask.second_factor import demand_for

INLINE = (InlineModelFormList, InlineModelOneToOneField)
SHOWN = "consentguard_shown"
"""The attribute of a request that names the values which it shows."""
REFUSED = ("column_editable_list", "column_searchable_list", "column_sortable_list", "column_default_sort")
"""Options that would change a value unseen, or ask the database for what it cannot read."""


class SealedModelView(ModelView):  # type: ignore[misc]  # Flask-Admin has no types
    """Masks sealed values: `class CustomerView(SealedModelView)`, in place of Flask-Admin's own ModelView.

    Lists, details, exports, forms and inline models show a mask, and a form leaves each value as it is unless whoever
    sends it says to replace it. Whoever `may_unmask` is led to a form that asks why, and is then shown the values
    once. `shown_last` names attributes of which so many last characters are always shown, such as `{"iban": 4}`: those
    are opened for each row.
    """

    model_form_converter = SealedConverter
    shown_last: Mapping[str, int] = {}

    def __init__(self, model: type, *args: Any, **kwargs: Any) -> None:
        """Raises SettingsError where an option names a sealed attribute."""
        for option in REFUSED:
            for name in _names(getattr(self, option, None)):
                if sealed_at(model, name):
                    message = f"{type(self).__name__}.{option} names {name}, which is sealed"
                    raise SettingsError(message, hint="leave it out")
        super().__init__(model, *args, **kwargs)

    def may_unmask(self, row: Any) -> bool:
        """Whether who sent the request may see the sealed values of a row: whoever has the role to unmask."""
        return has_role(Role.UNMASK)

    def create_blueprint(self, admin: Any) -> Any:
        """As Flask-Admin does, with the templates that lie beside ours; its own come with its index."""
        made = super().create_blueprint(admin)
        made.template_folder = str(TEMPLATES)
        return made

    def scaffold_sortable_columns(self) -> dict[Any, Any]:
        """The columns that can be sorted: none by ciphertext."""
        found: dict[Any, Any] = super().scaffold_sortable_columns()
        return {name: column for name, column in found.items() if not sealed_at(self.model, name)}

    @pass_context
    def get_list_value(self, context: Any, model: Any, name: str) -> Any:
        """A cell of the list."""
        found = self._masked(model, name, linked=False)
        return super().get_list_value(context, model, name) if found is None else found

    @pass_context
    def get_detail_value(self, context: Any, model: Any, name: str) -> Any:
        """A value on a row's own page."""
        found = self._masked(model, name, linked=True)
        return super().get_detail_value(context, model, name) if found is None else found

    def get_export_value(self, model: Any, name: Any) -> Any:
        """A value in a file."""
        found = self._masked(model, name, linked=False)
        return super().get_export_value(model, name) if found is None else found.striptags()

    def get_edit_form(self) -> Any:
        """The form of a row, masked."""
        return masked(super().get_edit_form(), self.model, partial(self._sight, self.model))

    def edit_form(self, obj: Any = None) -> Any:
        """The form over a row. Raises SettingsError for one that a view of the host's made, and that does not mask."""
        form = super().edit_form(obj)
        if sealed_attributes(self.model) and not getattr(form, "is_masked", False):
            hint = "let get_edit_form() call super(), or get_form() make it"
            raise SettingsError(f"the form of {type(self).__name__} does not mask", hint=hint)
        return form

    def scaffold_inline_form_models(self, form_class: Any) -> Any:
        """The forms of inline models, masked."""
        made = super().scaffold_inline_form_models(form_class)
        for name in dir(made):
            field = getattr(made, name)
            if isinstance(field, UnboundField) and issubclass(field.field_class, INLINE):
                form, session, model, *rest = field.args
                field.args = (masked(form, model, partial(self._sight, model)), session, model, *rest)
        return made

    @exposed("/unmask/", "GET", "POST")
    def unmask_view(self) -> ResponseReturnValue:
        """Ask why, and once that is answered show the row's page with its values. Raises HTTPException."""
        row = self.get_one(request.args.get("id", "")) or abort(404)
        if not self.may_unmask(row):
            refused_to(UNMASK)
            abort(403)
        if (refused := demand_for(UNMASK)) is not None:
            return refused
        columns = {name: self.get_column_name(name) for name in self._on_page() | self._in_form()}
        if request.method != "POST":
            return self._ask(row, columns, Sent.of(request.args.to_dict(flat=False), columns))
        sent = Sent.of(request.form.to_dict(flat=False), columns)
        try:
            check_sent(guards().of(request), {})
            take_down(row, sent)
        except MaskingError as error:
            return self._ask(row, columns, sent, error)
        except ConsentGuardError as error:
            return self._failed(row, error)
        return self._show(row, sent)

    def _ask(
        self, row: Any, columns: Mapping[str, str], sent: Sent, error: MaskingError | None = None
    ) -> ResponseReturnValue:
        asked = question(SOURCE_LANGUAGE, columns, sent, error)
        page = self.render("admin/consentguard/unmask.html", question=asked, row=row, back=self._back(row))
        return make_response(page, 422 if error else 200)

    def _show(self, row: Any, sent: Sent) -> ResponseReturnValue:
        """The row's own page; what is shown is in this one answer alone."""
        setattr(request, SHOWN, frozenset(readable(row, sent.columns)))
        same = {"model": row, "return_url": get_redirect_target() or self.get_url(".index_view")}
        if self._is_edited(sent.columns):
            opts = FormOpts(widget_args=self.form_widget_args, form_rules=self._form_edit_rules)
            more = {"edit_template": self.edit_template, "edit_url": self._back(row), "form_opts": opts}
            form = self._edit_form_class(None, obj=row)
            page = self.render("admin/consentguard/shown.html", form=form, **same, **more)
        else:
            columns, value = self._details_columns, self.get_detail_value
            page = self.render(self.details_template, details_columns=columns, get_value=value, **same)
        answer = make_response(page)
        answer.headers.update(PRIVATE)
        return answer

    def _failed(self, row: Any, error: ConsentGuardError) -> ResponseReturnValue:
        flash(str(error), "error")
        return redirect(self._back(row))

    def _back(self, row: Any) -> str:
        """The address of the row's own page."""
        page = "edit_view" if self.can_edit else "details_view"
        return self._address(page, row, url=request.args.get("url"))

    def _address(self, page: str, row: Any, **query: Any) -> str:
        return url_for(f"{self.endpoint}.{page}", id=self.get_pk_value(row), **query)

    def _on_page(self) -> dict[str, None]:
        """The sealed attributes that a row's page shows."""
        names = [name for name, _ in self._details_columns] if self.can_view_details else []
        return dict.fromkeys(name for name in names if name in sealed_attributes(self.model))

    def _in_form(self) -> dict[str, None]:
        """The sealed attributes that its form has."""
        fields = dir(self._edit_form_class) if self.can_edit else []
        return {name: None for name in sealed_attributes(self.model) if name in fields}

    def _is_edited(self, columns: Collection[str]) -> bool:
        """Whether all of these are in the form; what is not stands on the row's page."""
        return set(columns) <= self._in_form().keys()

    def _masked(self, row: Any, name: Any, *, linked: bool) -> Any:
        """What stands in place of a value; None for one that is not sealed, and for one that may be seen."""
        owner, last = owner_of(row, str(name)), str(name).rpartition(".")[2]
        if owner is None or not sealed_at(self.model, name):
            return None
        sight = self._sight(type(owner))
        return sight.mask(owner, last, self.get_column_name(name), linked=linked) if sight.hides(owner, last) else None

    def _sight(self, model: type) -> Sight:
        last = self.shown_last if model is self.model else {}
        return Sight(link=self._link, shown=getattr(request, SHOWN, frozenset()), last=last)

    def _link(self, row: Any, name: str) -> str:
        """Where a value can be asked for: at the view of its own class."""
        views = [self, *self.admin._views] if type(row) is self.model else self.admin._views
        for view in views:
            if isinstance(view, SealedModelView) and view.model is type(row) and view.is_accessible():
                query = {COLUMN: name, "url": request.args.get("url")}
                return view._address("unmask_view", row, **query) if view.may_unmask(row) else ""
        return ""


def _names(option: Any) -> list[Any]:
    """The names in an option of Flask-Admin's: one, several, or pairs that begin with one."""
    if option is None or isinstance(option, str):
        return [option] if option else []
    return [each[0] if isinstance(each, tuple) else each for each in option]
