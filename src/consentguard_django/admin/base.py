"""What our screens in the admin have in common: rows that are only read, in the core's words, found by a pseudonym."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property, wraps
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard.screens import Cell, Column, Screen
from consentguard.site import Site
from consentguard_django import conf
from consentguard_django.admin.filters import PersonFilter, filters_of
from consentguard_django.staff import APP, RefusedError, View, may, taken_down

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin, _Paginator = admin.ModelAdmin, Paginator

Shown = Callable[[Any], str | bool]
STYLES = "consentguard_django/admin.css"
MODELS = {
    "requests": "rightsrequest",
    "holds": "hold",
    "minors": "minorreport",
    "guardians": "guardianconsent",
    "errands": "errand",
    "restrictions": "mark",
    "retention": "retention",
    "runs": "run",
    "consents": "consentrecord",
    "consent-rates": "consentrate",
    "consent-versions": "consentversion",
    "evidence": "evidenceentry",
    "factors": "authenticator",
    "ages": "ageclaim",
    "keys": "key",
    "data-map": "dataentry",
}
"""What the permissions of each screen end with: `requests.approve` is `approve_rightsrequest`."""


class ShortPaginator(_Paginator):
    """Counts no further than anybody turns pages: on a table of millions a count of all takes seconds."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `screens.MOST_COUNTED`."""
        rows = cast("QuerySet[Model]", self.object_list)
        return rows.order_by().values("pk")[: screens.MOST_COUNTED].count()


@cache
def shown(column: Column, site: Site, *, whole: bool = False) -> Shown:
    """A column as the admin asks for one: its title, and each cell as HTML; `whole` where there is room for it."""

    def show(row: Any) -> str:
        cell = column.cell(row, site.today())
        return cell.whole if whole and cell.whole else as_html(cell)

    show.__name__ = column.name
    show.short_description = column.title  # type: ignore[attr-defined]
    return show


def as_html(cell: Cell) -> str:
    """A cell's text, with its tone as a class and what was shortened as a title."""
    if not (cell.tone or cell.whole):
        return cell.text
    return format_html(
        '<span class="consentguard-{}" title="{}">{}</span>', cell.tone or "plain", cell.whole, cell.text
    )


class ReadOnlyAdmin(_ModelAdmin):
    """A screen that nobody adds to, changes or deletes from, whatever permissions they have."""

    screen: ClassVar[Screen]

    class Media:
        css = {"all": [STYLES]}

    def has_add_permission(self, request: HttpRequest, *_: object) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whoever has the permission to see this screen, or the role."""
        return self.may(request, self.screen.name)

    def may(self, request: HttpRequest, what: str) -> bool:
        """Whether the user may see a screen (`requests`), or do something (`requests.approve`)."""
        screen, _, verb = what.partition(".")
        return may(request, what, f"{APP}.{verb or 'view'}_{MODELS[screen]}")

    def require(self, request: HttpRequest, act: str = "") -> None:
        """Raises RefusedError for whoever may not see this screen, or not do something on it."""
        for what in filter(None, (self.screen.name, act)):
            if not self.may(request, what):
                raise RefusedError(what)

    @property
    def urls(self) -> list[URLPattern]:
        """The pages, none of which is shown to whoever may not see the screen."""
        patterns = self.get_urls()
        for each in patterns:
            each.callback = taken_down(self._seen(each.callback))
        return patterns

    def _seen(self, view: View) -> View:
        """A page that whoever of the staff may not see the screen is refused; others are led to sign in."""

        @wraps(view)
        def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if self.admin_site.has_permission(request):
                self.require(request)
            return view(request, *args, **kwargs)

        return respond

    def name_of(self, page: str) -> str:
        """The name of one of our pages in the admin's URLs."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def path_of(self, page: str = "changelist", *args: str) -> str:
        """The path of one of our pages on this very admin site."""
        return reverse(f"admin:{self.name_of(page)}", args=args, current_app=self.admin_site.name)

    def page(self, request: HttpRequest, title: str, **context: object) -> dict[str, object]:
        """What a page of ours hands to its template."""
        back = self.path_of()
        return {**self.admin_site.each_context(request), "title": title, "media": self.media, "back": back, **context}

    def address(self, pattern: str, name: str, view: View) -> URLPattern:
        """A page of ours among the admin's, for staff only."""
        return path(pattern, self.admin_site.admin_view(view), name=self.name_of(name))


class RecordAdmin(ReadOnlyAdmin):
    """A screen over one of our tables, on the database that the request's facts go to."""

    actions: Sequence[str] | None = None
    list_per_page = 50
    list_max_show_all = 0
    paginator = ShortPaginator
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    sortable_by = ()

    def get_list_display(self, request: HttpRequest) -> tuple[Shown, ...]:
        """The screen's columns."""
        site = conf.guard(request).site
        return tuple(shown(column, site) for column in self.screen.columns)

    def get_fields(self, request: HttpRequest, obj: object = None) -> tuple[Any, ...]:
        """What a row's own page shows: all columns."""
        site = conf.guard(request).site
        return tuple(shown(column, site, whole=True) for column in (*self.screen.columns, *self.screen.more))

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[Any, ...]:
        """All of them."""
        return self.get_fields(request, obj)

    def get_list_filter(self, request: HttpRequest) -> tuple[type[admin.SimpleListFilter], ...]:
        """By person, and by values that are known."""
        people = (PersonFilter,) if self.screen.person else ()
        return (*people, *filters_of(self.screen))

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """By how a value begins."""
        return tuple(f"{name}__startswith" for name in self.screen.search)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """As an index has it."""
        return self.screen.order

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the request's database, without what is sealed in them."""
        return super().get_queryset(request).using(conf.guard(request).stores.name).defer(*self.screen.sealed)

    def get_urls(self) -> list[URLPattern]:
        """With the search for a person."""
        return [self.address("seek/", "seek", self.seek), *super().get_urls()]

    def seek(self, request: HttpRequest) -> HttpResponseBase:
        """Turn what was typed into pseudonyms, and lead to their rows: no address stands in a URL."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            found = screens.sought(conf.guard(request), request.POST.get("who", ""))
        except ConsentGuardError as error:
            return self.back_with(request, error)
        people = found.people if self.screen.person else ()
        query = {PersonFilter.parameter_name: ",".join(people), "q": found.text}
        return HttpResponseRedirect(f"{self.path_of()}?{urlencode({key: each for key, each in query.items() if each})}")

    def back_with(self, request: HttpRequest, error: ConsentGuardError) -> HttpResponse:
        """To the list, with what went wrong."""
        self.message_user(request, str(error), messages.ERROR)
        return HttpResponseRedirect(self.path_of())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; of one person's records only with an entry in the evidence."""
        people = screens.pseudonyms(request.GET.get(PersonFilter.parameter_name, ""))
        if self.screen.person and people:
            try:
                screens.viewed(conf.guard(request), self.screen, people)
            except ConsentGuardError as error:
                return self.back_with(request, error)
        names = ", ".join(self.screen.search)
        help_ = screens.SEEK_HELP if self.screen.person else screens.SEEK_ROWS
        ours = {
            "title": self.screen.title,
            "screen": self.screen,
            "seek": self.path_of("seek"),
            "seek_help": help_.format(fields=names),
        }
        return super().changelist_view(request, ours | (extra_context or {}))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """A row's own page, if it is about a person only with an entry in the evidence."""
        if person := getattr(obj, self.screen.person):
            try:
                screens.viewed(conf.guard(request), self.screen, (person,))
            except ConsentGuardError as error:
                return self.back_with(request, error)
        return super().render_change_form(request, context, add, change, form_url, obj)
