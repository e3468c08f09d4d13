"""System checks under the tag `privacy`: what the models and the policy leave open.

`consentguard.E001`: a setting, the policy, a tag or the baseline is wrong.
`consentguard.E002`: this version of Django is not supported.
`consentguard.W003`: a column is unclassified, or an anchor unbound; with `coverage = "strict"` it is E003, and only
then: an error keeps `migrate` from running.
`consentguard.W004`: the policy is weak or contradicts itself.
`consentguard.W005`: anything else that `consentguard check` reports; what only a database tells, with `--database`.
`consentguard.W006`: PrivacyMiddleware is missing, or does not stand first in MIDDLEWARE.
`consentguard.E007`: the keyring that the site names cannot be used.
`consentguard.E008`, `E009`, `W010`, `E012`: as `consentguard_django.fields.checks` says, in any check of models.
`consentguard.W020`, `W021`: as `consentguard_django.masking.checks` says.
`consentguard.E023` to `E026`, `W027`: as `consentguard_django.fields.search.checks` says, in any check of models.
`consentguard.W028`: the policy honours Global Privacy Control, and the site does not say so at its root.
`consentguard.W030` to `W034`: as `consentguard_django.cookie_consent.checks` says, where that app is installed.
`consentguard.E040`, `W040`: a weakness of the deployment, in `check --deploy`; its staff's with `--database`.
`consentguard.E041`: the policy requires a second factor, and no middleware sees to it.
`consentguard.W042`: as `consentguard_django.allauth` says, where that app signs people up.
`consentguard.W011`: one dump holds encrypted columns and the keys of the data subjects that they are bound to, or the
policy does not know these subjects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.core import checks
from django.urls import is_valid_path

from consentguard.deployment import STAFF_FACTOR
from consentguard.errors import ConsentGuardError
from consentguard.findings import Finding
from consentguard.records import Place
from consentguard.site import Site
from consentguard_django import conf

OLDEST = (5, 2)
TAG = "privacy"
MOST_OF_A_KIND = 10
MIDDLEWARE = "consentguard_django.middleware.PrivacyMiddleware"
SECOND_FACTOR = "consentguard_django.second_factor.SecondFactorMiddleware"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
WRONG_KEYRING = "P-KEYRING"
UNMASKED = "E-UNMASKED"
"""What `check_admins` says of all admins at once, whichever the site."""
SEE_ALL = "See them all with `manage.py consentguard check`."


def register() -> None:
    """Add the checks to Django's."""
    checks.register(check_version, TAG)
    checks.register(check_policy, TAG)
    checks.register(check_middleware, TAG)
    checks.register(check_second_factor, TAG)
    checks.register(check_admins, TAG)
    checks.register(check_well_known, TAG)
    checks.register(check_deployment, TAG, deploy=True)
    checks.register(check_staff, checks.Tags.database, deploy=True)  # as the next
    checks.register(check_cookies, checks.Tags.database)  # alone: `--tag privacy` asks no database
    if apps.is_installed("allauth.account"):
        from consentguard_django.allauth import check_signup  # that app's forms

        checks.register(check_signup, TAG)
    if apps.is_installed("cookie_consent"):
        from consentguard_django.cookie_consent import checks as companion  # that app's models

        companion.register(TAG)


def check_version(**_: Any) -> list[checks.CheckMessage]:
    """Django's version is one that consentguard is tested with."""
    if django.VERSION[:2] >= OLDEST:
        return []
    message = f"consentguard needs Django {'.'.join(map(str, OLDEST))} or newer; this is {django.get_version()}."
    return [checks.Error(message, hint="Upgrade Django.", id="consentguard.E002")]


def check_policy(**_: Any) -> list[checks.CheckMessage]:
    """The policy of each site, its data map and its publication, as `consentguard check` reports them."""
    try:
        if conf.only_encrypts():
            return list(_messages(conf.findings_without_policy(), strict=False))
        sites = conf.guards().sites
        return [message for name, site in sites.items() for message in _of_site(site, name if len(sites) > 1 else "")]
    except ConsentGuardError as error:
        return [checks.Error(str(error), id="consentguard.E001")]


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """`request.privacy` is there, for the middleware too, where the policy leaves visitors a choice."""
    from consentguard.web.consent.decisions import asks  # for commands: a server that starts checks nothing here

    try:
        needed = not conf.only_encrypts() and any(asks(site) for site in conf.guards().sites.values())
    except ConsentGuardError:
        return []  # which check_policy reports
    middleware = list(settings.MIDDLEWARE)
    if not needed or middleware[:1] == [MIDDLEWARE]:
        return []
    if MIDDLEWARE in middleware:
        message = f"{MIDDLEWARE} does not stand first in MIDDLEWARE, so caches may not learn what depends on a choice."
    else:
        message = f"{MIDDLEWARE} is not in MIDDLEWARE, so there is no request.privacy."
    return [checks.Warning(message, hint="Put it first in MIDDLEWARE.", id="consentguard.W006")]


def check_second_factor(**_: Any) -> list[checks.CheckMessage]:
    """The middleware of the second factor is there, behind the one that knows who somebody is."""
    try:
        rules = (
            [] if conf.only_encrypts() else [site.policy.manifest.twofactor for site in conf.guards().sites.values()]
        )
    except ConsentGuardError:
        return []  # which check_policy reports
    middleware = list(settings.MIDDLEWARE)
    if not any(rule is not None and rule.required_for for rule in rules):
        return []
    if SECOND_FACTOR not in middleware:
        message = f"{SECOND_FACTOR} is not in MIDDLEWARE, so nobody is asked for the second factor of required_for."
    elif AUTHENTICATION in middleware[middleware.index(SECOND_FACTOR) :]:
        message = f"{SECOND_FACTOR} stands before {AUTHENTICATION}, so it knows nobody."
    else:
        return []
    return [checks.Error(message, hint=f"Put it behind {AUTHENTICATION}.", id="consentguard.E041")]


