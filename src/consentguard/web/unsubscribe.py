"""The page that ends mails of a purpose; mail programs send to the same address, by one click (RFC 8058)."""

from __future__ import annotations

from consentguard.consent.wording import Wording
from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.unsubscribe import ONE_CLICK, Subscription
from consentguard.web.frame import language_of
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.routes import FORM, Route
from consentguard.web.sheet import Form, Option, show
from consentguard.words import spoken

BUTTON = "unsubscribe"
_FIELD, _VALUE = ONE_CLICK.split("=")


def unsubscribe(guard: Guard, inbound: Inbound) -> Outbound:
    """GET asks, and changes nothing, since programs follow links too; POST unsubscribes, whoever sends it.

    The link says who it is about and proves it, so that nobody has to sign in. A mail program is answered at once and
    never sent elsewhere, as many follow no redirect with what they post.
    """
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    subscription = guard.unsubscribe.read(inbound.params["token"])
    if subscription is None:
        return _unknown(guard, inbound, language)
    if inbound.method != "POST":
        has_ended = guard.unsubscribe.has_ended(subscription)
        return (
            _ended(guard, inbound, language, subscription)
            if has_ended
            else _ask(guard, inbound, language, subscription)
        )
    if inbound.value(_FIELD) == _VALUE:
        guard.unsubscribe.end(subscription, component="one_click", language=language)
        return _ended(guard, inbound, language, subscription)
    if inbound.value("answer") != BUTTON:
        return _ask(guard, inbound, language, subscription, status=422)
    guard.unsubscribe.end(subscription, language=language)
    return Outbound(status=303, redirect=inbound.url_for("unsubscribe", **inbound.params), private=True)


def sends_mails(site: Site) -> bool:
    """Whether the policy has a purpose that people can want no more mails of."""
    return bool(site.form_purposes) or any(purpose.marketing for purpose in site.policy.manifest.purposes.values())


def _ask(guard: Guard, inbound: Inbound, language: str, subscription: Subscription, *, status: int = 200) -> Outbound:
    say = spoken(language).say
    what = _purpose(guard, language, subscription)
    return show(
        guard,
        inbound,
        "unsubscribe",
        language,
        say("Unsubscribe"),
        status=status,
        notice=say("Nothing was changed: please choose again.") if status != 200 else "",
        notice_kind="problem",
        lead=(say("You get mails from us for this: {purpose}. Do you want no more of them?", purpose=what),),
        forms=(
            Form(
                action=inbound.url_for("unsubscribe", **inbound.params),
                buttons=(Option(value=BUTTON, label=say("Unsubscribe")),),
            ),
        ),
    )


def _ended(guard: Guard, inbound: Inbound, language: str, subscription: Subscription) -> Outbound:
    say = spoken(language).say
    what = _purpose(guard, language, subscription)
    notice = say("You get no more mails from us for this: {purpose}.", purpose=what)
    lead = say("If you want them again one day, sign up for them anew.")
    return show(guard, inbound, "unsubscribe", language, say("You are unsubscribed"), notice=notice, lead=(lead,))


def _unknown(guard: Guard, inbound: Inbound, language: str) -> Outbound:
    say = spoken(language).say
    lead = say(
        "A part of it was lost on the way, or it is not ours. Nothing was changed: open the link in the mail anew."
    )
    return show(guard, inbound, "unsubscribe", language, say("This link does not work"), status=404, lead=(lead,))


def _purpose(guard: Guard, language: str, subscription: Subscription) -> str:
    """What the mails are for; the purpose's own name where the policy has it no more, and the mail is an old one."""
    manifest, name = guard.site.policy.manifest, subscription.purpose
    return Wording(manifest, language).purpose(name) if name in manifest.purposes else name.replace("_", " ")


ROUTES = (
    Route(
        name="unsubscribe",
        path="unsubscribe/<token>",
        endpoint=unsubscribe,
        enabled=sends_mails,
        methods=FORM,
        caller="machine",
    ),
)
