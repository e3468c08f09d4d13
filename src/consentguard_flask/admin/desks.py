"""Views on which something is done: requests, holds, errands, restrictions, runs, retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consentguard import screens
from consentguard.guard import Guard
from consentguard.screens import Act, Desk, Form, Page, Part, Seat, Sent
from consentguard.twofactor.staff import Share
from consentguard_flask.admin.access import CARRY_OUT
from consentguard_flask.admin.factors import holders
from consentguard_flask.admin.records import Asked, database_of
from consentguard_flask.admin.views import RecordsView, ScreenView, exposed
from consentguard_flask.second_factor import demand_for


class Acting(ScreenView):
    """What such views have in common: who sits there, and what comes of a form."""

    @property
    def desk(self) -> Desk:
        """The screen's pages and acts."""
        return screens.DESKS[self.screen.name]

    def seat(self, guard: Guard) -> Seat:
        """Whoever is signed in, with what they may."""
        return Seat(
            guard=guard,
            by=self._access.who(),
            may=self._access.may,
            who=lambda: g.privacy.subject,
            factor_at=lambda: g.privacy.claims.factor_at,
        )

    def sent(self, guard: Guard, act: Act, id_: str) -> ResponseReturnValue:
        """What comes of a form. Raises HTTPException for whoever may not send it."""
        self.require(act.may)
        if (refused := demand_for(act.may)) is not None:
            return refused
        came = screens.done(self.desk, self.seat(guard), id_, act, Sent(dict(request.form.lists())))
        if isinstance(came, Page):
            return self.sheet(came, id_)
        flash(came.sentence, "success" if came.good else "warning")
        where = id_ or came.id
        return redirect(self.place(where) if where else url_for(".index"), 303)

    def sheet(self, page: Page, id_: str) -> ResponseReturnValue:
        """A page of the desk, with where its forms go."""
        made = self.show("desk", sheet=page, parts=self.parts(page, id_), listed=url_for(".index"))
        return make_response(made, 409 if page.error else 200)

    def parts(self, page: Page, id_: str) -> list[tuple[Part, list[tuple[Form, str]]]]:
        """Each part with its forms, and where these go."""
        return [(part, [(form, self.goes(form, id_)) for form in part.forms]) for part in page.parts]

    def goes(self, form: Form, id_: str) -> str:
        """Where a form goes."""
        return url_for(".act", what=form.act)

    def place(self, id_: str) -> str:
        """Where a record is seen, or the screen."""
        return url_for(".index")


class DeskView(Acting, RecordsView):
    """A list, whose records have pages of the desk."""

    @exposed("/record/<id>")
    def details(self, guard: Guard, id: str) -> ResponseReturnValue:  # noqa: A002 - the record's own word
        """The page of one record; if it is about a person only with an entry in the evidence."""
        self.record(guard, id)
        return self.sheet(screens.opened(self.desk, self.seat(guard), id), id)

    @exposed("/record/<id>/act/<what>", "POST")
    def act(self, guard: Guard, id: str, what: str) -> ResponseReturnValue:  # noqa: A002 - the record's own word
        """Do something about a record."""
        act = self.desk.act(what) or abort(404)
        self.require(act.may)
        self.record(guard, id)
        return self.sent(guard, act, id)

    @exposed("/begin/", "GET", "POST")
    def begin(self, guard: Guard) -> ResponseReturnValue:
        """The page on which a record is begun, and its form."""
        begin = self.desk.begin or abort(404)
        self.require(begin.may)
        if request.method == "POST":
            return self.sent(guard, begin, "")
        return self.sheet(screens.opened(self.desk, self.seat(guard)), "")

    def ways(self) -> Sequence[tuple[str, str]]:
        """To begin a record, for those who may."""
        begin = self.desk.begin
        return [(url_for(".begin"), self.desk.begin_label)] if begin and self.may(begin.may) else ()

    def goes(self, form: Form, id_: str) -> str:
        """Where a form goes."""
        begin = self.desk.begin
        return url_for(".begin") if begin and form.act == begin.name else url_for(".act", id=id_, what=form.act)

    def place(self, id_: str) -> str:
        """Where a record is seen."""
        return url_for(".details", id=id_)


class FactorsView(DeskView):
    """Second factors, person by person."""

    def rows(self, guard: Guard, asked: Asked) -> Sequence[Any]:
        """The people of a page, and one more where there is another page."""
        return holders(database_of(guard), asked, guard.clock.now())

    def link(self, row: Any) -> str:
        """The address of a person's own page, by their pseudonym."""
        return url_for(".details", id=row.subject)

    def _help(self) -> str:
        return screens.SEEK_HELP.format(fields="pseudonym")

    def record(self, guard: Guard, id: str) -> Any:  # noqa: A002 - the record's own word
        """What a person has. Raises NotFound."""
        return next(iter(holders(database_of(guard), Asked(people=(id,)), guard.clock.now())), None) or abort(404)

    def share(self, guard: Guard) -> Share | None:
        """How many of the staff have one."""
        return screens.share(guard)


class RequestsView(DeskView):
    """Rights requests."""

    def acts(self) -> Sequence[tuple[str, str]]:
        """To send what is owed, for those who may."""
        return [(url_for(".send_owed"), screens.SEND_OWED)] if self.may(CARRY_OUT) else ()

    @exposed("/send-owed", "POST")
    def send_owed(self, guard: Guard) -> ResponseReturnValue:
        """Send the mails that are owed."""
        self.require(CARRY_OUT)
        return self.show("told", told=screens.told_owed(*guard.rights.send_owed()))


class RetentionView(Acting):
    """How long rows are kept, and what is due: one page."""

    @exposed("/")
    def index(self, guard: Guard) -> ResponseReturnValue:
        """The page."""
        return self.sheet(screens.opened(self.desk, self.seat(guard)), "")

    @exposed("/act/<what>", "POST")
    def act(self, guard: Guard, what: str) -> ResponseReturnValue:
        """Accept the rules, or run them."""
        return self.sent(guard, self.desk.act(what) or abort(404), "")
