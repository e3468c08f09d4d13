"""How somebody signed in to a Django site: what the session, django-otp, allauth and the host say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from django.apps import apps
from django.http import HttpRequest

from consentguard.assurance import Evidence, Method
from consentguard.web.circumstances import UNKNOWN, Circumstances
from consentguard.web.people import is_frameworks
from consentguard_django import conf
from consentguard_django.factor_rules import requires
from consentguard_django.people import SIGN_IN, signed_in_at

_ALLAUTH: Mapping[str, Method] = {"totp": "otp", "recovery_codes": "recovery", "webauthn": "webauthn"}


def circumstances(request: HttpRequest) -> Circumstances:
    """What is known of a request's sign-in. Nothing is asked before it matters."""
    return Circumstances(
        sign_in=partial(_sign_in, request),
        signed_in_at=partial(signed_in_at, request),
        elsewhere=partial(_elsewhere, request),
        required=partial(is_required, request),
    )


def is_required(request: HttpRequest) -> bool:
    """Whether the policy requires a second factor of who is signed in."""
    return requires(conf.guard(request).site, request)


def _sign_in(request: HttpRequest) -> str:
    session = getattr(request, "session", None)
    return str(session.get(SIGN_IN, UNKNOWN)) if session is not None else UNKNOWN


def _elsewhere(request: HttpRequest) -> Iterator[Evidence]:
    site = conf.guard(request).site
    told = site.settings.factor_evidence
    if told is not None:
        yield from told(request)
    if getattr(request, "session", None) is None or not is_frameworks(site):
        return
    yield from _of_otp(request)
    if apps.is_installed("allauth.account"):
        yield from _of_allauth(request)


def _of_otp(request: HttpRequest) -> Iterable[Evidence]:
    """The device that django-otp's middleware has found verified: it keeps no moment."""
    device = getattr(request.user, "otp_device", None) if "otp_device_id" in request.session else None
    if device is None:
        return ()
    named = str(device.persistent_id)
    method: Method = "recovery" if named.startswith("otp_static") else "webauthn" if "webauthn" in named else "otp"
    return (Evidence(method=method, source="django-otp"),)


def _of_allauth(request: HttpRequest) -> Iterator[Evidence]:
    """The records of the session, which allauth ties to its user."""
    from allauth.account.authentication import get_authentication_records  # only where the site has it

    try:
        records = get_authentication_records(request, request.user)
    except TypeError:  # before allauth 65.22 a session's records had no user
        records = get_authentication_records(request)
    for record in records:
        at, method = record.get("at"), record.get("method")
        if not isinstance(at, int | float) or isinstance(at, bool):
            continue
        moment = dt.datetime.fromtimestamp(at, dt.UTC)
        if method == "mfa":
            kind: Method = _ALLAUTH.get(str(record.get("type")), "mfa")
            yield Evidence(method=kind, at=moment, source="allauth")
        elif method in ("password", "socialaccount", "code"):
            yield Evidence(method="password", at=moment, source="allauth")
