"""Which cookies are set, what for, for how long, and which need consent."""

from __future__ import annotations

from collections.abc import Iterator

from consentguard.manifest.schema import Cookie
from consentguard.publish.document import Claim, Section, Sentence
from consentguard.publish.edition import Edition, capitalised, table


def cookies(e: Edition) -> Section | None:
    """In short, for the policy: which groups of cookies there are."""
    groups = tuple(_group(e, name, cookie) for name, cookie in (e.manifest.cookies or {}).items())
    return e.section("cookies", e.words.say("Cookies"), groups, tuple(_choice(e)))


def cookie_table(e: Edition) -> Section | None:
    """Every cookie, for the page about cookies."""
    say = e.words.say
    overview = table(
        "",
        (
            say("Cookie"),
            say("What it does"),
            say("What for"),
            say("Set by"),
            say("How long it lasts"),
            say("When it is set"),
        ),
        (_row(e, name, cookie) for name, cookie in (e.manifest.cookies or {}).items()),
    )
    return e.section("cookies", say("The cookies we use"), overview)


def _choice(e: Edition) -> Iterator[Sentence]:
    """How long a choice holds, what a browser's signal refuses, and what a record keeps."""
    say, consent = e.words.say, e.manifest.consent
    asked = dict.fromkeys(c.purpose for c in (e.manifest.cookies or {}).values() if not c.essential)
    if not asked:
        return
    period = e.words.period(consent.lasts)
    text = "Your choice holds for {period}; then we ask again. You can change it or take it back at any time."
    yield e.sentence(say(text, period=period), "consent.lasts")
    refused = [name for name, purpose in e.manifest.purposes.items() if purpose.gpc and name in asked]
    if refused:
        text = "Where your browser sends Global Privacy Control, we take it as a refusal of {purposes}."
        purposes = e.named(map(e.purpose, refused))
        yield e.sentence(say(text, purposes=purposes), *(f"purposes.{name}.gpc" for name in refused))
    kept = {"address": say("the network of your IP address"), "user_agent": say("the name of your browser")}
    if consent.record:
        items = e.words.all_of(kept[item] for item in consent.record)
        yield e.sentence(say("The record of your choice also keeps {items}.", items=items), "consent.record")


def _title(e: Edition, name: str, cookie: Cookie) -> str:
    return e.text(cookie.title) or e.purpose(cookie.purpose) or capitalised(e.term(name))


def _group(e: Edition, name: str, cookie: Cookie) -> Sentence:
    texts = {
        True: e.words.say("{title}: needed for the site to work, set without asking.", title=_title(e, name, cookie)),
        False: e.words.say("{title}: set only if you agree.", title=_title(e, name, cookie)),
    }
    return e.sentence(texts[cookie.essential], f"cookies.{name}")


def _row(e: Edition, name: str, cookie: Cookie) -> tuple[Claim, tuple[str, ...]]:
    title = e.text(cookie.title) or ("" if cookie.description else capitalised(e.term(name)))
    what = ". ".join(filter(None, (title, e.text(cookie.description))))
    provider = e.recipient(cookie.provider) if cookie.provider else e.words.say("Us")
    when = e.words.say("Without asking: the site needs it") if cookie.essential else e.words.say("Only if you agree")
    purpose = e.purpose(cookie.purpose)
    frames = [e.words.say("content of {host}", host=host) for host in cookie.iframes]
    hosts = [e.words.say("requests to {host}", host=host) for host in cookie.hosts]
    cells = (", ".join([*cookie.names, *frames, *hosts]), what, purpose, provider, lifetime(e, cookie), when)
    return e.claim(f"cookies.{name}"), cells


def lifetime(e: Edition, cookie: Cookie) -> str:
    """How long a cookie lasts, in words."""
    fixed = {"session": e.words.say("Until you close the browser"), "unstated": e.words.say("Not stated")}
    return fixed.get(cookie.lifetime) or e.words.period(cookie.lifetime)
