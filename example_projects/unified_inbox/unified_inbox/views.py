"""The front page, where a visitor who agreed to it sees one of two headlines."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

VARIANT_COOKIE = "inbox_variant"
VARIANTS = ("calm", "quick")
NINETY_DAYS = 90 * 24 * 60 * 60


def front(request: HttpRequest) -> HttpResponse:
    """Show the first headline; with consent to experiments either one, and the same one again next time."""
    request.csp_nonce = secrets.token_urlsafe(16)  # for the inline script of the statistics
    agreed = request.privacy.allows("experiments")
    known = request.COOKIES.get(VARIANT_COOKIE)
    variant = (known if known in VARIANTS else secrets.choice(VARIANTS)) if agreed else VARIANTS[0]
    response = render(request, "home.html", {"variant": variant})
    if agreed:
        response.set_cookie(
            VARIANT_COOKIE, variant, max_age=NINETY_DAYS, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    elif known:
        response.delete_cookie(VARIANT_COOKIE, samesite="Lax")
    return response


@xframe_options_sameorigin
def tour(request: HttpRequest) -> HttpResponse:
    """What the front page shows in a frame: it stands in for the player of a video service."""
    return render(request, "tour.html")
