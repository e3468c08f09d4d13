"""The page that says why a request was refused, in the visitor's language."""

from __future__ import annotations

from functools import partial

from consentguard.guard import Guard
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import Route
from consentguard.web.safety import RefusalError
from consentguard.web.sheet import show
from consentguard.words import N_, spoken

TEMPLATE = "refused"
_TITLES = {
    403: N_("This form was not accepted"),
    429: N_("Too many attempts"),
    503: N_("This page is unavailable at the moment"),
}
_LEADS = {
    403: N_("Your browser did not say that the form was sent from a page of this site, so nothing was changed."),
    413: N_("More was sent than a form of this site can hold."),
    429: N_("You can try again in {period}."),
    503: N_("The site cannot answer now. Please try again later."),
}
_TITLE = N_("This could not be read")
_LEAD = N_("What was sent is not a form of this site.")


def show_refusal(route: Route, guard: Guard, inbound: Inbound, refusal: RefusalError) -> Outbound:
    """The answer. Raises DataMapError while the page cannot be made at all."""
    language = language_of(guard.site, inbound) or guard.site.policy.manifest.site.languages[0]
    speech, status = spoken(language), refusal.status
    say = partial(speech.say, period=speech.period(f"PT{-(-refusal.retry_after // 60)}M"))
    again = inbound.url_for(route.name, **{**inbound.params, "language": language})
    title = say(_TITLES.get(status, _TITLE))
    return show(
        guard,
        inbound,
        route.name,
        language,
        title,
        status=status,
        template=TEMPLATE,
        notice=say(_LEADS.get(status, _LEAD)),
        notice_kind="problem",
        onward=(Link(url=again, label=say("Open the page again"), language=language),),
    )
