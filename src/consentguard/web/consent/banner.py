"""What stands on every page of a site: the tag of our script, and the banner. Both are the same for every visitor."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from consentguard.consent import ConsentPolicy
from consentguard.consent.changes import sentence
from consentguard.consent.wording import Wording
from consentguard.site import Site
from consentguard.web.languages import direction, lookup
from consentguard.web.links import Html
from consentguard.web.messages import UrlFor
from consentguard.words import N_

Render = Callable[[str, Any, str], str]
"""How an adapter renders a template: its name, its `page`, and the language of what stands around."""
TEMPLATE = "consentguard/banner.html"
MOST_ADDRESSES = 64
"""Banners kept for each site: one per language, and for each prefix under which a proxy shows the site."""
OUTCOMES: Mapping[str, str] = {
    "saved": N_("Your choice is saved."),
    "unsent": N_(
        "You have refused, and that counts. The server does not know yet: it will be told with the next page."
    ),
    "unsaved": N_(
        "Your choice could not be saved, so nothing is switched on. It will be sent again with the next page."
    ),
    "outdated": N_("The policy has changed since you opened this page. Nothing was saved: please choose again."),
    "failed": N_("Nothing was saved: please choose again."),
}
"""What our script says of a decision, by what became of it."""


class _Made(NamedTuple):
    """What was made for a version of what visitors are asked; the tag without its nonce, in two halves."""

    policy: ConsentPolicy
    tag: tuple[str, str]
    unscripted: str
    banner: Html | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """What the template shows. `words` are for our script: what it says of a decision, and what changed since when."""

    language: str
    direction: str
    title: str
    text: str
    accept: str
    refuse: str
    settings: str
    changes_label: str
    close: str
    action: str
    hidden_fields: Sequence[tuple[str, str]]
    words: str


_made: WeakKeyDictionary[Site, dict[str, _Made]] = WeakKeyDictionary()


def language_among(site: Site, *wanted: str) -> str:
    """The first of the `wanted` languages that the site has, else the site's first."""
    languages = site.policy.manifest.site.languages
    return lookup(wanted, languages) or languages[0]


def head(site: Site, language: str, url_for: UrlFor, nonce: str = "") -> Html:
    """The tag of our script, for the head before any other script; nothing where there is nothing to choose.

    And what shows the banner to browsers that run no scripts.
    """
    if not site.consent_policy.purposes:
        return Html("")
    made = _known(site, language, url_for)
    own = nonce_attribute(nonce)
    return Html(f'{own.join(made.tag)}<noscript><link{own} rel="stylesheet" href="{made.unscripted}"></noscript>')


def banner(site: Site, language: str, url_for: UrlFor, render: Render, here: str = "") -> Html:
    """The banner, hidden until our script or style sheet shows it; nothing where there is nothing to choose.

    It is rendered once and kept, since every visitor gets the same. `here` is the path of the page around it: on the
    page of preferences there is none, since that asks the same.
    """
    asked_here = here in (url_for("preferences", language=language), url_for("preferences"))
    if asked_here or not site.consent_policy.purposes:
        return Html("")
    made = _known(site, language, url_for)
    if made.banner is None:
        made = made._replace(banner=Html(render(TEMPLATE, _page(site, language, url_for), language)))
        _made[site][url_for("preferences", language=language)] = made
    return made.banner or Html("")


def nonce_attribute(nonce: str) -> str:
    """The attribute by which a content security policy lets a script or a style sheet in; empty without a nonce."""
    return f' nonce="{escape(nonce)}"' if nonce else ""


def _known(site: Site, language: str, url_for: UrlFor) -> _Made:
    address, kept = url_for("preferences", language=language), _made.setdefault(site, {})
    known = kept.get(address)
    if known and known.policy is site.consent_policy:
        return known
    if len(kept) >= MOST_ADDRESSES:
        kept.clear()
    data = json.dumps(_configuration(site, language, url_for), ensure_ascii=False, separators=(",", ":"))
    quoted = escape(data, quote=False).replace("'", "&#39;")
    tag = (
        f'<script src="{escape(url_for("static", path="consent.js"))}"',
        f" data-consent-guard='{quoted}'></script>",
    )
    unscripted = escape(url_for("unscripted", language=language))
    made = kept[address] = _Made(site.consent_policy, tag, unscripted, None)
    return made


def _configuration(site: Site, language: str, url_for: UrlFor) -> dict[str, Any]:
    """What our script knows of the site: see `static/consentguard/consent.js`."""
    policy, now = site.consent_policy, site.clock.now()
    services = [each for each in policy.services.values() if each.purpose in policy.purposes]
    return {
        "policy": policy.id,
        "holds": sorted(policy.holds),
        "lasts": int((policy.until(now) - now).total_seconds()),
        "purposes": {name: [each.name for each in services if each.purpose == name] for name in policy.purposes},
        "cookies": {each.name: _pattern(each.names) for each in services if each.names},
        "mode": {each.name: each.consent_mode for each in services if each.consent_mode},
        "gpc": [name for name in policy.purposes if name in site.refused_by_signal],
        "language": language,
        "choice": url_for("api_choice"),
        "centre": f"{url_for('centre', language=language)}?{policy.id}",
        "settings": [url_for("preferences", language=language), url_for("preferences")],
        "script": url_for("static", path="banner.js"),
        "style": url_for("static", path="banner.css"),
    }


def _pattern(names: Sequence[str]) -> str:
    """The beginning of `name=value` by which a script knows cookies of these names, as a regular expression."""
    each = ("[^=]*".join(map(re.escape, name.split("*"))) for name in names)
    return f"^(?:{'|'.join(each)})="


def _page(site: Site, language: str, url_for: UrlFor) -> Banner:
    policy, wording = site.consent_policy, Wording(site.policy.manifest, language)
    said: dict[str, Any] = {outcome: wording.say(message) for outcome, message in OUTCOMES.items()}
    said["changes"] = {
        version: [sentence(change, policy, language) for change in policy.changes(version)]
        for version in policy.past
        if version not in policy.holds
    }
    hidden = {"offered": " ".join(policy.purposes), "version": policy.id, "component": "banner"}
    return Banner(
        language=language,
        direction=direction(language),
        **wording.banner(policy.purposes),
        close=wording.say("Close"),
        changes_label=wording.say("This has changed since you last chose:"),
        action=url_for("preferences", language=language),
        hidden_fields=tuple(hidden.items()),
        words=json.dumps(said, ensure_ascii=False, separators=(",", ":")),
    )
