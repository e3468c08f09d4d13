"""Views of Flask-Admin that show a screen: its list, what is looked for in it, and the page of a record."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView, expose

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard.guard import Guard
from consentguard.screens import Cell, Column, Screen
from consentguard.twofactor.staff import Share
from consentguard.web.answer import PRIVATE
from consentguard.web.messages import Inbound
from consentguard.web.routes import READ
from consentguard.web.safety import RefusalError, check_origin, check_text
from consentguard_flask.admin.access import Access
from consentguard_flask.admin.records import LAST_PAGE, PER_PAGE, Asked, Records, database_of
from consentguard_flask.pages import guards
from consentguard_flask.pages import url_for as path_to

TEMPLATES = Path(__file__).parents[1] / "templates"
LONGEST = 254

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
_log = logging.getLogger("consentguard")


def exposed(path: str, *methods: str) -> Callable[[View], View]:
    """Flask-Admin's `expose`, which has no types."""
    return cast("Callable[[View], View]", expose(path, methods=methods or ("GET",)))


class ScreenView(BaseView):  # type: ignore[misc]  # Flask-Admin has no types
    """A screen. Its views are given the guard that the request belongs to."""

    def __init__(self, screen: Screen, access: Access, category: str, place: str) -> None:
        """`place` is the path of the whole admin."""
        self.screen = screen
        self._access = access
        super().__init__(
            screen.title,
            category,
            f"consentguard_{screen.name.replace('-', '_')}",
            f"{place.rstrip('/')}/privacy/{screen.name}",
        )

    def create_blueprint(self, admin: Admin) -> Blueprint:
        """As Flask-Admin does, with the templates that lie beside ours."""
        made: Blueprint = super().create_blueprint(admin)
        made.template_folder = str(TEMPLATES)
        return made

    def is_accessible(self) -> bool:
        """Whether the site lets whoever asks see this screen."""
        return self._access.may(self.screen.name)

    def inaccessible_callback(self, name: str, **kwargs: object) -> ResponseReturnValue:
        """What the site answers whoever may not."""
        return self._access.turn_away(self.screen.name)

    def show(self, template: str, **facts: object) -> str:
        """A page of this screen."""
        made: str = self.render(f"admin/consentguard/{template}.html", screen=self.screen, **facts)
        return made

    def require(self, act: str) -> None:
        """Refuse whoever may not do something. Raises HTTPException."""
        if not self._access.may(act):
            abort(self._access.turn_away(act))

    def may(self, act: str) -> bool:
        """Whether whoever asks may do something."""
        return self._access.may(act)

    def _run_view(self, view: Callable[..., ResponseReturnValue], *args: object, **params: str) -> Response:
        """Every view of ours: guarded against other sites' forms, and with a page for what cannot be done."""
        try:
            guard = guards().of(request)
            check_sent(guard, params)
            answer = make_response(view(self, guard, **params))
        except RefusalError as refusal:
            _log.warning("%s %s refused with %d: %s", request.method, request.endpoint, refusal.status, refusal)
            answer = self.failed(refusal, refusal.status)
        except ConsentGuardError as error:
            _log.error("%s %s failed: %s", request.method, request.endpoint, error)
            answer = self.failed(error, 503)
        answer.headers.update(PRIVATE)  # a page names people, if only by their pseudonyms
        return answer

    def failed(self, error: ConsentGuardError, status: int) -> Response:
        """The page of what could not be done."""
        page = self.render("admin/consentguard/failed.html", screen=self.screen, error=error)
        return make_response(page, status)


