"""The groups of django-cookie-consent as drafts of services, and the services of a policy as groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
from cookie_consent.models import Cookie, CookieGroup
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, transaction

from consentguard.consent.drafts import GONE, NEW, Draft, differences, drafts
from consentguard.errors import ConsentGuardError
from consentguard.findings import Finding
from consentguard.manifest.schema import Manifest
from consentguard.manifest.vocabulary import NAME, CookieName

DIFFERS = "C-DRAFT-DIFFERS"
LONGEST = 32
"""Characters of a group's name in code at most."""
LONGEST_TITLE = 100
"""Characters of what a group is called at most."""
HOW = (
    "take the admin's over with `manage.py consentguard cookies pull`, or put the policy's there with "
    "`manage.py consentguard cookies push --overwrite`"
)


class DraftError(ConsentGuardError):
    """The groups of django-cookie-consent cannot be read as services."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What stands in the admin: the drafts, and what there is of it that no policy says."""

    drafts: tuple[Draft, ...]
    notes: tuple[str, ...]


@contextmanager
def answering() -> Iterator[None]:
    """A database without that app's tables is one clear message. Raises DraftError."""
    try:
        yield
    except Error as error:
        hint = "run `manage.py migrate cookie_consent`"
        raise DraftError(f"the tables of cookie_consent cannot be used: {type(error).__name__}", hint=hint) from None


def name_of(varname: str) -> str:
    """A group's name as a name of the policy: `Web-Stats` is `web_stats`."""
    name = re.sub(r"[^a-z0-9]+", "_", varname.lower()).strip("_")
    return name if re.fullmatch(NAME, name) else f"group_{name}".rstrip("_")


def drafted() -> Drafted:
    """The groups as they stand in the admin. Raises DraftError."""
    found: list[Draft] = []
    notes: list[str] = []
    for name, group in _by_name().items():
        cookies = sorted(group.cookie_set.all(), key=lambda cookie: cookie.pk)
        names = dict.fromkeys(cookie.name for cookie in cookies if _is_name(cookie.name))
        found.append(
            Draft(
                name=name,
                names=tuple(names),
                title=group.name.strip(),
                description=group.description.strip(),
                essential=group.is_required,
            )
        )
        notes += _notes(name, group, cookies)
    return Drafted(tuple(found), tuple(notes))


def fill(manifest: Manifest, *, overwrite: bool) -> tuple[str, ...]:
    """Make a group of each service that has none, and with `overwrite` make those that are there like it; what was
    done, in lines. No group is ever deleted: its log would go with it. Raises DraftError.
    """
    services = drafts(manifest)
    done: list[str] = []
    with answering(), transaction.atomic():
        groups = _by_name()
        differing = {each.name for each in differences(manifest, drafted().drafts)}
        for place, service in enumerate(services):
            group = groups.get(service.name)
            if group is None:
                done += _made(service, place)
            elif overwrite:
                done += _changed(group, service)
            elif service.name in differing:
                done.append(f"{service.name}: left as it is in the admin; --overwrite changes it")
    known = {service.name for service in services}
    return (*done, *(f"{name}: not in the policy, left in the admin" for name in groups if name not in known))


def findings(manifest: Manifest) -> tuple[Finding, ...]:
    """Where the admin's drafts and the policy differ. Nothing is said where there is no group at all, or no table, or
    no database that answers: a build has none.
    """
    try:
        found = drafted().drafts
    except DraftError as error:
        return (Finding(id=DIFFERS, severity="warning", message=error.message, where="cookies", hint=error.hint),)
    except (Error, ImproperlyConfigured):
        return ()
    return tuple(_finding(name, keys) for name, keys in differences(manifest, found)) if found else ()


def _finding(name: str, keys: tuple[str, ...]) -> Finding:
    said = f"the draft in the admin differs from the policy: {', '.join(keys)}"
    if keys == (NEW,):
        said = "drafted in the admin, and not in the policy"
    elif keys == (GONE,):
        said = "in the policy, and in no group of the admin"
    hint = f"{HOW}; `--prune` takes out what is in no group" if keys == (GONE,) else HOW
    return Finding(id=DIFFERS, severity="warning", message=said, where=f"cookies.{name}", hint=hint)


def _by_name() -> Mapping[str, CookieGroup]:
    """The groups in their order, by the names that they have in a policy. Raises DraftError where two share one."""
    found: dict[str, CookieGroup] = {}
    for group in CookieGroup.objects.prefetch_related("cookie_set").order_by("ordering", "pk"):
        name = name_of(group.varname)
        if name in found:
            both = f"{found[name].varname!r} and {group.varname!r}"
            raise DraftError(f"the groups {both} would both be [cookies.{name}]", hint="rename one of them")
        found[name] = group
    return found


def _is_name(name: str) -> bool:
    """Whether a cookie's name can stand in a policy; `*` alone would be every cookie of the site."""
    try:
        msgspec.convert(name, CookieName)
    except msgspec.ValidationError:
        return False
    return name != "*"


def _notes(name: str, group: CookieGroup, cookies: Iterable[Cookie]) -> Iterator[str]:
    for cookie in cookies:
        if not _is_name(cookie.name):
            yield f"{name}: left out {cookie.name!r}, which names no cookie"
        elif cookie.domain or cookie.path not in ("", "/"):
            yield f"{name}: domain and path of {cookie.name} are not taken over; a refusal removes it on every domain"
    if not group.is_deletable and not group.is_required:
        yield f"{name}: not deletable in the admin; in a policy a refusal removes every cookie that is not essential"


def _made(service: Draft, place: int) -> Iterator[str]:
    if len(service.name) > LONGEST:
        yield f"{service.name}: left out, the names of groups have {LONGEST} characters at most"
        return
    group = CookieGroup.objects.create(
        varname=service.name,
        name=_fitting(service.title),
        description=service.description,
        is_required=service.essential,
        is_deletable=not service.essential,
        ordering=place,
    )
    for name in service.names:
        Cookie.objects.create(cookiegroup=group, name=name)
    yield f"{service.name}: made ({', '.join(service.names) or 'no cookies'})"


def _changed(group: CookieGroup, service: Draft) -> Iterator[str]:
    """A cookie that is added makes what visitors accepted of the group outdated, as everywhere in that package."""
    there = {cookie.name for cookie in group.cookie_set.all()}
    facts = (group.name, group.description, group.is_required)
    group.name, group.description = _fitting(service.title), service.description
    group.is_required = service.essential
    if facts == (group.name, group.description, group.is_required) and there == set(service.names):
        return
    group.save()
    for cookie in group.cookie_set.all():
        if cookie.name not in service.names:
            cookie.delete()
    for name in service.names:
        if name not in there:
            Cookie.objects.create(cookiegroup=group, name=name)
    yield f"{service.name}: changed to what the policy says"


def _fitting(title: str) -> str:
    """A title where a group can have it; else none, which says nothing."""
    return title if len(title) <= LONGEST_TITLE else ""
