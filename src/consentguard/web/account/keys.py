"""The page of somebody's API keys, which the site itself keeps: listed, revoked and replaced through its hook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from consentguard.guard import Guard
from consentguard.site import Site
from consentguard.web.account.person import Person, again, anonymous, person_of
from consentguard.web.frame import language_of
from consentguard.web.links import Link
from consentguard.web.messages import Inbound, Outbound
from consentguard.web.sheet import Field, Form, Option, show
from consentguard.words import N_, Words, words

LAST = 4
"""Characters of a key's id that are shown: enough to tell two apart."""
Key = Mapping[str, Any]


def account_keys(guard: Guard, inbound: Inbound) -> Outbound:
    """GET lists the keys, masked; POST revokes one, or replaces it and shows the new one, once."""
    language = language_of(guard.site, inbound)
    if language is None:
        return Outbound(status=404)
    w, person = words(language), person_of(guard, inbound)
    if person is None:
        return anonymous(guard, inbound, inbound.url_for("account_keys", **inbound.params))
    hook = guard.site.settings.api_keys
    keys: Sequence[Key] = tuple(hook.list(person.subject)) if hook else ()
    if inbound.method != "POST":
        return _page(guard, inbound, w, person, keys)
    if not person.recent or hook is None:
        return _page(guard, inbound, w, person, keys, status=403)
    chosen = next((str(key["id"]) for key in keys if str(key["id"]) == inbound.value("key")), "")
    if not chosen:
        return _page(guard, inbound, w, person, keys, status=422, error=w.say("Choose a key."))
    subject = guard.pseudonyms.of(person.subject)
    if inbound.value("answer") == "rotate" and hasattr(hook, "rotate"):
        new = str(hook.rotate(person.subject, chosen))
        _taken_down(guard, "api_key.rotated", subject)
        return _page(guard, inbound, w, person, tuple(hook.list(person.subject)), new=new)
    hook.revoke(person.subject, chosen)
    _taken_down(guard, "api_key.revoked", subject)
    account = inbound.url_for("account", **inbound.params)
    return Outbound(status=303, redirect=f"{account}?done=revoked", private=True)


def has_keys(site: Site) -> bool:
    """Whether the site tells us of keys."""
    return site.settings.api_keys is not None


def _taken_down(guard: Guard, act: str, subject: str) -> None:
    with guard.stores.transactions.atomic():
        guard.evidence.record(act, subject)


def _page(
    guard: Guard,
    inbound: Inbound,
    w: Words,
    person: Person,
    keys: Sequence[Key],
    *,
    status: int = 200,
    error: str = "",
    new: str = "",
) -> Outbound:
    here = inbound.url_for("account_keys", **inbound.params)
    back = Link(url=inbound.url_for("account", **inbound.params), label=w.say("Your data"), language=w.language)
    told = N_("Programs use these keys in your name. Revoke one that you no longer use, or that somebody else has.")
    return show(
        guard,
        inbound,
        "account_keys",
        w.language,
        w.say("API keys"),
        status=status,
        notice=_notice(w, person, new),
        notice_kind="done" if person.recent else "problem",
        lead=(w.say(told) if keys else w.say("There are no keys."),),
        codes=(new,) if new else (),
        codes_label=w.say("The new key"),
        forms=(_form(guard, here, w, keys, error),) if keys and person.recent else (),
        onward=(*again(guard, inbound, here, w, person.verdict), back),
    )


def _notice(w: Words, person: Person, new: str) -> str:
    if not person.recent:
        return person.stale(w)
    return (
        w.say("This is the new key. Copy it now: it is not shown again, and the old one no longer works.")
        if new
        else ""
    )


def _form(guard: Guard, here: str, w: Words, keys: Sequence[Key], error: str) -> Form:
    field = Field(
        id="key",
        name="key",
        kind="radio",
        label=w.say("Your keys"),
        error=error,
        options=tuple(Option(value=str(key["id"]), label=_label(key), hint=_hint(w, key)) for key in keys),
    )
    buttons = [Option(value="revoke", label=w.say("Revoke"))]
    if hasattr(guard.site.settings.api_keys, "rotate"):
        buttons.append(Option(value="rotate", label=w.say("Replace")))
    return Form(action=here, fields=(field,), buttons=tuple(buttons))


def _label(key: Key) -> str:
    """The name that it was given, with the end of its id alone."""
    return f"{key.get('label') or ''} (…{str(key['id'])[-LAST:]})".strip()


def _hint(w: Words, key: Key) -> str:
    made, used = key.get("created"), key.get("last_used")
    told = [w.say("Made on {day}.", day=_day(w, made))] if made else []
    told.append(w.say("Last used on {day}.", day=_day(w, used)) if used else w.say("Never used."))
    return " ".join(told)


def _day(w: Words, moment: dt.date | str) -> str:
    if isinstance(moment, dt.datetime):
        return w.date(moment.date())
    return w.date(moment) if isinstance(moment, dt.date) else str(moment)