class ListView(ScreenView):
    """A screen as a list, in which one can look for something."""

    @exposed("/")
    def index(self, guard: Guard) -> ResponseReturnValue:
        """The list."""
        asked = self._asked()
        found = self.rows(guard, asked)
        if asked.people:
            screens.viewed(guard, self.screen, asked.people)
        return self.show(
            "list",
            titles=[column.title for column in self.screen.columns],
            rows=[(self.link(row), self._cells(guard, self.screen.columns, row)) for row in found[:PER_PAGE]],
            filters=list(self._filters(guard, asked)),
            asked=asked,
            newer=_address(asked, asked.page - 1) if asked.page > 1 else "",
            older=_address(asked, asked.page + 1) if len(found) > PER_PAGE and asked.page < LAST_PAGE else "",
            acts=self.acts(),
            ways=self.ways(),
            help=self._help(),
            share=self.share(guard),
        )

    @exposed("/search", "POST")
    def search(self, guard: Guard) -> ResponseReturnValue:
        """Look for somebody or something. What was typed becomes pseudonyms before it reaches any address."""
        found = screens.sought(guard, request.form.get("text", "")[:LONGEST])
        return redirect(_address(Asked(text=found.text, people=found.people if self.screen.person else ())), 303)

    @abstractmethod
    def rows(self, guard: Guard, asked: Asked) -> Sequence[Any]:
        """The rows of a page, and one more where there is another page."""

    def link(self, row: Any) -> str:
        """The address of a row's own page; empty where it has none."""
        return ""

    def acts(self) -> Sequence[tuple[str, str]]:
        """What whoever asks may do here: addresses and labels."""
        return ()

    def ways(self) -> Sequence[tuple[str, str]]:
        """Pages to which whoever asks may go from here: addresses and labels."""
        return ()

    def share(self, guard: Guard) -> Share | None:
        """How many of the staff have what is listed, where that is of interest."""
        return None

    def _asked(self) -> Asked:
        sent = request.args
        page = sent.get("page", 1, type=int)
        known = {name: sent.get(name, "") for name in self.screen.filters}
        return Asked(
            text=sent.get("q", "")[:LONGEST],
            people=screens.pseudonyms(sent.get("subject", "")) if self.screen.person else (),
            chosen={name: value for name, value in known.items() if value in self.screen.filters[name]},
            page=min(max(page, 1), LAST_PAGE),
        )

    def _cells(self, guard: Guard, columns: Iterable[Column], row: Any) -> list[Cell]:
        today = guard.clock.now().date()
        return [column.cell(row, today) for column in columns]

    def _filters(self, guard: Guard, asked: Asked) -> Iterator[tuple[str, str, list[tuple[str, str, bool]]]]:
        """Each filter's name and title, and its values with their words."""
        for name, values in self.screen.filters.items():
            column, chosen = self.screen.column(name), asked.chosen.get(name)
            cells = [self._cells(guard, [column], SimpleNamespace(**{name: value}))[0] for value in values]
            options = [(value, cell.text, value == chosen) for value, cell in zip(values, cells, strict=True)]
            yield name, column.title, options

    def _help(self) -> str:
        if not self.screen.person:
            return ""
        return screens.SEEK_HELP.format(fields=", ".join(self.screen.search))


class RecordsView(ListView):
    """A screen of records, each with a page of its own."""

    def rows(self, guard: Guard, asked: Asked) -> Sequence[Any]:
        """The rows of a page, and one more where there is another page."""
        return Records(database_of(guard), self.screen).page(asked)

    def link(self, row: Any) -> str:
        """The address of a row's own page."""
        return url_for(".details", id=row.id)

    @exposed("/record/<id>")
    def details(self, guard: Guard, id: str) -> ResponseReturnValue:  # noqa: A002 - the record's own word
        """The page of one record."""
        row = self.record(guard, id)
        if person := getattr(row, self.screen.person):
            screens.viewed(guard, self.screen, [person])
        columns = (*self.screen.columns, *self.screen.more)
        titles = (column.title for column in columns)
        facts = list(zip(titles, self._cells(guard, columns, row), strict=True))
        return self.show("details", facts=facts)

    def record(self, guard: Guard, id: str) -> Any:  # noqa: A002 - the record's own word
        """The row of a record. Raises NotFound."""
        return Records(database_of(guard), self.screen).find(id) or abort(404)


def _address(asked: Asked, page: int = 1) -> str:
    """The address of the list with what is asked for. Nothing else of the request comes into it."""
    wanted = {"q": asked.text, "subject": ",".join(asked.people), **asked.chosen, "page": str(page) if page > 1 else ""}
    values: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    return url_for(".index", **values)


def check_sent(guard: Guard, params: dict[str, str]) -> None:
    """Raises RefusalError for a form of another site, and for an address that no database can look for."""
    sent = [*request.args.values(), *request.form.values()]
    inbound = Inbound(
        method=request.method,
        params=params,
        query={str(number): value for number, value in enumerate(sent)},
        headers=dict(request.headers),
        url_for=path_to,
    )
    check_text(inbound)
    if request.method not in READ:
        check_origin(guard.site, inbound)
