"""The view of each screen, and what may be done on it: carry out a request, send owed mails, verify the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from consentguard import screens
from consentguard.guard import Guard
from consentguard_flask.admin.access import CARRY_OUT, VERIFY
from consentguard_flask.admin.records import PER_PAGE, Asked
from consentguard_flask.admin.views import ListView, RecordsView, ScreenView, exposed


class RequestsView(RecordsView):
    """Rights requests, which are carried out here."""

    def acts(self) -> Sequence[tuple[str, str]]:
        """To send what is owed, for those who may."""
        return [(url_for(".send_owed"), screens.SEND_OWED)] if self.may(CARRY_OUT) else ()

    def acts_on(self, row: Any) -> Sequence[tuple[str, str]]:
        """To carry out a confirmed request, for those who may; a copy is made when it is downloaded."""
        from consentguard.rights import COPIES  # not loaded to start a site

        waits = row.state == "confirmed" and row.right not in COPIES and self.may(CARRY_OUT)
        return [(url_for(".carry_out", id=row.id), screens.TO_CARRY_OUT)] if waits else ()

    @exposed("/record/<id>/carry-out", "GET", "POST")
    def carry_out(self, guard: Guard, id: str) -> ResponseReturnValue:  # noqa: A002 - the record's own word
        """What would be done, to be confirmed; then do it."""
        from consentguard.plan.steps import PlanError
        from consentguard.rights import RightsError

        self.require(CARRY_OUT)
        self.record(guard, id)
        try:
            if request.method == "POST":
                guard.rights.carry_out(id)
                return redirect(url_for(".details", id=id), 303)
            told = screens.told_plan(guard.rights.carry_out(id, dry_run=True))
        except (RightsError, PlanError) as error:
            return self.failed(error, 409)
        return self.show("carry_out", told=told, label=screens.CARRY_OUT, back=url_for(".details", id=id))

    @exposed("/send-owed", "POST")
    def send_owed(self, guard: Guard) -> ResponseReturnValue:
        """Send the mails that are owed."""
        self.require(CARRY_OUT)
        return self.show("told", told=screens.told_owed(*guard.rights.send_owed()))


class EvidenceView(RecordsView):
    """The evidence, which is verified here."""

    def acts(self) -> Sequence[tuple[str, str]]:
        """To verify, for those who may."""
        return [(url_for(".verify"), screens.VERIFY)] if self.may(VERIFY) else ()

    @exposed("/verify", "POST")
    def verify(self, guard: Guard) -> ResponseReturnValue:
        """Recompute every hash of the database's evidence."""
        self.require(VERIFY)
        return self.show("told", told=screens.told_verification(guard.evidence.verify()))


class KeysView(ListView):
    """The keys of the site."""

    def rows(self, guard: Guard, asked: Asked) -> Sequence[Any]:
        """The keys, the newest first."""
        return _part(screens.keys(guard), asked)


class DataMapView(ListView):
    """The data map of the site."""

    def rows(self, guard: Guard, asked: Asked) -> Sequence[Any]:
        """The columns that hold what is looked for."""
        return _part(screens.data_rows(guard, asked.text), asked)


class RatesView(ScreenView):
    """How decisions about consent went."""

    @exposed("/")
    def index(self, guard: Guard) -> ResponseReturnValue:
        """The decisions of a period, in pictures and in tables."""
        return self.show("consent_rates", rates=screens.rates_page(guard, request.args.get(screens.DAYS, "")))


class VersionsView(ScreenView):
    """What visitors are and were asked."""

    @exposed("/")
    def index(self, guard: Guard) -> ResponseReturnValue:
        """All versions, and the difference of two."""
        chosen = (request.args.get(name, "") for name in (screens.BEFORE, screens.AFTER))
        return self.show("consent_versions", versions=screens.versions_page(guard, *chosen))


def _part(rows: Sequence[Any], asked: Asked) -> Sequence[Any]:
    first = (asked.page - 1) * PER_PAGE
    return rows[first : first + PER_PAGE + 1]


KINDS: Mapping[str, type[ScreenView]] = {
    screens.CONSENTS.name: RecordsView,
    screens.RATES.name: RatesView,
    screens.VERSIONS.name: VersionsView,
    screens.REQUESTS.name: RequestsView,
    screens.EVIDENCE.name: EvidenceView,
    screens.FACTORS.name: RecordsView,
    screens.AGES.name: RecordsView,
    screens.KEYS.name: KeysView,
    screens.DATA_MAP.name: DataMapView,
}
