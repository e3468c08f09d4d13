"""Second factors in the admin, person by person: one page over the tables of apps, passkeys, codes and sessions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from consentguard import screens
from consentguard.errors import ConsentGuardError
from consentguard.screens import Holder, holder_of
from consentguard_django import conf, models
from consentguard_django.admin.base import as_html
from consentguard_django.admin.desks import DeskAdmin
from consentguard_django.admin.filters import PersonFilter
from consentguard_django.stores.factor_sessions import counting
from consentguard_django.stores.transactions import told

PER_PAGE = 50
LAST_PAGE = screens.MOST_COUNTED // PER_PAGE
STATE = "state"
_Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list is asked for: these `people`, whose pseudonym begins with `text`, with a factor in this `state`."""

    people: tuple[str, ...] = ()
    text: str = ""
    state: str = ""
    page: int = 1

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        """What the address says; nonsense is passed over, but that what is no pseudonym is nobody's."""
        sent, page = request.GET, request.GET.get("p", "")
        subject, state = sent.get(PersonFilter.parameter_name, ""), sent.get(STATE, "")
        return cls(
            people=screens.pseudonyms(subject) or (("",) if subject else ()),
            text=sent.get("q", ""),
            state=state if state in screens.FACTORS.filters[STATE] else "",
            page=min(max(int(page), 1), LAST_PAGE) if page.isdecimal() and len(page) < 9 else 1,
        )

    def address(self, page: int) -> str:
        """The same on another page."""
        said = {PersonFilter.parameter_name: ",".join(self.people), "q": self.text, STATE: self.state, "p": str(page)}
        return f"?{urlencode({name: value for name, value in said.items() if value})}"


def holders(alias: str, asked: Asked, now: dt.datetime) -> Sequence[Holder]:
    """What the people of one page have, and one more where there is another page: as many statements for all of them.

    Raises StoreError.
    """
    first, *others = (each.values_list("subject", flat=True) for each in _chosen(alias, asked))
    start = (asked.page - 1) * PER_PAGE
    with told(alias):
        people = list(first.union(*others).order_by("subject")[start : start + PER_PAGE + 1])
        apps = _grouped(_of(alias, models.Authenticator).defer("secret"), people)
        keys = _grouped(_of(alias, models.Passkey).only("subject", "created_at"), people)
        codes = _counted(_of(alias, models.RecoveryCode).filter(used_at=None), people)
        devices = _counted(counting(alias, now), people)
    found = (
        holder_of(each, apps[each], [key.created_at for key in keys[each]], codes.get(each, 0), devices.get(each, 0))
        for each in people
    )
    return [each for each in found if each]


def _chosen(alias: str, asked: Asked) -> Iterator[_Rows]:
    """The people who have an app, and those who have a passkey, which is always active."""
    apps, keys = _of(alias, models.Authenticator), _of(alias, models.Passkey)
    for rows in (apps.filter(state=asked.state) if asked.state else apps, keys):
        if rows.model is models.Passkey and asked.state not in ("", "active"):
            continue
        if asked.people:
            rows = rows.filter(subject__in=asked.people)
        yield rows.filter(subject__startswith=asked.text) if asked.text else rows


def _of(alias: str, model: Any) -> _Rows:
    rows: _Rows = model.objects.using(alias)
    return rows


def _grouped(rows: _Rows, people: Sequence[str]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows.filter(subject__in=people):
        found[row.subject].append(row)
    return found


def _counted(rows: _Rows, people: Sequence[str]) -> Mapping[str, int]:
    counted = rows.filter(subject__in=people).order_by().values("subject").annotate(number=Count("pk"))
    return dict(counted.values_list("subject", "number"))


class AuthenticatorAdmin(DeskAdmin):
    """Who has which second factors, and in which state; never a secret or a code."""

    screen = screens.FACTORS

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, how many of the staff have one, and the way to take one away for who may."""
        context = self.page(
            request,
            self.screen.title,
            screen=self.screen,
            seek=self.path_of("seek"),
            seek_help=screens.SEEK_HELP.format(fields="pseudonym"),
        )
        try:
            context |= self._list(request, Asked.of(request))
        except ConsentGuardError as wrong:
            context["error"] = str(wrong)
        begin = self.desk.begin
        if begin and self.may(request, begin.may):
            context["begin"] = {"path": self.path_of("begin"), "label": self.desk.begin_label}
        return TemplateResponse(request, "admin/consentguard_django/table.html", context | (extra_context or {}))

    def _list(self, request: HttpRequest, asked: Asked) -> dict[str, object]:
        """The rows of a page; of people who were looked for only with an entry in the evidence."""
        guard = conf.guard(request)
        screens.viewed(guard, self.screen, filter(None, asked.people))
        found, today = holders(guard.stores.name, asked, guard.clock.now()), guard.site.today()
        state = self.screen.column(STATE)
        options = [
            (value, state.cell(SimpleNamespace(state=value), today).text, value == asked.state)
            for value in self.screen.filters[STATE]
        ]
        return {
            "share": screens.share(guard),
            "people": ",".join(asked.people),
            "text": asked.text,
            "filters": [(STATE, state.title, options)],
            "rows": [
                (
                    self.path_of("change", each.subject),
                    [as_html(column.cell(each, today)) for column in self.screen.columns],
                )
                for each in found[:PER_PAGE]
            ],
            "newer": asked.address(asked.page - 1) if asked.page > 1 else "",
            "older": asked.address(asked.page + 1) if len(found) > PER_PAGE and asked.page < LAST_PAGE else "",
        }