def check_admins(**_: Any) -> list[checks.CheckMessage]:
    """The admin masks what is sealed."""
    if not apps.is_installed("django.contrib.admin"):
        return []
    from consentguard_django.masking.checks import check_admins as check  # brings the admin's views

    return [*check()]


def check_cookies(databases: Collection[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """The cookies that must not leave, as these databases have them: only where `--database` names some."""
    from consentguard.consent.reports import findings  # for commands: a server that starts checks nothing here

    try:
        sites = {} if conf.only_encrypts() else conf.guards().sites
    except ConsentGuardError:
        return []  # which check_policy reports
    found: list[Finding] = []
    for site, alias in product(sites.values(), databases or ()):
        with suppress(ConsentGuardError):  # no such table yet, or no such database: `migrate` checks before it begins
            if site.inventory is not None:
                found += findings(site.host.stores(alias).entries, site.inventory, site.clock.now())
    return list(_messages(list(dict.fromkeys(found)), strict=False))


def check_deployment(**_: Any) -> list[checks.CheckMessage]:
    """How each site is served and kept, as `consentguard check --deploy` reports it."""
    from consentguard.deployed import deployed  # for this one check

    try:
        sites = {} if conf.only_encrypts() else conf.guards().sites
        found = [each for site in sites.values() for each in deployed(site)]
    except ConsentGuardError:
        return []  # which check_policy reports
    return list(_deployment(found))


def check_staff(databases: Collection[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """How many of the staff have no second factor, as these databases have it: only where `--database` names some."""
    from consentguard.deployed import deployed  # as above

    found: list[Finding] = []
    with suppress(ConsentGuardError):  # no tables yet
        names = () if conf.only_encrypts() else conf.guards().sites
        guards = [conf.guards().at(Place(name, alias)) for name, alias in product(names, databases or ())]
        found += [each for guard in guards for each in deployed(guard.site, guard) if each.id == STAFF_FACTOR]
    return list(_deployment(found))


def _deployment(found: Iterable[Finding]) -> Iterator[checks.CheckMessage]:
    """The findings that are no notes, each once: sites share the settings of the framework."""
    for each in dict.fromkeys(found):
        if each.severity != "note":
            kind, level = (checks.Error, "E") if each.severity == "error" else (checks.Warning, "W")
            text = f"{each.id}: {each.message}"
            yield kind(text, hint=each.hint or None, obj=each.where or None, id=f"consentguard.{level}040")


def check_well_known(**_: Any) -> list[checks.CheckMessage]:
    """`/.well-known/gpc.json` is there, where the policy refuses anything by the signal of a browser."""
    from consentguard.web.wellknown import ROUTES, honours_signal  # for commands, as above

    try:
        needed = not conf.only_encrypts() and any(honours_signal(site) for site in conf.guards().sites.values())
    except ConsentGuardError:
        return []  # which check_policy reports
    missing = [f"/{route.path}" for route in ROUTES if needed and not is_valid_path(f"/{route.path}")]
    if not missing:
        return []
    message = f"Nothing answers at {', '.join(missing)}, so browsers are not told that the site honours their signal."
    hint = 'Add path("", include("consentguard_django.well_known")) to the site\'s own URLs, before what catches all.'
    return [checks.Warning(message, hint=hint, id="consentguard.W028")]


def _of_site(site: Site, name: str) -> Iterator[checks.CheckMessage]:
    """What is found of a site; each message ends with the site's `name`, which is empty where there is only one."""
    from consentguard.datamap.coverage import by_table  # for commands: a server that starts checks nothing here

    found = [each for each in by_table(site.findings()) if each.severity != "note" and each.id != UNMASKED]
    for message in _messages(found, strict=site.settings.coverage == "strict"):
        message.msg += f" (site {name})" if name else ""
        yield message


def _messages(findings: list[Finding], strict: bool) -> Iterator[checks.CheckMessage]:
    """The first findings of each kind in full, and how many there are more: these checks run before every command."""
    for kind, count in Counter(found.id for found in findings).items():
        alike = [found for found in findings if found.id == kind]
        yield from (_message(found, strict) for found in alike[:MOST_OF_A_KIND])
        if count > MOST_OF_A_KIND:
            more = f"{count - MOST_OF_A_KIND} more of this kind."
            yield _message(replace(alike[0], message=more, where="", file="", hint=SEE_ALL), strict)


def _message(found: Finding, strict: bool) -> checks.CheckMessage:
    number = 7 if found.id == WRONG_KEYRING else {"D": 3, "L": 4, "E": 11}.get(found.id[0], 5)
    place = found.file and f"{found.file}:{found.line or 1}"
    text = f"{found.id}: {found.message}{f' [{place}]' if place else ''}"
    stops = number == 7 or (number == 3 and strict and found.severity == "error")
    kind = checks.Error if stops else checks.Warning
    level = "E" if kind is checks.Error else "W"
    return kind(text, hint=found.hint or None, obj=found.where or None, id=f"consentguard.{level}{number:03}")
