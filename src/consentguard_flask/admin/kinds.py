"""The view of each screen; those on which more is done than to verify the evidence are in `desks`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from consentguard import screens
from consentguard.guard import Guard
from consentguard_flask.admin.access import VERIFY
from consentguard_flask.admin.desks import DeskView, FactorsView, RequestsView, RetentionView
from consentguard_flask.admin.records import PER_PAGE, Asked
from consentguard_flask.admin.views import ListView, RecordsView, ScreenView, exposed


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
    screens.MINORS.name: DeskView,
    screens.GUARDIANS.name: DeskView,
    screens.HOLDS.name: DeskView,
    screens.ERRANDS.name: DeskView,
    screens.MARKS.name: DeskView,
    screens.RETENTION.name: RetentionView,
    screens.RUNS.name: DeskView,
    screens.EVIDENCE.name: EvidenceView,
    screens.FACTORS.name: FactorsView,
    screens.AGES.name: RecordsView,
    screens.KEYS.name: KeysView,
    screens.DATA_MAP.name: DataMapView,
}
